// SPDX-License-Identifier: Apache-2.0
// All figures of a report, several at a time; colours, shapes and labels that they share.
#include "figures.h"
#include "explain/explanation.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- colours and shapes -------------------------------------------------------------------------------------

// Levels of one section ("adam learning_rate 0.1") are a family: its number, or 0 where there are more than six.
static uint32_t family(const hpb_report_data *data, const hpb_report_cell *cell, hpb_axis axis)
{
    const char *seen[6];
    uint32_t n = 0, found = 0;
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const char *title = hpb_report_title(&data->cells[c], axis);
        uint32_t id = 0;
        while (id < n && strcmp(seen[id], title) != 0)
            id++;
        if (id == HPB_COUNT(seen))
            return 0;
        if (id == n)
            seen[n++] = title;
        if (data->cells[c].level_id[axis] == cell->level_id[axis])
            found = id;
    }
    return found;
}

static const hpb_mark marks[] = {
    {HPB_COLOUR_BLUE, 7, 6, 1}, {0xe69f00u, 9, 8, 1.1}, {0x009e73u, 5, 4, 0.95},
    {0xcc79a7u, 13, 12, 1.1},   {0x56b4e9u, 1, 1, 1.5}, {0x000000u, 2, 2, 1.1},
};

hpb_mark hpb_mark_of(uint32_t index)
{
    return marks[index % HPB_COUNT(marks)];
}

hpb_mark hpb_level_mark(const hpb_report_data *data, const hpb_report_cell *cell, hpb_axis axis,
                        uint32_t index)
{
    for (uint32_t c = 0; c < data->n_cells && axis < HPB_AXIS_COUNT; c++)
        if (data->cells[c].level_id[axis] >= HPB_COUNT(marks))
            return hpb_mark_of(index);
    return axis < HPB_AXIS_COUNT ? marks[cell->level_id[axis]] : marks[0];
}

hpb_mark hpb_cell_mark(const hpb_report_data *data, const hpb_report_cell *cell)
{
    for (size_t i = 0; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = hpb_report_axis_order[i];
        if (!data->is_factor[axis])
            continue;
        for (uint32_t c = 0; c < data->n_cells; c++)
            if (data->cells[c].level_id[axis] >= HPB_COUNT(marks)) // more than six: by section
                return marks[family(data, cell, axis) % HPB_COUNT(marks)];
        return marks[cell->level_id[axis]];
    }
    return marks[0];
}

void hpb_figure_of_explanation(const hpb_report_data *data, uint32_t index, hpb_figure *figure)
{
    const char *setting = data->explanations[index].setting;
    figure->explanation = index;
    if (index)
        figure->name = hpb_arena_format(data->arena, "%s-%u", figure->name, index + 1);
    if (*setting)
        hpb_text_add(&figure->caption, "On %s. ", hpb_clean_label(data->arena, setting, 80));
}

// The explanation of a data set's numbers; 0: of none alone.
static uint32_t explanation_of(const hpb_report_data *data, uint32_t level)
{
    for (uint32_t i = 1; i < data->n_explanations && level != HPB_ANY_DATA; i++)
        if (strcmp(data->explanations[i].setting, hpb_report_data_name(data, level)) == 0)
            return i;
    return 0;
}

