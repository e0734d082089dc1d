// SPDX-License-Identifier: Apache-2.0
// What a store says about two compared protocols: their factors, and which cells are their corners.
#include "loader/json.h"
#include "store/private.h"

#include <math.h>
#include <string.h>

// What the two numbers have in common: the rows of a file always, but no data that each run draws afresh.
static json_t *shared_to_json(const hpb_suite *suite, const hpb_choice *data)
{
    const bool is_file = *hpb_choice_text(data, "file");
    const bool is_fresh = hpb_choice_setting(data, "seed")->is_fresh;
    json_t *shared = json_array();
    for (int stream = 0; stream < HPB_STREAM_COUNT; stream++)
        if (stream == HPB_STREAM_DATA ? is_file || (suite->is_shared[stream] && !is_fresh)
                                      : suite->is_shared[stream])
            json_array_append_new(shared, json_string(hpb_stream_name((hpb_stream)stream)));
    return shared;
}

// The key of a side's crossed grid of seeds.
static json_t *grid_to_json(const hpb_plan *plan, int32_t grid)
{
    return grid >= 0 ? json_string(plan->cells[grid].key) : json_null();
}

// {"label": levels of the crossed axes, "shared", "own": [key, key], "corners": [key, ...], "longer": [key, key], "luck":
// [key or null, likewise], "nested": likewise}: keys of cells, which stay what they are.
static json_t *setting_to_json(const hpb_plan *plan, const hpb_compared *compared)
{
    const hpb_cell *cells = plan->cells, *a = &cells[compared->own[0]];
    hpb_text label = {0};
    hpb_text_add(&label, "%s", "");
    for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT; axis++)
        if (hpb_plan_is_factor(plan, (hpb_axis)axis) && !plan->suite->is_named[axis])
            hpb_text_add(&label, "%s%s", label.length ? " & " : "", a->choice[axis]->label);
    json_t *corners = json_array();
    for (uint32_t c = 0; c < plan->suite->explain.n_masks; c++)
        json_array_append_new(corners, json_string(cells[compared->corners[c]].key));
    json_t *setting =
        json_pack("{s:o, s:o, s:[s, s], s:o}", "label", hpb_json_text(label.data), "shared",
                  shared_to_json(plan->suite, cells[compared->corners[0]].choice[HPB_AXIS_DATA]),
                  "own", a->key, cells[compared->own[1]].key, "corners", corners);
    if (plan->suite->explain.has_longer)
        json_object_set_new(
            setting, "longer",
            json_pack("[s, s]", cells[compared->longer[0]].key, cells[compared->longer[1]].key));
    json_object_set_new(setting, "luck",
                        json_pack("[o, o]", grid_to_json(plan, compared->grid[0]),
                                  grid_to_json(plan, compared->grid[1])));
    json_t *nested = json_array();
    for (int side = 0; side < 2; side++)
        json_array_append_new(nested, compared->nested[side] == HPB_NO_CELL
                                          ? json_null()
                                          : json_string(cells[compared->nested[side]].key));
    json_object_set_new(setting, "nested", nested);
    hpb_text_free(&label);
    return setting;
}

static json_t *side_to_json(const hpb_suite *suite, uint32_t protocol)
{
    const hpb_choice *choice = suite->protocols[protocol].choice;
    const double reported = hpb_choice_number(choice, "reported");
    return json_pack("{s:o, s:o}", "title", hpb_json_text(choice->title), "reported",
                     isfinite(reported) ? json_real(reported) : json_null());
}

// [[2, 0, 1], ...]: the factors of each order that was drawn; its reverse goes with it. Null: all combinations are run.
static json_t *orders_to_json(const hpb_explain *explain)
{
    if (!explain->n_pairs)
        return json_null();
    json_t *orders = json_array();
    for (uint32_t p = 0; p < explain->n_pairs; p++) {
        json_t *order = json_array();
        for (uint32_t i = 0; i < explain->n_factors; i++)
            json_array_append_new(
                order, json_integer(explain->orders[(size_t)2 * p * explain->n_factors + i]));
        json_array_append_new(orders, order);
    }
    return orders;
}

json_t *hpb_store_explain_to_json(const hpb_plan *plan)
{
    const hpb_suite *suite = plan->suite;
    if (!suite->explain.first)
        return json_null();
    json_t *factors = json_array(), *settings = json_array();
    for (uint32_t i = 0; i < suite->explain.n_factors; i++) {
        const hpb_factor *factor = &suite->explain.factors[i];
        json_array_append_new(
            factors, json_pack("{s:o, s:[o, o]}", "name", hpb_json_text(factor->name), "values",
                               hpb_json_text(factor->value[0]), hpb_json_text(factor->value[1])));
    }
    for (uint32_t c = 0; c < plan->n_compared; c++)
        json_array_append_new(settings, setting_to_json(plan, &plan->compared[c]));
    return json_pack("{s:b, s:[o, o], s:o, s:o, s:o}", "truth", suite->has_truth, "sides",
                     side_to_json(suite, suite->compare[0]), side_to_json(suite, suite->compare[1]),
                     "factors", factors, "orders", orders_to_json(&suite->explain), "settings",
                     settings);
}
