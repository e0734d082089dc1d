// SPDX-License-Identifier: Apache-2.0
// Combinations that run but don't do what they seem to say: each is one sentence, said once.
#include "suite/warnings.h"

#include "suite/cell.h"
#include "suite/corners.h"
#include "suite/searches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct warnings {
    hpb_plan *plan;
    const char **items;
    size_t n, capacity;
} warnings;

static void warn(warnings *w, const char *format, ...) HPB_PRINTF(2, 3);
static void warn(warnings *w, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->items[i], text) == 0)
            return;
    if (w->n == HPB_MAX_DIAGNOSTICS)
        return;
    w->items = hpb_grow(w->items, &w->capacity, w->n + 1, sizeof *w->items);
    w->items[w->n++] = hpb_arena_strdup(w->plan->arena, text);
}

static bool is_plugin(const hpb_choice *choice, const char *id)
{
    return choice->plugin && strcmp(choice->plugin->id, id) == 0;
}

uint32_t hpb_most_train_rows(const hpb_choice *splitter, uint32_t n_rows)
{
    if (is_plugin(splitter, "leave_one_out"))
        return n_rows - 1;
    const double n_folds = hpb_choice_number_or(splitter, "n_splits", (double)NAN);
    if (n_folds > 1 && (is_plugin(splitter, "kfold") || is_plugin(splitter, "repeated_kfold")))
        return n_rows - (uint32_t)(n_rows / n_folds);
    const bool is_shuffled = is_plugin(splitter, "shuffle_split");
    if (!is_shuffled && !is_plugin(splitter, "train_test_split"))
        return n_rows;
    // another plugin of that name may have other parameters
    const double train_size = hpb_choice_number_or(splitter, "train_size", (double)NAN);
    double test_size = hpb_choice_number_or(splitter, "test_size", (double)NAN);
    if (train_size > 0)
        return (uint32_t)fmin(train_size < 1 ? floor(train_size * n_rows) : train_size, n_rows);
    if (isnan(test_size))
        test_size = is_shuffled ? 0.1 : 0.25; // scikit-learn's, where neither is given
    const double n_test = test_size < 1 ? ceil(test_size * n_rows) : test_size;
    return n_test < n_rows ? n_rows - (uint32_t)n_test : 0;
}

static bool has_text(const hpb_choice *choice, const char *name, const char *text)
{
    const hpb_setting *setting = hpb_choice_setting(choice, name);
    return setting && strcmp(setting->text, text) == 0;
}

// Whether a section's rates are tried against each other: reports choose the best by its validation rows.
static bool varies_rate(const hpb_suite *suite)
{
    const hpb_choice *choices = suite->choices[HPB_AXIS_OPTIMIZER];
    for (uint32_t i = 1; i < suite->n_choices[HPB_AXIS_OPTIMIZER];
         i++) { // a section's are neighbours
        const hpb_setting *rate = hpb_choice_setting(&choices[i], "learning_rate");
        if (rate && strcmp(choices[i - 1].name, choices[i].name) == 0 &&
            !has_text(&choices[i - 1], "learning_rate", rate->text))
            return true;
    }
    return false;
}

// What a rule of a cell never does.
static void check_rule(warnings *w, const hpb_choice *rule, double validation_split)
{
    if (validation_split == 0 && has_text(rule, "monitor", "val_loss"))
        warn(w,
             "[early_stopping.%s] watches val_loss, but [fit] validation_split is 0: it never acts",
             rule->name);
    if (is_plugin(rule, "budget") && has_text(rule, "epochs", "none") &&
        has_text(rule, "updates", "none"))
        warn(w, "[early_stopping.%s] has neither epochs nor updates: it never acts", rule->name);
}

