// SPDX-License-Identifier: Apache-2.0
// Components of variance against certified and published figures: NIST StRD, lme4, Shrout and Fleiss 1979, Ishigami.
#include "base/base.h"
#include "random/random.h"
#include "stats/effects.h"
#include "stats/moments.h"
#include "stats/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void is_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

static void is_close(double value, double expected, double relative)
{
    is_near(value, expected, relative * fabs(expected));
}

static hpb_components estimate(const double *values, uint32_t n_factors, const uint32_t *levels)
{
    hpb_components out;
    assert_true(hpb_components_estimate(values, n_factors, levels, 0.95, &out));
    return out;
}

// --- one way: NIST's files -----------------------------------------------------------------------------

static void test_nist_small(void **state)
{
    (void)state;
    static const double resistance[] = {
        196.3052, 196.1240, 196.1890, 196.2569, 196.3403, 196.3042, 196.3825, 196.1669, 196.3257,
        196.0422, 196.1303, 196.2005, 196.2889, 196.0343, 196.1811, 196.2795, 196.1748, 196.1494,
        196.1485, 195.9885, 196.2119, 196.1051, 196.1850, 196.0052, 196.2090}; // SiRstv
    hpb_one_way a = hpb_one_way_estimate(resistance, 5, 5, 0.95);
    is_close(a.ss_between, 5.11462616000000E-02, 1e-12);
    is_close(a.ss_within, 2.16636560000000E-01, 1e-12);
    is_close(a.f, 1.18046237440255E+00, 1e-12);
    is_close(a.ss_between / (a.ss_between + a.ss_within), 1.90999039051129E-01, 1e-12);
    is_close(sqrt(a.ms_within), 1.04076068334656E-01, 1e-12);
    static const double ten_millionths[] = {
        568, 465, 572, 785, 446, 903, 526, 494, 616, 587, 519, 486, 419, 569, 508, 672,
        385, 518, 662, 424, 360, 333, 610, 477, 79,  344, 513, 197, 604, 385, 642, 365,
        151, 82,  517, 448, 198, 482, 334, 609, 101, 512, 469, 360, 254, 261, 450, 368};
    double weight[48]; // AtmWtAg
    for (size_t i = 0; i < 48; i++)
        weight[i] = (1078681000 + ten_millionths[i]) / 1e7;
    a = hpb_one_way_estimate(weight, 2, 24, 0.95);
    is_close(a.ss_between, 3.63834187500000E-09, 1e-9);
    is_close(a.ss_within, 1.04951729166667E-08, 1e-9);
    is_close(a.f, 1.59467335677930E+01, 1e-9);
}

// NIST's SmLs files: nine groups; the first value of each, then 0.1 below and 0.1 above it by turns.
static double *simon_lesage(uint32_t n_each, double offset)
{
    static const int first[9] = {4, 3, 5, 3, 5, 3, 5, 3, 5}; // tenths over 1
    double *out = hpb_alloc((size_t)9 * n_each, sizeof *out);
    for (uint32_t g = 0; g < 9; g++)
        for (uint32_t k = 0; k < n_each; k++) {
            const int tenths = first[g] + (k == 0 ? 0 : k % 2 ? -1 : 1);
            out[g * n_each + k] = (offset * 10 + tenths) / 10; // rounded once, as when it is read
        }
    return out;
}

static void test_nist_large(void **state)
{
    (void)state;
    static const struct {
        uint32_t n_each;
        double offset, ss_between, ss_within, f, relative;
    } cases[] = {
        {21, 1e6, 1.68, 1.8, 21, 1e-9},
        {21, 1e12, 1.68, 1.8, 21, 3e-4}, // 1e12 + 0.4 is not a double: 4 digits are all there are
        {2001, 1e12, 160.08, 180, 2001, 3e-4}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        double *values = simon_lesage(cases[i].n_each, cases[i].offset);
        const hpb_one_way a = hpb_one_way_estimate(values, 9, cases[i].n_each, 0.95);
        is_close(a.ss_between, cases[i].ss_between, cases[i].relative);
        is_close(a.ss_within, cases[i].ss_within, cases[i].relative);
        is_close(a.f, cases[i].f, cases[i].relative);
        free(values);
    }
}

