// SPDX-License-Identifier: Apache-2.0
// The figures of a report: pictures, their tables as CSV, and the words that go with them.
#ifndef HPB_FIGURES_H
#define HPB_FIGURES_H

#include "canvas.h"

enum { HPB_FIGURE_DISTRIBUTION, HPB_FIGURE_DIFFERENCES, HPB_FIGURE_CURVES, HPB_FIGURE_COUNT };

typedef struct hpb_figure {
    bool is_wanted; ///< the data have something for it
    hpb_text svg;   ///< empty where it could not be drawn
    hpb_text alt;   ///< the picture in a full sentence
    hpb_text caption;
    const char *name;
} hpb_figure;

/// Writes FOLDER/NAME.csv for each figure, and .png and .svg where gnuplot is there. `note` says in a sentence why pictures
/// are missing, or is empty. An error: a table could not be written.
hpb_exit hpb_figures_draw(const hpb_report_data *data, const char *folder,
                          hpb_figure figures[HPB_FIGURE_COUNT], char note[256], hpb_error *error);
void hpb_figures_free(hpb_figure figures[HPB_FIGURE_COUNT]);

/// Builders, one a figure: false where there is nothing to draw. `scale` must outlive the canvas.
bool hpb_distribution_build(const hpb_report_data *data, hpb_canvas *canvas, hpb_scale *scale,
                            hpb_figure *figure);
bool hpb_differences_build(const hpb_report_data *data, hpb_canvas *canvas, hpb_scale *scale,
                           hpb_figure *figure);
bool hpb_curves_build(const hpb_report_data *data, hpb_canvas *canvas, hpb_scale scale[2],
                      hpb_figure *figure);
void hpb_distribution_csv(const hpb_report_data *data, hpb_text *csv);
void hpb_differences_csv(const hpb_report_data *data, hpb_text *csv);
void hpb_curves_csv(const hpb_report_data *data, hpb_text *csv);

/// Okabe-Ito colour and gnuplot point type of a cell, by its level of the first factor.
typedef struct hpb_mark {
    uint32_t colour;
    int type, hollow_type;
    double size; ///< so that all types weigh the same
} hpb_mark;
hpb_mark hpb_cell_mark(const hpb_report_data *data, const hpb_report_cell *cell);
/// Pixels that the labels of these rows need at the left.
double hpb_label_width(const hpb_report_data *data, const uint32_t *rows, uint32_t n);
/// A row's label, in one or two lines around py.
void hpb_label_write(hpb_canvas *canvas, const hpb_report_data *data, const hpb_report_cell *cell,
                     double py);

#define HPB_COLOUR_BLUE 0x0072b2u
#define HPB_COLOUR_VERMILLION 0xd55e00u

#endif // HPB_FIGURES_H