static void check_early_stopping(warnings *w, const hpb_cell *cell)
{
    const hpb_choice *stopping = cell->choice[HPB_AXIS_EARLY_STOPPING];
    const double split = hpb_choice_number(cell->choice[HPB_AXIS_FIT], "validation_split");
    const hpb_choice *rule = stopping;
    do
        check_rule(w, rule, split);
    while ((rule = rule->also));
    if (split > 0 && is_plugin(cell->choice[HPB_AXIS_SPLITTER], "bootstrap"))
        warn(
            w,
            "[splitter.%s] draws rows again and again: [fit] validation_split keeps back rows that "
            "are trained on as well",
            cell->choice[HPB_AXIS_SPLITTER]->name);
    // where never is compared with another, keeping the same rows back is what makes it fair
    if (split > 0 && is_plugin(stopping, "never") && !stopping->also &&
        !hpb_plan_is_factor(w->plan, HPB_AXIS_EARLY_STOPPING) && !varies_rate(w->plan->suite))
        warn(w, "[fit] validation_split keeps back training rows that nothing looks at");
}

static bool check_rows(warnings *w, const hpb_cell *cell, hpb_diagnostics *diagnostics)
{
    const hpb_choice *fit = cell->choice[HPB_AXIS_FIT];
    const uint32_t n_all = w->plan->data[cell->data].n_rows;
    const uint32_t n_rows = cell->outer ? hpb_most_train_rows(cell->outer, n_all) : n_all;
    const uint32_t most = hpb_most_train_rows(cell->choice[HPB_AXIS_SPLITTER], n_rows);
    const hpb_setting *split = hpb_choice_setting(fit, "validation_split");
    // Keras: split_at = int(math.floor(n * (1.0 - validation_split)))
    const double n_train = floor(most * (1.0 - split->value.number));
    if (n_train < 1) {
        const hpb_place place =
            split->place.file ? split->place : cell->choice[HPB_AXIS_SPLITTER]->place;
        hpb_error *error = hpb_diagnose(
            diagnostics, place, "fit", "validation_split",
            "leaves no training row of the %u that a split of %u rows has; Keras says \"Training "
            "data contains %u samples, which is not sufficient to split it into a validation and "
            "training set as specified by `validation_split=%s`. Either provide more data, or a "
            "different value for the `validation_split` argument.\"",
            most, n_rows, most, split->text);
        hpb_error_hint(error, "a smaller validation_split, or more rows");
        return false;
    }
    const double batch_size = hpb_choice_number(fit, "batch_size");
    if (batch_size > n_train && hpb_choice_trains(fit))
        warn(w,
             "[fit] batch_size %.0f is more than the %.0f training rows of %s: one update an epoch",
             batch_size, n_train, cell->choice[HPB_AXIS_SPLITTER]->label);
    return true;
}

static void check_choices(warnings *w)
{
    const hpb_suite *suite = w->plan->suite;
    for (uint32_t i = 0; i < suite->n_choices[HPB_AXIS_SEEDS]; i++) {
        const hpb_choice *seeds = &suite->choices[HPB_AXIS_SEEDS][i];
        if (hpb_choice_number(seeds, "policy") == HPB_POLICY_TENSORFLOW &&
            hpb_choice_setting(seeds, "weights")->is_fresh)
            warn(w,
                 "[seeds.%s] tf.random.set_seed leaves the initial weights unseeded under Keras 3; "
                 "keras.utils.set_random_seed fixes them",
                 seeds->name);
    }
    for (uint32_t i = 0; i < suite->n_choices[HPB_AXIS_SPLITTER]; i++) {
        const hpb_choice *splitter = &suite->choices[HPB_AXIS_SPLITTER][i];
        if (has_text(splitter, "shuffle", "no") &&
            !isnan(hpb_choice_number_or(splitter, "random_state", (double)NAN)))
            warn(w, "[splitter.%s] random_state = %s has no effect since shuffle is no%s",
                 splitter->name, hpb_choice_text(splitter, "random_state"),
                 is_plugin(splitter, "train_test_split") ? "" : "; scikit-learn refuses it");
    }
    for (uint32_t i = 0; i < suite->n_choices[HPB_AXIS_DATA]; i++)
        if (has_text(&suite->choices[HPB_AXIS_DATA][i], "standardise", "all"))
            warn(w, "[data] standardise = all lets the test rows into the scaling: a leak");
    for (uint32_t i = 0; i < w->plan->n_data; i++) {
        const hpb_plan_data *data = &w->plan->data[i];
        char left_out[HPB_NUMBER_SIZE], all[HPB_NUMBER_SIZE];
        if (data->dataset.n_left_out)
            warn(w, "[data] file = %s: %s of %s rows left out: missing values",
                 hpb_choice_text(data->choice, "file"),
                 hpb_count_text(data->dataset.n_left_out, left_out),
                 hpb_count_text((uint64_t)data->n_rows + data->dataset.n_left_out, all));
    }
}

