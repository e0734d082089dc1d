// SPDX-License-Identifier: Apache-2.0
// Two protocols side by side: values in a few words each, and why a value is there that nobody set.
#include "suite/difference.h"

#include "suite/presets.h"
#include "suite/protocols.h"
#include "suite/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VALUES 6 // of one key of a grid that are all listed

// Both sides, and what is found.
typedef struct pairing {
    const hpb_cell *cell[2];
    hpb_arena *arena;
    hpb_setting_pair *items;
    uint32_t n;
} pairing;

static const char *preset_of(const hpb_cell *cell)
{
    return hpb_choice_text(cell->choice[HPB_AXIS_PROTOCOL], "preset");
}

// --- why --------------------------------------------------------------------------------------------------

// Why the side has a value of `key` that it did not set; NULL where it did. `setting` is the value's, or the protocol's
// that names the choice.
static const char *why_side(const pairing *p, int side, const char *key, const hpb_choice *choice,
                            const hpb_setting *setting)
{
    const hpb_preset_row *row = hpb_preset_find(preset_of(p->cell[side]), key);
    if (!setting->is_default)
        return NULL;
    if (setting->source && row)
        return row->why;
    const char *source = hpb_setting_source(choice, setting);
    return hpb_arena_format(p->arena, "%s: default, you did not set it", source);
}

static const char *title_of(const hpb_cell *cell)
{
    return cell->choice[HPB_AXIS_PROTOCOL]->title;
}

// Of two values that differ: what explains one that was not set, or both. It is printed beside the second's, so where
// it is about the first it says so.
static const char *why_pair(const pairing *p, const char *const why[2])
{
    if (!why[0] || (why[1] && strcmp(why[0], why[1]) == 0))
        return why[1];
    if (!why[1])
        return hpb_arena_format(p->arena, "%s (%s)", why[0], title_of(p->cell[0]));
    return hpb_arena_format(p->arena, "%s (%s); %s (%s)", why[0], title_of(p->cell[0]), why[1],
                            title_of(p->cell[1]));
}

static void add(pairing *p, const char *name, const char *a, const char *b, const char *why)
{
    const bool is_equal = strcmp(a, b) == 0;
    p->items[p->n++] = (hpb_setting_pair){name, {a, b}, is_equal ? NULL : why, is_equal};
}

// --- host's axes, key by key -------------------------------------------------------------------------------

static const char *words_of_grid(const pairing *p, const hpb_cell *cell, const char *text,
                                 const char *key)
{
    return hpb_protocol_varies(cell->protocol, key) ? hpb_arena_strdup(p->arena, "a candidate's")
                                                    : text;
}

static void pair_keys(pairing *p, hpb_axis axis)
{
    const hpb_choice *choice[2] = {p->cell[0]->choice[axis], p->cell[1]->choice[axis]};
    for (uint32_t i = 0; i < choice[0]->n_settings; i++) {
        const hpb_setting *setting[2] = {&choice[0]->settings[i], &choice[1]->settings[i]};
        const char *key = setting[0]->param->name, *text[2], *why[2];
        const bool is_used[2] = {hpb_setting_is_used(choice[0], setting[0]),
                                 hpb_setting_is_used(choice[1], setting[1])};
        if (!is_used[0] && !is_used[1])
            continue;
        for (int side = 0; side < 2; side++) {
            text[side] =
                is_used[side] ? words_of_grid(p, p->cell[side], setting[side]->text, key) : "none";
            why[side] = is_used[side] ? why_side(p, side, key, choice[side], setting[side]) : NULL;
        }
        add(p, axis == HPB_AXIS_DATA && strcmp(key, "seed") == 0 ? "data seed" : key, text[0],
            text[1], why_pair(p, why));
    }
}

// --- plugins: one text ----------------------------------------------------------------------------------------

// The setting of the other side, where it has the same plugin.
static const hpb_setting *other_setting(const hpb_choice *choice, const hpb_choice *other,
                                        const hpb_setting *setting)
{
    return other && choice->plugin == other->plugin
               ? hpb_choice_setting(other, setting->param->name)
               : NULL;
}

