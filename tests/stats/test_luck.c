// SPDX-License-Identifier: Apache-2.0
// Luck at a point of a grid: a toy to the last digit, grids of one to four sources, and Ishigami's function.
#include "base/base.h"
#include "random/random.h"
#include "stats/luck.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void is_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

static void test_a_toy_to_the_last_digit(void **state)
{
    (void)state;
    static const double values[] = {1, 3, 2, 8, 3, 1}; // split 3 x weights 2
    static const uint32_t levels[] = {3, 2}, own[] = {1, 1};
    static const double term[] = {3, 2, 1, 2}, variance[] = {0, 2, 1, 8.0 / 3};
    hpb_luck luck;
    assert_true(hpb_luck_split(values, 2, levels, own, &luck));
    assert_true(luck.mean == 3 && luck.source[0] == 3 && luck.source[1] == 2);
    for (int s = 0; s < 4; s++) {
        assert_true(luck.term[s] == term[s]);
        is_near(luck.variance[s], variance[s], 1e-15);
    }
    const double all = 2 + 1 + 8.0 / 3;
    is_near(luck.effects.shapley[0], (2 + 4.0 / 3) / all, 1e-15);
    is_near(luck.effects.total[1], (1 + 8.0 / 3) / all, 1e-15);
}

// A source that changes nothing: exactly 0 in all, not what rounding leaves.
static void test_a_source_without_luck(void **state)
{
    (void)state;
    static const double row[] = {0.1, 0.7, 0.35, 1.9, 0.2, 0.3, 0.6};
    static const uint32_t levels[] = {7, 9}, own[] = {3, 4};
    double values[63];
    for (int i = 0; i < 63; i++)
        values[i] = row[i / 9];
    hpb_luck luck;
    assert_true(hpb_luck_split(values, 2, levels, own, &luck));
    assert_true(luck.term[2] == 0 && luck.term[3] == 0 && luck.source[1] == 0);
    assert_true(luck.variance[2] == 0 && luck.variance[3] == 0 && luck.variance[1] > 0);
    assert_true(luck.effects.total[1] == 0 && luck.effects.shapley[0] == 1);
    is_near(luck.source[0], 1.9 - luck.mean, 1e-15);
}

static void test_sums_of_grids(void **state)
{
    (void)state;
    static const uint32_t levels[][4] = {{7, 0, 0, 0}, {3, 4, 0, 0}, {2, 1, 5, 0}, {3, 2, 4, 3}};
    static const uint32_t own[] = {1, 0, 1, 2};
    hpb_philox philox = hpb_philox_make(71, 0, 0, 0);
    double values[72];
    for (uint32_t n = 1; n <= 4; n++) {
        size_t cells = 1, at = 0;
        for (uint32_t i = 0; i < n; i++) {
            cells *= levels[n - 1][i];
            at = at * levels[n - 1][i] + own[i];
        }
        double mean = 0, variance = 0, terms = 0, sources = 0, parts = 0, largest = 0;
        for (size_t c = 0; c < cells; c++) {
            values[c] = 1e6 + hpb_philox_next(&philox) * 0x1p-32;
            mean += values[c] / (double)cells;
        }
        for (size_t c = 0; c < cells; c++)
            variance += (values[c] - mean) * (values[c] - mean) / (double)cells;
        hpb_luck luck;
        assert_true(hpb_luck_split(values, n, levels[n - 1], own, &luck));
        is_near(luck.mean, mean, 1e-8);
        for (uint32_t s = 1; s < 1u << n; s++) {
            terms += luck.term[s];
            parts += luck.variance[s];
        }
        for (uint32_t i = 0; i < n; i++) {
            sources += luck.source[i];
            largest = fmax(largest, fabs(luck.source[i]));
        }
        assert_true(largest > 0);
        is_near(sources, values[at] - luck.mean, 1e-12 * largest);
        is_near(terms, values[at] - luck.mean, 1e-12);
        is_near(parts, variance, 1e-10);
        if (n == 3) // one level: no luck
            assert_true(luck.source[1] == 0 && luck.variance[2] == 0 && luck.variance[5] > 0);
    }
}

// sin x + 7 sin^2 y + z^4 sin x / 10 on (-pi, pi)^3: Sobol indices, totals and Shapley effects in closed form.
// Sines are averaged exactly by 16 equal steps, z^8 by 800 midpoints to 1e-5.
static void test_ishigami(void **state)
{
    (void)state;
    static const uint32_t levels[] = {16, 16, 800}, own[] = {0, 0, 0};
    static const double first[] = {.313905191, .442411145, 0};
    static const double total[] = {.557588855, .442411145, .243683664};
    static const double shapley[] = {.435747023, .442411145, .121841832};
    const double pi = 3.14159265358979323846;
    double *values = hpb_alloc((size_t)16 * 16 * 800, sizeof *values), *at = values, sum = 0;
    for (int i = 0; i < 16; i++)
        for (int j = 0; j < 16; j++)
            for (int l = 0; l < 800; l++) {
                const double x = pi * ((2 * i + 1) / 16.0 - 1), y = pi * ((2 * j + 1) / 16.0 - 1);
                const double z = pi * ((2 * l + 1) / 800.0 - 1);
                *at++ = sin(x) + 7 * sin(y) * sin(y) + z * z * z * z * sin(x) / 10;
            }
    hpb_luck luck;
    assert_true(hpb_luck_split(values, 3, levels, own, &luck));
    for (int i = 0; i < 3; i++) {
        is_near(luck.effects.first[i], first[i], 2e-5);
        is_near(luck.effects.total[i], total[i], 2e-5);
        is_near(luck.effects.shapley[i], shapley[i], 2e-5);
    }
    for (uint32_t s = 1; s < 8; s++)
        sum += luck.variance[s];
    is_near(sum, 13.844587940719, 1e-3);
    is_near(luck.variance[5] / sum, .243683664, 2e-5);
    free(values);
}

static void test_what_is_no_grid(void **state)
{
    (void)state;
    double values[] = {1, 2, 3, 4};
    static const uint32_t levels[] = {2, 2, 1, 1, 1}, own[] = {0, 1, 0, 0, 0}, beyond[] = {0, 2};
    hpb_luck luck;
    assert_false(hpb_luck_split(values, 2, levels, beyond, &luck));
    assert_false(hpb_luck_split(values, 0, levels, own, &luck));
    assert_false(hpb_luck_split(values, 5, levels, own, &luck));
    assert_true(isnan(luck.mean) && isnan(luck.source[0]) && isnan(luck.effects.shapley[0]));
    values[3] = HUGE_VAL;
    assert_false(hpb_luck_split(values, 2, levels, own, &luck));
    assert_true(isnan(luck.term[3]) && isnan(luck.variance[1]));
    // one run, which is all there is: no luck, no shares
    assert_true(hpb_luck_split(values, 1, levels + 2, own, &luck));
    assert_true(luck.mean == 1 && luck.source[0] == 0 && isnan(luck.effects.first[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_toy_to_the_last_digit),
        cmocka_unit_test(test_a_source_without_luck),
        cmocka_unit_test(test_sums_of_grids),
        cmocka_unit_test(test_ishigami),
        cmocka_unit_test(test_what_is_no_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
