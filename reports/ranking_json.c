// SPDX-License-Identifier: Apache-2.0
// The ranking for scripts.
#include "ranking.h"

#include "loader/json.h"

static json_t *label_of(const hpb_report_data *data, uint32_t cell)
{
    return hpb_json_text(data->cells[cell].label);
}

static json_t *rate_to_json(const hpb_report_data *data, const hpb_best_rate *best)
{
    json_t *out = json_object();
    json_object_set_new(out, "cell", label_of(data, best->cell));
    json_object_set_new(out, "learning_rate", hpb_json_number(best->rate));
    json_object_set_new(out, "tried", json_integer(best->n_tried));
    json_object_set_new(out, "good_rates", hpb_json_interval(best->good_low, best->good_high));
    json_object_set_new(out, "at_end_of_grid", json_boolean(best->is_at_edge));
    json_object_set_new(out, "diverged", json_integer((json_int_t)best->diverged));
    if (best->base >= 0) {
        const hpb_difference *d = &best->difference;
        json_object_set_new(out, "reference", label_of(data, (uint32_t)best->base));
        json_object_set_new(out, "difference", hpb_json_number(d->mean));
        json_object_set_new(out, "difference_95_simultaneous", hpb_json_interval(d->low, d->high));
        json_object_set_new(out, "share_lower", hpb_json_number(1 - d->worse));
    }
    return out;
}

static json_t *place_to_json(const hpb_report_data *data, uint32_t i)
{
    const hpb_report_ranking *r = data->ranking;
    const hpb_difference *d = &r->difference[(size_t)i * r->k];
    json_t *out = json_object();
    json_object_set_new(out, "cell", label_of(data, r->cells[i]));
    json_object_set_new(out, "median", hpb_json_number(data->cells[r->cells[i]].summary.median));
    json_object_set_new(out, "median_95",
                        hpb_json_interval(data->cells[r->cells[i]].median_interval.low,
                                          data->cells[r->cells[i]].median_interval.high));
    json_object_set_new(out, "mean_minus_first", hpb_json_number(d->mean));
    json_object_set_new(out, "mean_minus_first_95_simultaneous",
                        hpb_json_interval(d->low, d->high));
    json_object_set_new(out, "place_95_simultaneous",
                        hpb_json_interval(r->rank[i].low, r->rank[i].high));
    json_object_set_new(out, "may_be_best", json_boolean(r->rank[i].may_be_best));
    json_object_set_new(out, "mean_rank",
                        i < r->n_tested ? hpb_json_number(r->mean_rank[i]) : json_null());
    return out;
}

static json_t *pair_to_json(const hpb_report_data *data, uint32_t i, uint32_t j)
{
    const hpb_report_ranking *r = data->ranking;
    const hpb_report_pair *pair = &r->pairs[i * r->n_tested + j];
    json_t *out = json_object();
    json_object_set_new(out, "cell", label_of(data, r->cells[i]));
    json_object_set_new(out, "against", label_of(data, r->cells[j]));
    json_object_set_new(out, "shift", hpb_json_number(pair->shift.value));
    json_object_set_new(out, "shift_95", hpb_json_interval(pair->shift.low, pair->shift.high));
    json_object_set_new(out, "ratio", hpb_json_number(pair->ratio.value));
    json_object_set_new(out, "ratio_95", hpb_json_interval(pair->ratio.low, pair->ratio.high));
    json_object_set_new(out, "share_lower", hpb_json_number(pair->share));
    json_object_set_new(out, "share_lower_95", hpb_json_interval(pair->wins.low, pair->wins.high));
    json_object_set_new(out, "share_lower_unpaired", hpb_json_number(pair->unpaired.share));
    json_object_set_new(out, "p_holm", hpb_json_number(pair->test.p));
    return out;
}

json_t *hpb_ranking_to_json(const hpb_report_data *data)
{
    const hpb_report_ranking *r = data->ranking;
    if (!r || (r->k < 3 && !r->is_tuned))
        return NULL;
    json_t *out = json_object(), *rates = json_array(), *places = json_array(),
           *pairs = json_array();
    for (uint32_t i = 0; i < r->n_best; i++)
        json_array_append_new(rates, rate_to_json(data, &r->best[i]));
    for (uint32_t i = 0; i < r->k && r->k > 2; i++)
        json_array_append_new(places, place_to_json(data, i));
    for (uint32_t i = 0; i < r->n_tested && r->k > 2; i++)
        for (uint32_t j = i + 1; j < r->n_tested; j++)
            json_array_append_new(pairs, pair_to_json(data, i, j));
    json_object_set_new(out, "best_rates", rates);
    json_object_set_new(out, "places", places);
    json_object_set_new(out, "pairs", pairs);
    json_object_set_new(out, "friedman_p", hpb_json_number(r->friedman.p));
    json_object_set_new(out, "blocks", json_string(r->blocks_are_data ? "data sets" : "runs"));
    return out;
}
