// SPDX-License-Identifier: Apache-2.0
// An explanation as JSON: the sentences, and every number behind them (docs/explain.md has the schema).
#include "explain/bias.h"
#include "explain/looks.h"
#include "explain/sources.h"
#include "explain/words.h"

#include "loader/json.h"

#include <math.h>

static const char *verdict_name(hpb_explain_verdict verdict)
{
    static const char *const names[] = {[HPB_VERDICT_SAME] = "same_procedure",
                                        [HPB_VERDICT_NOT_STORED] = "not_run",
                                        [HPB_VERDICT_DIVERGES] = "side_diverges",
                                        [HPB_VERDICT_TOO_FEW] = "too_few_runs",
                                        [HPB_VERDICT_UNSEEN] = "number_never_seen",
                                        [HPB_VERDICT_UNFINISHED] = "not_finished",
                                        [HPB_VERDICT_LUCK] = "luck",
                                        [HPB_VERDICT_ONE_CAUSE] = "one_cause",
                                        [HPB_VERDICT_CANCEL] = "causes_cancel",
                                        [HPB_VERDICT_OVERLAP] = "causes_overlap",
                                        [HPB_VERDICT_SEVERAL] = "several_causes"};
    return names[verdict];
}

static json_t *estimate_to_json(const hpb_estimate *estimate)
{
    return json_pack("{s:o, s:o}", "value", hpb_json_number(estimate->value), "interval_95",
                     hpb_json_interval(estimate->low, estimate->high));
}

static json_t *longer_to_json(const hpb_side *side)
{
    if (!side->n_longer)
        return json_null();
    return json_pack("{s:o, s:o, s:I, s:o, s:o}", "epochs", hpb_json_number(side->longer_epochs),
                     "mean", hpb_json_number(side->longer_level), "runs",
                     (json_int_t)side->n_longer, "lower_by", hpb_json_number(side->gain.value),
                     "interval_95", hpb_json_interval(side->gain.low, side->gain.high));
}

static json_t *side_to_json(const hpb_explanation *e, int index)
{
    const hpb_side *side = &e->side[index];
    const hpb_summary *s = &side->summary;
    json_t *out = json_object();
    json_object_set_new(out, "protocol", hpb_json_text(side->title));
    json_object_set_new(out, "reported", hpb_json_number(side->reported));
    json_object_set_new(out, "reported_is",
                        json_string(side->is_typed             ? "typed"
                                    : isfinite(side->reported) ? "run"
                                                               : "missing"));
    json_object_set_new(out, "luck", hpb_json_number(side->luck));
    json_object_set_new(out, "mean_of_runs_used", hpb_json_number(side->level));
    json_object_set_new(out, "share_of_runs_at_or_below", hpb_json_number(side->place));
    json_object_set_new(out, "runs", json_integer(side->n_finite));
    json_object_set_new(out, "diverged",
                        json_integer((json_int_t)side->count[HPB_STATUS_DIVERGED]));
    json_object_set_new(out, "mean", hpb_json_number(side->n_finite ? s->mean : (double)NAN));
    json_object_set_new(out, "mean_95", hpb_json_interval(side->mean.low, side->mean.high));
    const struct {
        const char *name;
        double value;
    } figures[] = {{"sd", s->sd},         {"min", s->min}, {"p5", s->p5},
                   {"median", s->median}, {"p95", s->p95}, {"max", s->max}};
    for (size_t i = 0; i < HPB_COUNT(figures); i++)
        json_object_set_new(out, figures[i].name,
                            hpb_json_number(side->n_finite ? figures[i].value : (double)NAN));
    json_object_set_new(out, "baseline_mse", hpb_json_number(side->baseline_mse));
    json_object_set_new(out, "truth_mse", hpb_json_number(side->truth_mse));
    json_object_set_new(out, "share_of_runs_stopped_early", hpb_json_number(side->stopped));
    json_object_set_new(out, "longer", longer_to_json(side));
    json_object_set_new(out, "averages", hpb_averaging_to_json(&side->averaging));
    json_object_set_new(out, "luck_by_source", hpb_sources_to_json(side->sources));
    return out;
}

static json_t *cause_to_json(const hpb_cause *cause, hpb_arena *arena)
{
    json_t *out = estimate_to_json(&cause->effect);
    json_object_set_new(out, "setting", hpb_json_text(cause->name));
    json_object_set_new(out, "a", hpb_json_text(cause->value[0]));
    json_object_set_new(out, "b", hpb_json_text(cause->value[1]));
    json_object_set_new(out, "words", hpb_json_text(hpb_cause_words(cause, arena)));
    json_object_set_new(out, "share", hpb_json_number(cause->share));
    json_object_set_new(out, "sampling_error", hpb_json_number(cause->sampling_error));
    json_object_set_new(out, "alone", hpb_json_number(cause->alone));
    json_object_set_new(out, "last", hpb_json_number(cause->last));
    json_object_set_new(out, "acted_in_runs", json_integer(cause->n_acted));
    return out;
}

