// SPDX-License-Identifier: Apache-2.0
// What follows from the corners: causes add up to the difference, and with both lucks to the two numbers, also where
// some runs diverged.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "explain/made.h"

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-12 * fmax(1, fabs(a))))
        fail_msg("%.17g is not %.17g", a, b);
}

static double sum_of_causes(const hpb_explanation *e)
{
    double sum = 0;
    for (uint32_t i = 0; i < e->n_causes; i++)
        sum += e->causes[i].effect.value;
    return sum;
}

// reported(A) - reported(B) = luck of A + causes - luck of B
static void assert_identity(const hpb_explanation *e)
{
    const hpb_side *a = &e->side[0], *b = &e->side[1];
    assert_near(a->luck + sum_of_causes(e) - b->luck, a->reported - b->reported);
    assert_near(a->level - b->level, e->difference.value);
    assert_near(e->corner_mean[0], a->level);
    assert_near(e->corner_mean[(1u << e->n_causes) - 1], b->level);
}

static void test_causes_add_up(void **state)
{
    (void)state;
    made m;
    made_begin(&m, &(made_of){3, 50, 0.1, 0.4, 0, {0.02, 0.3, 0}, 0.01});
    made_report(&m, 0, 0.5);
    made_report(&m, 1, 0.07);
    made_finish(&m);
    assert_int_equal(m.e.n_used, 50);
    assert_string_equal(m.e.causes[0].name, "setting2"); // the largest first
    assert_int_equal(m.e.causes[0].bit, 1);
    assert_near(m.e.causes[0].effect.value, 0.295); // half of what overlaps
    assert_near(m.e.causes[1].effect.value, 0.015);
    assert_near(m.e.causes[0].alone, 0.29);
    assert_near(m.e.causes[0].last, 0.3);
    assert_near(m.e.causes[0].share, 0.295 / 0.31);
    assert_true(!m.e.causes[2].n_acted && m.e.causes[0].n_acted);
    assert_true(m.e.largest_error < 1e-12);
    assert_near(m.e.worse, 1);
    assert_identity(&m.e);
    made_end(&m);
}

// A replicate that diverges in one corner counts in none, and neither do the lucks know it.
static void test_diverged_replicates(void **state)
{
    (void)state;
    made m;
    made_begin(&m, &(made_of){2, 40, 0.1, 0.8, 0.01, {0.2, 0.05}, 0});
    made_report(&m, 0, 0.4);
    made_report(&m, 1, 0.09);
    for (uint32_t r = 0; r < 12; r++)
        made_diverge(&m, r % 2, r);
    m.values[0][20] = 1e6; // a whole corner's outlier, in a replicate that diverges elsewhere
    made_diverge(&m, 2, 20);
    made_finish(&m);
    assert_int_equal(m.e.n_used, 27);
    assert_int_equal(m.e.side[0].n_finite, 34);
    assert_int_equal(m.e.worst_count, 6);
    assert_true(m.e.side[0].summary.mean > 1e4 && m.e.side[0].level < 1);
    double mean = 0;
    for (uint32_t r = 12; r < 40; r++)
        mean += r == 20 ? 0 : m.values[0][r] / 27;
    assert_near(m.e.side[0].level, mean);
    assert_identity(&m.e);
    made_end(&m);
}

static void test_corner_that_always_diverges(void **state)
{
    (void)state;
    made m;
    made_begin(&m, &(made_of){2, 30, 0.1, 0.2, 0, {0.2, 0.1}, 0});
    made_report(&m, 0, 0.4);
    for (uint32_t r = 0; r < 30; r++)
        made_diverge(&m, 1, r);
    made_finish(&m);
    assert_int_equal(m.e.n_used, 0);
    assert_int_equal(m.e.worst, 1);
    assert_int_equal(m.e.worst_count, 30);
    assert_int_equal(m.e.side[0].n_finite, 30);
    assert_true(isnan(m.e.side[0].level) && isnan(m.e.side[0].luck));
    made_end(&m);
}

// Shares stand only where the interval of the difference excludes 0.
static void test_shares(void **state)
{
    (void)state;
    for (int is_real = 0; is_real < 2; is_real++) {
        made m;
        made_begin(&m, &(made_of){2, 40, 0.1, 0.2, 0.05, {is_real ? 0.2 : 0.001, 0.001}, 0});
        made_finish(&m);
        assert_true((m.e.difference.low > 0 || m.e.difference.high < 0) == is_real);
        for (uint32_t i = 0; i < 2; i++)
            assert_true(isfinite(m.e.causes[i].share) == is_real);
        assert_true(is_real ? m.e.reversed < 0.02 : m.e.reversed > 0.3);
        made_end(&m);
    }
}

// In pairs of the same seeds, without those that diverged either way.
static void test_longer(void **state)
{
    (void)state;
    made m;
    made_begin(&m, &(made_of){1, 40, 0.1, 0.4, 0, {0.2}, 0});
    made_diverge(&m, 0, 7);
    m.longer[0] = 0.25;
    made_finish(&m);
    const hpb_side *a = &m.e.side[0];
    assert_int_equal(a->n_longer, 39);
    assert_int_equal(m.e.side[1].n_longer, 0);
    assert_true(a->longer_epochs == 400);
    assert_near(a->longer_level, a->level / 4);
    assert_near(a->gain.value, a->level * 3 / 4);
    assert_true(a->gain.low < a->gain.value && a->gain.value < a->gain.high && a->gain.low > 0);
    made_end(&m);
}

static void test_same_procedure(void **state)
{
    (void)state;
    made m;
    made_begin(&m, &(made_of){0, 30, 0.1, 0.2, 0, {0}, 0});
    made_report(&m, 0, 0.2);
    made_report(&m, 1, 0.1);
    made_finish(&m);
    assert_int_equal(m.e.n_used, 30);
    assert_true(m.e.noise > 0 && m.e.side[0].level == m.e.side[1].level);
    assert_near(m.e.side[0].luck - m.e.side[1].luck, 0.1);
    made_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_causes_add_up),
        cmocka_unit_test(test_diverged_replicates),
        cmocka_unit_test(test_corner_that_always_diverges),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_longer),
        cmocka_unit_test(test_same_procedure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
