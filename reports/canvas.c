// SPDX-License-Identifier: Apache-2.0
// From layers to pictures: data files, a script of numbers followed by fixed text, two gnuplots.
#include "canvas.h"

#include "assets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const layer_names[HPB_LAYER_COUNT] = {
    "guide",  "range", "box",   "more",   "less",  "luck",      "outline",   "median",
    "points", "mean",  "marks", "band",   "curve", "dashed",    "key",       "left",
    "right",  "note",  "warn",  "middle", "mark",  "markright", "noteright",
};

void hpb_canvas_add(hpb_canvas *canvas, hpb_layer layer, const char *format, ...)
{
    char line[256];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    hpb_text_add(&canvas->layer[layer], "%s\n", line);
}

void hpb_canvas_write(hpb_canvas *canvas, hpb_layer layer, double x, double y, const char *text)
{
    hpb_arena *arena = hpb_arena_create();
    hpb_text_add(&canvas->layer[layer], "%.1f\t%.1f\t%s\n", x, y, hpb_clean_label(arena, text, 80));
    hpb_arena_destroy(arena);
}

double hpb_canvas_x(const hpb_canvas *canvas, double at)
{
    return canvas->left + at * (canvas->width - canvas->left - canvas->right);
}

static hpb_exit write_file(const char *folder, const char *name, const char *bytes, size_t n,
                           hpb_error *error)
{
    char *path = hpb_format("%s/%s", folder, name);
    FILE *file = fopen(path, "we");
    hpb_exit code = HPB_EXIT_OK;
    bool is_fine = file && fwrite(bytes, 1, n, file) == n;
    if (file && fclose(file) != 0)
        is_fine = false;
    if (!is_fine)
        code =
            hpb_error_set(error, HPB_EXIT_STORE, "%s: can't be written: %s", path, strerror(errno));
    free(path);
    return code;
}

static void add_ticks(hpb_text *script, char axis, const hpb_scale *scale, double from, double span)
{
    hpb_text_add(script, "set %ctics (", axis);
    for (uint32_t i = 0; i < scale->n_ticks; i++)
        hpb_text_add(script, "%s\"%s\" %.9g", i ? ", " : "", scale->tick[i].text,
                     from + scale->tick[i].at * span);
    hpb_text_add(script, ")\n");
}

// Fonts are in pixels on the page and in points (3/4) for Cairo.
static void make_script(const hpb_canvas *canvas, bool is_svg, hpb_text *script)
{
    if (is_svg)
        hpb_text_add(script,
                     "set terminal svg noenhanced size %g,%g dynamic background \"#ffffff\" ",
                     canvas->width, canvas->height);
    else
        hpb_text_add(script, "set terminal pngcairo noenhanced size %g,%g background \"#ffffff\" ",
                     canvas->width, canvas->height);
    const double scale = is_svg ? 1 : 0.75;
    hpb_text_add(script, "font \"DejaVu Sans,%g\"\nset output \"picture.%s\"\n", 13 * scale,
                 is_svg ? "svg" : "png");
    hpb_text_add(script, "axis_font = \"DejaVu Sans,%g\"\nlabel_font = \"DejaVu Sans,%g\"\n",
                 13 * scale, 15 * scale);
    hpb_text_add(script, "dot = %g\nshape = %g\n", is_svg ? 1.0 : 1.3, is_svg ? 1.2 : 2.0);
    hpb_text_add(
        script, "width = %g.0\nheight = %g.0\nleft = %g\nright = %g\nbottom = %g\ntop = %g\n",
        canvas->width, canvas->height, canvas->left, canvas->right, canvas->bottom, canvas->top);
    hpb_text_add(script, "rows_top = %g\nn_series = %u\n", canvas->rows_top, canvas->n_series);
    hpb_text_add(script, "colours = \"");
    for (uint32_t i = 0; i < canvas->n_series; i++)
        hpb_text_add(script, "%s#%06x", i ? " " : "", canvas->series_colour[i]);
    hpb_text_add(script, "\"\n");
    hpb_text_add_bytes(script, (const char *)hpb_asset_common_gp, hpb_asset_common_gp_size);
    add_ticks(script, 'x', canvas->x, 0, 1);
    if (canvas->y)
        add_ticks(script, 'y', canvas->y, canvas->y_bottom,
                  canvas->y_top > 0 ? canvas->y_top : canvas->rows_top);
    hpb_text_add_bytes(script, (const char *)canvas->script, canvas->script_size);
    hpb_text_add_bytes(script, (const char *)hpb_asset_overlay_gp, hpb_asset_overlay_gp_size);
}

