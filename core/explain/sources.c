// SPDX-License-Identifier: Apache-2.0
// From the stored grids of both sides to shares, and to the luck of the run with the user's own seeds.
#include "explain/sources.h"

#include "loader/json.h"

#include <math.h>
#include <string.h>

// The number of the grid that a side's own cell is crossed in; n_grids: there is none.
static uint32_t grid_of(const hpb_stored_run *run, uint32_t index, size_t side)
{
    const json_t *explain = json_object_get(run->about, "explain"),
                 *setting = json_array_get(json_object_get(explain, "settings"), index);
    const char *key = json_string_value(json_array_get(json_object_get(setting, "luck"), side));
    uint32_t i = 0;
    while (i < run->n_grids && (!key || strcmp(run->cells[run->n_cells + i].key, key) != 0))
        i++;
    return i;
}

// Whether a cell's numbers are all given: fresh ones are drawn from the suite's seed.
static bool is_fixed(const hpb_stored_cell *cell)
{
    json_t *spec = json_loads(cell->spec, 0, NULL);
    const bool is_it = spec && !json_object_get(spec, "suite_seed");
    json_decref(spec);
    return is_it;
}

void hpb_sources_split(hpb_sources *sources)
{
    static const uint32_t first[HPB_FACTORS] = {0};
    const hpb_variance *v = &sources->grid;
    sources->is_own = v->is_good && v->has_first &&
                      hpb_luck_split(v->values, v->n_factors, v->levels, first, &sources->own);
}

hpb_exit hpb_sources_read(hpb_store *store, const hpb_stored_run *run, uint32_t index,
                          hpb_explanation *out, hpb_error *error)
{
    for (size_t side = 0; side < 2; side++) {
        const uint32_t grid = grid_of(run, index, side);
        if (grid == run->n_grids)
            continue;
        hpb_sources *sources = hpb_arena_alloc(out->arena, 1, sizeof *sources);
        const hpb_exit code =
            hpb_variance_read(store, run, grid, out->arena, &sources->grid, error);
        if (code != HPB_EXIT_OK)
            return code;
        if (is_fixed(&run->cells[out->cells->own[side]]))
            hpb_sources_split(sources);
        out->side[side].sources = sources;
    }
    return HPB_EXIT_OK;
}

bool hpb_sources_vary(const hpb_sources *sources)
{
    return sources && sources->grid.is_good && sources->grid.components.total > 0;
}

double hpb_sources_together(const hpb_sources *sources)
{
    double sum = 0;
    for (uint32_t term = 1; term < sources->grid.components.n_terms; term++)
        sum += term & (term - 1) ? sources->grid.shares.term[term].value : 0;
    return sum;
}

// --- JSON -----------------------------------------------------------------------------------------------------

static json_t *own_to_json(const hpb_sources *s)
{
    const hpb_variance *v = &s->grid;
    if (!s->is_own)
        return json_null();
    json_t *sources = json_object(), *terms = json_array();
    for (uint32_t i = 0; i < v->n_factors; i++)
        json_object_set_new(sources, hpb_stream_name(v->stream[i]), json_real(s->own.source[i]));
    for (uint32_t term = 1; term < 1u << v->n_factors; term++) {
        json_t *names = json_array();
        for (uint32_t i = 0; i < v->n_factors; i++)
            if (term >> i & 1)
                json_array_append_new(names, json_string(hpb_stream_name(v->stream[i])));
        json_array_append_new(
            terms, json_pack("{s:o, s:f}", "factors", names, "value", s->own.term[term]));
    }
    return json_pack("{s:f, s:f, s:f, s:o, s:o}", "mse", v->values[0], "mean_of_the_grid",
                     s->own.mean, "luck", v->values[0] - s->own.mean, "sources", sources, "terms",
                     terms);
}

json_t *hpb_sources_to_json(const hpb_sources *sources)
{
    if (!sources)
        return json_null();
    json_t *out = hpb_variance_shares_to_json(&sources->grid);
    json_object_set_new(out, "own_run", own_to_json(sources));
    return out;
}
