// SPDX-License-Identifier: Apache-2.0
// Figures and page together: impossible data, equal bytes, what a picture-less machine gets.
#include "support_page.h"

static void test_page_is_whole(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 200);
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    const char *const words[] = {"optimizers · 804 of 804 runs · 0 failed, 0 diverged · complete",
                                 "Adam is better here",
                                 "How sure is this?",
                                 "200 of 200",
                                 "<th scope=\"col\" class=\"n\">R²</th>",
                                 "<th scope=\"col\" class=\"n\">median [95 %]</th>",
                                 "data-head=\"R²\" data-value=\"0.9\">0.900</td>",
                                 "by order statistics: right in at least 95 of 100",
                                 "predicting the mean scores 1.71, the true function 0.00790.",
                                 "<meta name=\"hpbench-store\" content=\"stamp\">",
                                 "default-src 'none'",
                                 "style-src 'sha256-",
                                 "script-src 'sha256-"};
    for (size_t i = 0; i < HPB_COUNT(words); i++)
        if (!strstr(d.page.data, words[i]))
            fail_msg("the page doesn't say: %s", words[i]);
    assert_null(strstr(d.page.data, "PARTIAL"));
    assert_null(strstr(d.page.data, "nan"));
    if (needs_gnuplot()) {
        assert_string_equal(d.note, "");
        assert_drawn(&d, "distribution");
        assert_drawn(&d, "differences");
        assert_drawn(&d, "ecdf");
        assert_int_equal(count(d.page.data, "data:image/svg+xml;base64,"), 3);
        assert_true(d.figures.items[0].svg.length < 150000);
    }
    discard(&d);
    hpb_report_data_free(&data);
}

static void test_partial_looks_partial(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 40);
    hpb_report_cell *cell = &data.cells[2];
    for (uint32_t r = 0; r < 12; r++)
        cell->mse[r] = (double)NAN;
    cell->count[HPB_STATUS_OK] = 28;
    cell->count[HPB_STATUS_DIVERGED] = 4;
    cell->count[HPB_STATUS_CRASHED] = 3; // and 5 are not there
    data.causes[0] = (hpb_report_cause){HPB_STATUS_CRASHED, "signal 11 in <update>", "<a>", 7, 3};
    data.n_causes = 1;
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    const char *const words[] = {"class=\"partial\"",
                                 "PARTIAL",
                                 "159 of 164",
                                 "3 failed: 3 crashed",
                                 "4 diverged",
                                 "35 of 40",
                                 "signal 11 in &lt;update&gt;; first in &lt;a&gt;, replicate 7"};
    for (size_t i = 0; i < HPB_COUNT(words); i++)
        if (!strstr(d.page.data, words[i]))
            fail_msg("the page doesn't say: %s", words[i]);
    if (needs_gnuplot()) {
        assert_non_null(strstr(d.figures.items[0].svg.data, "4 diverged, 3 failed"));
        assert_non_null(strstr(d.figures.items[0].svg.data, "n 28 of 40"));
    }
    size_t n;
    char *csv = read_file(&d, "distribution.csv", &n);
    assert_non_null(strstr(csv, "adam & cv5 & random,28,35,40,4,3,0,0,0,"));
    free(csv);
    discard(&d);
    hpb_report_data_free(&data);
}

// --- impossible data --------------------------------------------------------------------------------------

static void set_all(hpb_report_data *data, const double *values, size_t n)
{
    for (uint32_t c = 0; c < data->n_cells; c++)
        for (uint32_t r = 0; r < data->cells[c].n_planned; r++)
            data->cells[c].mse[r] = values[r % n];
}

static void test_impossible_data(void **state)
{
    (void)state;
    static const double none[] = {(double)NAN}, equal[] = {0.25}, extreme[] = {1e-308, 1e308},
                        zero[] = {0}, large[] = {1.7e308, 1.6e308},
                        one[] = {0.3,         (double)NAN, (double)NAN, (double)NAN,
                                 (double)NAN, (double)NAN, (double)NAN, (double)NAN},
                        infinite[] = {HUGE_VAL, 1};
    static const struct {
        const double *values;
        size_t n;
    } cases[] = {{none, 1},  {equal, 1}, {extreme, 2}, {zero, 1},
                 {large, 2}, {one, 8},   {infinite, 2}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_report_data data;
        synthetic_optimizers(&data, 8);
        data.cells[0].truth_mse = i % 2 ? (double)NAN : 0.01;
        set_all(&data, cases[i].values, cases[i].n);
        drawn d;
        draw(&data, &d);
        assert_clean(d.page.data);
        if (needs_gnuplot()) {
            if (*d.note)
                fail_msg("case %zu: %s", i, d.note);
            assert_drawn(&d, "distribution");
            if (i == 0) // and no pair to compare
                assert_non_null(strstr(d.figures.items[0].svg.data, "no finite data"));
            else
                assert_drawn(&d, "differences");
        }
        if (i == 0)
            assert_non_null(strstr(d.page.data, "No run has a finite MSE."));
        discard(&d);
        hpb_report_data_free(&data);
    }
}

static void test_no_cells(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    data.suite = "empty";
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    assert_non_null(strstr(d.page.data, "No run is stored yet."));
    assert_string_equal(d.note, "");
    discard(&d);
    hpb_report_data_free(&data);
}

