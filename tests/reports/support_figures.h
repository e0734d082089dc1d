// SPDX-License-Identifier: Apache-2.0
// A figure as it is before gnuplot: its layers, words and table.
#ifndef HPB_TEST_SUPPORT_FIGURES_H
#define HPB_TEST_SUPPORT_FIGURES_H

#include "reports/figures.h"
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct made {
    hpb_drawing drawing;
    hpb_figure figure;
    hpb_text csv;
    bool is_there;
} made;

static inline made make(const hpb_report_data *data, const hpb_figure_kind *kind, uint32_t index)
{
    made m = {.figure = {.name = kind->name, .is_on_first_screen = kind->is_on_first_screen}};
    m.is_there = kind->build(data, index, &m.drawing, &m.figure);
    if (m.is_there)
        kind->csv(data, index, &m.csv);
    return m;
}

static inline void drop(made *m)
{
    hpb_canvas_free(&m->drawing.canvas);
    hpb_text_free(&m->figure.svg);
    hpb_text_free(&m->figure.alt);
    hpb_text_free(&m->figure.caption);
    hpb_text_free(&m->figure.beneath);
    hpb_text_free(&m->csv);
}

static inline void assert_says(const hpb_text *text, const char *words)
{
    if (!text->data || !strstr(text->data, words))
        fail_msg("\"%s\" is not in: %s", words, text->data ? text->data : "nothing");
}

static inline void assert_silent(const hpb_text *text, const char *words)
{
    if (text->data && strstr(text->data, words))
        fail_msg("\"%s\" is in: %s", words, text->data);
}

static inline uint32_t count_lines(const hpb_text *text)
{
    uint32_t n = 0;
    for (const char *at = text->data; at && *at; at++)
        n += *at == '\n';
    return n;
}

#endif // HPB_TEST_SUPPORT_FIGURES_H
