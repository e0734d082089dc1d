// SPDX-License-Identifier: Apache-2.0
// Axes: linear or log, their ends, and ticks 1-2-5 for anything from 1e-308 to 1e308.
#include "axis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef char number[HPB_NUMBER_SIZE];

#define MARGIN 0.035 // of the axis, at an end where data lie

char *hpb_tick_text(double value, char out[HPB_NUMBER_SIZE])
{
    const double size = fabs(value);
    if (value != 0 && (size < 0.99e-4 || size >= 0.99e6)) {
        snprintf(out, HPB_NUMBER_SIZE, "%.2e", value);
        char *exponent = strchr(out, 'e'), *end = exponent;
        if (exponent) { // 5.00e-05 is 5e-5, 1.50e+07 is 1.5e7
            const long power = strtol(exponent + 1, NULL, 10);
            while (end > out && end[-1] == '0')
                end--;
            end -= end > out && end[-1] == '.';
            snprintf(end, (size_t)(HPB_NUMBER_SIZE - (end - out)), "e%ld", power);
        }
        return out;
    }
    snprintf(out, HPB_NUMBER_SIZE, "%.6g", value == 0 ? 0 : value); // no -0
    return out;
}

// Halves and quarters first: high - low may be beyond the largest double.
static double position(double low, double high, double value)
{
    const double span = high / 4 - low / 4;
    return span > 0 ? (value / 4 - low / 4) / span : 0.5;
}

double hpb_scale_at(const hpb_scale *scale, double value)
{
    const double at = position(scale->low, scale->high, scale->is_log ? log10(value) : value);
    return at < 0 ? 0 : at > 1 ? 1 : at;
}

static void add_tick(hpb_scale *scale, double value)
{
    const double coordinate = scale->is_log ? log10(value) : value;
    const double at = position(scale->low, scale->high, coordinate);
    if (scale->n_ticks == HPB_MAX_TICKS || !(at > -1e-9 && at < 1 + 1e-9) || !isfinite(value))
        return;
    hpb_tick *tick = &scale->tick[scale->n_ticks++];
    tick->at = at < 0 ? 0 : at > 1 ? 1 : at;
    hpb_tick_text(fabs(value), tick->text);
    if (value < 0) { // a minus as wide as a plus
        number plain;
        memcpy(plain, tick->text, sizeof plain);
        snprintf(tick->text, sizeof tick->text, "−%.24s", plain);
    }
}

// The largest of 1, 2, 5 times a power of ten that is at most `size`: mantissa and exponent, so that ticks are
// exact multiples.
static int nice_step(double size, int *exponent)
{
    *exponent = (int)floor(log10(size));
    double mantissa = size / pow(10, *exponent);
    if (!isfinite(mantissa)) // below the normal numbers
        mantissa = 1;
    return mantissa >= 5 ? 5 : mantissa >= 2 ? 2 : 1;
}

static double power_of_ten(int exponent)
{
    char text[16];
    snprintf(text, sizeof text, "1e%d", exponent);
    return strtod(text, NULL); // exact to the last bit, as pow() need not be
}

static double tick_value(int64_t multiple, int exponent)
{
    char text[48];
    snprintf(text, sizeof text, "%llde%d", (long long)multiple, exponent);
    return strtod(text, NULL);
}

// Multiples of 1, 2 or 5 times a power of ten between two values, at most `most` or twice as many.
static void add_even_ticks(hpb_scale *scale, double low, double high, int most)
{
    int exponent;
    const int step = nice_step((high / 4 - low / 4) / most * 4, &exponent);
    const double size = step * power_of_ten(exponent);
    for (int64_t i = (int64_t)ceil(low / size); (double)i <= high / size; i++)
        add_tick(scale, tick_value(i * step, exponent));
}

