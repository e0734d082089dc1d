// SPDX-License-Identifier: Apache-2.0
// Sentences by templates: which verdict holds, then what each part says.
#include "explain/words.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>

#define ONE_CAUSE 0.8 // share that makes a cause the one
#define ANOTHER 0.1   // share that makes it not the only one
#define CANCELS 0.2   // of the causes of one sign against those of the other
#define OVERLAPS 0.33 // of the difference: alone against last
#define SMALL 0.01    // of the difference: named as "under"

typedef struct speaker {
    const hpb_explanation *e;
    hpb_arena *arena;
    hpb_explain_words *out;
    const char *a, *b;
} speaker;

static void say(speaker *s, const char *format, ...) HPB_PRINTF(2, 3);
static void say(speaker *s, const char *format, ...)
{
    char text[2048];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (s->out->n < HPB_EXPLAIN_SENTENCES)
        s->out->sentences[s->out->n++] = hpb_arena_strdup(s->arena, text);
}

// --- numbers and names ----------------------------------------------------------------------------------------

// Three digits for results, two for causes.
static const char *number(speaker *s, double value, int digits)
{
    char text[HPB_NUMBER_SIZE];
    return hpb_arena_strdup(s->arena, hpb_rounded_text(value, digits, text));
}

const char *hpb_optimizer_words(const char *id, size_t n)
{
    static const char *const names[] = {"SGD",     "Adam",      "AdamW",    "Adamax", "Nadam",
                                        "RMSprop", "Adagrad",   "Adadelta", "Ftrl",   "Lion",
                                        "Lamb",    "Adafactor", "Muon"};
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (strlen(names[i]) == n && strncasecmp(id, names[i], n) == 0)
            return names[i];
    return NULL;
}

static const char *plugin_words(const char *id)
{
    static const char *const names[][2] = {{"kfold", "KFold"},
                                           {"train_test_split", "one holdout"},
                                           {"never", "none"},
                                           {"patience", "EarlyStopping"},
                                           {"reduce_lr_on_plateau", "ReduceLROnPlateau"}};
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (strcmp(names[i][0], id) == 0)
            return names[i][1];
    const char *optimizer = hpb_optimizer_words(id, strlen(id));
    return optimizer ? optimizer : id;
}

const char *hpb_cause_words(const hpb_cause *cause, hpb_arena *arena)
{
    const char *a = plugin_words(cause->value[0]), *b = plugin_words(cause->value[1]);
    if (strcmp(cause->name, "optimizer") == 0)
        return hpb_arena_format(arena, "%s instead of %s", a, b);
    if (strcmp(cause->name, "early_stopping") == 0)
        return strcmp(a, "none") == 0   ? hpb_arena_format(arena, "no %s", b)
               : strcmp(b, "none") == 0 ? hpb_arena_strdup(arena, a)
                                        : hpb_arena_format(arena, "%s instead of %s", a, b);
    if (strcmp(cause->name, "splitter") == 0)
        return strcmp(a, b) == 0 ? "how the rows are split"
                                 : hpb_arena_format(arena, "%s instead of %s", a, b);
    if (strcmp(cause->name, "seeds") == 0)
        return hpb_arena_format(arena, "seeded by %s instead of %s", a, b);
    if (strcmp(cause->name, "candidates") == 0)
        return hpb_arena_format(arena, "the candidates %s instead of %s", a, b);
    if (strcmp(cause->name, "selection") == 0)
        return hpb_arena_format(arena, "chosen by %s instead of %s", a, b);
    if (strcmp(cause->name, "report") == 0)
        return hpb_arena_format(arena, "reporting %s instead of %s", a, b);
    if (strcmp(cause->value[0], cause->value[1]) == 0)
        return hpb_arena_format(arena, "the settings of %s", cause->name);
    return hpb_arena_format(arena, "%s %s instead of %s", cause->name, a, b);
}

static const char *count(speaker *s, double n)
{
    char text[HPB_NUMBER_SIZE];
    return hpb_arena_strdup(s->arena, hpb_count_text((uint64_t)n, text));
}

static const char *plural_runs(uint64_t n)
{
    return n == 1 ? "run" : "runs";
}

// --- which verdict --------------------------------------------------------------------------------------------