// "sgd(learning_rate 0.01)": what is set or differs from the other side, and always the rate, but nothing of the grid.
static void add_plugin(hpb_text *text, const hpb_cell *cell, const hpb_choice *choice,
                       const hpb_choice *other)
{
    uint32_t n = 0;
    hpb_text_add(text, "%s", choice->plugin->id);
    for (uint32_t i = 0; i < choice->n_settings; i++) {
        const hpb_setting *setting = &choice->settings[i], *of_other;
        of_other = other_setting(choice, other, setting);
        const bool is_told = !setting->is_default ||
                             (of_other && strcmp(of_other->text, setting->text) != 0) ||
                             strcmp(setting->param->name, "learning_rate") == 0;
        if (is_told && hpb_setting_is_used(choice, setting) &&
            !hpb_protocol_varies(cell->protocol, setting->param->name))
            hpb_text_add(text, "%s%s %s", n++ ? ", " : "(", setting->param->name, setting->text);
    }
    hpb_text_add(text, "%s", n ? ")" : "");
}

// A plugin, and the rules that stand beside it: "patience(patience 10), then reduce_lr_on_plateau(patience 5)".
static const char *plugin_words(const pairing *p, const hpb_cell *cell, const hpb_choice *choice,
                                const hpb_choice *other)
{
    const char *id = choice->plugin->id;
    if (!choice->also && (strcmp(id, "never") == 0 || strcmp(id, "constant") == 0))
        return "none";
    hpb_text text = {0};
    for (; choice; choice = choice->also, other = other ? other->also : NULL) {
        add_plugin(&text, cell, choice, other);
        hpb_text_add(&text, "%s", choice->also ? ", then " : "");
    }
    const char *words = hpb_arena_strdup(p->arena, text.data);
    hpb_text_free(&text);
    return words;
}

static void pair_plugins(pairing *p, hpb_axis axis)
{
    const char *name = hpb_axis_name(axis), *text[2], *why[2];
    for (int side = 0; side < 2; side++) {
        const hpb_cell *cell = p->cell[side];
        const hpb_choice *protocol = cell->choice[HPB_AXIS_PROTOCOL];
        const hpb_setting *named = hpb_choice_setting(protocol, name);
        text[side] = hpb_protocol_varies(cell->protocol, name)
                         ? "a candidate's"
                         : plugin_words(p, cell, cell->choice[axis], p->cell[!side]->choice[axis]);
        why[side] = named->source ? why_side(p, side, name, protocol, named) : NULL;
    }
    add(p, axis == HPB_AXIS_EARLY_STOPPING ? "early stopping" : name, text[0], text[1],
        why_pair(p, why));
}

// --- seeds ----------------------------------------------------------------------------------------------------

static const char *seeds_words(const pairing *p, const hpb_choice *seeds)
{
    static const char *const streams[] = {"split", "weights", "order"};
    const hpb_setting *seed = hpb_choice_setting(seeds, "seed");
    const hpb_policy policy = (hpb_policy)hpb_choice_number(seeds, "policy");
    const bool has_seed = policy == HPB_POLICY_KERAS || policy == HPB_POLICY_TENSORFLOW;
    hpb_text text = {0};
    hpb_text_add(&text, "%s", hpb_choice_text(seeds, "policy"));
    if (has_seed)
        hpb_text_add(&text, "(%s)", seed->text);
    for (size_t i = 0; i < HPB_COUNT(streams); i++) {
        const char *own = hpb_choice_text(seeds, streams[i]);
        const bool follows = has_seed && (strcmp(own, seed->text) == 0 || strcmp(own, "seed") == 0);
        if (!follows && strcmp(own, "fresh") != 0)
            hpb_text_add(&text, ", %s %s", streams[i], own);
    }
    const char *words = hpb_arena_strdup(p->arena, text.data);
    hpb_text_free(&text);
    return words;
}

// --- candidates -----------------------------------------------------------------------------------------------

static const char *value_in(const hpb_candidate *candidate, const char *key)
{
    const hpb_setting *setting;
    const hpb_choice *choice = hpb_candidate_choice(candidate, key, &setting);
    return setting ? setting->text : *choice->name ? choice->title : "none";
}

