// SPDX-License-Identifier: Apache-2.0
// A cause in the words of the user's own Python.
#include "explain/private.h"

#include <math.h>
#include <string.h>
#include <strings.h>

enum { MOST_ARGUMENTS = 3, MOST_VALUES = 4 };

// --- names ----------------------------------------------------------------------------------------------------

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

static bool is_named(const hpb_cause *cause, const char *name)
{
    return strcmp(cause->name, name) == 0;
}

// glorot_uniform: GlorotUniform
static const char *camel_words(const char *id, hpb_arena *arena)
{
    char *out = hpb_arena_strdup(arena, id);
    size_t n = 0;
    for (size_t i = 0; id[i]; i++)
        if (id[i] != '_')
            out[n++] = (i == 0 || id[i - 1] == '_') && id[i] >= 'a' && id[i] <= 'z'
                           ? (char)(id[i] - 'a' + 'A')
                           : id[i];
    out[n] = '\0';
    return out;
}

// A plugin's id as Keras and scikit-learn name it.
static const char *class_words(const hpb_cause *cause, const char *id, hpb_arena *arena)
{
    static const char *const names[][2] = {{"kfold", "KFold"},
                                           {"group_kfold", "GroupKFold"},
                                           {"repeated_kfold", "RepeatedKFold"},
                                           {"train_test_split", "train_test_split"},
                                           {"patience", "EarlyStopping"},
                                           {"reduce_lr_on_plateau", "ReduceLROnPlateau"}};
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (strcmp(names[i][0], id) == 0)
            return names[i][1];
    const char *optimizer = hpb_optimizer_words(id, strlen(id));
    if (optimizer || is_named(cause, "optimizer") || is_named(cause, "early_stopping"))
        return optimizer ? optimizer : id;
    return camel_words(id, arena);
}

// --- values ---------------------------------------------------------------------------------------------------

// yes: True; 10: 10; 64 32: [64, 32]; relu: 'relu'
static const char *value_words(const char *text, hpb_arena *arena)
{
    static const char *const words[][2] = {{"yes", "True"}, {"no", "False"}, {"none", "None"}};
    double number;
    for (size_t i = 0; i < HPB_COUNT(words); i++)
        if (strcmp(text, words[i][0]) == 0)
            return words[i][1];
    if (hpb_parse_double(text, &number))
        return text;
    if (!hpb_parse_double(hpb_arena_strndup(arena, text, strcspn(text, " ")), &number))
        return hpb_arena_format(arena, "'%s'", text);
    hpb_text list = {0};
    for (const char *at = text; *at;) {
        const size_t n = strcspn(at, " ");
        hpb_text_add(&list, "%s%.*s", list.length ? ", " : "[", (int)n, at);
        at += n + strspn(at + n, " ");
    }
    hpb_text_add(&list, "]");
    const char *out = hpb_arena_strdup(arena, list.data);
    hpb_text_free(&list);
    return out;
}

// What a library does unless told goes without saying: Keras watches val_loss, scikit-learn's folds are not shuffled.
static bool is_usual(const char *id, const char *key, const char *value)
{
    return strcmp(value, "none") == 0 ||
           (strcmp(key, "monitor") == 0 && strcmp(value, "val_loss") == 0) ||
           (strstr(id, "kfold") && strcmp(key, "shuffle") == 0 && strcmp(value, "no") == 0) ||
           (strcmp(id, "train_test_split") == 0 && strcmp(key, "shuffle") == 0 &&
            strcmp(value, "yes") == 0);
}

// The first number of a KFold is its folds.
static void add_argument(hpb_text *list, const char *id, const char *key, const char *value)
{
    const bool is_first = strcmp(id, "kfold") == 0 && strcmp(key, "n_splits") == 0;
    hpb_text_add(list, "%s%s%s%s", list->length ? ", " : "(", is_first ? "" : key,
                 is_first ? "" : "=", value);
}

// "(patience=10)": what a side gives, of the same plugin where the other side has it otherwise; "" for nothing.
static const char *argument_words(const hpb_cause *cause, int side, hpb_arena *arena)
{
    json_t *own = json_loads(cause->settings[side], 0, NULL),
           *other = json_loads(cause->settings[!side], 0, NULL), *value;
    const char *id = json_string_value(json_object_get(own, "plugin")), *key;
    const bool is_same =
        json_equal(json_object_get(own, "plugin"), json_object_get(other, "plugin"));
    hpb_text list = {0};
    uint32_t n = 0;
    json_object_foreach(own, key, value)
    {
        const char *text = json_string_value(value);
        if (!id || !text || strcmp(key, "plugin") == 0 ||
            (is_same ? json_equal(value, json_object_get(other, key)) : is_usual(id, key, text)))
            continue;
        if (n++ < MOST_ARGUMENTS)
            add_argument(&list, id, key, value_words(text, arena));
    }
    if (list.length)
        hpb_text_add(&list, n > MOST_ARGUMENTS ? ", ...)" : ")");
    const char *out = hpb_arena_strdup(arena, list.length ? list.data : "");
    hpb_text_free(&list);
    json_decref(own);
    json_decref(other);
    return out;
}

