// SPDX-License-Identifier: Apache-2.0
// The record of looks: made, added to, read.
#include "explain/looks.h"

#include "explain/explanation.h"
#include "loader/json.h"
#include "suite/replicates.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(HPB_FIRST_LOOK == HPB_PRECISION_FIRST, "a suite's first look keeps its confidence");

#define CONFIDENCE 0.95
#define MOST_LIKELY 1e9 // runs that anyone might think of

static const char *const states[] = {[HPB_PRECISION_GO_ON] = "go_on",
                                     [HPB_PRECISION_KNOWN] = "known",
                                     [HPB_PRECISION_CAPPED] = "capped",
                                     [HPB_PRECISION_OUT_OF_REACH] = "out_of_reach"};

// --- the record -----------------------------------------------------------------------------------------------

// What looks follow from: the rule, and which cells are which.
static void make_key(const hpb_plan *plan, char out[HPB_SHA256_TEXT])
{
    const hpb_suite *suite = plan->suite;
    hpb_text text = {0};
    hpb_text_add(&text, "%a %d %" PRIu32 " %" PRIu32 " %" PRIu32, suite->precision,
                 suite->is_precision_relative, plan->replicates, plan->most_replicates,
                 suite->explain.n_pairs);
    for (uint32_t i = 0; i < suite->explain.n_factors; i++)
        hpb_text_add(&text, " %s", suite->explain.factors[i].name);
    for (uint32_t i = 0; i < plan->n_compared; i++)
        for (int side = 0; side < 2; side++)
            hpb_text_add(&text, " %s", plan->cells[plan->compared[i].own[side]].key);
    for (uint32_t c = 0; c < plan->n_cells; c++)
        if (plan->cells[c].grows)
            hpb_text_add(&text, " %s", plan->cells[c].key);
    hpb_sha256(text.data, text.length, out);
    hpb_text_free(&text);
}

json_t *hpb_looks_begin(const hpb_plan *plan, const char *stored)
{
    if (!hpb_suite_grows(plan->suite))
        return json_null();
    char key[HPB_SHA256_TEXT];
    make_key(plan, key);
    json_t *before = stored ? json_loads(stored, JSON_DECODE_ANY, NULL) : NULL,
           *looks = json_object_get(before, "looks");
    const char *its_key = json_string_value(json_object_get(before, "key"));
    const bool is_same = its_key && strcmp(its_key, key) == 0 && json_is_array(looks);
    json_t *record =
        json_pack("{s:s, s:f, s:b, s:I, s:I}", "key", key, "target", plan->suite->precision,
                  "is_relative", plan->suite->is_precision_relative, "first",
                  (json_int_t)plan->replicates, "most", (json_int_t)plan->most_replicates);
    json_object_set_new(record, "looks", is_same ? json_incref(looks) : json_array());
    json_decref(before);
    return record;
}

