// SPDX-License-Identifier: Apache-2.0
// From the levels of a section's keys to its choices: which combinations there are, and what each is called.
#include "suite/choices.h"

#include "data/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- what a choice is called -----------------------------------------------------------------------------

// What a choice is called where nothing varies and no label was given.
static const char *plain_label(const hpb_choice *choice)
{
    static const char *const telling[HPB_AXIS_COUNT] = {[HPB_AXIS_DATA] = "generator",
                                                        [HPB_AXIS_MODEL] = "hidden",
                                                        [HPB_AXIS_FIT] = "epochs",
                                                        [HPB_AXIS_SEEDS] = "policy"};
    if (choice->axis == HPB_AXIS_DATA && *hpb_choice_text(choice, "file")) {
        const char *file = hpb_choice_text(choice, "file");
        const char *slash = strrchr(file, '/');
        return slash ? slash + 1 : file;
    }
    if (choice->axis == HPB_AXIS_FIT && !hpb_choice_trains(choice))
        return hpb_choice_text(choice, "solver");
    return telling[choice->axis] ? hpb_choice_text(choice, telling[choice->axis]) : "";
}

// Under Keras' and TensorFlow's policies `seed` stands for what was not set by itself.
static void apply_seed(hpb_choice *choice, hpb_setting *settings)
{
    const char *policy = hpb_choice_text(choice, "policy");
    const bool is_keras = strcmp(policy, "keras.utils.set_random_seed") == 0;
    if (!is_keras && strcmp(policy, "tf.random.set_seed") != 0)
        return;
    const hpb_setting *seed = hpb_choice_setting(choice, "seed");
    for (uint32_t i = 0; i < choice->n_settings; i++) {
        const char *name = settings[i].param->name;
        const bool follows =
            strcmp(name, "order") == 0 ||
            (is_keras && (strcmp(name, "split") == 0 || strcmp(name, "weights") == 0));
        if (!follows || !settings[i].is_default)
            continue;
        settings[i].value = seed->value;
        settings[i].is_fresh = seed->is_fresh;
        settings[i].is_default = seed->is_default;
        settings[i].text =
            seed->is_fresh ? "seed" : seed->text; // one fresh number for all that follow
    }
}

