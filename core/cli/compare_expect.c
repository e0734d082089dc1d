// SPDX-License-Identifier: Apache-2.0
// What was expected of a comparison, and in which words a cell fails it.
#include "cli/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *sign, *words;
} relations[] = {
    [AT_MOST] = {"<=", "at most"},
    [LESS_THAN] = {"<", "less than"},
    [AT_LEAST] = {">=", "at least"},
    [MORE_THAN] = {">", "more than"},
};

// --- the grammar ------------------------------------------------------------------------------------------

static const char *skip_spaces(const char *text)
{
    return text + strspn(text, " ");
}

bool hpb_compare_parse(const char *text, compare_expectation *out)
{
    *out = (compare_expectation){.text = text};
    if (strcmp(text, "same-bits") == 0)
        return true;
    out->quantity = strncmp(text, "mse", 3) == 0 ? RATIO_OF_MSE : RATIO_OF_TIME;
    if (out->quantity == RATIO_OF_TIME && strncmp(text, "time", 4) != 0)
        return false;
    const char *at = skip_spaces(text + (out->quantity == RATIO_OF_MSE ? 3 : 4));
    const size_t length = strspn(at, "<>=");
    size_t i = 0;
    while (i < HPB_COUNT(relations) &&
           (strlen(relations[i].sign) != length || strncmp(at, relations[i].sign, length) != 0))
        i++;
    if (i == HPB_COUNT(relations))
        return false;
    out->relation = (compare_relation)i;
    at = skip_spaces(at + length);
    const size_t n = strlen(at);
    char *number = hpb_format("%.*s", n ? (int)n - 1 : 0, at);
    const bool is_factor = n && at[n - 1] == 'x' && hpb_parse_double(number, &out->limit);
    free(number);
    return is_factor && out->limit > 0;
}

// --- verdicts -----------------------------------------------------------------------------------------------

char *hpb_compare_ratio_text(hpb_estimate ratio, int digits, char out[COMPARE_RATIO_SIZE])
{
    char value[HPB_NUMBER_SIZE], low[HPB_NUMBER_SIZE], high[HPB_NUMBER_SIZE];
    if (!isfinite(ratio.value))
        snprintf(out, COMPARE_RATIO_SIZE, "-");
    else if (isnan(ratio.low))
        snprintf(out, COMPARE_RATIO_SIZE, "%s", hpb_rounded_text(ratio.value, digits, value));
    else
        snprintf(
            out, COMPARE_RATIO_SIZE, "%s [%s, %s]", hpb_rounded_text(ratio.value, digits, value),
            hpb_rounded_text(ratio.low, digits, low), hpb_rounded_text(ratio.high, digits, high));
    return out;
}

const char *hpb_compare_mse_verdict(const compare_cell *cell)
{
    return isnan(cell->mse.low) ? NULL
           : cell->mse.low > 1  ? "higher"
           : cell->mse.high < 1 ? "lower"
                                : "same";
}

const char *hpb_compare_time_verdict(const compare_cell *cell, double noise)
{
    return isnan(cell->time.low)               ? NULL
           : cell->time.low > 1 + noise        ? "slower"
           : cell->time.high < 1 / (1 + noise) ? "faster"
                                               : "same";
}

// Whether the interval, widened by the share `slack`, is where it is expected: MSE has to show that it is, time is only
// refused where it shows that it is not.
static bool holds(const compare_expectation *e, hpb_estimate ratio, double slack)
{
    const bool is_bound_above = e->relation == AT_MOST || e->relation == LESS_THAN;
    double decides = is_bound_above ? ratio.high : ratio.low;
    if (e->quantity == RATIO_OF_TIME)
        decides = is_bound_above ? ratio.low / (1 + slack) : ratio.high * (1 + slack);
    switch (e->relation) {
    case AT_MOST:
        return decides <= e->limit;
    case LESS_THAN:
        return decides < e->limit;
    case AT_LEAST:
        return decides >= e->limit;
    default:
        return decides > e->limit;
    }
}

static char *expected_text(const compare_expectation *e)
{
    char limit[HPB_NUMBER_SIZE];
    return e->quantity == SAME_BITS ? hpb_strdup("the same bits")
                                    : hpb_format("%s %s", relations[e->relation].words,
                                                 hpb_number_text(e->limit, limit));
}