// Nothing yet, and a million runs: a page either way, of a size that a phone can open.
static void test_none_and_a_million(void **state)
{
    (void)state;
    for (uint32_t n = 0; n <= 1; n++) {
        hpb_report_data data;
        hpb_report_data_init(&data);
        for (uint32_t c = 0; c < 2; c++) {
            hpb_report_cell *cell =
                synthetic_cell(&data, c ? "sgd" : "adam", "holdout", "random", 500000, 1);
            for (uint32_t r = 0; n && r < cell->n_planned; r++)
                cell->mse[r] = 1 + c + synthetic_uniform(r, c);
            cell->count[HPB_STATUS_OK] = n ? cell->n_planned : 0;
        }
        drawn d;
        draw(&data, &d);
        assert_clean(d.page.data);
        assert_non_null(strstr(d.page.data, n ? "250 of 500,000 shown" : "No run is stored yet."));
        assert_true(d.page.length < 1000000);
        if (needs_gnuplot()) {
            assert_string_equal(d.note, "");
            assert_drawn(&d, "distribution");
            for (uint32_t i = 0; i < d.figures.n; i++)
                assert_in_range(d.figures.items[i].svg.length, 1000, 150000);
        }
        discard(&d);
        hpb_report_data_free(&data);
    }
}

static void test_single_run(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_report_cell *cell = synthetic_cell(&data, "adam", "holdout", "fixed", 1, 1);
    cell->mse[0] = 0.25;
    cell->count[HPB_STATUS_OK] = 1;
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    for (uint32_t i = 0; i < d.figures.n; i++)
        assert_string_not_equal(d.figures.items[i].name, "differences");
    if (needs_gnuplot()) {
        assert_drawn(&d, "distribution");
        assert_non_null(strstr(d.figures.items[0].svg.data, "one run: 0.250"));
    }
    discard(&d);
    hpb_report_data_free(&data);
}

// One comparison is not "all 1".
static void test_two_cells(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    synthetic_lognormal(synthetic_cell(&data, "adam", "holdout", "random", 50, 1), 1, 0.3, 1);
    synthetic_lognormal(synthetic_cell(&data, "sgd", "holdout", "random", 50, 1), 2, 0.3, 2);
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    assert_non_null(strstr(d.page.data, "in both cells, here one, with its 95 % interval."));
    assert_non_null(strstr(d.page.data, "; 95 % interval. Spread and time"));
    for (uint32_t i = 0; i < d.figures.n; i++)
        assert_null(strstr(d.figures.items[i].caption.data, "for all 1"));
    assert_null(strstr(d.page.data, "for all 1 "));
    discard(&d);
    hpb_report_data_free(&data);
}

static void test_hundred_cells(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (uint32_t i = 0; i < 100; i++) {
        char *name = hpb_arena_format(data.arena, "o%u", i);
        synthetic_lognormal(synthetic_cell(&data, name, "holdout", "random", 30, 1), 1 + i, 0.1, i);
    }
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    assert_non_null(strstr(d.figures.items[0].caption.data,
                           "the best 10, the reference and the worst 3 by median; 87 more"));
    assert_non_null(strstr(d.page.data, "36 more")); // effects beyond 4 levels of a factor, of 40
    if (needs_gnuplot())
        assert_drawn(&d, "distribution");
    discard(&d);
    hpb_report_data_free(&data);
}

// --- equal bytes, and no gnuplot --------------------------------------------------------------------------

static void test_same_data_same_bytes(void **state)
{
    (void)state;
    static const char *const files[] = {"distribution.png", "distribution.svg", "distribution.csv",
                                        "differences.png",  "differences.svg",  "differences.csv"};
    hpb_report_data a, b;
    drawn x, y;
    synthetic_optimizers(&a, 300);
    synthetic_optimizers(&b, 300);
    draw(&a, &x);
    setenv("TZ", "Asia/Kathmandu", 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("SOURCE_DATE_EPOCH", "1", 1);
    draw(&b, &y);
    unsetenv("TZ");
    unsetenv("LC_ALL");
    unsetenv("SOURCE_DATE_EPOCH");
    assert_string_equal(x.page.data, y.page.data);
    for (size_t i = 0; i < HPB_COUNT(files); i++) {
        if (!needs_gnuplot() && !strstr(files[i], "csv"))
            continue;
        size_t n, m;
        char *first = read_file(&x, files[i], &n), *second = read_file(&y, files[i], &m);
        assert_non_null(first);
        assert_int_equal(n, m);
        assert_memory_equal(first, second, n);
        free(first);
        free(second);
    }
    discard(&x);
    discard(&y);
    hpb_report_data_free(&a);
    hpb_report_data_free(&b);
}

static void test_without_gnuplot(void **state)
{
    (void)state;
    char *kept = hpb_strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    hpb_report_data data;
    synthetic_optimizers(&data, 20);
    drawn d;
    draw(&data, &d);
    setenv("PATH", kept, 1);
    free(kept);
    assert_non_null(strstr(d.note, "gnuplot not found"));
    assert_non_null(strstr(d.page.data, "gnuplot not found"));
    assert_non_null(strstr(d.page.data, "Adam is better here"));
    assert_null(strstr(d.page.data, "<figure>"));
    size_t n;
    char *csv = read_file(&d, "distribution.csv", &n);
    assert_true(n > 0);
    free(csv);
    char *png = read_file(&d, "distribution.png", &n);
    assert_null(png);
    discard(&d);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_is_whole),
        cmocka_unit_test(test_partial_looks_partial),
        cmocka_unit_test(test_impossible_data),
        cmocka_unit_test(test_no_cells),
        cmocka_unit_test(test_none_and_a_million),
        cmocka_unit_test(test_single_run),
        cmocka_unit_test(test_two_cells),
        cmocka_unit_test(test_hundred_cells),
        cmocka_unit_test(test_same_data_same_bytes),
        cmocka_unit_test(test_without_gnuplot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