static void test_dyestuff(void **state)
{
    (void)state;
    static const double yield[] = {1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495,
                                   1595, 1550, 1605, 1510, 1560, 1445, 1440, 1595, 1465, 1545,
                                   1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445};
    hpb_one_way a = hpb_one_way_estimate(yield, 6, 5, 0.95);
    is_near(a.ms_between, 11271.5, 1e-9);
    is_near(a.ms_within, 2451.25, 1e-9);
    is_near(a.between, 1764.05, 1e-9);
    is_near(sqrt(a.between), 42.0006, 5e-5);
    is_near(sqrt(a.ms_within), 49.5101, 5e-5);
    is_near(a.grand_mean.se, 19.383412, 5e-7);
    is_near(a.f, 4.598266, 5e-7);
    is_near(a.icc.low, .083836, 5e-7);
    is_near(a.icc.high, .847877, 5e-7);
    is_near(a.within.low, 1494.51, 5e-3);
    is_near(a.within.high, 4743.91, 5e-3);
    const hpb_mean_squares between = {2, {.2, -.2}, {a.ms_between, a.ms_within}, {5, 24}};
    is_near(hpb_satterthwaite_df(&between), 3.031867, 5e-7);
    const hpb_interval s = hpb_satterthwaite_interval(&between, 0.95);
    is_near(s.low, 568.505, 5e-4);
    is_near(s.high, 23994.0, 5e-2);
    hpb_component_method method; // F = 4.6 is too small for it by Gaylor and Hopper's rule
    hpb_component_interval(&between, 0.95, &method);
    assert_int_equal(method, HPB_COMPONENT_MLS);
    static const double second[] = {7.298,  3.846,  2.434, 9.566,  7.99,   5.22,  6.556, 0.608,
                                    11.788, -0.892, 0.11,  10.386, 13.434, 5.51,  8.166, 2.212,
                                    4.852,  7.092,  9.288, 4.98,   0.282,  9.014, 4.458, 9.446,
                                    7.198,  1.722,  4.782, 8.106,  0.758,  3.758};
    a = hpb_one_way_estimate(second, 6, 5, 0.95); // Dyestuff2: on the boundary
    is_near(a.mean, 5.6656, 1e-9);
    is_near(a.ms_between, 8.33632576, 5e-9);
    is_near(a.ms_within, 14.9458896, 5e-9);
    is_near(a.between, -1.321912768, 5e-10);
    is_near(a.pooled, 13.806309628, 5e-10);
}

static void test_shrout_and_fleiss(void **state)
{
    (void)state;
    static const double rating[] = {9, 2, 5, 8, 6,  1, 3, 2, 8, 4, 6, 8,
                                    7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7};
    static const uint32_t levels[] = {6, 4};
    const hpb_components c = estimate(rating, 2, levels);
    is_near(c.term[1].ms, 11.2417, 5e-5);
    is_near(c.term[2].ms, 32.4861, 5e-5);
    is_near(c.term[3].ms, 1.0194, 5e-5);
    const double targets = c.term[1].value, judges = c.term[2].value, rest = c.term[3].value;
    const hpb_one_way a = hpb_one_way_estimate(rating, 6, 4, 0.95);
    is_near(a.icc.value, .1657, 5e-5);
    is_near(targets / (targets + judges + rest), .2898, 5e-5);
    is_near(targets / (targets + rest), .7148, 5e-5);
    is_near(a.between / (a.between + a.ms_within / 4), .4428, 5e-5);
    is_near(targets / (targets + (judges + rest) / 4), .6201, 5e-5);
    is_near(targets / (targets + rest / 4), .9093, 5e-5);
}

// --- crossed ----------------------------------------------------------------------------------------------