static void add_values(hpb_text *text, const hpb_cell *cell, const char *key)
{
    const char **values = hpb_alloc(cell->n_candidates, sizeof *values);
    uint32_t n = 0;
    for (uint32_t c = 0; c < cell->n_candidates; c++) {
        const char *value = value_in(&cell->candidates[c], key);
        bool is_new = true;
        for (uint32_t i = 0; i < n && is_new; i++)
            is_new = strcmp(values[i], value) != 0;
        if (is_new)
            values[n++] = value;
    }
    hpb_text_add(text, "%s", key);
    for (uint32_t i = 0; i < n && n <= MOST_VALUES; i++)
        hpb_text_add(text, "%s %s", i ? "," : "", values[i]);
    if (n > MOST_VALUES)
        hpb_text_add(text, " %s, %s, ..., %s (%u values)", values[0], values[1], values[n - 1], n);
    free(values);
}

static const char *candidates_words(const pairing *p, const hpb_cell *cell)
{
    hpb_text text = {0};
    char count[HPB_NUMBER_SIZE];
    hpb_text_add(&text, "%s", hpb_count_text(cell->n_candidates, count));
    for (uint32_t i = 0; i < cell->protocol->n_grid; i++) {
        hpb_text_add(&text, "%s ", i ? ";" : ":");
        add_values(&text, cell, cell->protocol->grid[i]);
    }
    const char *words = hpb_arena_strdup(p->arena, text.data);
    hpb_text_free(&text);
    return words;
}

static const char *choice_words(const hpb_cell *cell)
{
    if (cell->n_candidates == 1)
        return "no choice";
    if (cell->select == HPB_SELECT_TRAIN)
        return "lowest training loss";
    if (cell->select == HPB_SELECT_VALIDATION)
        return "lowest val_loss";
    const bool is_r2 = cell->scoring == HPB_SCORING_R2;
    if (cell->n_splits == 1)
        return is_r2 ? "highest R2 on the test rows" : "lowest MSE on the test rows";
    return is_r2 ? "highest mean R2 over the folds" : "lowest mean MSE over the folds";
}

static void pair_candidates(pairing *p)
{
    const hpb_cell *const *cell = p->cell;
    const char *why[2];
    for (int side = 0; side < 2; side++) {
        const hpb_choice *protocol = cell[side]->choice[HPB_AXIS_PROTOCOL];
        const hpb_setting *scoring = hpb_choice_setting(protocol, "scoring");
        why[side] = cell[side]->n_candidates > 1 && scoring->source
                        ? why_side(p, side, "scoring", protocol, scoring)
                        : NULL;
    }
    add(p, "candidates", candidates_words(p, cell[0]), candidates_words(p, cell[1]), NULL);
    add(p, "chosen by", choice_words(cell[0]), choice_words(cell[1]), why_pair(p, why));
    const char *outer[2];
    for (int side = 0; side < 2; side++)
        outer[side] = cell[side]->outer
                          ? plugin_words(p, cell[side], cell[side]->outer, cell[!side]->outer)
                          : "none";
    add(p, "outer split", outer[0], outer[1], NULL);
}

const hpb_setting_pair *hpb_protocols_pair(const hpb_cell *a, const hpb_cell *b, hpb_arena *arena,
                                           uint32_t *n)
{
    size_t most = HPB_AXIS_COUNT + 3;
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        most += a->choice[axis]->n_settings;
    pairing p = {.cell = {a, b}, .arena = arena};
    p.items = hpb_arena_alloc(arena, most, sizeof *p.items);
    for (int i = HPB_AXIS_PROTOCOL + 1; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = (hpb_axis)i;
        if (hpb_axis_kind(axis))
            pair_plugins(&p, axis);
        else if (axis == HPB_AXIS_SEEDS)
            add(&p, "seeds", seeds_words(&p, a->choice[axis]), seeds_words(&p, b->choice[axis]),
                NULL);
        else
            pair_keys(&p, axis);
    }
    pair_candidates(&p);
    *n = p.n;
    return p.items;
}
