// SPDX-License-Identifier: Apache-2.0
// All figures of a report, drawn at the same time; colours, shapes and labels that they share.
#include "figures.h"

#include <stdlib.h>
#include <string.h>

// --- colours and shapes -------------------------------------------------------------------------------------

// Levels of one section ("adam learning_rate 0.1") are a family: its number, or 0 where there are more than six.
static uint32_t family(const hpb_report_data *data, const hpb_report_cell *cell, hpb_axis axis)
{
    const char *seen[6];
    uint32_t n = 0, found = 0;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const char *level = data->cells[c].levels[axis];
        const size_t length = strcspn(level, " ");
        uint32_t id = 0;
        while (id < n &&
               (strncmp(seen[id], level, length) != 0 || strcspn(seen[id], " ") != length))
            id++;
        if (id == HPB_COUNT(seen))
            return 0;
        if (id == n)
            seen[n++] = level;
        if (data->cells[c].level_id[axis] == cell->level_id[axis])
            found = id;
    }
    return found;
}

hpb_mark hpb_cell_mark(const hpb_report_data *data, const hpb_report_cell *cell)
{
    static const hpb_mark marks[] = {
        {HPB_COLOUR_BLUE, 7, 6, 1}, {0xe69f00u, 9, 8, 1.1}, {0x009e73u, 5, 4, 0.95},
        {0xcc79a7u, 13, 12, 1.1},   {0x56b4e9u, 1, 1, 1.5}, {0x000000u, 2, 2, 1.1},
    };
    static const hpb_axis order[] = {HPB_AXIS_OPTIMIZER,      HPB_AXIS_MODEL, HPB_AXIS_INITIALIZER,
                                     HPB_AXIS_EARLY_STOPPING, HPB_AXIS_FIT,   HPB_AXIS_SPLITTER,
                                     HPB_AXIS_DATA,           HPB_AXIS_SEEDS};
    for (size_t i = 0; i < HPB_COUNT(order); i++) {
        const hpb_axis axis = order[i];
        if (!data->is_factor[axis])
            continue;
        for (uint32_t c = 0; c < data->n_cells; c++)
            if (data->cells[c].level_id[axis] >= HPB_COUNT(marks)) // more than six: by first word
                return marks[family(data, cell, axis) % HPB_COUNT(marks)];
        return marks[cell->level_id[axis]];
    }
    return marks[0];
}

// --- labels --------------------------------------------------------------------------------------------------

#define LINE_POINTS 34 // code points a line of a label

static size_t count_points(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += (*text & 0xc0) != 0x80;
    return n;
}

// Two lines where one would be long, parted at the " & " nearest to the middle.
static void split_label(hpb_arena *arena, const char *label, const char *line[2])
{
    const char *clean = hpb_clean_label(arena, label, 80), *best = NULL;
    const size_t length = strlen(clean);
    size_t nearest = length;
    for (const char *at = strstr(clean, " & "); at; at = strstr(at + 1, " & ")) {
        const size_t place = (size_t)(at - clean);
        const size_t distance = place > length / 2 ? place - length / 2 : length / 2 - place;
        if (distance < nearest) {
            nearest = distance;
            best = at;
        }
    }
    line[1] = NULL;
    if (count_points(clean) > 26 && best) {
        line[1] = hpb_clean_label(arena, best + 1, LINE_POINTS);
        clean = hpb_arena_strndup(arena, clean, (size_t)(best - clean));
    }
    line[0] = hpb_clean_label(arena, clean, LINE_POINTS);
}

double hpb_label_width(const hpb_report_data *data, const uint32_t *rows, uint32_t n)
{
    hpb_arena *arena = hpb_arena_create();
    size_t longest = 8;
    for (uint32_t i = 0; i < n; i++) {
        const char *line[2];
        split_label(arena, data->cells[rows[i]].label, line);
        for (int k = 0; k < 2; k++)
            if (line[k] && count_points(line[k]) > longest)
                longest = count_points(line[k]);
    }
    hpb_arena_destroy(arena);
    return 26 + 9.0 * (double)longest;
}

void hpb_label_write(hpb_canvas *canvas, const hpb_report_data *data, const hpb_report_cell *cell,
                     double py)
{
    (void)data;
    hpb_arena *arena = hpb_arena_create();
    const char *line[2];
    split_label(arena, cell->label, line);
    const double px = canvas->left - 16;
    hpb_canvas_write(canvas, HPB_LAYER_RIGHT, px, py + (line[1] ? 9 : 0), line[0]);
    if (line[1])
        hpb_canvas_write(canvas, HPB_LAYER_RIGHT, px, py - 10, line[1]);
    hpb_arena_destroy(arena);
}

