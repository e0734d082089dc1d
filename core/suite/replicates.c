// SPDX-License-Identifier: Apache-2.0
// [explain] precision and max_replicates, and plans that grow.
#include "suite/replicates.h"

#include "suite/cell.h"

#include <math.h>
#include <string.h>

// "5%", "5 %", "0.01"; false: none of these. *target is above 0, of a percentage at most 1.
static bool parse(const char *text, double *target, bool *is_relative)
{
    char number[64];
    size_t n = strlen(text);
    *is_relative = n > 0 && text[n - 1] == '%';
    n -= *is_relative;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    if (n >= sizeof number)
        return false;
    memcpy(number, text, n);
    number[n] = '\0';
    if (!hpb_parse_double(number, target))
        return false;
    *target /= *is_relative ? 100 : 1;
    return isfinite(*target) && *target > 0 && (!*is_relative || *target <= 1);
}

void hpb_replicates_read(hpb_suite_reader *reader, const hpb_setting *precision,
                         const hpb_setting *max_replicates, hpb_suite *suite)
{
    const uint32_t least = suite->replicates > HPB_FIRST_LOOK ? suite->replicates : HPB_FIRST_LOOK;
    suite->max_replicates = (uint32_t)max_replicates->value.number;
    if (precision->is_default || strcmp(precision->text, "none") == 0)
        return;
    if (!parse(precision->text, &suite->precision, &suite->is_precision_relative)) {
        reader->is_good = false;
        suite->precision = 0;
        hpb_diagnose(reader->diagnostics, precision->place, "explain", "precision",
                     "expected a share of the difference, above 0 %% and at most 100 %%, as 5%%; a "
                     "number above 0 in units of MSE, as 0.01; or none; got \"%s\"",
                     precision->text);
        return;
    }
    if (max_replicates->is_default && suite->max_replicates < least)
        suite->max_replicates = least;
    if (suite->max_replicates >= least)
        return;
    reader->is_good = false;
    char expected[HPB_NUMBER_SIZE], found[HPB_NUMBER_SIZE];
    hpb_error *error =
        hpb_diagnose(reader->diagnostics, max_replicates->place, "explain", "max_replicates",
                     "below the runs before the first look; expected at least %s; got %s",
                     hpb_count_text(least, expected), hpb_count_text(suite->max_replicates, found));
    hpb_error_hint(error, "[suite] replicates, and at least %u, are run before the first look",
                   HPB_FIRST_LOOK);
}

bool hpb_suite_grows(const hpb_suite *suite)
{
    return suite->explain.first && suite->precision > 0;
}

static bool is_compared(const hpb_suite *suite, const hpb_cell *cell)
{
    if (!cell->protocol || hpb_cell_is_grid(cell))
        return false;
    const uint32_t protocol = (uint32_t)(cell->protocol - suite->protocols),
                   first = suite->explain.first, n = suite->explain.n_masks;
    return protocol == suite->compare[0] || protocol == suite->compare[1] ||
           (protocol >= first && protocol - first < n);
}

static bool is_nested(const hpb_suite *suite, const hpb_cell *cell)
{
    const hpb_protocol *all = suite->protocols;
    return suite->explain.first && cell->protocol &&
           ((suite->explain.nested[0] && cell->protocol == &all[suite->explain.nested[0]]) ||
            (suite->explain.nested[1] && cell->protocol == &all[suite->explain.nested[1]]));
}

uint32_t hpb_cell_replicates(const hpb_suite *suite, const hpb_cell *cell)
{
    if (is_nested(suite, cell) && suite->replicates > HPB_NESTED_REPLICATES)
        return HPB_NESTED_REPLICATES;
    return hpb_suite_grows(suite) && is_compared(suite, cell) && suite->replicates < HPB_FIRST_LOOK
               ? HPB_FIRST_LOOK
               : suite->replicates;
}

// A corner that equals a cell of the suite is that cell, whatever protocol it has.
static void mark_growing(hpb_plan *plan)
{
    const uint32_t n = plan->suite->explain.n_masks;
    for (uint32_t i = 0; i < plan->n_compared; i++) {
        const hpb_compared *compared = &plan->compared[i];
        for (uint32_t c = 0; c < n + 2; c++) {
            hpb_cell *cell = &plan->cells[c < n ? compared->corners[c] : compared->own[c - n]];
            cell->grows = hpb_cell_is_random(cell);
        }
    }
}

void hpb_replicates_bound(hpb_plan *plan)
{
    const hpb_suite *suite = plan->suite;
    uint64_t n_growing = 0;
    plan->replicates = plan->most_replicates = suite->replicates;
    if (!hpb_suite_grows(suite))
        return;
    mark_growing(plan);
    for (uint32_t c = 0; c < plan->n_cells; c++)
        n_growing += plan->cells[c].grows;
    if (plan->replicates < HPB_FIRST_LOOK)
        plan->replicates = HPB_FIRST_LOOK;
    plan->most_replicates = suite->max_replicates;
    const uint64_t room = n_growing ? (suite->max_trials - plan->n_trials) / n_growing : 0;
    if (room < suite->max_replicates - plan->replicates)
        plan->most_replicates = plan->replicates + (uint32_t)room;
}

void hpb_plan_grow(hpb_plan *plan, uint32_t replicates)
{
    for (uint32_t c = 0; c < plan->n_cells; c++) {
        hpb_cell *cell = &plan->cells[c];
        if (!cell->grows)
            continue;
        plan->n_trials += replicates;
        plan->n_trials -= cell->n_replicates;
        plan->n_fits += (uint64_t)replicates * cell->n_fits;
        plan->n_fits -= (uint64_t)cell->n_replicates * cell->n_fits;
        cell->n_replicates = replicates;
    }
    plan->replicates = replicates;
}
