// SPDX-License-Identifier: Apache-2.0
// What the components of a cell say, in words, as a table and as JSON. Shares are of the variance of one run.
#include "explain/variance.h"
#include "loader/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const many[] = {"data sets", "splits", "initial weights", "row orders"};

const char *hpb_source_noun(hpb_stream stream)
{
    static const char *const nouns[] = {"data", "split", "initial weights", "row order"};
    return nouns[stream];
}

void hpb_variance_term(const hpb_variance *v, uint32_t term, hpb_text *out)
{
    uint32_t left = (uint32_t)__builtin_popcount(term);
    for (uint32_t i = 0; i < v->n_factors; i++)
        if (term >> i & 1)
            hpb_text_add(out, "%s%s", hpb_source_noun(v->stream[i]),
                         --left == 0 ? ""
                         : left == 1 ? " and "
                                     : ", ");
}

static void add_number(hpb_text *out, double value)
{
    char text[HPB_NUMBER_SIZE];
    hpb_text_add(out, "%s", hpb_rounded_text(value, 3, text));
}

static void add_range(hpb_text *out, double low, double high)
{
    hpb_text_add(out, " [");
    add_number(out, low);
    hpb_text_add(out, ", ");
    add_number(out, high);
    hpb_text_add(out, "]");
}

// "92 %", "< 1 %", "0 %"
static void add_percent(hpb_text *out, double share)
{
    const double percent = 100 * share;
    if (percent > 0 && percent < 0.5)
        hpb_text_add(out, "< 1 %%");
    else
        hpb_text_add(out, "%.0f %%", percent);
}

static void add_share(hpb_text *out, const hpb_estimate *share)
{
    add_percent(out, share->value);
    hpb_text_add(out, " [%.0f, %.0f]", 100 * share->low, 100 * share->high);
}

// --- sentences ------------------------------------------------------------------------------------------

static int by_effect(const void *a, const void *b)
{
    const hpb_estimate *x = *(const hpb_estimate *const *)a, *y = *(const hpb_estimate *const *)b;
    return x->value < y->value ? 1 : x->value > y->value ? -1 : x < y ? -1 : x > y;
}

// "134 more splits", "1 split".
static void add_count(uint32_t n, const char *more, hpb_stream stream, hpb_text *out)
{
    static const char *const single[] = {"data set", "split", "set of initial weights",
                                         "row order"};
    char count[HPB_NUMBER_SIZE];
    hpb_text_add(out, "%s %s%s", hpb_count_text(n, count), more,
                 n == 1 ? single[stream] : many[stream]);
}

// What stands before item `i` of `n`.
static const char *comma(uint32_t i, uint32_t n)
{
    return i == 0 ? "" : i + 1 < n ? ", " : " and ";
}

// "10 splits, 10 initial weights and 5 row orders": what is kept of the grid.
static void add_counts(const hpb_variance *v, hpb_text *out)
{
    for (uint32_t i = 0; i < v->n_factors; i++) {
        hpb_text_add(out, "%s", comma(i, v->n_factors));
        add_count(v->levels[i], "", v->stream[i], out);
    }
}

static uint64_t count_runs(const hpb_variance *v, const uint32_t *levels)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < v->n_factors; i++)
        n *= levels[i];
    return n;
}

// --- who has most of it -----------------------------------------------------------------------------------

#define TOO_WIDE 0.8 // interval of the largest share: nearly anything
#define NEARLY_ALL 0.8
#define MOST 0.6
#define HALF 0.5

hpb_lead hpb_variance_lead(const hpb_variance *v, uint32_t order[HPB_FACTORS], bool *is_sure)
{
    const hpb_estimate *all[HPB_FACTORS] = {0};
    for (uint32_t i = 0; i < v->n_factors; i++)
        all[i] = &v->shares.shapley[i];
    qsort(all, v->n_factors, sizeof all[0], by_effect);
    for (uint32_t i = 0; i < HPB_FACTORS; i++)
        order[i] = i < v->n_factors ? (uint32_t)(all[i] - v->shares.shapley) : 0;
    *is_sure = true;
    if (v->n_factors < 2)
        return HPB_LEAD_ALL;
    const hpb_lead lead = all[0]->high - all[0]->low > TOO_WIDE ? HPB_LEAD_UNSURE
                          : all[0]->value >= NEARLY_ALL         ? HPB_LEAD_NEARLY
                          : all[0]->value >= MOST               ? HPB_LEAD_MOST
                                                                : HPB_LEAD_ALIKE;
    *is_sure = all[0]->low > all[1]->high && all[0]->low >= (lead == HPB_LEAD_NEARLY ? MOST : HALF);
    return lead;
}

