// SPDX-License-Identifier: Apache-2.0
// The figures of a report: pictures, their tables as CSV, and the words that go with them.
#ifndef HPB_FIGURES_H
#define HPB_FIGURES_H

#include "canvas.h"

/// One figure as it is drawn: its picture and the words that go with it.
typedef struct hpb_figure {
    const char *name;        ///< of its files in figures/
    bool is_on_first_screen; ///< before "How sure is this?", not after
    uint32_t explanation;    ///< in whose part of the page it stands; 0: in the page's own
    hpb_text svg;            ///< empty where it could not be drawn
    hpb_text alt;            ///< the picture in a full sentence
    hpb_text caption;        ///< what it shows and how to read it
    hpb_text beneath;        ///< HTML of tables that go with it; may be empty
} hpb_figure;

/// What a figure is drawn from; the canvas points to the scales.
typedef struct hpb_drawing {
    hpb_canvas canvas;
    hpb_scale scale[2]; ///< x, y
} hpb_drawing;

/// A kind of figure: a file of its own, and a line in figures.c, whose order is the page's.
typedef struct hpb_figure_kind {
    const char *name; ///< of its files; where there are several, the builder adds "-" and a suffix
    bool is_on_first_screen;
    /// Fills the drawing and the figure's words. False where the data have nothing for picture `index` (from 0; it is
    /// called until then). May set figure->name, in data->arena, and figure->is_on_first_screen.
    bool (*build)(const hpb_report_data *data, uint32_t index, hpb_drawing *drawing,
                  hpb_figure *figure);
    /// Adds the figure's numbers as CSV: all of them, also where the picture shows a sample.
    void (*csv)(const hpb_report_data *data, uint32_t index, hpb_text *csv);
} hpb_figure_kind;

extern const hpb_figure_kind hpb_figure_distribution, hpb_figure_differences, hpb_figure_curves,
    hpb_figure_against, hpb_figure_waterfall, hpb_figure_specification, hpb_figure_ecdf,
    hpb_figure_critical_difference, hpb_figure_time, hpb_figure_luck_by_source, hpb_figure_bias;

typedef struct hpb_figures {
    hpb_figure *items; ///< [n], in data->arena
    uint32_t n;
} hpb_figures;

/// Writes FOLDER/NAME.csv for each figure that the data have something for, and .png and .svg where gnuplot is there.
/// `note` says in a sentence why pictures are missing, or is empty. An error: a table could not be written.
hpb_exit hpb_figures_draw(const hpb_report_data *data, const char *folder, hpb_figures *out,
                          char note[256], hpb_error *error);
void hpb_figures_free(hpb_figures *figures);

/// Okabe-Ito colour and gnuplot point type of a cell, by its level of the first factor.
typedef struct hpb_mark {
    uint32_t colour;
    int type, hollow_type;
    double size; ///< so that all types weigh the same
} hpb_mark;
/// The marks in order: blue circle, orange triangle, green square, ...; from the seventh on as from the first.
hpb_mark hpb_mark_of(uint32_t index);
/// A cell's mark among levels of an axis: that of its level where all have one of their own, else the index's.
hpb_mark hpb_level_mark(const hpb_report_data *data, const hpb_report_cell *cell, hpb_axis axis,
                        uint32_t index);
hpb_mark hpb_cell_mark(const hpb_report_data *data, const hpb_report_cell *cell);
/// Names the picture of a data set (hpb_report_data_set) and begins its caption; those after the first are not on the first
/// screen, but where their numbers are explained.
void hpb_figure_of_data(const hpb_report_data *data, uint32_t level, uint32_t index,
                        hpb_figure *figure);
/// Names the picture of an explanation, begins its caption, and puts it into its part of the page.
void hpb_figure_of_explanation(const hpb_report_data *data, uint32_t index, hpb_figure *figure);
/// A cell's label without its data set, where a picture has but one.
const char *hpb_label_text(const hpb_report_data *data, const hpb_report_cell *cell);
/// Pixels that a label needs at the left.
double hpb_text_label_width(const char *label);
/// A label at the left, in one or two lines around py.
void hpb_text_label_write(hpb_canvas *canvas, const char *label, double py);
/// Likewise for cells: the widest of their labels.
double hpb_label_width(const hpb_report_data *data, const uint32_t *rows, uint32_t n);
void hpb_label_write(hpb_canvas *canvas, const hpb_report_data *data, const hpb_report_cell *cell,
                     double py);

/// Words at the right end of a line of a figure, its mark before them.
typedef struct hpb_end_label {
    double y;                ///< pixels on the y axis where the line ends
    const char *text, *note; ///< note: smaller, below; or NULL
    hpb_mark mark;           ///< type 0: none
} hpb_end_label;
/// Writes them from top to bottom in the order of y, moved apart as far as needed.
void hpb_end_labels_write(hpb_canvas *canvas, hpb_end_label *labels, uint32_t n);

#define HPB_COLOUR_BLUE 0x0072b2u
#define HPB_COLOUR_VERMILLION 0xd55e00u

#endif // HPB_FIGURES_H