// What a protocol sets and its preset loses.
static void check_protocols(warnings *w)
{
    for (uint32_t p = 0; p < w->plan->suite->n_protocols; p++) {
        const hpb_protocol *protocol = &w->plan->suite->protocols[p];
        for (uint32_t i = 0; i < protocol->n_lost; i++)
            warn(w, "[protocol.%s] %s never acts. %s", protocol->choice->name,
                 protocol->lost[i].text, protocol->lost[i].why);
    }
}

static void add_name(hpb_text *text, const hpb_choice *choice)
{
    hpb_text_add(text, "[%s%s%s]", hpb_axis_name(choice->axis), *choice->name ? "." : "",
                 choice->name);
}

// A schedule and a rule would both set the rate: Keras raises where the rule first does.
static bool check_rate(const hpb_plan *plan, const hpb_cell *cell, hpb_diagnostics *diagnostics)
{
    const hpb_choice *schedule = cell->choice[HPB_AXIS_SCHEDULE];
    const hpb_choice *first = cell->choice[HPB_AXIS_EARLY_STOPPING], *rule = first;
    while (rule && !(rule->plugin->flags & HPB_EARLY_STOPPING_RATE))
        rule = rule->also;
    if (!rule || schedule->plugin->flags & HPB_SCHEDULE_CONSTANT)
        return true;
    hpb_text text = {0};
    add_name(&text, rule);
    hpb_text_add(&text, " sets the learning rate, and so does ");
    add_name(&text, schedule);
    hpb_error *error =
        hpb_diagnose(diagnostics, first->place, NULL, NULL,
                     "%s; Keras says \"This optimizer was created with a `LearningRateSchedule` "
                     "object as its `learning_rate` constructor argument, hence its learning rate "
                     "is not settable.\"",
                     text.data);
    if (!cell->protocol && (hpb_plan_is_factor(plan, HPB_AXIS_SCHEDULE) ||
                            hpb_plan_is_factor(plan, HPB_AXIS_EARLY_STOPPING)))
        hpb_error_hint(error, "[cross] exclude = %s & %s, or the schedule constant alone",
                       schedule->name, first->name);
    else
        hpb_error_hint(error, "take the schedule constant, or a rule that leaves the rate alone");
    hpb_text_free(&text);
    return false;
}