static double number_or(const json_t *value, double otherwise)
{
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

// A number of runs; 0 for what is none.
static size_t runs_at(const json_t *object, const char *key)
{
    const json_int_t n = json_integer_value(json_object_get(object, key));
    return n > 0 ? (size_t)n : 0;
}

static hpb_precision read_rule(const json_t *record)
{
    return (hpb_precision){
        .target = number_or(json_object_get(record, "target"), 0),
        .is_relative = json_is_true(json_object_get(record, "is_relative")),
        .first = runs_at(record, "first"),
        .most = runs_at(record, "most"),
    };
}

static hpb_precision_state read_state(const json_t *setting)
{
    const char *word = json_string_value(json_object_get(setting, "state"));
    for (size_t i = 0; i < HPB_COUNT(states); i++)
        if (word && strcmp(word, states[i]) == 0)
            return (hpb_precision_state)i;
    return HPB_PRECISION_GO_ON;
}

static const json_t *last_look(const json_t *record)
{
    const json_t *looks = json_object_get(record, "looks");
    const size_t n = json_array_size(looks);
    return n ? json_array_get(looks, n - 1) : NULL;
}

bool hpb_looks_go_on(const json_t *record)
{
    const json_t *look = last_look(record), *setting;
    bool goes_on = json_is_object(record) && !look;
    size_t i;
    json_array_foreach(json_object_get(look, "settings"), i, setting) goes_on |=
        read_state(setting) == HPB_PRECISION_GO_ON;
    return goes_on;
}

uint32_t hpb_looks_replicates(const json_t *record, const hpb_plan *plan)
{
    if (!json_is_object(record))
        return plan->replicates;
    const json_t *look = last_look(record);
    const size_t n = runs_at(look, "runs");
    const hpb_precision rule = read_rule(record);
    const size_t next = hpb_looks_go_on(record) ? hpb_precision_next(&rule, n) : n;
    return (uint32_t)(next < rule.first ? rule.first : next > rule.most ? rule.most : next);
}

// --- a look ---------------------------------------------------------------------------------------------------

// What a sample of orders leaves, no number of runs takes away.
static void allow_for_sample(const hpb_precision *rule, const hpb_explanation *e, hpb_look *look)
{
    double left = 0;
    for (uint32_t i = 0; i < e->n_causes && e->n_pairs; i++)
        left = fmax(left, e->causes[i].sampling_half);
    if (look->state == HPB_PRECISION_KNOWN || !(left > 0))
        return;
    const double room = look->asked * look->asked - left * left,
                 most = rule->is_relative ? rule->target * (fabs(look->difference) + look->doubt)
                                          : rule->target;
    look->likely = room > 0 ? fmax((double)look->n,
                                   (double)look->n * (look->half * look->half - left * left) / room)
                            : HUGE_VAL;
    if (look->state == HPB_PRECISION_GO_ON && left >= most)
        look->state = HPB_PRECISION_OUT_OF_REACH;
}

static json_t *judge(const hpb_precision *rule, const hpb_explanation *e)
{
    double half[HPB_MAX_CAUSES];
    const bool is_enough = e->n_used >= HPB_PRECISION_FIRST;
    for (uint32_t i = 0; i < e->n_causes; i++)
        half[i] = is_enough ? (e->causes[i].effect.high - e->causes[i].effect.low) / 2 : HUGE_VAL;
    hpb_look look = hpb_precision_look(rule, e->n_replicates, e->difference.value,
                                       (e->difference.high - e->difference.low) / 2, half,
                                       e->n_causes, CONFIDENCE);
    allow_for_sample(rule, e, &look);
    if (!e->n_used && look.state == HPB_PRECISION_GO_ON) // no more of them will be finite
        look.state = HPB_PRECISION_OUT_OF_REACH;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "difference",
                     hpb_json_number(look.difference), "doubt", hpb_json_number(look.doubt),
                     "asked", hpb_json_number(look.asked), "half", hpb_json_number(look.half),
                     "cause", hpb_json_text(look.half > 0 ? e->causes[look.which].name : ""),
                     "likely", hpb_json_number(look.likely), "state", states[look.state]);
}

static hpb_exit look_at_all(hpb_store *store, const hpb_stored_run *run, const hpb_precision *rule,
                            json_t *settings, hpb_error *error)
{
    bool is_there = true;
    hpb_exit code = HPB_EXIT_OK;
    for (uint32_t i = 0; is_there && code == HPB_EXIT_OK; i++) {
        hpb_arena *arena = hpb_arena_create();
        hpb_explanation e;
        code = hpb_explanation_read(store, run, i, arena, &e, &is_there, error);
        if (code == HPB_EXIT_OK && is_there)
            json_array_append_new(settings, judge(rule, &e));
        hpb_arena_destroy(arena);
    }
    return code;
}

hpb_exit hpb_looks_add(hpb_store *store, json_t *record, hpb_error *error)
{
    const hpb_precision rule = read_rule(record);
    hpb_stored_run run;
    hpb_exit code = hpb_store_read_run(store, &run, error);
    if (code != HPB_EXIT_OK)
        return code;
    json_t *settings = json_array();
    code = look_at_all(store, &run, &rule, settings, error);
    if (code == HPB_EXIT_OK)
        json_array_append_new(json_object_get(record, "looks"),
                              json_pack("{s:O, s:O}", "runs",
                                        json_object_get(run.about, "replicates"), "settings",
                                        settings));
    json_decref(settings);
    hpb_stored_run_free(&run);
    return code;
}

// --- reading --------------------------------------------------------------------------------------------------

const hpb_looks *hpb_looks_read(const json_t *record, uint32_t index, hpb_arena *arena)
{
    const json_t *all = json_object_get(record, "looks"), *one;
    const size_t n = json_array_size(all);
    if (!n)
        return NULL;
    hpb_look *looks = hpb_arena_alloc(arena, n, sizeof *looks);
    const char **causes = hpb_arena_alloc(arena, n, sizeof *causes);
    size_t i;
    json_array_foreach(all, i, one)
    {
        const json_t *setting = json_array_get(json_object_get(one, "settings"), index);
        const char *cause = json_string_value(json_object_get(setting, "cause"));
        causes[i] = hpb_arena_strdup(arena, cause ? cause : "");
        looks[i] = (hpb_look){
            .n = runs_at(one, "runs"),
            .difference = number_or(json_object_get(setting, "difference"), (double)NAN),
            .doubt = number_or(json_object_get(setting, "doubt"), (double)NAN),
            .asked = number_or(json_object_get(setting, "asked"), (double)NAN),
            .half = number_or(json_object_get(setting, "half"), HUGE_VAL),
            .likely = number_or(json_object_get(setting, "likely"), HUGE_VAL),
            .state = read_state(setting),
        };
    }
    hpb_looks *out = hpb_arena_alloc(arena, 1, sizeof *out);
    *out = (hpb_looks){read_rule(record), looks, causes, (uint32_t)n};
    return out;
}