// Who has most of the luck, without a number.
static void add_answer(const hpb_variance *v, hpb_text *out)
{
    uint32_t order[HPB_FACTORS];
    bool is_sure;
    const hpb_lead lead = hpb_variance_lead(v, order, &is_sure);
    const char *first = hpb_source_noun(v->stream[order[0]]),
               *second = lead == HPB_LEAD_ALL ? "" : hpb_source_noun(v->stream[order[1]]),
               *seems = is_sure ? "is" : "seems to be";
    hpb_text_add(out, "%s: ", v->label);
    switch (lead) {
    case HPB_LEAD_ALL:
        hpb_text_add(out, "all of the luck is in the %s: nothing else is varied here.\n", first);
        return;
    case HPB_LEAD_UNSURE:
        add_counts(v, out);
        hpb_text_add(out, " are too few to say where the luck is; most seems to be in the %s.\n",
                     first);
        return;
    case HPB_LEAD_NEARLY:
        hpb_text_add(out, "nearly all of the luck %s in the %s.\n", seems, first);
        return;
    case HPB_LEAD_MOST:
        hpb_text_add(out, "most of the luck %s in the %s, some in the %s.\n", seems, first, second);
        return;
    default:
        hpb_text_add(out, "the luck is in the %s and in the %s alike.\n", first, second);
    }
}

#define MOST_SOURCES 3 // that are told; the table has the others
#define LEAST_SHARE 0.01

static void add_sources(const hpb_variance *v, hpb_text *out)
{
    const hpb_estimate *order[HPB_TERMS];
    uint32_t n = 0, n_terms = v->components.n_terms;
    double rest = 0;
    for (uint32_t term = 1; term < n_terms; term++)
        order[n++] = &v->shares.term[term];
    qsort(order, n, sizeof order[0], by_effect);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t term = (uint32_t)(order[i] - v->shares.term);
        if (i >= MOST_SOURCES || order[i]->value < LEAST_SHARE) {
            rest += order[i]->value;
            continue;
        }
        hpb_text_add(out, "%s", i ? ", " : "");
        add_percent(out, order[i]->value);
        hpb_text_add(out, "%s the ", i ? " from" : " of the variance comes from");
        hpb_variance_term(v, term, out);
        hpb_text_add(out, "%s [%.0f, %.0f]", __builtin_popcount(term) > 1 ? " together" : "",
                     100 * order[i]->low, 100 * order[i]->high);
    }
    if (rest > 0) {
        hpb_text_add(out, "; from all else ");
        add_percent(out, rest);
    }
    hpb_text_add(out, ".\n");
}

static void add_mean(const hpb_variance *v, hpb_text *out)
{
    const hpb_components *c = &v->components;
    char runs[HPB_NUMBER_SIZE];
    hpb_text_add(out, "The mean MSE is ");
    add_number(out, c->mean);
    add_range(out, fmax(c->honest.low, 0), c->honest.high); // no MSE is below 0
    hpb_text_add(out, ".");
    const double ratio = (c->honest.high - c->honest.low) / (c->naive.high - c->naive.low);
    if (ratio >= 1.1) {
        hpb_text_add(out, " Taken for %s independent runs it would have",
                     hpb_count_text(count_runs(v, v->levels), runs));
        add_range(out, fmax(c->naive.low, 0), c->naive.high);
        hpb_text_add(out, ", %.1f times too narrow.", ratio);
    }
    hpb_text_add(out, "\n");
}

#define MOST_RUNS 1000000 // of a grid that is spelt out: [suite] max_trials