// --- candidates -------------------------------------------------------------------------------------------------

// "0.01, 0.05" as Python's list; long ones by their number and ends.
static void add_values(hpb_text *to, const char *values, size_t n)
{
    uint32_t count = 1;
    size_t last = 0;
    for (size_t i = 0; i < n; i++)
        if (values[i] == ',') {
            count++;
            last = i + 2;
        }
    if (count <= MOST_VALUES)
        hpb_text_add(to, "[%.*s]", (int)n, values);
    else
        hpb_text_add(to, "[%.*s, ..., %.*s], %u values", (int)strcspn(values, ","), values,
                     (int)(n - last), values + last, count);
}

// "learning_rate 0.01, 0.05; momentum 0, 0.9" as learning_rate=[0.01, 0.05], momentum=[0, 0.9].
static const char *grid_words(const char *grid, bool has_keys, hpb_arena *arena)
{
    hpb_text text = {0};
    for (const char *at = grid; *at;) {
        const size_t n = strcspn(at, ";"), key = strcspn(at, " ");
        hpb_text_add(&text, "%s", text.length ? ", " : "");
        if (has_keys)
            hpb_text_add(&text, "%.*s=", (int)key, at);
        if (key < n)
            add_values(&text, at + key + 1, n - key - 1);
        at += n + strspn(at + n, "; ");
    }
    const char *out = hpb_arena_strdup(arena, text.length ? text.data : "");
    hpb_text_free(&text);
    return out;
}

// Both try values of one and the same key.
static bool is_one_key(const char *a, const char *b)
{
    const size_t n = strcspn(a, " ");
    return a[n] && strcspn(b, " ") == n && strncmp(a, b, n) == 0 && !strchr(a, ';') &&
           !strchr(b, ';');
}

static const char *candidates_words(const hpb_cause *cause, int side, bool has_keys,
                                    hpb_arena *arena)
{
    const char *grid = cause->value[side];
    return strcmp(grid, "one") == 0 ? "no search"
                                    : hpb_arena_format(arena, "%s%s", has_keys ? "the grid " : "",
                                                       grid_words(grid, has_keys, arena));
}

// --- nouns ----------------------------------------------------------------------------------------------------

static const char *selection_words(const char *value)
{
    static const char *const names[][2] = {{"test by r2", "R2 on the test rows"},
                                           {"cv by r2", "the mean R2 over the folds"},
                                           {"test", "the test rows"},
                                           {"cv", "the mean over the folds"},
                                           {"train", "the training loss"},
                                           {"validation", "val_loss"}};
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (strncmp(value, names[i][0], strlen(names[i][0])) == 0)
            return names[i][1];
    return value;
}

static const char *report_words(const char *value)
{
    return strcmp(value, "refit") == 0  ? "the score of a refit"
           : strcmp(value, "best") == 0 ? "the best score"
                                        : value;
}

static const char *policy_words(const char *policy)
{
    return strcmp(policy, "unseeded") == 0  ? "no seed"
           : strcmp(policy, "hpbench") == 0 ? "hpbench's seeds"
                                            : policy;
}

static bool is_none(const char *id)
{
    return strcmp(id, "never") == 0 || strcmp(id, "none") == 0;
}

// What a section names: "Adam", "EarlyStopping(patience=10)", "one holdout".
static const char *section_words(const hpb_cause *cause, int side, hpb_arena *arena)
{
    json_t *own = json_loads(cause->settings[side], 0, NULL),
           *other = json_loads(cause->settings[!side], 0, NULL);
    const char *id = json_string_value(json_object_get(own, "plugin")),
               *second = json_string_value(json_object_get(other, "plugin")),
               *policy = json_string_value(json_object_get(own, "policy")), *out;
    const bool is_same = id && second && strcmp(id, second) == 0;
    if (policy)
        out = hpb_arena_strdup(arena, policy_words(policy));
    else if (!id)
        out = cause->value[side];
    else if (is_none(id))
        out = second && strcmp(second, "patience") == 0 ? "no EarlyStopping" : "no early stopping";
    else if (strcmp(id, "constant") == 0 && is_named(cause, "schedule"))
        out = "a constant rate";
    else if (strcmp(id, "train_test_split") == 0 && !is_same)
        out = "one holdout";
    else if (is_named(cause, "optimizer") && !is_same)
        out = class_words(cause, id, arena);
    else
        out = hpb_arena_format(arena, "%s%s", class_words(cause, id, arena),
                               argument_words(cause, side, arena));
    out = hpb_arena_strdup(arena, out); // ids belong to the JSON
    json_decref(own);
    json_decref(other);
    return out;
}

// The words of the parts of a group, with `and` between.
static const char *joined(const char *before, const char *part, const char *and, hpb_arena *arena)
{
    return before ? hpb_arena_format(arena, "%s%s%s", before, and, part) : part;
}

