// SPDX-License-Identifier: Apache-2.0
// Boost.Math behind a C interface: NaN for arguments outside the domain, no exceptions, no errno.
#include "stats/stats.h"

#define BOOST_MATH_DOMAIN_ERROR_POLICY ignore_error
#define BOOST_MATH_POLE_ERROR_POLICY ignore_error
#define BOOST_MATH_OVERFLOW_ERROR_POLICY ignore_error
#define BOOST_MATH_EVALUATION_ERROR_POLICY ignore_error
#define BOOST_MATH_ROUNDING_ERROR_POLICY ignore_error
#define BOOST_MATH_INDETERMINATE_RESULT_ERROR_POLICY ignore_error
#define BOOST_MATH_PROMOTE_DOUBLE_POLICY false // the same bits wherever long double differs

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <cmath>
#include <limits>

namespace
{

const double nan_value = std::numeric_limits<double>::quiet_NaN();

// Boost reports what policies can't (a failed root search) by throwing; C callers get NaN.
template <typename function> double guarded(bool is_valid, function value) noexcept
{
    if (!is_valid)
        return nan_value;
    try {
        return value();
    } catch (...) {
        return nan_value;
    }
}

bool is_probability(double p)
{
    return p >= 0 && p <= 1;
}

bool is_df(double df)
{
    return df > 0 && std::isfinite(df);
}

} // namespace

extern "C" {

double hpb_t_quantile(double probability, double df)
{
    return guarded(is_probability(probability) && is_df(df), [=] {
        if (probability == 0 || probability == 1) // Boost calls these an overflow
            return probability == 0 ? -HUGE_VAL : HUGE_VAL;
        return boost::math::quantile(boost::math::students_t(df), probability);
    });
}

double hpb_t_cdf(double x, double df)
{
    return guarded(!std::isnan(x) && is_df(df), [=] {
        if (std::isinf(x))
            return x < 0 ? 0.0 : 1.0;
        return boost::math::cdf(boost::math::students_t(df), x);
    });
}

double hpb_f_cdf(double x, double df1, double df2)
{
    return guarded(!std::isnan(x) && is_df(df1) && is_df(df2), [=] {
        if (x <= 0 || std::isinf(x))
            return x <= 0 ? 0.0 : 1.0;
        return boost::math::cdf(boost::math::fisher_f(df1, df2), x);
    });
}

double hpb_f_tail(double x, double df1, double df2)
{
    return guarded(!std::isnan(x) && is_df(df1) && is_df(df2), [=] {
        if (x <= 0 || std::isinf(x))
            return x <= 0 ? 1.0 : 0.0;
        return boost::math::cdf(complement(boost::math::fisher_f(df1, df2), x));
    });
}

double hpb_chi2_tail(double x, double df)
{
    return guarded(!std::isnan(x) && is_df(df), [=] {
        if (x <= 0 || std::isinf(x))
            return x <= 0 ? 1.0 : 0.0;
        return boost::math::cdf(complement(boost::math::chi_squared(df), x));
    });
}

double hpb_f_quantile(double probability, double df1, double df2)
{
    return guarded(is_probability(probability) && is_df(df1) && is_df(df2), [=] {
        if (probability == 0 || probability == 1)
            return probability == 0 ? 0.0 : HUGE_VAL;
        return boost::math::quantile(boost::math::fisher_f(df1, df2), probability);
    });
}

double hpb_chi2_quantile(double probability, double df)
{
    return guarded(is_probability(probability) && is_df(df), [=] {
        if (probability == 0 || probability == 1)
            return probability == 0 ? 0.0 : HUGE_VAL;
        return boost::math::quantile(boost::math::chi_squared(df), probability);
    });
}

double hpb_binomial_cdf(double count, double n, double probability)
{
    return guarded(
        is_probability(probability) && n >= 0 && std::isfinite(n) && !std::isnan(count), [=] {
            if (count < 0 || count >= n)
                return count < 0 ? 0.0 : 1.0;
            return boost::math::cdf(boost::math::binomial(n, probability), std::floor(count));
        });
}

double hpb_normal_cdf(double x)
{
    return guarded(!std::isnan(x), [=] {
        if (std::isinf(x))
            return x < 0 ? 0.0 : 1.0;
        return boost::math::cdf(boost::math::normal(), x);
    });
}

double hpb_normal_quantile(double probability)
{
    return guarded(is_probability(probability), [=] {
        if (probability == 0 || probability == 1)
            return probability == 0 ? -HUGE_VAL : HUGE_VAL;
        return boost::math::quantile(boost::math::normal(), probability);
    });
}

} // extern "C"