// --- drawing -------------------------------------------------------------------------------------------------

static const char *const names[HPB_FIGURE_COUNT] = {"distribution", "differences", "curves"};

static hpb_exit write_table(const hpb_report_data *data, int figure, const char *folder,
                            hpb_error *error)
{
    hpb_text csv = {0};
    if (figure == HPB_FIGURE_DISTRIBUTION)
        hpb_distribution_csv(data, &csv);
    else if (figure == HPB_FIGURE_DIFFERENCES)
        hpb_differences_csv(data, &csv);
    else
        hpb_curves_csv(data, &csv);
    char *path = hpb_format("%s/%s.csv", folder, names[figure]);
    const hpb_exit code = hpb_file_write(path, csv.data, csv.length, error);
    free(path);
    hpb_text_free(&csv);
    return code;
}

// What an earlier report left must not stand beside a page that doesn't have it.
static void remove_old(const char *folder, int figure, bool pictures_alone)
{
    static const char *const endings[] = {"png", "svg", "csv"};
    const size_t n = pictures_alone ? 2 : HPB_COUNT(endings);
    for (size_t i = 0; i < n; i++) {
        char *path = hpb_format("%s/%s.%s", folder, names[figure], endings[i]);
        remove(path);
        free(path);
    }
}

static void draw_all(hpb_canvas canvas[HPB_FIGURE_COUNT], hpb_figure figures[HPB_FIGURE_COUNT],
                     const char *gnuplot, const char *folder, char note[256])
{
    hpb_error error = {0};
    bool is_started[HPB_FIGURE_COUNT] = {false};
    for (int i = 0; i < HPB_FIGURE_COUNT; i++)
        is_started[i] =
            figures[i].is_wanted && hpb_canvas_start(&canvas[i], gnuplot, &error) == HPB_EXIT_OK;
    for (int i = 0; i < HPB_FIGURE_COUNT; i++)
        if (is_started[i] &&
            hpb_canvas_finish(&canvas[i], folder, &figures[i].svg, &error) != HPB_EXIT_OK) {
            hpb_text_free(&figures[i].svg);
            remove_old(folder, i, true);
        }
    if (error.code != HPB_EXIT_OK)
        snprintf(note, 256, "page written, figures missing: %.200s", error.text);
}

hpb_exit hpb_figures_draw(const hpb_report_data *data, const char *folder,
                          hpb_figure figures[HPB_FIGURE_COUNT], char note[256], hpb_error *error)
{
    hpb_canvas canvas[HPB_FIGURE_COUNT] = {0};
    hpb_scale scale[HPB_FIGURE_COUNT + 1];
    *note = '\0';
    for (int i = 0; i < HPB_FIGURE_COUNT; i++)
        figures[i] = (hpb_figure){.name = names[i]};
    figures[0].is_wanted = hpb_distribution_build(data, &canvas[0], &scale[0], &figures[0]);
    figures[1].is_wanted = hpb_differences_build(data, &canvas[1], &scale[1], &figures[1]);
    figures[2].is_wanted = hpb_curves_build(data, &canvas[2], &scale[2], &figures[2]);
    hpb_exit code = hpb_folder_create(folder, error);
    for (int i = 0; i < HPB_FIGURE_COUNT && code == HPB_EXIT_OK; i++) {
        remove_old(folder, i, figures[i].is_wanted);
        if (figures[i].is_wanted)
            code = write_table(data, i, folder, error);
    }
    char *gnuplot = hpb_gnuplot_find();
    if (!gnuplot)
        snprintf(note, 256,
                 "gnuplot not found: page written, no figures; install gnuplot-nox and repeat");
    else if (code == HPB_EXIT_OK)
        draw_all(canvas, figures, gnuplot, folder, note);
    free(gnuplot);
    for (int i = 0; i < HPB_FIGURE_COUNT; i++)
        hpb_canvas_free(&canvas[i]);
    return code;
}

void hpb_figures_free(hpb_figure figures[HPB_FIGURE_COUNT])
{
    for (int i = 0; i < HPB_FIGURE_COUNT; i++) {
        hpb_text_free(&figures[i].svg);
        hpb_text_free(&figures[i].alt);
        hpb_text_free(&figures[i].caption);
    }
}
