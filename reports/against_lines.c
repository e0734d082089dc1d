// SPDX-License-Identifier: Apache-2.0
// Finds the settings that are numbers, and sorts cells into lines: all else equal, or another level of a second factor.
#include "against.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_PAIRS 64 // settings looked at
#define FEWEST 3      // levels that make a line

void hpb_against_free(hpb_against *p)
{
    for (uint32_t i = 0; i < p->n_lines; i++) {
        free(p->lines[i].rest);
        free(p->lines[i].places);
    }
    free(p->lines);
    p->lines = NULL;
    p->n_lines = 0;
    p->capacity = 0;
}

static int by_x(const void *a, const void *b)
{
    const hpb_against_place *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x ? 1 : (int)(p->cell > q->cell) - (int)(p->cell < q->cell);
}

static void add_place(hpb_against *p, char *rest, hpb_against_place at)
{
    uint32_t i = 0;
    while (i < p->n_lines && strcmp(p->lines[i].rest, rest) != 0)
        i++;
    if (i == p->n_lines) {
        p->lines = hpb_grow(p->lines, &p->capacity, p->n_lines + 1, sizeof *p->lines);
        p->lines[p->n_lines++] = (hpb_against_line){.rest = rest};
    } else {
        free(rest);
    }
    hpb_against_line *l = &p->lines[i];
    l->places = hpb_grow(l->places, &l->capacity, l->n + 1, sizeof *l->places);
    l->places[l->n++] = at;
}

// A setting that is a plain number: not a list, not "fresh", no seed.
static bool number_of(json_t *settings, const char *key, double *out)
{
    const char *text = json_string_value(json_object_get(settings, key));
    return text && strstr(key, "seed") == NULL && strcmp(key, "random_state") != 0 &&
           hpb_parse_double(text, out);
}

static bool is_candidate(const hpb_report_cell *cell, const hpb_report_cell *like,
                         const hpb_against *p)
{
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (axis != (int)p->axis && axis != (int)p->second &&
            cell->level_id[axis] != like->level_id[axis])
            return false;
    return cell->n_planned > 1 && cell->spec;
}

// Sorts all cells that count into lines, and keeps those lines that are long enough.
static void collect_lines(const hpb_report_data *data, const hpb_report_cell *like, hpb_against *p)
{
    for (uint32_t c = 0; c < data->n_cells; c++) {
        const hpb_report_cell *cell = &data->cells[c];
        if (!is_candidate(cell, like, p))
            continue;
        json_t *spec = json_loads(cell->spec, 0, NULL);
        json_t *settings = json_object_get(spec, hpb_axis_name(p->axis));
        double x;
        if (number_of(settings, p->key, &x)) {
            json_object_del(settings, p->key);
            char *others = json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS);
            add_place(p,
                      hpb_format("%u %s",
                                 p->second < HPB_AXIS_COUNT ? cell->level_id[p->second] : 0,
                                 others),
                      (hpb_against_place){x, c});
            free(others);
        }
        json_decref(spec);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->n_lines; i++) {
        hpb_against_line *l = &p->lines[i];
        uint32_t n = 0;
        qsort(l->places, l->n, sizeof *l->places, by_x);
        for (uint32_t k = 0; k < l->n; k++) // one cell a level
            if (!n || l->places[k].x != l->places[n - 1].x)
                l->places[n++] = l->places[k];
        l->n = n;
        if (n >= FEWEST) {
            p->lines[kept++] = *l;
            continue;
        }
        free(l->rest);
        free(l->places);
        *l = (hpb_against_line){0};
    }
    p->n_lines = kept;
}

// The first other factor, for lines where the setting's own axis has but one.
static hpb_axis second_axis(const hpb_report_data *data, hpb_axis axis)
{
    for (size_t i = 0; i < HPB_REPORT_CHOSEN + 1; i++) { // the splitter too
        const hpb_axis other = hpb_report_axis_order[i];
        if (other != axis && data->is_factor[other])
            return other;
    }
    return HPB_AXIS_COUNT;
}