void hpb_figure_of_data(const hpb_report_data *data, uint32_t level, uint32_t index,
                        hpb_figure *figure)
{
    figure->explanation = explanation_of(data, level);
    if (index) {
        figure->name = hpb_arena_format(data->arena, "%s-%u", figure->name, index + 1);
        figure->is_on_first_screen &= figure->explanation > 0;
    }
    if (level != HPB_ANY_DATA)
        hpb_text_add(&figure->caption, "Data: %s. ",
                     hpb_clean_label(data->arena, hpb_report_data_name(data, level), 80));
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

const char *hpb_label_text(const hpb_report_data *data, const hpb_report_cell *cell)
{
    uint32_t level;
    const char *set = cell->levels[HPB_AXIS_DATA];
    const size_t n = strlen(set), length = strlen(cell->label);
    if (!n || !hpb_report_data_set(data, 0, &level) || level == HPB_ANY_DATA)
        return cell->label;
    if (strncmp(cell->label, set, n) == 0 && strncmp(cell->label + n, " & ", 3) == 0)
        return cell->label + n + 3;
    if (length > n + 3 && strcmp(cell->label + length - n, set) == 0 &&
        strncmp(cell->label + length - n - 3, " & ", 3) == 0)
        return hpb_arena_strndup(data->arena, cell->label, length - n - 3);
    return cell->label;
}

// The separator nearest to the middle of a label; NULL: none.
static const char *find_middle(const char *label, const char *separator)
{
    const char *best = NULL;
    const size_t length = strlen(label);
    size_t nearest = length;
    for (const char *at = strstr(label, separator); at; at = strstr(at + 1, separator)) {
        const size_t place = (size_t)(at - label);
        const size_t distance = place > length / 2 ? place - length / 2 : length / 2 - place;
        if (distance < nearest) {
            nearest = distance;
            best = at;
        }
    }
    return best;
}

// Two lines where one would be long, parted at the " & " nearest to the middle, else at a space.
static void split_label(hpb_arena *arena, const char *label, const char *line[2])
{
    const char *clean = hpb_clean_label(arena, label, 80), *best = find_middle(clean, " & ");
    if (!best)
        best = find_middle(clean, " ");
    line[1] = NULL;
    if (count_points(clean) > 26 && best) {
        line[1] = hpb_clean_label(arena, best + 1, LINE_POINTS);
        clean = hpb_arena_strndup(arena, clean, (size_t)(best - clean));
    }
    line[0] = hpb_clean_label(arena, clean, LINE_POINTS);
}

double hpb_text_label_width(const char *label)
{
    hpb_arena *arena = hpb_arena_create();
    const char *line[2];
    split_label(arena, label, line);
    const size_t first = count_points(line[0]), second = line[1] ? count_points(line[1]) : 0;
    hpb_arena_destroy(arena);
    return 26 + 9.0 * fmax(8, (double)(first > second ? first : second));
}

void hpb_text_label_write(hpb_canvas *canvas, const char *label, double py)
{
    hpb_arena *arena = hpb_arena_create();
    const char *line[2];
    split_label(arena, label, line);
    const double px = canvas->left - 16;
    hpb_canvas_write(canvas, HPB_LAYER_RIGHT, px, py + (line[1] ? 9 : 0), line[0]);
    if (line[1])
        hpb_canvas_write(canvas, HPB_LAYER_RIGHT, px, py - 10, line[1]);
    hpb_arena_destroy(arena);
}

double hpb_label_width(const hpb_report_data *data, const uint32_t *rows, uint32_t n)
{
    double width = 0;
    for (uint32_t i = 0; i < n; i++)
        width = fmax(width, hpb_text_label_width(hpb_label_text(data, &data->cells[rows[i]])));
    return width;
}

void hpb_label_write(hpb_canvas *canvas, const hpb_report_data *data, const hpb_report_cell *cell,
                     double py)
{
    hpb_text_label_write(canvas, hpb_label_text(data, cell), py);
}

static int by_height(const void *a, const void *b)
{
    const double x = ((const hpb_end_label *)a)->y, y = ((const hpb_end_label *)b)->y;
    return x < y ? 1 : x > y ? -1 : 0;
}

static double label_height(const hpb_end_label *label)
{
    return label->note ? 36 : 20;
}

void hpb_end_labels_write(hpb_canvas *canvas, hpb_end_label *labels, uint32_t n)
{
    qsort(labels, n, sizeof *labels, by_height);
    double ceiling = canvas->rows_top + 10, room = 0;
    for (uint32_t i = 0; i < n; i++)
        room += label_height(&labels[i]);
    const double px = canvas->width - canvas->right + 14;
    for (uint32_t i = 0; i < n;
         i++) { // as high as its line ends, but below the last and above the next ones
        const double height = label_height(&labels[i]);
        double top = fmin(labels[i].y + height / 2, ceiling);
        top = fmin(fmax(top, room - 12), ceiling);
        ceiling = top - height;
        room -= height;
        const double py = canvas->bottom + top - 10, indent = labels[i].mark.type ? 16 : 0;
        const bool is_large = labels[i].mark.type && count_points(labels[i].text) <= 27;
        hpb_canvas_write(canvas, is_large ? HPB_LAYER_LEFT : HPB_LAYER_NOTE, px + indent, py,
                         labels[i].text);
        if (labels[i].note)
            hpb_canvas_write(canvas, HPB_LAYER_NOTE, px + indent, py - 17, labels[i].note);
        if (labels[i].mark.type)
            hpb_canvas_add(canvas, HPB_LAYER_KEY, "%.1f\t%.1f\t%d\t%g\t%u", px + 3, py,
                           labels[i].mark.type, labels[i].mark.size, labels[i].mark.colour);
    }
}

// --- drawing -------------------------------------------------------------------------------------------------

// In the order of the page.
static const hpb_figure_kind *const kinds[] = {
    &hpb_figure_against, // first where it is on the first screen: which rate, before which optimizer
    &hpb_figure_distribution,   &hpb_figure_waterfall, &hpb_figure_specification,
    &hpb_figure_luck_by_source, &hpb_figure_bias,      &hpb_figure_differences,
    &hpb_figure_curves,         &hpb_figure_ecdf,      &hpb_figure_critical_difference,
    &hpb_figure_time,
};

#define MOST_OF_A_KIND 8
#define MOST (MOST_OF_A_KIND * HPB_COUNT(kinds))
#define AT_ONCE 4 // figures under gnuplot: each is two processes, and has 10 s

static hpb_exit write_table(const hpb_report_data *data, const hpb_figure_kind *kind,
                            uint32_t index, const char *name, const char *folder, hpb_error *error)
{
    hpb_text csv = {0};
    kind->csv(data, index, &csv);
    char *path = hpb_format("%s/%s.csv", folder, name);
    const hpb_exit code = hpb_file_write(path, csv.data, csv.length, error);
    free(path);
    hpb_text_free(&csv);
    return code;
}

static bool is_ours(const char *file)
{
    static const char *const endings[] = {".png", ".svg", ".csv"};
    const char *ending = strrchr(file, '.');
    for (size_t e = 0; ending && e < HPB_COUNT(endings); e++)
        for (size_t k = 0; k < HPB_COUNT(kinds) && strcmp(ending, endings[e]) == 0; k++) {
            const size_t n = strlen(kinds[k]->name);
            if (strncmp(file, kinds[k]->name, n) == 0 && (file[n] == '.' || file[n] == '-'))
                return true;
        }
    return false;
}

// What an earlier report left must not stand beside a page that doesn't have it.
static void remove_old(const char *folder)
{
    DIR *stream = opendir(folder);
    for (struct dirent *entry; stream && (entry = readdir(stream));) {
        char *path = hpb_format("%s/%s", folder, entry->d_name);
        if (is_ours(entry->d_name))
            remove(path);
        free(path);
    }
    if (stream)
        closedir(stream);
}

static void remove_pictures(const char *folder, const char *name)
{
    static const char *const endings[] = {"png", "svg"};
    for (size_t i = 0; i < HPB_COUNT(endings); i++) {
        char *path = hpb_format("%s/%s.%s", folder, name, endings[i]);
        remove(path);
        free(path);
    }
}

static void draw_all(hpb_drawing *drawings, const hpb_figures *figures, const char *gnuplot,
                     const char *folder, char note[256])
{
    hpb_error error = {0};
    bool is_started[MOST] = {false};
    uint32_t next = 0;
    for (uint32_t i = 0; i < figures->n; i++) {
        for (; next < figures->n && next < i + AT_ONCE; next++)
            is_started[next] =
                hpb_canvas_start(&drawings[next].canvas, gnuplot, &error) == HPB_EXIT_OK;
        hpb_figure *figure = &figures->items[i];
        if (is_started[i] &&
            hpb_canvas_finish(&drawings[i].canvas, folder, &figure->svg, &error) != HPB_EXIT_OK) {
            hpb_text_free(&figure->svg);
            remove_pictures(folder, figure->name);
        }
    }
    if (error.code != HPB_EXIT_OK)
        snprintf(note, 256, "page written, figures missing: %.200s", error.text);
}

// Builds every figure that the data have something for, and writes its table.
static hpb_exit build_all(const hpb_report_data *data, const char *folder, hpb_drawing *drawings,
                          hpb_figures *out, hpb_error *error)
{
    hpb_exit code = hpb_folder_create(folder, error);
    if (code == HPB_EXIT_OK)
        remove_old(folder);
    for (size_t k = 0; k < HPB_COUNT(kinds); k++)
        for (uint32_t index = 0; index < MOST_OF_A_KIND && code == HPB_EXIT_OK; index++) {
            hpb_figure *figure = &out->items[out->n];
            *figure = (hpb_figure){.name = kinds[k]->name,
                                   .is_on_first_screen = kinds[k]->is_on_first_screen};
            if (!kinds[k]->build(data, index, &drawings[out->n], figure))
                break;
            drawings[out->n++].canvas.name = figure->name;
            code = write_table(data, kinds[k], index, figure->name, folder, error);
        }
    return code;
}

hpb_exit hpb_figures_draw(const hpb_report_data *data, const char *folder, hpb_figures *out,
                          char note[256], hpb_error *error)
{
    hpb_drawing *drawings = hpb_alloc(MOST, sizeof *drawings);
    *out = (hpb_figures){.items = hpb_arena_alloc(data->arena, MOST, sizeof *out->items)};
    *note = '\0';
    const hpb_exit code = build_all(data, folder, drawings, out, error);
    char *gnuplot = hpb_gnuplot_find();
    if (!gnuplot)
        snprintf(note, 256,
                 "gnuplot not found: page written, no figures; install gnuplot-nox and repeat");
    else if (code == HPB_EXIT_OK)
        draw_all(drawings, out, gnuplot, folder, note);
    free(gnuplot);
    for (uint32_t i = 0; i < out->n; i++)
        hpb_canvas_free(&drawings[i].canvas);
    free(drawings);
    return code;
}

void hpb_figures_free(hpb_figures *figures)
{
    for (uint32_t i = 0; i < figures->n; i++) {
        hpb_text_free(&figures->items[i].svg);
        hpb_text_free(&figures->items[i].alt);
        hpb_text_free(&figures->items[i].caption);
        hpb_text_free(&figures->items[i].beneath);
    }
}