static bool holds_zero(const hpb_estimate *estimate)
{
    return !(estimate->low > 0 || estimate->high < 0);
}

static uint64_t diverged(const hpb_side *side)
{
    return side->count[HPB_STATUS_DIVERGED];
}

static bool is_lost(const hpb_side *side)
{
    return diverged(side) > side->n_finite;
}

static bool cancels(const hpb_explanation *e)
{
    double up = 0, down = 0;
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        if (holds_zero(&cause->effect))
            continue;
        *(cause->effect.value > 0 ? &up : &down) += fabs(cause->effect.value);
    }
    return fmin(up, down) > CANCELS * fmax(up, down);
}

static hpb_explain_verdict judge(const hpb_explanation *e)
{
    const double d = fabs(e->difference.value);
    if (!e->n_causes)
        return HPB_VERDICT_SAME;
    if (!(e->side[0].n_finite + diverged(&e->side[0])) ||
        !(e->side[1].n_finite + diverged(&e->side[1])))
        return HPB_VERDICT_NOT_STORED;
    if (is_lost(&e->side[0]) || is_lost(&e->side[1]))
        return HPB_VERDICT_DIVERGES;
    if (e->n_used < HPB_FEWEST_RUNS)
        return HPB_VERDICT_TOO_FEW;
    if (holds_zero(&e->difference))
        return cancels(e) ? HPB_VERDICT_CANCEL : HPB_VERDICT_LUCK;
    if (cancels(e))
        return HPB_VERDICT_CANCEL;
    const double first = fabs(e->causes[0].effect.value) / d;
    const double second = e->n_causes > 1 ? fabs(e->causes[1].effect.value) / d : 0;
    if (first >= ONE_CAUSE && second < ANOTHER)
        return HPB_VERDICT_ONE_CAUSE;
    return fabs(e->causes[0].alone - e->causes[0].last) > OVERLAPS * d ? HPB_VERDICT_OVERLAP
                                                                       : HPB_VERDICT_SEVERAL;
}

// --- sentences ------------------------------------------------------------------------------------------------

static void say_answer(speaker *s)
{
    const hpb_explanation *e = s->e;
    const hpb_cause *first = &e->causes[0];
    const char *cause = e->n_causes ? hpb_cause_words(first, s->arena) : "";
    switch (s->out->verdict) {
    case HPB_VERDICT_SAME:
        say(s,
            "%s and %s are the same procedure: no setting differs, so there is nothing to explain.",
            s->a, s->b);
        return;
    case HPB_VERDICT_NOT_STORED:
        say(s, "There is nothing to go by yet: no run of %s is finished.",
            e->side[0].n_finite + diverged(&e->side[0]) ? s->b : s->a);
        return;
    case HPB_VERDICT_DIVERGES:
        say(s, "%s does not train: most of its runs diverge, so there is no number to explain.",
            is_lost(&e->side[0]) ? s->a : s->b);
        return;
    case HPB_VERDICT_TOO_FEW:
        say(s, "Too few runs to tell causes from luck.");
        return;
    case HPB_VERDICT_LUCK:
        say(s, "It is luck: under fresh seeds %s and %s report the same on average.", s->a, s->b);
        return;
    case HPB_VERDICT_ONE_CAUSE:
        say(s, "One setting makes the difference: %s.", cause);
        return;
    case HPB_VERDICT_CANCEL:
        say(s,
            "Several settings matter, and they pull in opposite directions; the strongest is %s.",
            cause);
        return;
    case HPB_VERDICT_OVERLAP:
        say(s, "Several settings make the difference together; the strongest is %s.", cause);
        return;
    default:
        say(s, "Several settings make the difference, each a part of it; the largest is %s.",
            cause);
    }
}