// lme4's Penicillin: 24 plates x 6 samples.
static void read_penicillin(double out[144])
{
    char *text;
    size_t size;
    assert_int_equal(hpb_file_read(HPB_TEST_SOURCE "/stats/penicillin.csv", 1 << 20,
                                   HPB_EXIT_INTERNAL, &text, &size, NULL),
                     HPB_EXIT_OK);
    char *line = strchr(text, '\n') + 1;
    for (int i = 0; i < 144; i++) {
        char plate, sample;
        double diameter;
        assert_int_equal(sscanf(line, "%*d,%lf,%c,%c", &diameter, &plate, &sample), 3);
        out[(plate - 'a') * 6 + (sample - 'A')] = diameter;
        line = strchr(line, '\n') + 1;
    }
    free(text);
}

static void test_penicillin(void **state)
{
    (void)state;
    static const uint32_t levels[] = {24, 6};
    double values[144];
    read_penicillin(values);
    const hpb_components c = estimate(values, 2, levels);
    is_near(c.mean, 22.9722, 5e-5);
    is_near(c.term[1].ss, 105.888889, 5e-7);
    is_near(c.term[2].ss, 449.222222, 5e-7);
    is_near(c.term[3].ss, 34.777778, 5e-7);
    is_near(c.term[1].value, .716908213, 5e-10);
    is_near(c.term[2].value, 3.730917874, 5e-10);
    is_near(c.term[3].value, .302415459, 5e-10);
    is_near(c.honest.se, .808573391, 5e-10);
    is_near(sqrt(c.variance), .808573391, 5e-10);
    is_near(hpb_components_se(&c, levels), .808573391, 5e-10);
    assert_true(c.naive.se < 0.2 && c.conservative.se > c.honest.se);
    is_near(hpb_components_se(&c, (const uint32_t[]){24, 12}), .584663, 5e-7);
    is_near(hpb_components_se(&c, (const uint32_t[]){6, 24}), .526346, 5e-7);
    is_near(hpb_components_se(&c, (const uint32_t[]){1, 1}), 2.179505, 5e-7);
    assert_int_equal(c.term[3].method, HPB_COMPONENT_EXACT);
    assert_int_equal(c.term[2].method, HPB_COMPONENT_SATTERTHWAITE);
    for (uint32_t term = 1; term < 4; term++)
        assert_true(c.term[term].low < c.term[term].value &&
                    c.term[term].value < c.term[term].high);
}

static void toy(double out[24])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 4; j++)
            for (int k = 0; k < 2; k++)
                out[(i * 4 + j) * 2 + k] = i * i + 2 * j + 5 * k + i * j - j * k + (i * j * k) % 3;
}

static void test_three_way(void **state)
{
    (void)state;
    static const uint32_t levels[] = {3, 4, 2};
    // by set: A = 1, B = 2, C = 4
    static const double ss[8] = {0, 221.083333, 189, 20.25, 96, .75, 9, 1.25};
    static const double s2[8] = {0,        13.375,   9.472222, 1.583333,
                                 7.736111, .0416667, .9305556, .2083333};
    double values[24];
    toy(values);
    const hpb_components c = estimate(values, 3, levels);
    is_near(c.mean, 49 / 6.0, 1e-12);
    is_near(c.variance, 10.958333, 5e-7);
    double sum = 0;
    for (int term = 1; term < 8; term++) {
        is_near(c.term[term].ss, ss[term], 5e-7);
        is_near(c.term[term].value, s2[term], 5e-7);
        sum += c.term[term].ss;
    }
    is_near(sum, 537.333333, 5e-7);
}

// A fourth factor that changes nothing leaves all as it is; so does the order of the factors.
static void test_four_way(void **state)
{
    (void)state;
    static const uint32_t three[] = {3, 4, 2}, four[] = {2, 3, 4, 2};
    double values[48];
    toy(values);
    memcpy(values + 24, values, 24 * sizeof *values);
    const hpb_components a = estimate(values, 3, three), b = estimate(values, 4, four);
    for (uint32_t term = 1; term < 16; term++)
        is_near(b.term[term].ss, term % 2 ? 0 : 2 * a.term[term / 2].ss, 1e-10);
    double sum = 0;
    for (uint32_t term = 1; term < 16; term++)
        sum += b.term[term].df;
    assert_int_equal((int)sum, 47);
}