// --- words ----------------------------------------------------------------------------------------------------

// Up to so many digits: what is not narrow enough never looks as if it were.
static double rounded_up(double value, int digits)
{
    const double unit = pow(10, floor(log10(value)) + 1 - digits);
    return isfinite(value) && value > 0 ? ceil(value / unit - 1e-9) * unit : value;
}

const char *hpb_target_words(const hpb_precision *rule, hpb_arena *arena)
{
    return rule->is_relative ? hpb_arena_format(arena, "%.4g %%", 100 * rule->target)
                             : hpb_arena_format(arena, "%.4g", rule->target);
}

const char *hpb_known_words(const hpb_precision *rule, const hpb_look *look, hpb_arena *arena)
{
    char text[HPB_NUMBER_SIZE];
    if (!rule->is_relative)
        return hpb_arena_strdup(arena, hpb_rounded_text(rounded_up(look->half, 3), 3, text));
    const double known = 100 * look->half / fabs(look->difference);
    return known < 1e5
               ? hpb_arena_format(arena, known < 1000 ? "%.3g %%" : "%.0f %%", rounded_up(known, 3))
               : "more than 100,000 %";
}

const char *hpb_likely_words(const hpb_look *look, hpb_arena *arena)
{
    char text[HPB_NUMBER_SIZE];
    if (!(look->likely <= MOST_LIKELY))
        return NULL;
    return hpb_arena_format(arena, "about %s",
                            hpb_count_text((uint64_t)rounded_up(fmax(look->likely, 10), 2), text));
}

const char *hpb_looks_words(const json_t *record, hpb_arena *arena)
{
    const size_t n = json_array_size(json_object_get(last_look(record), "settings"));
    const hpb_looks *least = NULL;
    double widest = -1;
    for (uint32_t i = 0; i < n; i++) {
        const hpb_looks *looks = hpb_looks_read(record, i, arena);
        const hpb_look *last = &looks->looks[looks->n - 1];
        const double width = last->half > 0 ? last->half / last->asked : 0; // as it is to be: 1
        if (!(width <= widest)) {
            least = looks;
            widest = width;
        }
    }
    if (!least)
        return NULL;
    const hpb_look *last = &least->looks[least->n - 1];
    const bool is_relative = least->rule.is_relative;
    const char *likely = last->state == HPB_PRECISION_KNOWN ? NULL : hpb_likely_words(last, arena);
    char runs[HPB_NUMBER_SIZE];
    return hpb_arena_format(arena, "%s runs: %s%s%s, %s asked%s%s%s", hpb_count_text(last->n, runs),
                            last->half < HUGE_VAL ? "known to within " : "nothing is known",
                            last->half < HUGE_VAL ? hpb_known_words(&least->rule, last, arena) : "",
                            last->half < HUGE_VAL && is_relative ? " of the difference" : "",
                            hpb_target_words(&least->rule, arena), likely ? "; " : "",
                            likely ? likely : "", likely ? " would do" : "");
}

// --- for scripts ----------------------------------------------------------------------------------------------

json_t *hpb_looks_to_json(const hpb_looks *looks)
{
    if (!looks)
        return json_null();
    json_t *all = json_array();
    for (uint32_t i = 0; i < looks->n; i++) {
        const hpb_look *look = &looks->looks[i];
        json_array_append_new(
            all, json_pack("{s:I, s:o, s:o, s:o, s:s, s:o, s:s}", "runs", (json_int_t)look->n,
                           "difference", hpb_json_number(look->difference), "half_width",
                           hpb_json_number(look->half), "asked", hpb_json_number(look->asked), "of",
                           looks->causes[i], "likely_runs", hpb_json_number(look->likely), "state",
                           states[look->state]));
    }
    return json_pack("{s:f, s:s, s:I, s:s, s:s, s:o}", "asked", looks->rule.target, "asked_of",
                     looks->rule.is_relative ? "difference" : "mse", "max_replicates",
                     (json_int_t)looks->rule.most, "intervals", "sequential, nominal", "state",
                     states[looks->looks[looks->n - 1].state], "looks", all);
}