// Names of the settings whose bits are set.
static json_t *settings_to_json(const hpb_explanation *e, uint32_t mask)
{
    json_t *out = json_array();
    for (uint32_t bit = 0; bit < e->n_causes; bit++)
        for (uint32_t i = 0; i < e->n_causes; i++)
            if (e->causes[i].bit == bit && (mask >> bit & 1))
                json_array_append_new(out, hpb_json_text(e->causes[i].name));
    return out;
}

static json_t *corners_to_json(const hpb_explanation *e)
{
    json_t *out = json_array();
    for (uint32_t c = 0; c < e->n_corners; c++)
        json_array_append_new(
            out, json_pack("{s:o, s:o, s:o, s:I}", "as_b", settings_to_json(e, e->corner_mask[c]),
                           "mean", hpb_json_number(e->corner_mean[c]), "mean_95",
                           hpb_json_interval(e->corner_interval[c].low, e->corner_interval[c].high),
                           "diverged", (json_int_t)e->corner_diverged[c]));
    return out;
}

static json_t *failure_to_json(const hpb_explanation *e)
{
    const hpb_failure *failure = &e->failure;
    if (!failure->cause)
        return json_null();
    return json_pack(
        "{s:o, s:s, s:o, s:I, s:I}", "as_b", settings_to_json(e, e->corner_mask[failure->corner]),
        "status", hpb_status_name(failure->status), "cause", hpb_json_text(failure->cause), "runs",
        (json_int_t)failure->n_failed, "other_combinations", (json_int_t)failure->n_others);
}

static json_t *interactions_to_json(const hpb_explanation *e)
{
    if (e->n_pairs)
        return json_null(); // these take all combinations
    json_t *out = json_array();
    for (uint32_t i = 0; i < e->n_interactions; i++) {
        const hpb_interaction *x = &e->interactions[i]; // of B minus A
        json_array_append_new(out, json_pack("{s:o, s:o, s:o}", "settings",
                                             settings_to_json(e, x->factors), "value",
                                             hpb_json_number(-x->mean), "interval_95",
                                             hpb_json_interval(-x->high, -x->low)));
    }
    return out;
}

json_t *hpb_explanation_to_json(const hpb_explanation *e, hpb_arena *arena)
{
    hpb_explain_words words;
    hpb_explain_say(e, arena, &words);
    json_t *out = json_object(), *sentences = json_array(), *causes = json_array();
    for (uint32_t i = 0; i < words.n; i++)
        json_array_append_new(sentences, hpb_json_text(words.sentences[i]));
    for (uint32_t i = 0; i < e->n_causes; i++)
        json_array_append_new(causes, cause_to_json(&e->causes[i], arena));
    json_object_set_new(out, "setting", hpb_json_text(e->setting));
    json_object_set_new(out, "title", words.title ? hpb_json_text(words.title) : json_null());
    json_object_set_new(out, "verdict", json_string(verdict_name(words.verdict)));
    json_object_set_new(out, "sentences", sentences);
    json_object_set_new(out, "do_this", hpb_json_text(words.advice));
    json_object_set_new(out, "shared", hpb_json_text(e->shared));
    json_object_set_new(out, "sides", json_pack("[o, o]", side_to_json(e, 0), side_to_json(e, 1)));
    json_t *difference = estimate_to_json(&e->difference);
    json_object_set_new(difference, "runs", json_integer(e->n_used));
    json_object_set_new(difference, "share_of_runs_a_above_b", hpb_json_number(e->worse));
    json_object_set_new(out, "difference", difference);
    json_object_set_new(out, "share_of_pairs_ordered_the_other_way", hpb_json_number(e->reversed));
    json_object_set_new(out, "median_distance_of_two_runs_of_a", hpb_json_number(e->noise));
    json_object_set_new(out, "causes", causes);
    json_object_set_new(out, "orders", e->n_pairs ? json_integer(2 * e->n_pairs) : json_null());
    json_object_set_new(out, "interactions", interactions_to_json(e));
    json_object_set_new(out, "corners", corners_to_json(e));
    json_object_set_new(out, "precision", hpb_looks_to_json(e->looks));
    json_object_set_new(out, "truth", hpb_bias_to_json(e->bias));
    json_object_set_new(out, "failure", failure_to_json(e));
    json_object_set_new(out, "largest_relative_error_of_the_sum",
                        hpb_json_number(e->largest_error));
    return out;
}