double hpb_against_best(const hpb_report_data *data, const hpb_against_line *l, uint32_t *at)
{
    double best = HUGE_VAL;
    *at = 0;
    for (uint32_t i = 0; i < l->n; i++) {
        const hpb_summary *s = &data->cells[l->places[i].cell].summary;
        if (s->n && s->median < best) {
            best = s->median;
            *at = i;
        }
    }
    return best;
}

static int by_best(const void *a, const void *b, void *context)
{
    uint32_t at;
    const double x = hpb_against_best(context, a, &at), y = hpb_against_best(context, b, &at);
    return x < y ? -1 : x > y;
}

static bool fill_lines(const hpb_report_data *data, const hpb_report_cell *like, hpb_against *p)
{
    p->second = HPB_AXIS_COUNT;
    collect_lines(data, like, p);
    if (p->n_lines == 1 && second_axis(data, p->axis) < HPB_AXIS_COUNT) {
        hpb_against_free(p);
        p->second = second_axis(data, p->axis);
        collect_lines(data, like, p);
    }
    bool has_any = false;
    for (uint32_t i = 0; i < p->n_lines; i++)
        for (uint32_t k = 0; k < p->lines[i].n; k++)
            has_any |= data->cells[p->lines[i].places[k].cell].summary.n > 0;
    if (p->n_lines > HPB_AGAINST_LINES)
        qsort_r(p->lines, p->n_lines, sizeof *p->lines, by_best, (void *)data);
    return has_any;
}

// Every setting whose number differs between cells: the axes in the order of the page, the keys as they come.
static uint32_t list_settings(const hpb_report_data *data, hpb_against pairs[MOST_PAIRS])
{
    uint32_t n = 0;
    for (size_t i = 0; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = hpb_report_axis_order[i];
        if (axis == HPB_AXIS_SEEDS)
            continue;
        uint32_t next = 0; // levels are numbered in the order of the cells
        json_t *first = json_object(), *known = json_object();
        for (uint32_t c = 0; c < data->n_cells && data->is_factor[axis]; c++) {
            if (data->cells[c].level_id[axis] < next || !data->cells[c].spec)
                continue;
            next = data->cells[c].level_id[axis] + 1;
            json_t *spec = json_loads(data->cells[c].spec, 0, NULL), *value;
            json_t *settings = json_object_get(spec, hpb_axis_name(axis));
            const char *key;
            double x;
            json_object_foreach(settings, key, value)
            {
                json_t *seen = json_object_get(first, key);
                if (!number_of(settings, key, &x))
                    continue;
                if (!seen)
                    json_object_set(first, key, value);
                else if (!json_equal(seen, value) && !json_object_get(known, key) &&
                         n < MOST_PAIRS) {
                    json_object_set_new(known, key, json_true());
                    pairs[n++] =
                        (hpb_against){.axis = axis, .key = hpb_arena_strdup(data->arena, key)};
                }
            }
            json_decref(spec);
        }
        json_decref(first);
        json_decref(known);
    }
    return n;
}

bool hpb_against_find(const hpb_report_data *data, uint32_t index, hpb_against *out,
                      uint32_t *data_index, uint32_t *level)
{
    hpb_against pairs[MOST_PAIRS];
    // of two numbers that are explained none is a setting's
    const uint32_t n = data->n_cells && !data->n_explanations ? list_settings(data, pairs) : 0;
    for (uint32_t i = 0; i < n; i++)
        for (*data_index = 0; hpb_report_data_set(data, *data_index, level); ++*data_index) {
            const hpb_report_cell *like = &data->cells[data->reference];
            if (*level != HPB_ANY_DATA) {
                const int32_t twin = hpb_report_find_cell(data, like, HPB_AXIS_DATA, *level);
                if (twin < 0 || pairs[i].axis == HPB_AXIS_DATA)
                    continue;
                like = &data->cells[twin];
            }
            hpb_against found = {.axis = pairs[i].axis, .key = pairs[i].key};
            if (fill_lines(data, like, &found) && index-- == 0) {
                *out = found;
                return true;
            }
            hpb_against_free(&found);
        }
    return false;
}