// What `none` means for the generator, or what it has whatever the suite says.
static void apply_features(hpb_choice *choice, hpb_setting *settings, hpb_arena *arena)
{
    const hpb_generator_features shape =
        hpb_generator_shape((hpb_generator)hpb_choice_number(choice, "generator"));
    for (uint32_t i = 0; i < choice->n_settings; i++)
        if (strcmp(settings[i].param->name, "features") == 0 &&
            (isnan(settings[i].value.number) || shape.fewest == shape.most)) {
            settings[i].value.number = shape.usual;
            settings[i].text = hpb_arena_format(arena, "%u", shape.usual);
        }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

#define SHORT_TEXT 8 // bytes; longer ones are of the kind of 0.0017782794100389228

// How the levels of a key are called in a label: in as few digits, 3 at least, as tell them apart.
static const char **short_texts(const hpb_levels *levels, hpb_arena *arena)
{
    const char **texts = hpb_arena_alloc(arena, levels->n, sizeof *texts);
    const char **sorted = hpb_alloc(levels->n, sizeof *sorted);
    bool is_distinct = false;
    for (int digits = 3; digits <= 18 && !is_distinct; digits++) {
        for (uint32_t i = 0; i < levels->n; i++) {
            const hpb_setting *item = &levels->items[i];
            texts[i] = item->text;
            if (item->param->type == HPB_TYPE_REAL && strlen(item->text) > SHORT_TEXT &&
                digits < 18) {
                char rounded[HPB_NUMBER_SIZE];
                snprintf(rounded, sizeof rounded, "%.*g", digits, item->value.number);
                texts[i] = hpb_arena_strdup(arena, hpb_number_text(strtod(rounded, NULL), rounded));
            }
            sorted[i] = texts[i];
        }
        qsort(sorted, levels->n, sizeof *sorted, by_text);
        is_distinct = true;
        for (uint32_t i = 1; i < levels->n; i++)
            is_distinct = is_distinct && strcmp(sorted[i - 1], sorted[i]) != 0;
    }
    free(sorted);
    return texts;
}

static void unfold_one(const hpb_section_levels *levels, const char *const *const *texts,
                       const uint32_t *at, hpb_arena *arena, hpb_choice *out)
{
    hpb_setting *settings = hpb_arena_alloc(arena, levels->n_keys, sizeof *settings);
    const uint32_t n_values = levels->plugin ? levels->plugin->n_params : 0;
    hpb_value *values = hpb_arena_alloc(arena, n_values, sizeof *values);
    hpb_text varying = {0};
    for (uint32_t i = 0; i < levels->n_keys; i++) {
        const hpb_levels *key = &levels->keys[i].levels;
        settings[i] = key->items[at[i]];
        if (i < n_values)
            values[i] = settings[i].value;
        if (key->n > 1)
            hpb_text_add(&varying, "%s%s %s", varying.length ? " " : "",
                         levels->keys[i].param->name, texts[i][at[i]]);
    }
    *out = (hpb_choice){.axis = levels->axis,
                        .name = levels->name,
                        .title = levels->label,
                        .plugin = levels->plugin,
                        .settings = settings,
                        .n_settings = levels->n_keys,
                        .values = values,
                        .place = levels->place};
    if (levels->axis == HPB_AXIS_SEEDS)
        apply_seed(out, settings);
    if (levels->axis == HPB_AXIS_DATA)
        apply_features(out, settings, arena);
    if (varying.length)
        out->label = hpb_arena_format(arena, "%s%s%s", levels->label, *levels->label ? " " : "",
                                      varying.data);
    else
        out->label = *levels->label ? levels->label : plain_label(out);
    hpb_text_free(&varying);
}

// --- which combinations ----------------------------------------------------------------------------------

uint64_t hpb_section_count(const hpb_section_levels *levels, hpb_cross_mode mode)
{
    uint64_t n = 1;
    for (uint32_t i = 0; i < levels->n_keys; i++) {
        const uint32_t n_levels = levels->keys[i].levels.n;
        if (mode == HPB_CROSS_PRODUCT)
            n = hpb_saturating_product(n, n_levels);
        else if (mode == HPB_CROSS_ONE_AT_A_TIME)
            n += n_levels - 1;
        else if (n < n_levels)
            n = n_levels;
    }
    return n;
}

// From the choice at `at` to the next of the product, the last key fastest.
static void go_on(const hpb_section_levels *levels, uint32_t *at)
{
    for (uint32_t i = levels->n_keys; i-- > 0;) {
        if (++at[i] < levels->keys[i].levels.n)
            return;
        at[i] = 0;
    }
}

// The same where one key at most has moved from its first level.
static void move_one(const hpb_section_levels *levels, uint32_t *at)
{
    uint32_t moved = levels->n_keys; // none
    for (uint32_t i = 0; i < levels->n_keys; i++)
        if (at[i])
            moved = i;
    if (moved < levels->n_keys) {
        if (++at[moved] < levels->keys[moved].levels.n)
            return;
        at[moved] = 0;
    }
    while (moved-- > 0)
        if (levels->keys[moved].levels.n > 1) {
            at[moved] = 1;
            return;
        }
}

// The same where all keys move together.
static void move_all(const hpb_section_levels *levels, uint32_t *at)
{
    for (uint32_t i = 0; i < levels->n_keys; i++)
        at[i] += levels->keys[i].levels.n > 1;
}

void hpb_section_unfold(const hpb_section_levels *levels, hpb_cross_mode mode, hpb_arena *arena,
                        hpb_choice *out)
{
    uint32_t *at = hpb_alloc(levels->n_keys, sizeof *at);
    const char ***texts = hpb_alloc(levels->n_keys, sizeof *texts);
    for (uint32_t i = 0; i < levels->n_keys; i++)
        texts[i] =
            levels->keys[i].levels.n > 1 ? short_texts(&levels->keys[i].levels, arena) : NULL;
    for (uint64_t c = 0; c < levels->n_choices; c++) {
        unfold_one(levels, (const char *const *const *)texts, at, arena, &out[c]);
        if (mode == HPB_CROSS_PRODUCT)
            go_on(levels, at);
        else if (mode == HPB_CROSS_ONE_AT_A_TIME)
            move_one(levels, at);
        else
            move_all(levels, at);
    }
    free(texts);
    free(at);
}

hpb_choice hpb_section_choice(const hpb_section_levels *levels, hpb_arena *arena)
{
    hpb_section_levels only = *levels;
    hpb_choice choice;
    only.n_choices = 1;
    hpb_section_unfold(&only, HPB_CROSS_PRODUCT, arena, &choice);
    return choice;
}