hpb_scale hpb_scale_linear(double low, double high)
{
    hpb_scale scale = {.low = low < 0 ? low : 0, .high = high > 0 ? high : 0};
    const double span = scale.high / 4 - scale.low / 4;
    if (!(span > 1e-300)) { // nothing but zeros
        scale.low = 0;
        scale.high = 1;
    } else {
        const double largest = 1.6e308; // the margin must not overflow
        if (scale.low < 0)
            scale.low = fmax(scale.low - MARGIN * 4 * span, -largest);
        if (scale.high > 0)
            scale.high = fmin(scale.high + MARGIN * 4 * span, largest);
    }
    int exponent;
    int step = nice_step((scale.high / 4 - scale.low / 4) / 1.5, &exponent); // 6 to 15 steps
    const double unit = power_of_ten(exponent);
    if ((scale.high / unit - scale.low / unit) / step > 10) { // too many numbers to read
        if (step == 5) {
            step = 1;
            exponent++;
        } else {
            step = step == 1 ? 2 : 5;
        }
    }
    const double size = step * power_of_ten(exponent);
    for (int64_t i = (int64_t)ceil(scale.low / size); (double)i <= scale.high / size; i++)
        add_tick(&scale, tick_value(i * step, exponent));
    return scale;
}

hpb_scale hpb_scale_log(double low, double high)
{
    hpb_scale scale = {.is_log = true, .low = log10(low), .high = log10(high)};
    const double span = scale.high - scale.low;
    const double margin = span > 0 ? MARGIN * span : 0.5;
    scale.low -= margin;
    scale.high += margin;
    const double decades = scale.high - scale.low;
    static const int strides[] = {1, 2, 5, 10, 20, 50, 100};
    int stride = 1;
    for (size_t i = 0; i < HPB_COUNT(strides) && decades / stride > 8; i++)
        stride = strides[i];
    const double lowest = pow(10, scale.low), highest = pow(10, scale.high);
    if (highest < 5 * lowest) { // too narrow for 1-2-5: evenly spaced numbers
        add_even_ticks(&scale, lowest, highest, 6);
        return scale;
    }
    const bool has_digits = decades <= 4;
    for (int e = (int)floor(scale.low); e <= (int)ceil(scale.high); e++) {
        if (e % stride == 0)
            add_tick(&scale, power_of_ten(e));
        if (has_digits) {
            add_tick(&scale, tick_value(2, e));
            add_tick(&scale, tick_value(5, e));
        }
    }
    return scale;
}

double hpb_scale_limit(const hpb_report_cell *const *cells, uint32_t n_cells)
{
    double baseline = 0;
    for (uint32_t i = 0; i < n_cells; i++)
        if (cells[i]->baseline_mse > baseline)
            baseline = cells[i]->baseline_mse;
    return baseline > 0 ? HPB_SCALE_LIMIT * baseline : HUGE_VAL;
}

hpb_scale hpb_scale_mse(const hpb_report_cell *const *cells, uint32_t n_cells, const double *extra,
                        uint32_t n_extra)
{
    double p5 = HUGE_VAL, p95 = -HUGE_VAL, min = HUGE_VAL, max = -HUGE_VAL;
    bool is_wide = false;
    for (uint32_t i = 0; i < n_cells; i++) {
        const hpb_summary *s = &cells[i]->summary;
        if (!s->n)
            continue;
        p5 = fmin(p5, s->p5);
        p95 = fmax(p95, s->p95);
        min = fmin(min, s->min);
        max = fmax(max, s->max);
        is_wide |= s->n > 1 && !(s->sd <= s->mean); // an SD that overflowed is wide
    }
    for (uint32_t i = 0; i < n_extra; i++)
        if (isfinite(extra[i])) {
            min = fmin(min, extra[i]);
            max = fmax(max, extra[i]);
        }
    if (!(min <= max))
        return hpb_scale_linear(0, 1);
    const double limit = hpb_scale_limit(cells, n_cells);
    max = fmin(max, fmax(limit, 2 * min)); // where all are beyond it, they are what there is to see
    if (min > 0 && (is_wide || p95 / p5 > 10))
        return hpb_scale_log(min, max);
    return hpb_scale_linear(0, max);
}
