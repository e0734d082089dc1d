// SPDX-License-Identifier: Apache-2.0
// Times in the report: two pictures that share no scale, their numbers, and what plugins cost.
#include "reports/figures.h"
#include "reports/page.h"
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#define N 15

// Repetitions around `median` seconds, 1 % apart.
static hpb_report_timing timing(hpb_report_data *data, hpb_timing_measure measure,
                                const char *plugin, int32_t cell, double median)
{
    hpb_report_timing t = {.measure = measure,
                           .name = cell < 0 ? plugin : data->cells[cell].label,
                           .plugin = plugin,
                           .cell = cell,
                           .n = N};
    t.cpu = hpb_arena_alloc(data->arena, N, sizeof(double));
    t.real = hpb_arena_alloc(data->arena, N, sizeof(double));
    for (int i = 0; i < N; i++) {
        t.cpu[i] = median * (1 + 0.01 * (i - N / 2));
        t.real[i] = 2 * t.cpu[i];
    }
    double sorted[N];
    memcpy(sorted, t.cpu, sizeof sorted);
    t.summary = hpb_stats_summarise(sorted, N);
    t.interval = hpb_quantile_interval(sorted, N, 0.5, 0.95);
    return t;
}

static void make(hpb_report_data *data, double second)
{
    synthetic_optimizers(data, 20);
    hpb_report_summarise(data);
    data->timings = hpb_arena_alloc(data->arena, 8, sizeof *data->timings);
    const int32_t other = data->reference == 0 ? 2 : 0;
    data->timings[data->n_timings++] = timing(data, HPB_TIMING_FIT_ALONE, "", other, second);
    data->timings[data->n_timings++] = timing(data, HPB_TIMING_FIT_BULK, "", other, second / 10);
    data->timings[data->n_timings++] =
        timing(data, HPB_TIMING_FIT_ALONE, "", (int32_t)data->reference, 2e-4);
    data->timings[data->n_timings++] =
        timing(data, HPB_TIMING_FIT_BULK, "", (int32_t)data->reference, 2e-5);
    data->timings[data->n_timings++] = timing(data, HPB_TIMING_UPDATE, "sgd", -1, 2e-10);
    data->timings[data->n_timings++] = timing(data, HPB_TIMING_UPDATE, "a<b", -1, 7e-10);
}

static void expect(const hpb_text *text, const char *words)
{
    if (!text->data || !strstr(text->data, words))
        fail_msg("\"%s\" is not in: %s", words, text->data ? text->data : "nothing");
}

static void drop(hpb_drawing *drawing, hpb_figure *figure, hpb_text *csv)
{
    hpb_canvas_free(&drawing->canvas);
    hpb_text_free(&figure->alt);
    hpb_text_free(&figure->caption);
    hpb_text_free(csv);
    *drawing = (hpb_drawing){0};
    *figure = (hpb_figure){0};
}

static void alone_and_in_bulk_are_two_pictures(void **state)
{
    (void)state;
    static const char *const names[] = {"time-alone", "time-bulk"};
    static const char *const medians[] = {"280 µs   1.4 × the reference",
                                          "28.0 µs   1.4 × the reference"};
    hpb_report_data data;
    make(&data, 2.8e-4);
    hpb_drawing drawing = {0};
    hpb_figure figure = {0};
    hpb_text csv = {0};
    for (uint32_t i = 0; i < 2; i++) {
        assert_true(hpb_figure_time.build(&data, i, &drawing, &figure));
        hpb_figure_time.csv(&data, i, &csv);
        assert_string_equal(figure.name, names[i]);
        expect(&drawing.canvas.layer[HPB_LAYER_NOTE], medians[i]);
        expect(&drawing.canvas.layer[HPB_LAYER_NOTE], "the reference\n");
        assert_false(drawing.scale->is_log);
        assert_true(drawing.scale->low == 0);
        expect(&figure.alt, "median 2");
        expect(&csv, "cell,measure,repetition,cpu_seconds,real_seconds\n");
        expect(&csv, i ? ",fit_bulk,14," : ",fit_alone,14,");
        assert_null(strstr(csv.data, i ? "fit_alone" : "fit_bulk"));
        drop(&drawing, &figure, &csv);
    }
    assert_false(hpb_figure_time.build(&data, 2, &drawing, &figure));
    hpb_report_data_free(&data);
    make(&data, 5e-3); // 25 times the reference
    assert_true(hpb_figure_time.build(&data, 0, &drawing, &figure));
    assert_true(drawing.scale->is_log);
    expect(&drawing.canvas.layer[HPB_LAYER_MIDDLE], "one fit alone, ms (log scale)");
    drop(&drawing, &figure, &csv);
    hpb_report_data_free(&data);
}

static void nothing_timed_is_nothing_drawn(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 20);
    hpb_report_summarise(&data);
    hpb_drawing drawing = {0};
    hpb_figure figure = {0};
    hpb_text html = {0};
    assert_false(hpb_figure_time.build(&data, 0, &drawing, &figure));
    hpb_page_costs(&data, &html);
    assert_int_equal(html.length, 0);
    hpb_report_data_free(&data);
}

static void costs_of_plugins(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_text html = {0};
    make(&data, 2.8e-4);
    hpb_page_costs(&data, &html);
    expect(&html, "</span> sgd</td><td class=\"n\" data-head=\"median\">0.200 ns</td>");
    expect(&html, "a parameter and step</td>");
    expect(&html, "</span> a&lt;b</td>");
    expect(&html, "3.5 × sgd</td>");
    hpb_text_free(&html);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(alone_and_in_bulk_are_two_pictures),
                                       cmocka_unit_test(nothing_timed_is_nothing_drawn),
                                       cmocka_unit_test(costs_of_plugins)};
    return cmocka_run_group_tests_name("report time", tests, NULL, NULL);
}
