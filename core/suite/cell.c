// SPDX-License-Identifier: Apache-2.0
// A cell's seeds, and its identity: canonical JSON, and the key that stored trials are found by.
#include "suite/cell.h"

#include "suite/protocols.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

double hpb_choice_number_or(const hpb_choice *choice, const char *name, double otherwise)
{
    const hpb_setting *setting = hpb_choice_setting(choice, name);
    return setting ? setting->value.number : otherwise;
}

// --- seeds ----------------------------------------------------------------------------------------------

// Whether a splitter has fixed its number by itself: a plugin's own random_state may be anything.
static bool is_fixed(const hpb_choice *splitter)
{
    const double state = hpb_choice_number_or(splitter, "random_state", -1);
    return state >= 0 && state <= UINT32_MAX;
}

uint32_t hpb_splitter_seed(const hpb_choice *splitter, const hpb_trial_seeds *seeds)
{
    return is_fixed(splitter) && !seeds->splits_anew
               ? (uint32_t)hpb_choice_number(splitter, "random_state")
               : seeds->seed[HPB_STREAM_SPLIT];
}

// scikit-learn's splitters draw nothing where shuffle is no.
static bool draws(const hpb_choice *splitter)
{
    return !(splitter->plugin->flags & HPB_SPLITTER_FIXED) &&
           hpb_choice_number_or(splitter, "shuffle", 1) != 0;
}

// Of those that the candidates have, where a search lists several.
static bool draws_weights(const hpb_cell *cell)
{
    for (uint32_t c = 0; c < cell->n_candidates; c++) {
        const hpb_choice *const *choice = cell->candidates[c].choice;
        if (hpb_choice_trains(choice[HPB_AXIS_FIT]) &&
            !(choice[HPB_AXIS_INITIALIZER]->plugin->flags & HPB_INITIALIZER_FIXED))
            return true;
    }
    return false;
}

// The same before there are candidates.
static bool trains(const hpb_cell *cell)
{
    return hpb_choice_trains(cell->choice[HPB_AXIS_FIT]) ||
           (cell->protocol && cell->protocol->trains);
}

bool hpb_cell_uses(const hpb_cell *cell, hpb_stream stream)
{
    const hpb_choice *data = cell->choice[HPB_AXIS_DATA], *fit = cell->choice[HPB_AXIS_FIT];
    const hpb_protocol *protocol = cell->protocol;
    switch (stream) {
    case HPB_STREAM_DATA:
        return hpb_setting_is_used(data, hpb_choice_setting(data, "seed"));
    case HPB_STREAM_SPLIT:
        return draws(cell->choice[HPB_AXIS_SPLITTER]) || (cell->outer && draws(cell->outer));
    case HPB_STREAM_ORDER:
        return (hpb_choice_trains(fit) && hpb_choice_number(fit, "shuffle") != 0) ||
               (protocol && protocol->shuffles);
    default:
        return draws_weights(cell);
    }
}

bool hpb_cell_is_fresh(const hpb_cell *cell, hpb_stream stream)
{
    const hpb_choice *splitter = cell->choice[HPB_AXIS_SPLITTER];
    const hpb_choice *seeds =
        cell->choice[stream == HPB_STREAM_DATA ? HPB_AXIS_DATA : HPB_AXIS_SEEDS];
    const char *key = stream == HPB_STREAM_DATA ? "seed" : hpb_stream_name(stream);
    if (!hpb_choice_setting(seeds, key)->is_fresh)
        return false;
    switch (stream) {
    case HPB_STREAM_SPLIT:
        return (draws(splitter) && !is_fixed(splitter)) ||
               (cell->outer && draws(cell->outer) && !is_fixed(cell->outer));
    case HPB_STREAM_WEIGHTS:
        return trains(cell);
    default:
        return hpb_cell_uses(cell, stream);
    }
}

bool hpb_cell_is_random(const hpb_cell *cell)
{
    bool is_random = hpb_cell_is_grid(cell);
    for (int stream = 0; stream < HPB_STREAM_COUNT && !is_random; stream++)
        is_random = hpb_cell_is_fresh(cell, (hpb_stream)stream);
    return is_random;
}

static uint32_t seed_of(const hpb_plan *plan, const hpb_setting *setting, hpb_stream stream,
                        uint32_t replicate)
{
    if (!setting->is_fresh)
        return (uint32_t)setting->value.number;
    // what follows [seeds.x] seed has one number for all, as one call of set_random_seed gives
    const bool is_shared = strcmp(setting->text, "seed") == 0;
    return hpb_seed_fresh(plan->suite->seed, is_shared ? HPB_STREAM_WEIGHTS : stream, replicate);
}

