// SPDX-License-Identifier: Apache-2.0
// Distributions against SciPy 1.17 (mpmath agrees), and NaN for what lies outside their domain.
#include "stats/stats.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void is_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-12 * fabs(expected)))
        fail_msg("got %.17g, expected %.17g", value, expected);
}

static void test_values(void **state)
{
    (void)state;
    is_near(hpb_t_quantile(0.975, 19), 2.0930240544083087);
    is_near(hpb_t_quantile(0.975, 1e6), 1.959966356814107);
    is_near(hpb_t_quantile(1e-10, 3), -2225.769284683093);
    is_near(hpb_normal_quantile(0.975), 1.959963984540054);
    is_near(hpb_normal_quantile(1e-300), -37.0470962993612);
    is_near(1 - hpb_f_cdf(3.69, 3, 39), 0.01974409968948888);
    is_near(hpb_f_tail(60, 3, 39), 1.1284324746373647e-14);
    is_near(hpb_chi2_tail(9.28, 3), 0.025790724198756772);
    is_near(hpb_t_cdf(1.3, 7.5), 0.8839366105921956);
    is_near(1 - hpb_t_cdf(2, 5), 0.0509697394149292);
    is_near(hpb_normal_cdf(-8), 6.22096057427174e-16);
    is_near(hpb_binomial_cdf(4, 10, 0.3), 0.8497316674000001);
    assert_true(hpb_normal_quantile(0.5) == 0 && hpb_t_quantile(0.5, 7) == 0);
}

static void test_edges(void **state)
{
    (void)state;
    assert_true(hpb_t_quantile(0, 4) == -HUGE_VAL && hpb_t_quantile(1, 4) == HUGE_VAL);
    assert_true(hpb_normal_quantile(0) == -HUGE_VAL && hpb_normal_quantile(1) == HUGE_VAL);
    assert_true(hpb_t_cdf(-HUGE_VAL, 4) == 0 && hpb_normal_cdf(HUGE_VAL) == 1);
    assert_true(hpb_f_tail(HUGE_VAL, 2, 3) == 0 && hpb_chi2_tail(0, 3) == 1);
    assert_true(hpb_binomial_cdf(-1, 5, 0.5) == 0 && hpb_binomial_cdf(5, 5, 0.5) == 1);
    assert_true(hpb_f_cdf(0, 1, 1) == 0 && hpb_f_cdf(HUGE_VAL, 2, 3) == 1);
}

static void test_bad_arguments_give_nan_and_leave_errno(void **state)
{
    (void)state;
    static const double bad_df[] = {0, -1, HUGE_VAL, -HUGE_VAL, (double)NAN};
    static const double bad_probability[] = {-0.1, 1.1, HUGE_VAL, (double)NAN};
    errno = 0;
    for (size_t i = 0; i < sizeof bad_df / sizeof *bad_df; i++) {
        assert_true(isnan(hpb_t_quantile(0.5, bad_df[i])));
        assert_true(isnan(hpb_f_cdf(1, bad_df[i], 3)));
        assert_true(isnan(hpb_t_cdf(1, bad_df[i])) && isnan(hpb_chi2_tail(1, bad_df[i])));
        assert_true(isnan(hpb_f_tail(1, 3, bad_df[i])));
        assert_true(isnan(hpb_f_cdf(1, 3, bad_df[i])));
    }
    for (size_t i = 0; i < sizeof bad_probability / sizeof *bad_probability; i++) {
        assert_true(isnan(hpb_t_quantile(bad_probability[i], 3)));
        assert_true(isnan(hpb_normal_quantile(bad_probability[i])));
        assert_true(isnan(hpb_binomial_cdf(1, 3, bad_probability[i])));
    }
    assert_true(isnan(hpb_f_cdf((double)NAN, 3, 3)));
    assert_int_equal(errno, 0);
}

// A quantile is where the distribution function has that probability, over the whole range in use.
static void test_quantiles_invert(void **state)
{
    (void)state;
    static const double dfs[] = {0.5, 1, 2, 3, 9.5, 30, 999, 1e6};
    for (size_t i = 0; i < sizeof dfs / sizeof *dfs; i++) {
        for (double p = 0.0005; p < 1; p += 0.0271) {
            const double t = hpb_t_quantile(p, dfs[i]);
            const double within = hpb_f_cdf(t * t, 1, dfs[i]); // T^2 is F(1, df)
            assert_true(fabs(within - fabs(2 * p - 1)) < 1e-10);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_bad_arguments_give_nan_and_leave_errno),
        cmocka_unit_test(test_quantiles_invert),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