static void say_difference(speaker *s)
{
    const hpb_explanation *e = s->e;
    const double d = e->difference.value;
    if (s->out->verdict == HPB_VERDICT_LUCK) {
        say(s,
            "The means are %s apart [%s, %s] over %s runs with the same seeds: nothing that can be "
            "told from 0.",
            number(s, d, 2), number(s, e->difference.low, 2), number(s, e->difference.high, 2),
            count(s, e->n_used));
        return;
    }
    if (holds_zero(&e->difference)) {
        say(s,
            "On the whole they cancel: the means are %s apart [%s, %s] over %s runs with the same "
            "seeds.",
            number(s, d, 2), number(s, e->difference.low, 2), number(s, e->difference.high, 2),
            count(s, e->n_used));
        return;
    }
    const bool is_higher = d > 0;
    const double low = is_higher ? e->difference.low : -e->difference.high,
                 high = is_higher ? e->difference.high : -e->difference.low;
    const double n_worse = (is_higher ? e->worse : 1 - e->worse) * e->n_used;
    say(s,
        "The gap is real: on average %s reports %s, %s higher than %s [%s, %s], and more in %s "
        "of %s runs with the same seeds.",
        is_higher ? s->a : s->b, number(s, e->side[is_higher ? 0 : 1].summary.mean, 3),
        number(s, fabs(d), 3), is_higher ? s->b : s->a, number(s, low, 3), number(s, high, 3),
        count(s, floor(n_worse)), count(s, e->n_used));
}

static const char *amount_words(speaker *s, const hpb_cause *cause, double d)
{
    if (fabs(cause->effect.value) < SMALL * d)
        return hpb_arena_format(s->arena, "under %s", number(s, SMALL * d, 1));
    return hpb_arena_format(s->arena, "%s [%s, %s]", number(s, cause->effect.value, 2),
                            number(s, cause->effect.low, 2), number(s, cause->effect.high, 2));
}

// The table of causes, the largest first; those that never acted are named after.
static void say_causes(speaker *s)
{
    const hpb_explanation *e = s->e;
    const double d = fabs(e->difference.value);
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        if (cause->is_inert)
            continue;
        s->out->rows[s->out->n_rows++] =
            (hpb_cause_row){.what = hpb_cause_words(cause, s->arena),
                            .amount = amount_words(s, cause, d),
                            .share = isfinite(cause->share)
                                         ? hpb_arena_format(s->arena, "%.0f %%", 100 * cause->share)
                                         : "",
                            .cause = cause};
    }
    if (s->out->n_rows)
        s->out->table_at = s->out->n;
    if (s->out->n_rows)
        say(s, "What adds to the mean of %s:", s->a);
}

static void say_overlap(speaker *s)
{
    const hpb_explanation *e = s->e;
    const double d = e->difference.value;
    const hpb_cause *first = &e->causes[0];
    if (s->out->verdict != HPB_VERDICT_OVERLAP)
        return;
    say(s,
        "The causes overlap: alone, turning over %s would close %.0f %% of the gap; as the last "
        "change, %.0f %%.",
        first->name, 100 * first->alone / d, 100 * first->last / d);
}

static void say_inert(speaker *s)
{
    const hpb_explanation *e = s->e;
    for (uint32_t i = 0; i < e->n_causes; i++)
        if (e->causes[i].is_inert)
            say(s, "%s never acted: not one run differs by it.",
                hpb_cause_words(&e->causes[i], s->arena));
    for (int side = 0; side < 2; side++) {
        const hpb_side *of = &e->side[side];
        json_t *spec = json_loads(of->spec ? of->spec : "{}", 0, NULL);
        const char *rule =
            json_string_value(json_object_get(json_object_get(spec, "early_stopping"), "plugin"));
        if (rule && strcmp(rule, "never") != 0 && of->n_finite) {
            const double n = floor(of->stopped * of->n_finite + 0.5);
            if (n == 0)
                say(s, "Early stopping stopped none of the %s runs of %s.", count(s, of->n_finite),
                    side ? s->b : s->a);
            else if (of->stopped < 0.5)
                say(s, "Early stopping stopped %s of the %s runs of %s.", count(s, n),
                    count(s, of->n_finite), side ? s->b : s->a);
        }
        json_decref(spec);
    }
}

static void add_range(speaker *s, hpb_text *text, const hpb_side *side)
{
    if (!side->n_finite)
        return;
    hpb_text_add(text, "%sone %s run lies between %s and %s (9 in 10)", text->length ? ", " : "",
                 side->title, number(s, side->summary.p5, 3), number(s, side->summary.p95, 3));
    if (diverged(side))
        hpb_text_add(text, ", and %" PRIu64 " diverged", diverged(side));
}