// What no ratio makes good: pairs that are not there, and results on one side that are no number. NULL: nothing.
static char *incomplete(const compare_expectation *e, const compare_cell *cell)
{
    char pairs[HPB_NUMBER_SIZE], planned[HPB_NUMBER_SIZE], n[HPB_NUMBER_SIZE];
    static const char *const names[] = {"BASE", "RUN"};
    hpb_text text = {0};
    if (cell->pairs < cell->planned) {
        hpb_text_add(&text, "%s of %s pairs are there", hpb_count_text(cell->pairs, pairs),
                     hpb_count_text(cell->planned, planned));
        for (int side = 0; side < 2; side++)
            if (cell->failed[side])
                hpb_text_add(&text, "; %s failed in %s", hpb_count_text(cell->failed[side], n),
                             names[side]);
        return text.data;
    }
    if (e->quantity != RATIO_OF_MSE)
        return NULL;
    for (int side = 0; side < 2; side++)
        if (cell->diverged[side])
            hpb_text_add(&text, "%s%s trials diverged in %s alone", text.length ? "; " : "",
                         hpb_count_text(cell->diverged[side], n), names[side]);
    return text.data;
}

static char *other_bits(const compare_cell *cell)
{
    char others[HPB_NUMBER_SIZE], pairs[HPB_NUMBER_SIZE];
    if (cell->same == cell->pairs && !cell->other_seeds)
        return NULL;
    const uint32_t n = cell->same < cell->pairs ? cell->pairs - cell->same : cell->other_seeds;
    return hpb_format("%s of %s pairs have other %s; the first is replicate %u",
                      hpb_count_text(n, others), hpb_count_text(cell->pairs, pairs),
                      cell->other_seeds ? "seeds" : "bits", cell->first_other);
}

// Digits that tell the ends of the interval from the limit, at least 3.
static int digits_for(hpb_estimate ratio, double limit)
{
    for (int digits = 3; digits < 9; digits++) {
        char low[HPB_NUMBER_SIZE], high[HPB_NUMBER_SIZE], text[HPB_NUMBER_SIZE];
        hpb_rounded_text(ratio.low, digits, low);
        hpb_rounded_text(ratio.high, digits, high);
        hpb_rounded_text(limit, digits, text);
        if ((strcmp(low, text) != 0 || ratio.low == limit) &&
            (strcmp(high, text) != 0 || ratio.high == limit))
            return digits;
    }
    return 9;
}

static char *other_ratio(const compare_expectation *e, const compare_cell *cell, double noise)
{
    const bool is_time = e->quantity == RATIO_OF_TIME;
    const hpb_estimate ratio = is_time ? cell->time : cell->mse;
    char text[COMPARE_RATIO_SIZE], share[HPB_NUMBER_SIZE];
    if (isnan(ratio.low))
        return is_time ? hpb_format("time can't be told from %u timings in BASE and %u in RUN",
                                    cell->n_times[COMPARE_BASE], cell->n_times[COMPARE_RUN])
                       : hpb_format("MSE can't be told from %u finite pairs", cell->finite);
    if (holds(e, ratio, is_time ? noise : 0))
        return NULL;
    hpb_text out = {0};
    hpb_compare_ratio_text(ratio, digits_for(ratio, e->limit), text);
    const int length = (int)strcspn(text, " ");
    hpb_text_add(&out, "%s is %.*s times the baseline's%s", is_time ? "time" : "MSE", length, text,
                 text + length);
    if (is_time)
        hpb_text_add(&out, ", with %s %% of noise allowed for",
                     hpb_rounded_text(100 * noise, 3, share));
    return out.data;
}

char *hpb_compare_judge(const compare_expectation *expectation, const compare_cell *cell,
                        double noise)
{
    char *fault = incomplete(expectation, cell);
    if (!fault)
        fault = expectation->quantity == SAME_BITS ? other_bits(cell)
                                                   : other_ratio(expectation, cell, noise);
    if (!fault)
        return NULL;
    char *expected = expected_text(expectation);
    char *line = hpb_format("cell %s: %s; expected %s", cell->label, fault, expected);
    free(expected);
    free(fault);
    return line;
}