static void test_negative_component_is_on_the_boundary(void **state)
{
    (void)state;
    static const uint32_t levels[] = {2, 2};
    static const double values[] = {1, -1, -1, 1}; // the residual alone
    const hpb_components c = estimate(values, 2, levels);
    is_near(c.term[1].value, -2, 1e-12);
    is_near(c.term[3].value, 4, 1e-12);
    assert_true(c.term[1].low == 0 && c.term[1].high == 0); // never below 0
    assert_int_equal(c.term[1].method, HPB_COMPONENT_MLS);
    is_near(c.variance, -1, 1e-12); // signed; the interval's is floored
    is_near(c.honest.se, 1, 1e-12);
    is_near(c.honest.df, 1, 1e-12);
    is_near(c.total, 4, 1e-12);
    hpb_shares shares;
    hpb_components_shares(&c, 0.95, &shares);
    is_near(shares.term[3].value, 1, 0);
    is_near(shares.term[1].low, 0, 0);
}

static void test_what_is_no_grid(void **state)
{
    (void)state;
    hpb_components c;
    const double values[] = {1, 2, (double)NAN, 4};
    assert_false(hpb_components_estimate(values, 2, (const uint32_t[]){2, 2}, 0.95, &c));
    assert_true(isnan(c.mean));
    assert_false(hpb_components_estimate(values, 2, (const uint32_t[]){2, 1}, 0.95, &c));
    assert_false(hpb_components_estimate(values, 0, NULL, 0.95, &c));
    assert_false(hpb_components_estimate(values, 5, (const uint32_t[]){2, 1, 1, 1, 1}, 0.95, &c));
    const double equal[] = {3, 3, 3, 3};
    assert_true(hpb_components_estimate(equal, 2, (const uint32_t[]){2, 2}, 0.95, &c));
    hpb_shares shares;
    hpb_components_shares(&c, 0.95, &shares);
    assert_true(c.total == 0 && isnan(shares.term[1].value) && isnan(shares.shapley[0].low));
}

// --- the rest ----------------------------------------------------------------------------------------------

// One factor: independent runs, whose every figure is the textbook's.
static void test_one_factor(void **state)
{
    (void)state;
    static const uint32_t levels[] = {5};
    static const double values[] = {1, 2, 4, 7, 11};
    const hpb_components c = estimate(values, 1, levels);
    is_near(c.term[1].value, 16.5, 1e-12);
    is_near(c.honest.se, sqrt(16.5 / 5), 1e-12);
    is_near(c.honest.low, c.naive.low, 1e-12);
    is_near(c.term[1].low, 4 * 16.5 / 11.143286781877796, 1e-9); // chi-square quantiles of SciPy
    is_near(c.term[1].high, 4 * 16.5 / 0.48441855708793014, 1e-9);
    // all 3,125 resamples have type 7 percentiles 2 and 8.4 (statistics of tests/stats/test_intervals.c)
    const hpb_interval p = hpb_components_pigeonhole(values, 1, levels, 0.95);
    is_near(p.low, 2, 0.41);
    is_near(p.high, 8.4, 0.61);
}

// Two crossed factors without interaction: the pigeonhole's variance is nearly the sum of both.
static void test_pigeonhole(void **state)
{
    (void)state;
    static const uint32_t levels[] = {24, 6};
    double values[144];
    read_penicillin(values);
    const hpb_interval p = hpb_components_pigeonhole(values, 2, levels, 0.95);
    const double half = (p.high - p.low) / 2, plates = 105.888889 / 6 / 24,
                 samples = 449.222222 / 24 / 6;
    is_near(half, 1.96 * sqrt(plates / 24 + samples / 6), 0.1);
    const hpb_interval again = hpb_components_pigeonhole(values, 2, levels, 0.95);
    assert_true(p.low == again.low && p.high == again.high);
}