static void say_luck(speaker *s)
{
    const hpb_explanation *e = s->e;
    hpb_text text = {0};
    add_range(s, &text, &e->side[0]);
    if (e->n_causes)
        add_range(s, &text, &e->side[1]);
    if (text.length)
        say(s, "Luck: %s.", text.data);
    hpb_text_free(&text);
    if (!e->n_causes && isfinite(e->noise))
        say(s, "Two runs of it still differ, by luck alone: by more than %s in half of all pairs.",
            number(s, e->noise, 2));
    else if (isfinite(e->reversed) && e->n_causes)
        say(s,
            "One run of each, with seeds of their own, would be ordered the other way in %.0f of "
            "100 cases.",
            100 * e->reversed);
}

static void say_numbers(speaker *s)
{
    hpb_text text = {0};
    for (int i = 0; i < 2; i++) {
        const hpb_side *side = &s->e->side[i];
        if (!isfinite(side->reported) || !side->n_finite)
            continue;
        const char *value = number(s, side->reported, 3);
        hpb_text_add(&text, "%s", text.length ? "; " : "");
        if (side->reported > side->summary.max || side->reported < side->summary.min)
            hpb_text_add(&text,
                         "%s was never seen in %s %s of %s, which lie between %s and %s: another "
                         "setting differs, or the data",
                         value, count(s, side->n_finite), plural_runs(side->n_finite), side->title,
                         number(s, side->summary.min, 3), number(s, side->summary.max, 3));
        else if (side->place < 0.05 || side->place > 0.95)
            hpb_text_add(&text, "%s is %s %s run (%.0f of 100 are lower)", value,
                         side->place < 0.05 ? "a lucky" : "an unlucky", side->title,
                         100 * side->place);
        else
            hpb_text_add(&text, "%s is an ordinary %s run (%.0f of 100 are lower)", value,
                         side->title, 100 * side->place);
    }
    if (text.length)
        say(s, "%s: %s.",
            s->e->side[0].is_typed || s->e->side[1].is_typed ? "Your numbers" : "The seeds given",
            text.data);
    hpb_text_free(&text);
}

static void say_scope(speaker *s)
{
    const hpb_explanation *e = s->e;
    const hpb_side *a = &e->side[0];
    if (!isfinite(a->baseline_mse))
        return;
    char truth[96] = "";
    if (isfinite(a->truth_mse))
        snprintf(truth, sizeof truth, " and the true function %s", number(s, a->truth_mse, 3));
    say(s, "Valid for %s%s; there predicting the mean scores %s%s.",
        strstr(e->shared, "data") ? "this data set" : "data drawn afresh",
        strstr(e->shared, "split") ? " and split" : "", number(s, a->baseline_mse, 3), truth);
}

static void advise(speaker *s)
{
    const hpb_explanation *e = s->e;
    const double d = fabs(e->difference.value);
    switch (s->out->verdict) {
    case HPB_VERDICT_SAME:
    case HPB_VERDICT_LUCK:
        s->out->advice = "compare many runs, not one of each: no setting needs to change";
        return;
    case HPB_VERDICT_NOT_STORED:
    case HPB_VERDICT_TOO_FEW:
        s->out->advice = "run the same command again without a limit, or with more replicates";
        return;
    case HPB_VERDICT_DIVERGES:
        s->out->advice = "a lower learning rate, or clipping, on the side that diverges";
        return;
    default:
        s->out->advice = hpb_arena_format(
            s->arena, "give both sides the same %s: that alone leaves %s of the gap of %s",
            e->causes[0].name, number(s, fabs(e->difference.value - e->causes[0].alone), 2),
            number(s, d, 2));
    }
}

void hpb_explain_say(const hpb_explanation *explanation, hpb_arena *arena, hpb_explain_words *out)
{
    *out = (hpb_explain_words){.verdict = judge(explanation), .table_at = UINT32_MAX};
    speaker s = {explanation, arena, out, explanation->side[0].title, explanation->side[1].title};
    say_answer(&s);
    const bool has_causes = out->verdict >= HPB_VERDICT_LUCK;
    if (has_causes)
        say_difference(&s);
    if (has_causes && out->verdict != HPB_VERDICT_LUCK) {
        say_causes(&s);
        say_overlap(&s);
    }
    if (has_causes)
        say_inert(&s);
    say_luck(&s);
    say_numbers(&s);
    say_scope(&s);
    if (!out->n_rows)
        out->table_at = out->n;
    advise(&s);
}