// "40 more initial weights and 3 more splits, 1,000 runs in all; more row orders would not help."
static void add_more(const hpb_variance *v, hpb_text *out)
{
    const uint64_t runs = count_runs(v, v->next);
    uint32_t n = 0, n_more = 0;
    char count[HPB_NUMBER_SIZE];
    for (uint32_t i = 0; i < v->n_factors; i++)
        n_more += v->next[i] > v->levels[i];
    for (uint32_t i = 0; i < v->n_factors && runs <= MOST_RUNS; i++)
        if (v->next[i] > v->levels[i]) {
            hpb_text_add(out, "%s", comma(n++, n_more));
            add_count(v->next[i] - v->levels[i], "more ", v->stream[i], out);
        }
    hpb_text_add(out, runs <= MOST_RUNS ? ", %s runs in all" : "more than %s runs",
                 hpb_count_text(runs <= MOST_RUNS ? runs : MOST_RUNS, count));
    n = 0;
    for (uint32_t i = 0; i < v->n_factors; i++)
        if (v->next[i] == v->levels[i] && !v->helps[i])
            hpb_text_add(out, "%s more %s", n++ ? " or" : ";", many[v->stream[i]]);
    hpb_text_add(out, "%s.\n", n ? " would not help" : "");
}

// Runs that share no seed, where they are fewer than a larger grid adds; then the grid.
static void add_next(const hpb_variance *v, hpb_text *out)
{
    const double percent = 100 * v->precision;
    const uint64_t there = count_runs(v, v->levels), all = count_runs(v, v->next);
    char count[HPB_NUMBER_SIZE];
    if (v->is_reached && all == there) {
        hpb_text_add(out, "The mean is known to %g %% already.\n", percent);
        return;
    }
    hpb_text_add(out, "To know the mean to %g %%: ", percent);
    const bool crosses = v->is_reached && v->independent >= (double)(all - there);
    if (!crosses) {
        hpb_count_text((uint64_t)v->independent, count);
        hpb_text_add(out, "%s runs with fresh seeds each", count);
        if (v->is_replicated)
            hpb_text_add(out, " ([suite] replicates = %.0f)", v->independent);
        hpb_text_add(out, v->is_reached ? ". In this grid it takes " : ".");
    }
    if (v->is_reached)
        add_more(v, out);
    else
        hpb_text_add(out, " No grid of up to %s levels each would do.\n",
                     hpb_count_text(HPB_ALLOCATE_MOST, count));
}

static void add_left_out(const hpb_variance *v, hpb_text *out)
{
    uint32_t n = 0, n_all = 0;
    char count[HPB_NUMBER_SIZE];
    for (uint32_t i = 0; i < v->n_factors; i++)
        n_all += v->levels[i] < v->planned[i];
    for (uint32_t i = 0; i < v->n_factors; i++)
        if (v->levels[i] < v->planned[i])
            hpb_text_add(out, "%s%u of %u %s", comma(n++, n_all), v->planned[i] - v->levels[i],
                         v->planned[i], many[v->stream[i]]);
    if (n)
        hpb_text_add(out, " are left out: %s of %u runs diverged or failed, and those had most.\n",
                     hpb_count_text(v->n_diverged + v->n_failed, count), v->n_planned);
}

// What it was found from, and what it holds for.
static void add_scope(const hpb_variance *v, hpb_text *out)
{
    char count[HPB_NUMBER_SIZE];
    hpb_text_add(out, "From ");
    if (v->n_factors > 1)
        hpb_text_add(out, "%s runs: ", hpb_count_text(count_runs(v, v->levels), count));
    add_counts(v, out);
    if (v->n_factors > 1)
        hpb_text_add(out, ", each with %s", v->n_factors > 2 ? "all others" : "each other");
    hpb_text_add(out, ".");
    if (*v->given)
        hpb_text_add(out, " Valid for %s.", v->given);
    hpb_text_add(out, "\n");
}