// Least squares solves a linear model, and trains nothing: levels that say how to train make no difference.
static bool check_solver(warnings *w, const hpb_cell *cell, hpb_diagnostics *diagnostics)
{
    static const hpb_axis training[] = {HPB_AXIS_OPTIMIZER, HPB_AXIS_SCHEDULE, HPB_AXIS_INITIALIZER,
                                        HPB_AXIS_EARLY_STOPPING};
    const hpb_choice *fit = cell->choice[HPB_AXIS_FIT];
    if (hpb_choice_trains(fit))
        return true;
    for (size_t i = 0; i < HPB_COUNT(training); i++)
        if (hpb_plan_is_factor(w->plan, training[i]))
            warn(w, "[fit] solver = least_squares trains nothing: the levels of %s never act",
                 hpb_axis_name(training[i]));
    const hpb_setting *hidden = hpb_choice_setting(cell->choice[HPB_AXIS_MODEL], "hidden");
    if (!hidden->value.count)
        return true;
    hpb_error *error =
        hpb_diagnose(diagnostics, hpb_choice_setting(fit, "solver")->place, "fit", "solver",
                     "least_squares is for a model without hidden layers; expected [model] hidden "
                     "= none; got %s",
                     hidden->text);
    hpb_error_hint(error, "hidden = none for a linear model, or solver = gradient");
    return false;
}

// Checks a cell with each of its candidates' settings.
static bool check_cell(warnings *w, const hpb_cell *cell, hpb_diagnostics *diagnostics)
{
    bool is_good = true;
    for (uint32_t i = 0; i < cell->n_candidates && is_good; i++) {
        hpb_cell as = *cell;
        memcpy(as.choice, cell->candidates[i].choice, sizeof as.choice);
        check_early_stopping(w, &as);
        is_good = check_solver(w, &as, diagnostics) && check_rows(w, &as, diagnostics) &&
                  check_rate(w->plan, &as, diagnostics);
    }
    return is_good;
}

// Checks the corners, which nobody has written: what they never do is what they are for, and no warning; of those that
// can't be run the first is said, with what it takes for none to be left.
static bool check_corners(hpb_plan *plan, uint32_t first, hpb_check_values_function check_values,
                          void *context, hpb_diagnostics *diagnostics)
{
    const hpb_explain *explain = &plan->suite->explain;
    hpb_diagnostics *why = hpb_alloc(2, sizeof *why); // of the first, and of one more
    bool *is_failed = hpb_alloc(explain->n_masks, sizeof *is_failed);
    uint32_t blamed = UINT32_MAX; // none
    for (uint32_t c = first; c < first + plan->n_corners; c++) {
        warnings unsaid = {.plan = plan};
        hpb_diagnostics *faults = &why[blamed != UINT32_MAX];
        faults->count = 0;
        const bool is_good = check_cell(&unsaid, &plan->cells[c], faults) &&
                             hpb_search_check(plan, &plan->cells[c], check_values, context, faults);
        free(unsaid.items);
        if (is_good)
            continue;
        blamed = c < blamed ? c : blamed;
        for (uint32_t i = 0; i < plan->n_compared; i++)
            for (uint32_t m = 0; m < explain->n_masks; m++)
                is_failed[m] |= plan->compared[i].corners[m] == c;
    }
    if (blamed != UINT32_MAX)
        hpb_corners_refuse(plan->suite, plan->cells[blamed].protocol->choice->title, &why->item[0],
                           is_failed, diagnostics);
    free(is_failed);
    free(why);
    return blamed == UINT32_MAX;
}

bool hpb_plan_check(hpb_plan *plan, hpb_check_values_function check_values, void *context,
                    hpb_diagnostics *diagnostics)
{
    warnings w = {.plan = plan};
    bool is_good = true;
    check_choices(&w);
    check_protocols(&w);
    const uint32_t n_own = plan->n_cells - plan->n_grids - plan->n_corners;
    for (uint32_t c = 0; c < n_own && is_good; c++)
        is_good = check_cell(&w, &plan->cells[c], diagnostics) &&
                  hpb_search_check(plan, &plan->cells[c], check_values, context, diagnostics);
    is_good = is_good && check_corners(plan, n_own, check_values, context, diagnostics);
    const char **kept = hpb_arena_alloc(plan->arena, w.n, sizeof *kept);
    if (w.n)
        memcpy(kept, w.items, w.n * sizeof *kept);
    plan->warnings = kept;
    plan->n_warnings = (uint32_t)w.n;
    free(w.items);
    return is_good;
}