hpb_trial_seeds hpb_cell_seeds(const hpb_plan *plan, const hpb_cell *cell, uint32_t replicate)
{
    const hpb_choice *data = cell->choice[HPB_AXIS_DATA], *seeds = cell->choice[HPB_AXIS_SEEDS];
    if (hpb_cell_is_grid(cell))
        return hpb_grid_seeds(plan, cell, replicate);
    hpb_trial_seeds out = {.policy = (hpb_policy)hpb_choice_number(seeds, "policy")};
    const hpb_setting *data_seed = hpb_choice_setting(data, "seed");
    if (hpb_setting_is_used(data, data_seed))
        out.seed[HPB_STREAM_DATA] = seed_of(plan, data_seed, HPB_STREAM_DATA, replicate);
    out.seed[HPB_STREAM_SPLIT] =
        seed_of(plan, hpb_choice_setting(seeds, "split"), HPB_STREAM_SPLIT, replicate);
    if (!cell->outer || is_fixed(cell->outer)) // else the number of the outer one
        out.seed[HPB_STREAM_SPLIT] = hpb_splitter_seed(cell->choice[HPB_AXIS_SPLITTER], &out);
    out.seed[HPB_STREAM_WEIGHTS] =
        seed_of(plan, hpb_choice_setting(seeds, "weights"), HPB_STREAM_WEIGHTS, replicate);
    out.seed[HPB_STREAM_ORDER] =
        seed_of(plan, hpb_choice_setting(seeds, "order"), HPB_STREAM_ORDER, replicate);
    return out;
}

// --- JSON ---------------------------------------------------------------------------------------------------

// Keys of the rules beside a choice: "also.factor", "also.also.patience".
static void set_prefixed(json_t *object, uint32_t depth, const char *name, json_t *value)
{
    hpb_text key = {0};
    for (uint32_t i = 0; i < depth; i++)
        hpb_text_add(&key, HPB_ALSO);
    hpb_text_add(&key, "%s", name);
    json_object_set_new(object, key.data, value);
    hpb_text_free(&key);
}

static json_t *choice_to_json(const hpb_choice *choice)
{
    json_t *object = json_object();
    for (uint32_t depth = 0; choice; choice = choice->also, depth++) {
        if (choice->plugin)
            set_prefixed(object, depth, "plugin", json_string(choice->plugin->id));
        for (uint32_t i = 0; i < choice->n_settings; i++)
            if (hpb_setting_is_used(choice, &choice->settings[i]))
                set_prefixed(object, depth, choice->settings[i].param->name,
                             json_string(choice->settings[i].text));
    }
    return object;
}

json_t *hpb_choice_defaults(const hpb_choice *choice)
{
    json_t *sources = json_object();
    if (choice->plugin && !choice->place.line)
        json_object_set_new(sources, "plugin", json_string("hpbench"));
    for (uint32_t depth = 0; choice; choice = choice->also, depth++)
        for (uint32_t i = 0; i < choice->n_settings; i++) {
            const hpb_setting *setting = &choice->settings[i];
            if (setting->is_default && hpb_setting_is_used(choice, setting))
                set_prefixed(sources, depth, setting->param->name,
                             json_string(hpb_setting_source(choice, setting)));
        }
    return sources;
}

// A candidate's values of the keys of the grid, as GridSearchCV's cv_results_["params"] has them.
static json_t *candidate_to_json(const hpb_candidate *candidate, const hpb_protocol *protocol)
{
    json_t *params = json_object();
    for (uint32_t i = 0; i < protocol->n_grid; i++) {
        const hpb_setting *setting;
        const hpb_choice *choice = hpb_candidate_choice(candidate, protocol->grid[i], &setting);
        json_object_set_new(params, protocol->grid[i],
                            json_string(setting         ? setting->text
                                        : *choice->name ? choice->name
                                                        : "none"));
    }
    return json_pack("{s:s, s:o}", "label", candidate->label, "params", params);
}

// {"preset", "select", "scoring", "report", "outer": choice or null, "candidates": [{"label", "params"}]}
static json_t *protocol_to_json(const hpb_cell *cell)
{
    static const char *const told[] = {"preset", "select", "scoring", "report"};
    json_t *object = json_object(), *candidates = json_array();
    for (size_t i = 0; i < HPB_COUNT(told); i++)
        json_object_set_new(object, told[i],
                            json_string(hpb_choice_text(cell->protocol->choice, told[i])));
    json_object_set_new(object, "outer", cell->outer ? choice_to_json(cell->outer) : json_null());
    for (uint32_t i = 0; i < cell->n_candidates; i++)
        json_array_append_new(candidates, candidate_to_json(&cell->candidates[i], cell->protocol));
    json_object_set_new(object, "candidates", candidates);
    return object;
}