void hpb_canvas_title(hpb_canvas *canvas, const char *text)
{
    hpb_canvas_write(canvas, HPB_LAYER_MIDDLE, hpb_canvas_x(canvas, 0.5), 11, text);
}

hpb_exit hpb_canvas_start(hpb_canvas *canvas, const char *gnuplot, hpb_error *error)
{
    hpb_exit code = hpb_private_folder_make(&canvas->folder, error);
    for (int i = 0; i < HPB_LAYER_COUNT && code == HPB_EXIT_OK; i++) {
        // An empty file is an error for gnuplot: so each begins with something out of sight.
        hpb_text file = {0};
        hpb_text_add(&file, i < HPB_LAYER_LEFT ? "-9\t-9\t-9\t-9\t-9\t-9\t0\n\n" : "-9\t-9\t-\n\n");
        hpb_text_add_bytes(&file, canvas->layer[i].data, canvas->layer[i].length);
        char *name = hpb_format("%s.tsv", layer_names[i]);
        code = write_file(canvas->folder, name, file.data, file.length, error);
        free(name);
        hpb_text_free(&file);
    }
    for (int is_svg = 0; is_svg < 2 && code == HPB_EXIT_OK; is_svg++) {
        const char *name = is_svg ? "svg.gp" : "png.gp";
        hpb_text script = {0};
        make_script(canvas, is_svg, &script);
        code = write_file(canvas->folder, name, script.data, script.length, error);
        if (code == HPB_EXIT_OK)
            code = hpb_gnuplot_start(gnuplot, canvas->folder, name,
                                     is_svg ? "picture.svg" : "picture.png",
                                     is_svg ? &canvas->svg : &canvas->png, error);
        hpb_text_free(&script);
    }
    return code;
}

// A machine without DejaVu gets another sans-serif, not the browser's serif.
static void add_fallback_fonts(const char *svg, size_t n, hpb_text *out)
{
    static const char family[] = "font-family=\"DejaVu Sans\"";
    const char *end = svg + n;
    for (const char *at = svg; at < end;) {
        const char *found = memmem(at, (size_t)(end - at), family, sizeof family - 1);
        const char *stop = found ? found : end;
        hpb_text_add_bytes(out, at, (size_t)(stop - at));
        if (found)
            hpb_text_add(out, "font-family=\"DejaVu Sans, Verdana, sans-serif\"");
        at = found ? found + sizeof family - 1 : end;
    }
}

static hpb_exit save(const hpb_canvas *canvas, const char *folder, const char *ending,
                     const char *bytes, size_t n, hpb_error *error)
{
    char *path = hpb_format("%s/%s.%s", folder, canvas->name, ending);
    const hpb_exit code = hpb_file_write(path, bytes, n, error);
    free(path);
    return code;
}

hpb_exit hpb_canvas_finish(hpb_canvas *canvas, const char *folder, hpb_text *svg, hpb_error *error)
{
    char *bytes = NULL;
    size_t n = 0;
    hpb_exit code = hpb_gnuplot_finish(&canvas->png, &bytes, &n, error);
    if (code == HPB_EXIT_OK)
        code = save(canvas, folder, "png", bytes, n, error);
    free(bytes);
    bytes = NULL;
    hpb_error second = {0};
    const hpb_exit svg_code = hpb_gnuplot_finish(&canvas->svg, &bytes, &n, &second);
    if (svg_code == HPB_EXIT_OK)
        add_fallback_fonts(bytes, n, svg);
    free(bytes);
    if (code == HPB_EXIT_OK && svg_code != HPB_EXIT_OK)
        code = hpb_error_set(error, svg_code, "%s", second.text);
    if (code == HPB_EXIT_OK)
        code = save(canvas, folder, "svg", svg->data, svg->length, error);
    return code;
}

void hpb_canvas_free(hpb_canvas *canvas)
{
    char *bytes = NULL;
    size_t n = 0;
    if (canvas->png.pid && hpb_gnuplot_finish(&canvas->png, &bytes, &n, NULL) == HPB_EXIT_OK)
        free(bytes);
    if (canvas->svg.pid && hpb_gnuplot_finish(&canvas->svg, &bytes, &n, NULL) == HPB_EXIT_OK)
        free(bytes);
    for (int i = 0; i < HPB_LAYER_COUNT; i++)
        hpb_text_free(&canvas->layer[i]);
    if (canvas->folder)
        hpb_private_folder_remove(canvas->folder);
    free(canvas->folder);
    canvas->folder = NULL;
}