void hpb_variance_sentences(const hpb_variance *v, hpb_text *out)
{
    char stored[HPB_NUMBER_SIZE], planned[HPB_NUMBER_SIZE];
    hpb_count_text(v->n_planned, planned);
    if (!v->n_factors) {
        hpb_text_add(out, "%s: it draws nothing that is crossed.\n", v->label);
    } else if (v->n_stored < v->n_planned) {
        hpb_text_add(out, "%s: %s of %s runs are stored; hpbench variance SUITE goes on.\n",
                     v->label, hpb_count_text(v->n_stored, stored), planned);
    } else if (!v->is_good) {
        hpb_text_add(out,
                     "%s: too few runs are left to say where the luck is: %s of %s diverged "
                     "or failed.\n",
                     v->label, hpb_count_text(v->n_diverged + v->n_failed, stored), planned);
    } else if (!(v->components.total > 0)) {
        hpb_text_add(out, "%s: there is no luck in it: every run gives the same MSE, ", v->label);
        add_number(out, v->components.mean);
        hpb_text_add(out, ".\n");
    } else {
        add_answer(v, out);
        if (v->n_factors > 1)
            add_sources(v, out);
        add_mean(v, out);
        add_next(v, out);
        add_left_out(v, out);
        add_scope(v, out);
    }
}

// --- table ------------------------------------------------------------------------------------------------

// A name and up to four figures; those that are not there are NULL.
static void add_row(hpb_text *out, int width, const char *name, const hpb_text *cell)
{
    static const int widths[] = {30, 14, 14, 14};
    hpb_text row = {0};
    hpb_text_add(&row, "  %-*s", width, name);
    for (size_t i = 0; i < HPB_COUNT(widths); i++)
        hpb_text_add(&row, "  %-*s", widths[i], cell[i].data ? cell[i].data : "");
    while (row.data[row.length - 1] == ' ')
        row.length--;
    hpb_text_add_bytes(out, row.data, row.length);
    hpb_text_add(out, "\n");
    hpb_text_free(&row);
}

// "split x weights", as [variance] calls them.
static void add_name(const hpb_variance *v, uint32_t term, hpb_text *out)
{
    for (uint32_t i = 0; i < v->n_factors; i++)
        if (term >> i & 1)
            hpb_text_add(out, "%s%s", out->length ? " x " : "", hpb_stream_name(v->stream[i]));
}

static void add_term(const hpb_variance *v, uint32_t term, int width, hpb_text *out)
{
    const hpb_component *c = &v->components.term[term];
    hpb_text name = {0}, cell[4] = {0};
    add_name(v, term, &name);
    if (c->value > 0)
        add_number(&cell[0], c->value);
    else
        hpb_text_add(&cell[0], "0 (boundary)");
    add_range(&cell[0], c->low, c->high);
    if (v->n_factors > 1)
        add_share(&cell[1], &v->shares.term[term]);
    if (v->n_factors > 1 && __builtin_popcount(term) == 1) {
        const uint32_t factor = (uint32_t)__builtin_ctz(term);
        add_share(&cell[2], &v->shares.total[factor]);
        add_share(&cell[3], &v->shares.shapley[factor]);
    }
    add_row(out, width, name.data, cell);
    hpb_text_free(&name);
    for (size_t i = 0; i < HPB_COUNT(cell); i++)
        hpb_text_free(&cell[i]);
}

void hpb_variance_table(const hpb_variance *v, hpb_text *out)
{
    if (!v->is_good || !(v->components.total > 0))
        return;
    hpb_text longest = {0};
    add_name(v, v->components.n_terms - 1, &longest);
    const int width = longest.length > 7 ? (int)longest.length : 7;
    hpb_text_add(out, "  %-*s  %s", width, "", "variance [95 % interval]");
    if (v->n_factors > 1)
        hpb_text_add(out, "%-6s  %-14s  %-14s  %s", "", "alone", "in all", "shared out");
    hpb_text_add(out, "\n");
    for (uint32_t size = 1; size <= v->n_factors; size++)
        for (uint32_t term = 1; term < v->components.n_terms; term++)
            if ((uint32_t)__builtin_popcount(term) == size)
                add_term(v, term, width, out);
    hpb_text_add(out, "  %-*s  ", width, "one run");
    add_number(out, v->components.total);
    hpb_text_add(out, " (SD ");
    add_number(out, sqrt(v->components.total));
    hpb_text_add(out, ")\n");
    hpb_text_free(&longest);
}
