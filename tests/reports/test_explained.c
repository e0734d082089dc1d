// SPDX-License-Identifier: Apache-2.0
// The page of a run that explains: its sections in order, and none that only a crossed run has.
#include "reports/support_page.h"
#include "reports/synthetic_explained.h"
#include "support_order.h"

static const double untyped[2] = {(double)NAN, (double)NAN}, typed[2] = {0.27, 0.006};

static void test_sections(void **state)
{
    (void)state;
    static const double add[] = {0.05, -0.02, 0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    data.suite = "mine";
    synthetic_explanation(&data, &(synthetic_causes){3, 100, add, 0.03, 0, 0.004, NULL}, typed);
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    static const char *const words[] = {"mine · manual against grid · 200 of 200 runs",
                                        "<h1 class=\"answer\"><b>These settings give neither",
                                        "is real: manual is",
                                        "<p class=\"lead\">What adds to manual",
                                        "adds to manual’s MSE",
                                        "if you change only this in manual",
                                        "setting3=0.2 instead of 0",
                                        "87 %",
                                        "0.260 becomes 0.0",
                                        "−0.020 [−",
                                        "Do this:",
                                        "How sure is this?",
                                        "<b>Scope.</b>",
                                        "no run draws again: data.",
                                        "manual’s 0.27, grid’s 0.006. They are 0.264 apart: +0.0",
                                        "<b>The noise floor.</b> Two runs of manual",
                                        "of 100",
                                        "the 100 of 100 runs that are finite in all 8 combinations",
                                        "those of the 3 causes hold all at once",
                                        "<b>The order of changes.</b>",
                                        "as the first",
                                        "<b>Spread.</b> “9 in 10”",
                                        "The runs of both sides",
                                        "<summary>All 8 combinations of the settings",
                                        "manual with grid’s setting3, setting1",
                                        "<summary>How the settings act together",
                                        "setting3 and setting1",
                                        "<summary>What each side really did",
                                        "<h3>[fit]</h3>",
                                        "<tr class=\"differs\"><th scope=\"row\">epochs</th>"
                                        "<td>100</td><td>400</td>",
                                        "<th scope=\"row\">shuffle</th><td class=\"default\">yes"
                                        " <span>(Keras)</span></td><td class=\"default\">yes"};
    assert_in_order(d.page.data, words, HPB_COUNT(words));
    static const char *const absent[] = {"effect on mean MSE", "figures/differences",
                                         "figures/critical",   "Ranking",
                                         "All cells",          "nan",
                                         ">reference<"};
    for (size_t i = 0; i < HPB_COUNT(absent); i++)
        if (strstr(d.page.data, absent[i]))
            fail_msg("of no use here: %s", absent[i]);
    if (needs_gnuplot()) {
        assert_string_equal(d.note, "");
        assert_drawn(&d, "distribution");
        assert_drawn(&d, "waterfall");
        assert_drawn(&d, "specification");
        static const char *const figures[] = {"figures/distribution.png", "figures/waterfall.png",
                                              "How sure is this?", "figures/specification.png",
                                              "figures/ecdf.png"};
        assert_in_order(d.page.data, figures, HPB_COUNT(figures));
    }
    discard(&d);
    hpb_report_data_free(&data);
}

// A seed that a side fixes is in its settings, though the runs draw others.
static void test_own_settings(void **state)
{
    (void)state;
    static const double add[] = {0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_explanation(&data, &(synthetic_causes){1, 30, add, 0.03, 0, 0.004, NULL}, untyped);
    data.cells[0].own_spec = "{\"seeds\":{\"seed\":\"42\"},\"protocol\":{\"outer\":null,"
                             "\"candidates\":[{\"label\":\"a 1\"},{\"label\":\"a 2\"}]}}";
    drawn d;
    draw(&data, &d);
    static const char *const words[] = {"<td>none</td><td>–</td>", "<td>a 1; a 2</td><td>–</td>",
                                        "<td>42</td><td>–</td>"};
    assert_in_order(d.page.data, words, HPB_COUNT(words));
    discard(&d);
    hpb_report_data_free(&data);
}

// Runs that other combinations lost count in a side's own mean, but in none of the three parts: these add up.
static void test_parts_add_up(void **state)
{
    (void)state;
    static const double add[] = {0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_explanation *e =
        synthetic_explanation(&data, &(synthetic_causes){1, 30, add, 0.03, 0, 0, NULL}, typed);
    e->side[0].summary.mean += 1;
    drawn d;
    draw(&data, &d);
    static const char *const words[] = {"They are 0.264 apart: +0.0400 is the luck of the first, "
                                        "+0.200 the settings, +0.0240 the luck of the second."};
    assert_in_order(d.page.data, words, HPB_COUNT(words));
    discard(&d);
    hpb_report_data_free(&data);
}

// The first in full, the others with their answer, table and waterfall.
static void test_several(void **state)
{
    (void)state;
    static const double add[] = {0.05, 0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (int i = 0; i < 3; i++) {
        const char *set = i == 0 ? "linear" : i == 1 ? "<houses>" : "wine";
        synthetic_explanation(&data, &(synthetic_causes){2, 40, add, 0.01 + i, 0, 0.004, NULL},
                              untyped)
            ->setting = set;
        for (uint32_t c = data.n_cells - 2; c < data.n_cells; c++) {
            data.cells[c].levels[HPB_AXIS_DATA] = set;
            data.cells[c].label = hpb_arena_format(data.arena, "%s & %s", data.cells[c].label, set);
            data.cells[c].baseline_mse = pow(10, i); // no common scale
        }
    }
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    static const char *const words[] = {"<b>On linear: Several settings",
                                        "What adds to manual",
                                        "How sure is this?",
                                        "<h2>On &lt;houses&gt;</h2>",
                                        "<b>Several settings",
                                        "What adds to manual",
                                        "Do this:",
                                        "<h2>On wine</h2>",
                                        "What adds to manual"};
    assert_in_order(d.page.data, words, HPB_COUNT(words));
    if (needs_gnuplot()) {
        static const char *const figures[] = {
            "figures/distribution.png",   "figures/waterfall.png",
            "figures/specification.png",  "figures/ecdf.png",
            "<h2>On &lt;houses&gt;</h2>", "figures/distribution-2.png",
            "figures/waterfall-2.png",    "figures/ecdf-2.png",
            "<h2>On wine</h2>",           "figures/distribution-3.png",
            "figures/waterfall-3.png",    "figures/ecdf-3.png"};
        assert_in_order(d.page.data, figures, HPB_COUNT(figures));
        assert_int_equal(count(d.page.data, "figures/distribution-2.png"), 1);
        assert_null(strstr(d.figures.items[0].svg.data, "linear")); // said once, in the caption
    }
    discard(&d);
    hpb_report_data_free(&data);
}

// Nothing to explain, too little, or nothing finite: a sentence, and no table of NaN.
static void test_without_causes(void **state)
{
    (void)state;
    static const double none[] = {(double)NAN, 0.1}, still[] = {0, 0, 0}, one[] = {0.3};
    static const synthetic_causes cases[] = {{0, 30, NULL, 0.1, 0.01, 0, NULL},
                                             {2, 30, none, 0.1, 0.01, 0, NULL},
                                             {3, 30, still, 0.1, 0.01, 0, NULL},
                                             {1, 1, one, 0.1, 0.01, 0, NULL},
                                             {1, 30, one, (double)NAN, 0.01, 0, NULL}};
    static const char *const said[] = {"the same procedure", "does not train", "It is luck",
                                       "too few runs", "does not train"};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_report_data data;
        hpb_report_data_init(&data);
        hpb_explanation *e = synthetic_explanation(&data, &cases[i], i % 2 ? typed : untyped);
        if (i == 2)
            assert_int_equal(e->causes[0].n_acted, 0);
        drawn d;
        draw(&data, &d);
        assert_clean(d.page.data);
        if (!strstr(d.page.data, said[i]))
            fail_msg("case %zu doesn't say: %s", i, said[i]);
        assert_int_equal(count(d.page.data, "nan") + count(d.page.data, "inf<"), 0);
        assert_null(strstr(d.page.data, "becomes"));
        if (needs_gnuplot())
            assert_string_equal(d.note, "");
        discard(&d);
        hpb_report_data_free(&data);
    }
}

// Text of a stranger in every word of an explanation.
static void check_hostile(const char *const *six)
{
    static const double add[] = {0.05, 0.2};
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_explanation *e = synthetic_explanation(
        &data, &(synthetic_causes){2, 20, add, 0.01, 0, 0.004, six[0]}, typed);
    for (int s = 0; s < 2; s++) {
        e->side[s].title = six[1 + s];
        e->causes[0].value[s] = six[3 + s];
    }
    e->causes[0].name = "splitter"; // said by its values
    e->setting = data.cells[0].label = six[5];
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    assert_null(strstr(d.page.data, "<script>alert"));
    if (needs_gnuplot()) {
        assert_string_equal(d.note, "");
        assert_drawn(&d, "waterfall");
    }
    size_t n;
    char *csv = read_file(&d, "waterfall.csv", &n);
    assert_non_null(csv);
    assert_null(strstr(csv, ",=1+1"));
    free(csv);
    discard(&d);
    hpb_report_data_free(&data);
}

static void test_hostile_words(void **state)
{
    (void)state;
    static const char *const payloads[] = {"</td><script>alert(1)</script>",
                                           "\"; system(\"touch P\") #",
                                           "a\nEOD\nb \\",
                                           "=1+1",
                                           "\xff\xfe{/=5000 x}",
                                           "\xe2\x80\xaegnirts `touch P`",
                                           "<img src=x onerror=1>"};
    check_hostile(payloads);
    check_hostile(payloads + 1);
    char *path = hpb_strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    for (size_t i = 0; i < HPB_COUNT(payloads); i++) {
        const char *six[6];
        for (size_t k = 0; k < HPB_COUNT(six); k++)
            six[k] = payloads[i];
        check_hostile(six);
    }
    setenv("PATH", path, 1);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sections),      cmocka_unit_test(test_own_settings),
        cmocka_unit_test(test_several),       cmocka_unit_test(test_without_causes),
        cmocka_unit_test(test_hostile_words), cmocka_unit_test(test_parts_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
