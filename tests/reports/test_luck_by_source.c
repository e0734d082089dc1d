// SPDX-License-Identifier: Apache-2.0
// The figure of where luck comes from, before gnuplot: parts that add up to all of it, names that fit, the table beneath.
#include "explain/crossed.h"
#include "reports/page.h"
#include "reports/support_figures.h"
#include "reports/synthetic_explained.h"

#define ORDER HPB_STREAM_ORDER
#define WEIGHTS HPB_STREAM_WEIGHTS
#define SPLIT HPB_STREAM_SPLIT
#define DATA HPB_STREAM_DATA

static const double untyped[2] = {(double)NAN, (double)NAN};

// Two sides with the seeds given, k causes.
static hpb_explanation *explain(hpb_report_data *data, uint32_t k, const made_seeds *a,
                                const made_seeds *b)
{
    static const double add[] = {0.2};
    hpb_report_data_init(data);
    hpb_explanation *e = synthetic_explanation(
        data, &(synthetic_causes){k, 40, add, 0.03, 0.01, 0.004, NULL}, untyped);
    e->side[0].sources = a ? made_sources(data->arena, "manual", a) : NULL;
    e->side[1].sources = b ? made_sources(data->arena, "grid", b) : NULL;
    hpb_report_summarise(data);
    return e;
}

// Parts of all bars, and where the last of each ends.
static uint32_t count_parts(const made *m, uint32_t n_bars)
{
    uint32_t n = 0, n_whole = 0;
    const char *at = m->drawing.canvas.layer[HPB_LAYER_BOX].data;
    for (; at && *at; at = strchr(at, '\n') + 1, n++) {
        char *end;
        strtod(at, &end); // x, y, then both ends
        strtod(end, &end);
        const double from = strtod(end, &end), to = strtod(end, NULL);
        assert_true(from < to && to < 1 + 1e-6);
        n_whole += to > 1 - 1e-6;
    }
    assert_int_equal(n_whole, n_bars);
    return n;
}

static void test_parts_add_up(void **state)
{
    (void)state;
    static const made_seeds a = {3, 10, {SPLIT, WEIGHTS, ORDER}, {0.1, 0.03, 0}, 0.08},
                            b = {2, 20, {WEIGHTS, ORDER}, {0.1, 0.03}, 0};
    hpb_report_data data;
    explain(&data, 1, &a, &b);
    made m = make(&data, &hpb_figure_luck_by_source, 0);
    assert_true(m.is_there);
    assert_int_equal(count_parts(&m, 2), 3 + 2); // what makes nothing has no part
    const hpb_layer hatched[] = {HPB_LAYER_MORE, HPB_LAYER_LESS, HPB_LAYER_LUCK};
    for (size_t i = 0; i < HPB_COUNT(hatched); i++)
        assert_int_equal(count_lines(&m.drawing.canvas.layer[hatched[i]]), 1 + (i == 1));
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_MIDDLE], "\tsplit 5");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_MIDDLE], "\ttogether ");
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], ", order 0 %\n"); // no room, but said
    assert_says(&m.drawing.canvas.layer[HPB_LAYER_NOTE], "\tSD of one run 0.0");
    assert_says(&m.figure.alt, "Stacked bars of where the luck of one run comes from, in shares of "
                               "its variance: of manual split 5");
    assert_says(&m.figure.alt, "; of grid weights 9");
    assert_says(&m.figure.beneath, "<b>manual</b>: 10 splits × 10 initial weights × 10 row orders, "
                                   "1,000 runs");
    assert_says(&m.figure.beneath, "split × initial weights</td>");
    assert_silent(&m.figure.beneath, "own run");
    assert_int_equal(count_lines(&m.csv), 1 + 7 + 3);
    assert_says(&m.csv, "\nmanual,split x weights,0.");
    assert_says(&m.csv, "\nmanual,order,0,0,0,0,0,0,\n");
    drop(&m);
    assert_false(make(&data, &hpb_figure_luck_by_source, 1).is_there);
    hpb_report_data_free(&data);
}

// With the user's own seeds: signed, in the table and in the text.
static void test_own_run(void **state)
{
    (void)state;
    static const made_seeds a = {2, 9, {DATA, WEIGHTS}, {0.1, 0.03}, 0},
                            one = {1, 9, {SPLIT}, {0.1}, 0};
    hpb_report_data data;
    hpb_explanation *e = explain(&data, 1, &a, &one);
    for (int side = 0; side < 2; side++)
        hpb_sources_split((hpb_sources *)e->side[side].sources);
    const hpb_luck *own = &e->side[0].sources->own;
    char words[HPB_SIGNED_SIZE];
    hpb_signed_text(own->source[0], 3, words);
    char *by_data = hpb_format("%s by the data and ", words);
    hpb_text html = {0};
    hpb_page_own_luck(e, &html);
    assert_says(&html, "<p><b>Luck by source.</b> The run of manual with its own seeds gave ");
    assert_says(&html, by_data);
    assert_says(&html, ", all by the split. What several seeds make together is shared equally");
    hpb_text_free(&html);
    free(by_data);
    made m = make(&data, &hpb_figure_luck_by_source, 0);
    hpb_signed_text(own->term[3], 3, words);
    assert_says(&m.figure.beneath, "data-head=\"own run\">");
    assert_says(&m.figure.beneath, words);
    assert_says(&m.figure.beneath, "<b>grid</b>: 9 splits</p>");
    drop(&m);
    hpb_report_data_free(&data);
}

static void test_what_has_no_bar(void **state)
{
    (void)state;
    static const made_seeds a = {2, 5, {SPLIT, WEIGHTS}, {0.1, 0.1}, 0},
                            none = {2, 5, {SPLIT, WEIGHTS}, {0, 0}, 0};
    hpb_report_data data;
    hpb_explanation *e = explain(&data, 1, &a, NULL);
    made m = make(&data, &hpb_figure_luck_by_source, 0);
    count_parts(&m, 1);
    assert_says(&m.figure.alt, "Stacked bar of where ");
    assert_silent(&m.figure.alt, "grid");
    hpb_text html = {0};
    hpb_page_own_luck(e, &html); // no seed is its own
    assert_int_equal(html.length, 0);
    drop(&m);
    hpb_report_data_free(&data);
    explain(&data, 0, &a, &a); // the same procedure
    m = make(&data, &hpb_figure_luck_by_source, 0);
    count_parts(&m, 1);
    drop(&m);
    hpb_report_data_free(&data);
    explain(&data, 1, &none, NULL);
    assert_false(make(&data, &hpb_figure_luck_by_source, 0).is_there);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_add_up),
        cmocka_unit_test(test_own_run),
        cmocka_unit_test(test_what_has_no_bar),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