json_t *hpb_cell_to_json(const hpb_plan *plan, const hpb_cell *cell)
{
    json_t *object = json_object();
    if (cell->protocol)
        json_object_set_new(object, "protocol", protocol_to_json(cell));
    for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT; axis++)
        json_object_set_new(object, hpb_axis_name((hpb_axis)axis),
                            choice_to_json(cell->choice[axis]));
    if (hpb_cell_is_random(cell)) { // fresh numbers are drawn from it
        char text[HPB_NUMBER_SIZE];
        snprintf(text, sizeof text, "%" PRIu64, plan->suite->seed);
        json_object_set_new(object, "suite_seed", json_string(text));
    }
    if (hpb_cell_is_grid(cell)) {
        json_t *grid = json_object();
        for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
            json_object_set_new(grid, hpb_stream_name((hpb_stream)stream),
                                hpb_cell_uses(cell, (hpb_stream)stream)
                                    ? json_integer(cell->grid[stream])
                                    : json_null());
        json_object_set_new(object, "grid", grid);
    }
    return object;
}

// --- keys and labels ----------------------------------------------------------------------------------------

// What stands for a choice in the key: its values, and hashes in place of paths.
static char *identity(const hpb_plan *plan, const hpb_choice *choice, uint32_t index)
{
    json_t *object = choice_to_json(choice);
    if (choice->axis == HPB_AXIS_DATA && json_object_get(object, "file"))
        json_object_set_new(object, "file", json_string(plan->data[index].sha256));
    for (uint32_t depth = 0; choice && choice->plugin; choice = choice->also, depth++) {
        set_prefixed(object, depth, "sha256", json_string(choice->plugin->sha256));
        set_prefixed(object, depth, "results_revision",
                     json_integer(choice->plugin->results_revision));
    }
    char *text = json_dumps(object, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(object);
    return text;
}

bool hpb_plan_is_factor(const hpb_plan *plan, hpb_axis axis)
{
    return hpb_suite_levels(plan->suite, axis) > 1;
}

const char *hpb_cell_label(const hpb_plan *plan, const hpb_cell *cell)
{
    hpb_text text = {0};
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
        if (hpb_plan_is_factor(plan, (hpb_axis)axis) ||
            (axis == HPB_AXIS_PROTOCOL && cell->protocol))
            hpb_text_add(&text, "%s%s", text.length ? " & " : "", cell->choice[axis]->label);
    const char *label = hpb_arena_strdup(plan->arena, text.length ? text.data : plan->suite->name);
    hpb_text_free(&text);
    return label;
}

bool hpb_cell_is_search(const hpb_cell *cell)
{
    return cell->n_candidates > 1 || cell->outer;
}

// What a search adds to the key; a protocol of one candidate is the crossed cell of the same settings. Candidates share
// data, splitter and seeds, whether protocols name these or not.
static void add_search(hpb_text *text, const hpb_plan *plan, const hpb_cell *cell,
                       char **const identities[HPB_AXIS_COUNT])
{
    if (!hpb_cell_is_search(cell))
        return;
    hpb_text_add(text, "search %d %d %d\n", cell->select, cell->scoring, cell->reports);
    if (cell->outer)
        hpb_text_add(text, "outer %s\n", identities[HPB_AXIS_SPLITTER][cell->protocol->outer]);
    for (uint32_t c = 1; c < cell->n_candidates; c++)
        for (int axis = 0; axis < HPB_AXIS_COUNT; axis++)
            if (plan->suite->is_named[axis] && axis != HPB_AXIS_DATA && axis != HPB_AXIS_SPLITTER &&
                axis != HPB_AXIS_SEEDS)
                hpb_text_add(text, "%s ", identities[axis][cell->protocol->levels[c][axis]]);
}

void hpb_cells_name(hpb_plan *plan)
{
    char **identities[HPB_AXIS_COUNT]; // once a choice, not once a cell
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        const uint32_t n = plan->suite->n_choices[axis];
        identities[axis] = hpb_alloc(n, sizeof *identities[axis]);
        for (uint32_t i = 0; i < n; i++)
            identities[axis][i] = identity(plan, &plan->suite->choices[axis][i], i);
    }
    hpb_text text = {0};
    for (uint32_t c = 0; c < plan->n_cells; c++) {
        hpb_cell *cell = &plan->cells[c];
        text.length = 0;
        hpb_text_add(&text, "engine %d\n", HPB_ENGINE_REVISION);
        if (hpb_cell_is_random(cell))
            hpb_text_add(&text, "suite_seed %" PRIu64 "\n", plan->suite->seed);
        for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT; axis++)
            hpb_text_add(&text, "%s %s\n", hpb_axis_name((hpb_axis)axis),
                         identities[axis][cell->level[axis]]);
        add_search(&text, plan, cell, identities);
        hpb_sha256(text.data, text.length, cell->key);
        cell->label = hpb_cell_label(plan, cell);
    }
    hpb_text_free(&text);
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        for (uint32_t i = 0; i < plan->suite->n_choices[axis]; i++)
            free(identities[axis][i]);
        free(identities[axis]);
    }
}