const char *hpb_cause_noun(const hpb_cause *cause, int side, hpb_arena *arena)
{
    const char *all = NULL;
    for (uint32_t i = 0; i < cause->n_parts; i++)
        all = joined(all, hpb_cause_noun(&cause->parts[i], side, arena), " and ", arena);
    if (all)
        return all;
    if (cause->settings[side] && cause->settings[!side])
        return section_words(cause, side, arena);
    if (is_named(cause, "candidates"))
        return candidates_words(cause, side, true, arena);
    if (is_named(cause, "selection"))
        return hpb_arena_format(arena, "choosing by %s", selection_words(cause->value[side]));
    if (is_named(cause, "report"))
        return hpb_arena_format(arena, "reporting %s", report_words(cause->value[side]));
    return hpb_arena_format(arena, "%s=%s", cause->name, value_words(cause->value[side], arena));
}

// --- causes ---------------------------------------------------------------------------------------------------

const char *hpb_cause_words(const hpb_cause *cause, hpb_arena *arena)
{
    const char *all = NULL;
    for (uint32_t i = 0; i < cause->n_parts; i++)
        all = joined(all, hpb_cause_words(&cause->parts[i], arena), "; ", arena);
    if (all)
        return all;
    const char *a = hpb_cause_noun(cause, 0, arena), *b = hpb_cause_noun(cause, 1, arena);
    const bool is_section = cause->settings[0] && cause->settings[1];
    if (is_named(cause, "early_stopping") && is_section) {
        if (strncmp(b, "no ", 3) == 0)
            return a;
        if (strncmp(a, "no ", 3) == 0)
            return hpb_arena_format(arena, "no %s", b);
    }
    if (is_named(cause, "validation_split") && cause->rows[0] && cause->rows[1])
        return hpb_arena_format(arena, "%s: %u rows train instead of %u", a, cause->rows[0],
                                cause->rows[1]);
    if (is_named(cause, "candidates") && is_one_key(cause->value[0], cause->value[1]))
        return hpb_arena_format(arena, "%s instead of %s", a + strlen("the grid "),
                                candidates_words(cause, 1, false, arena));
    if (is_named(cause, "selection"))
        return hpb_arena_format(arena, "%s instead of %s", a, selection_words(cause->value[1]));
    if (is_named(cause, "report"))
        return hpb_arena_format(arena, "%s instead of %s", a, report_words(cause->value[1]));
    if (!is_section && !is_named(cause, "candidates"))
        return hpb_arena_format(arena, "%s instead of %s", a, value_words(cause->value[1], arena));
    if (strcmp(a, b) == 0)
        return hpb_arena_format(arena, "the settings of %s", cause->name);
    return hpb_arena_format(arena, "%s instead of %s", a, b);
}

// A noun without its arguments.
static const char *bare(const char *noun, hpb_arena *arena)
{
    return hpb_arena_strndup(arena, noun, strcspn(noun, "("));
}

const char *hpb_cause_brief(const hpb_cause *cause, hpb_arena *arena)
{
    static const char *const whole[][2] = {
        {"validation_split", "the rows that validation_split keeps back"},
        {"seeds", "how the seeds are set"},
        {"candidates", "which candidates are tried"},
        {"selection", "what chooses among the candidates"},
        {"report", "which score is reported"},
        {"data", "the data"}};
    const char *all = NULL;
    for (uint32_t i = 0; i < cause->n_parts; i++)
        all = joined(all, hpb_cause_brief(&cause->parts[i], arena), " with ", arena);
    if (all)
        return all;
    for (size_t i = 0; i < HPB_COUNT(whole); i++)
        if (is_named(cause, whole[i][0]))
            return whole[i][1];
    if (!cause->settings[0] || !cause->settings[1])
        return cause->name;
    const char *a = bare(hpb_cause_noun(cause, 0, arena), arena),
               *b = bare(hpb_cause_noun(cause, 1, arena), arena);
    if (strcmp(a, b) == 0)
        return hpb_arena_format(arena, "the settings of %s", a);
    if (is_named(cause, "early_stopping") &&
        (strncmp(a, "no ", 3) == 0 || strncmp(b, "no ", 3) == 0))
        return a;
    return hpb_arena_format(arena, "%s instead of %s", a, b);
}

const char *hpb_mix_words(const hpb_explanation *e, uint32_t mask, hpb_arena *arena)
{
    uint32_t n_turned = 0, n = 0;
    for (uint32_t i = 0; i < e->n_causes; i++)
        n_turned += mask >> i & 1;
    const int from = n_turned * 2 > e->n_causes;
    hpb_text text = {0};
    hpb_text_add(&text, "%s", e->side[from].title);
    for (uint32_t i = 0; i < e->n_causes; i++) {
        const hpb_cause *cause = &e->causes[i];
        if ((mask >> cause->bit & 1) != (uint32_t)from)
            hpb_text_add(&text, "%s%s", n++ ? " and " : " with ",
                         hpb_cause_noun(cause, !from, arena));
    }
    const char *out = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return out;
}
