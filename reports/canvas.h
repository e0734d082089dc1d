// SPDX-License-Identifier: Apache-2.0
// One figure on its way to gnuplot: layers of numbers and text, each a data file, and the fixed script that draws them.
#ifndef HPB_CANVAS_H
#define HPB_CANVAS_H

#include "axis.h"
#include "gnuplot.h"

// The data files; those above HPB_LAYER_LEFT are text on a canvas of pixels (overlay.gp).
typedef enum hpb_layer {
    HPB_LAYER_GUIDE,   ///< x y: a dashed or a zero line; an empty line ends one
    HPB_LAYER_RANGE,   ///< x y dx dy colour
    HPB_LAYER_BOX,     ///< x y x1 x2 y1 y2 colour
    HPB_LAYER_MORE,    ///< x y x1 x2 y1 y2: what adds, hatched one way
    HPB_LAYER_LESS,    ///< likewise: what takes away, hatched the other way
    HPB_LAYER_LUCK,    ///< likewise, light
    HPB_LAYER_OUTLINE, ///< x y dx dy colour
    HPB_LAYER_MEDIAN,  ///< x y dx dy
    HPB_LAYER_POINTS,  ///< x y type size colour
    HPB_LAYER_MEAN,    ///< x y
    HPB_LAYER_MARKS,   ///< x y
    HPB_LAYER_BAND,    ///< x y1 y2; two empty lines before each series
    HPB_LAYER_CURVE,   ///< x y colour; an empty line ends one
    HPB_LAYER_DASHED,  ///< x y colour; an empty line ends one
    HPB_LAYER_KEY,     ///< px py type size colour: a mark on the canvas of pixels
    HPB_LAYER_LEFT,    ///< px py text, as all below
    HPB_LAYER_RIGHT,
    HPB_LAYER_NOTE,
    HPB_LAYER_WARN,
    HPB_LAYER_MIDDLE,
    HPB_LAYER_MARK,
    HPB_LAYER_MARK_RIGHT,
    HPB_LAYER_NOTE_RIGHT,
    HPB_LAYER_COUNT
} hpb_layer;

#define HPB_MAX_SERIES 12

typedef struct hpb_canvas {
    const char *name; ///< of the figure: "distribution"
    const unsigned char *script;
    size_t script_size;
    double width, height, left, right, bottom, top,
        rows_top; ///< pixels; rows_top: the y axis runs from 0 to it
    uint32_t n_series, series_colour[HPB_MAX_SERIES]; ///< of bands
    const hpb_scale *x;
    const hpb_scale *y; ///< NULL: rows
    double y_bottom;    ///< pixels below where y begins
    double y_top;       ///< pixels that y spans; 0: all of rows_top
    hpb_text layer[HPB_LAYER_COUNT];
    char *folder; ///< while it is being drawn
    hpb_gnuplot png, svg;
} hpb_canvas;

/// A line of a layer of numbers, printf style, columns parted by tabs.
void hpb_canvas_add(hpb_canvas *canvas, hpb_layer layer, const char *format, ...) HPB_PRINTF(3, 4);
/// Text at pixels from the lower left corner; made fit for a picture here.
void hpb_canvas_write(hpb_canvas *canvas, hpb_layer layer, double x, double y, const char *text);
/// Pixels from the left of a place 0 ... 1 on the x axis.
double hpb_canvas_x(const hpb_canvas *canvas, double at);
/// What the x axis shows, in words.
void hpb_canvas_title(hpb_canvas *canvas, const char *text);
/// Starts two gnuplots, for NAME.png and NAME.svg.
hpb_exit hpb_canvas_start(hpb_canvas *canvas, const char *gnuplot, hpb_error *error);
/// Waits for both; writes FOLDER/NAME.png and .svg. `svg` gets the bytes, to be freed.
hpb_exit hpb_canvas_finish(hpb_canvas *canvas, const char *folder, hpb_text *svg, hpb_error *error);
void hpb_canvas_free(hpb_canvas *canvas);

#endif // HPB_CANVAS_H
