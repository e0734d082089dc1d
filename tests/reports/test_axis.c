// SPDX-License-Identifier: Apache-2.0
// Axes: log or linear by the rule, ticks 1-2-5 in plain numbers, any finite data.
#include "reports/axis.h"
#include "reports/synthetic.h"

#include <float.h>
#include <setjmp.h>

#include <cmocka.h>

static hpb_report_cell cell_of(double *values, uint32_t n)
{
    hpb_report_cell cell = {.n_planned = n, .mse = values};
    double copy[64];
    memcpy(copy, values, n * sizeof *values);
    cell.summary = hpb_stats_summarise(copy, n);
    return cell;
}

static hpb_scale scale_of(double *values, uint32_t n)
{
    const hpb_report_cell cell = cell_of(values, n), *cells[] = {&cell};
    return hpb_scale_mse(cells, 1, NULL, 0);
}

static void test_rule(void **state)
{
    (void)state;
    double narrow[] = {1, 1.2, 1.4, 1.1}, wide[] = {0.01, 0.5, 0.02, 1, 0.1},
           skewed[] = {1, 1, 1, 1, 1, 9}, zero[] = {0, 0.5, 0.02, 1, 0.1};
    hpb_scale scale = scale_of(narrow, 4);
    assert_false(scale.is_log);
    assert_true(scale.low == 0);
    assert_true(scale_of(wide, 5).is_log);
    assert_true(scale_of(skewed, 6).is_log); // SD 3.3, mean 2.3
    assert_false(scale_of(zero, 5).is_log);  // a log axis has no 0
}

static void test_two_cells_decide_together(void **state)
{
    (void)state;
    double low[] = {0.01, 0.011, 0.012}, high[] = {0.2, 0.21, 0.22};
    const hpb_report_cell a = cell_of(low, 3), b = cell_of(high, 3), *cells[] = {&a, &b};
    const double extra[] = {0.001, (double)NAN};
    assert_false(hpb_scale_mse(cells, 1, NULL, 0).is_log);
    assert_true(hpb_scale_mse(cells, 2, NULL, 0).is_log);
    const hpb_scale scale = hpb_scale_mse(cells, 2, extra, 2); // marks are in sight
    assert_true(scale.low < -3 && scale.low > -3.2);
}

static void assert_ticks(const hpb_scale *scale, const char *const *expected, uint32_t n)
{
    assert_int_equal(scale->n_ticks, n);
    for (uint32_t i = 0; i < n; i++)
        assert_string_equal(scale->tick[i].text, expected[i]);
}

static void test_ticks(void **state)
{
    (void)state;
    const char *log_ticks[] = {"0.005", "0.01", "0.02", "0.05", "0.1", "0.2", "0.5", "1"};
    hpb_scale scale = hpb_scale_log(0.0045, 1.2);
    assert_ticks(&scale, log_ticks, HPB_COUNT(log_ticks));
    const char *signs[] = {"−0.2", "−0.1", "0", "0.1"};
    scale = hpb_scale_linear(-0.25, 0.1);
    assert_true(scale.n_ticks >= 4);
    uint32_t found = 0;
    for (uint32_t i = 0; i < scale.n_ticks; i++)
        for (size_t k = 0; k < HPB_COUNT(signs); k++)
            found += strcmp(scale.tick[i].text, signs[k]) == 0;
    assert_int_equal(found, HPB_COUNT(signs));
    for (uint32_t i = 1; i < scale.n_ticks; i++)
        assert_true(scale.tick[i].at > scale.tick[i - 1].at);
}

static void test_tick_text(void **state)
{
    (void)state;
    char text[HPB_NUMBER_SIZE];
    const struct {
        double value;
        const char *text;
    } cases[] = {{0.005, "0.005"}, {1e-4, "0.0001"},  {5e-5, "5e-5"},     {0.15, "0.15"},
                 {0, "0"},         {200, "200"},      {500000, "500000"}, {1e6, "1e6"},
                 {2e12, "2e12"},   {1e-300, "1e-300"}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++)
        assert_string_equal(hpb_tick_text(cases[i].value, text), cases[i].text);
}

// Whatever the data, the axis has 2 to 24 ticks and all data lie on it.
static void assert_sane(const hpb_scale *scale, double low, double high)
{
    assert_in_range(scale->n_ticks, 2, HPB_MAX_TICKS);
    for (uint32_t i = 0; i < scale->n_ticks; i++)
        assert_true(scale->tick[i].at >= 0 && scale->tick[i].at <= 1);
    const double a = hpb_scale_at(scale, low), b = hpb_scale_at(scale, high);
    assert_true(a >= 0 && a <= b && b <= 1);
}

static void test_extremes(void **state)
{
    (void)state;
    double huge[] = {1e-308, 1e308}, one[] = {0.3}, zeros[] = {0, 0}, equal[] = {7, 7, 7},
           large[] = {1e308, 1.1e308}, tiny[] = {1e-308, 1.1e-308}, denormal[] = {5e-324, 1e-310};
    hpb_scale scale = scale_of(huge, 2);
    assert_true(scale.is_log);
    assert_sane(&scale, 1e-308, 1e308);
    scale = scale_of(one, 1);
    assert_sane(&scale, 0.3, 0.3);
    scale = scale_of(zeros, 2);
    assert_sane(&scale, 0, 0);
    scale = scale_of(equal, 3);
    assert_sane(&scale, 7, 7);
    scale = scale_of(large, 2);
    assert_sane(&scale, 1e308, 1.1e308);
    scale = scale_of(tiny, 2);
    assert_sane(&scale, 1e-308, 1.1e-308);
    scale = scale_of(denormal, 2);
    assert_sane(&scale, 5e-324, 1e-310);
    scale = hpb_scale_linear(-DBL_MAX, DBL_MAX);
    assert_sane(&scale, -1e308, 1e308);
    const hpb_report_cell none = {0}, *cells[] = {&none};
    scale = hpb_scale_mse(cells, 1, NULL, 0);
    assert_sane(&scale, 0, 1);
}

// Every order of magnitude and many ends: never too few ticks to read a value, never too many to fit.
static void test_many_ranges(void **state)
{
    (void)state;
    for (int e = -300; e <= 300; e += 7)
        for (uint32_t i = 0; i < 20; i++) {
            const double high = (1 + 9 * hpb_report_jitter((uint32_t)(e + 1000), i)) * pow(10, e);
            const double share = hpb_report_jitter(i, (uint32_t)(e + 1000));
            hpb_scale scale = hpb_scale_linear(-share * high, high);
            assert_sane(&scale, -share * high, high);
            assert_in_range(scale.n_ticks, 3, 13);
            scale = hpb_scale_log(high * pow(10, -6 * share) * 0.1, high);
            assert_sane(&scale, high * 0.1, high);
            assert_in_range(scale.n_ticks, 2, 15);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule),     cmocka_unit_test(test_two_cells_decide_together),
        cmocka_unit_test(test_ticks),    cmocka_unit_test(test_tick_text),
        cmocka_unit_test(test_extremes), cmocka_unit_test(test_many_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