static void test_ishigami(void **state)
{
    (void)state;
    const double a = 7, b = .1, pi = acos(-1);
    const double v[8] = {0, .5 * pow(1 + b * pow(pi, 4) / 5, 2), a * a / 8, 0,
                         0, 8 * b * b * pow(pi, 8) / 225};
    static const double first[3] = {.313905191, .442411145, 0};
    static const double total[3] = {.557588855, .442411145, .243683664};
    static const double shapley[3] = {.435747023, .442411145, .121841832};
    const double all = v[1] + v[2] + v[5];
    is_near(all, 13.844587940719, 5e-13);
    is_near(v[5] / all, .243683664, 5e-10);
    hpb_effects effects;
    hpb_effects_of(v, 3, &effects);
    for (int i = 0; i < 3; i++) {
        is_near(effects.first[i], first[i], 5e-10);
        is_near(effects.total[i], total[i], 5e-10);
        is_near(effects.shapley[i], shapley[i], 5e-10);
    }
}

static void test_shares(void **state)
{
    (void)state;
    static const uint32_t levels[] = {24, 6};
    double values[144];
    read_penicillin(values);
    const hpb_components c = estimate(values, 2, levels);
    hpb_shares s;
    hpb_components_shares(&c, 0.95, &s);
    const double total = .716908213 + 3.730917874 + .302415459;
    is_near(s.term[2].value, 3.730917874 / total, 1e-9);
    is_near(s.shapley[0].value, (.716908213 + .302415459 / 2) / total, 1e-9);
    is_near(s.shapley[0].value + s.shapley[1].value, 1, 1e-12);
    // the same intervals by NumPy, 1e6 draws: [0.549, 0.957]
    is_near(s.term[2].low, .549, .02);
    is_near(s.term[2].high, .957, .01);
    for (int i = 0; i < 2; i++)
        assert_true(s.first[i].low <= s.shapley[i].low && s.shapley[i].high <= s.total[i].high);
}

// The cheapest grid against all of them.
static void test_allocation(void **state)
{
    (void)state;
    static const uint32_t levels[] = {24, 6}, least[] = {2, 2};
    static const hpb_costs costs[] = {{1, {0, 0}}, {1, {30, 0}}, {0.1, {1, 5}}};
    double values[144];
    read_penicillin(values);
    const hpb_components c = estimate(values, 2, levels);
    for (size_t k = 0; k < HPB_COUNT(costs); k++) {
        double cheapest = HUGE_VAL;
        for (uint32_t a = 2; a <= 120; a++)
            for (uint32_t b = 2; b <= 120; b++) {
                const uint32_t at[] = {a, b};
                if (hpb_components_half_width(&c, at, 0.95) <= 0.8)
                    cheapest = fmin(cheapest, hpb_costs_sum(&costs[k], 2, at));
            }
        uint32_t found[2];
        assert_true(hpb_components_allocate(&c, 0.8, 0.95, &costs[k], least, 4096, found));
        assert_true(hpb_components_half_width(&c, found, 0.95) <= 0.8);
        is_close(hpb_costs_sum(&costs[k], 2, found), cheapest, 0.125);
    }
    uint32_t found[2];
    assert_false(hpb_components_allocate(&c, 1e-6, 0.95, &costs[0], least, 4096, found));
    assert_int_equal(found[1], 4096);
}

static void test_half_width_is_that_of_its_own_grid(void **state)
{
    (void)state;
    static const uint32_t levels[] = {24, 6};
    double values[144];
    read_penicillin(values);
    const hpb_components c = estimate(values, 2, levels); // no component is negative
    is_near(hpb_components_half_width(&c, levels, 0.95), (c.honest.high - c.honest.low) / 2, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nist_small),
        cmocka_unit_test(test_nist_large),
        cmocka_unit_test(test_dyestuff),
        cmocka_unit_test(test_shrout_and_fleiss),
        cmocka_unit_test(test_penicillin),
        cmocka_unit_test(test_three_way),
        cmocka_unit_test(test_four_way),
        cmocka_unit_test(test_negative_component_is_on_the_boundary),
        cmocka_unit_test(test_what_is_no_grid),
        cmocka_unit_test(test_one_factor),
        cmocka_unit_test(test_pigeonhole),
        cmocka_unit_test(test_ishigami),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_allocation),
        cmocka_unit_test(test_half_width_is_that_of_its_own_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
