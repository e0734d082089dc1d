// SPDX-License-Identifier: Apache-2.0
// Which settings are numbers that differ between cells, and the cells that make lines of them.
#ifndef HPB_AGAINST_H
#define HPB_AGAINST_H

#include "data.h"

/// Lines shown; where there are more, those with the lowest medians come first.
#define HPB_AGAINST_LINES 6

typedef struct hpb_against_place {
    double x;
    uint32_t cell;
} hpb_against_place;

typedef struct hpb_against_line {
    char *rest; ///< what all its cells have in common: other settings, level of the second axis
    hpb_against_place *places; ///< [n], by x
    uint32_t n;
    size_t capacity;
} hpb_against_line;

typedef struct hpb_against {
    hpb_axis axis, second; ///< second: HPB_AXIS_COUNT, or that whose levels are the lines
    const char *key;       ///< in data->arena
    hpb_against_line *lines;
    uint32_t n_lines;
    size_t capacity;
} hpb_against;

/// Picture `index`: settings one after the other, each for every data set. False: there are not so many.
bool hpb_against_find(const hpb_report_data *data, uint32_t index, hpb_against *out,
                      uint32_t *data_index, uint32_t *level);
void hpb_against_free(hpb_against *p);
/// The lowest median of a line and where it is; infinite where no cell of it has a finite MSE.
double hpb_against_best(const hpb_report_data *data, const hpb_against_line *l, uint32_t *at);

#endif // HPB_AGAINST_H
