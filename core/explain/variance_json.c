// SPDX-License-Identifier: Apache-2.0
// The components of a cell as JSON: all digits, signed.
#include "explain/variance.h"
#include "loader/json.h"

#include <string.h>

static json_t *estimate(const hpb_estimate *e)
{
    return json_pack("{s:o, s:o, s:o}", "value", hpb_json_number(e->value), "low",
                     hpb_json_number(e->low), "high", hpb_json_number(e->high));
}

static json_t *grand_mean(const hpb_grand_mean *m)
{
    return json_pack("{s:o, s:o, s:o, s:o}", "se", hpb_json_number(m->se), "df",
                     hpb_json_number(m->df), "low", hpb_json_number(m->low), "high",
                     hpb_json_number(m->high));
}

static json_t *factors(const hpb_variance *v)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < v->n_factors; i++) {
        json_t *factor = json_pack("{s:s, s:I, s:I}", "name", hpb_stream_name(v->stream[i]),
                                   "levels", (json_int_t)v->planned[i], "left_out",
                                   (json_int_t)(v->planned[i] - v->levels[i]));
        if (v->is_good) {
            json_object_set_new(factor, "first", estimate(&v->shares.first[i]));
            json_object_set_new(factor, "total", estimate(&v->shares.total[i]));
            json_object_set_new(factor, "shapley", estimate(&v->shares.shapley[i]));
        }
        json_array_append_new(all, factor);
    }
    return all;
}

static json_t *terms(const hpb_variance *v)
{
    json_t *all = json_array();
    for (uint32_t term = 1; term < v->components.n_terms; term++) {
        const hpb_component *c = &v->components.term[term];
        json_t *names = json_array();
        for (uint32_t i = 0; i < v->n_factors; i++)
            if (term >> i & 1)
                json_array_append_new(names, json_string(hpb_stream_name(v->stream[i])));
        json_array_append_new(
            all, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "factors", names, "ss",
                           hpb_json_number(c->ss), "df", hpb_json_number(c->df), "ms",
                           hpb_json_number(c->ms), "variance", hpb_json_number(c->value), "low",
                           hpb_json_number(c->low), "high", hpb_json_number(c->high), "method",
                           hpb_component_method_name(c->method), "share",
                           estimate(&v->shares.term[term])));
    }
    return all;
}

static json_t *next(const hpb_variance *v)
{
    json_t *levels = json_object();
    double runs = 1;
    for (uint32_t i = 0; i < v->n_factors; i++) {
        runs *= v->next[i];
        json_object_set_new(levels, hpb_stream_name(v->stream[i]), json_integer(v->next[i]));
    }
    return json_pack("{s:f, s:b, s:o, s:f, s:f}", "precision", v->precision, "reached",
                     v->is_reached, "levels", levels, "runs", runs, "independent_runs",
                     v->independent);
}

json_t *hpb_variance_shares_to_json(const hpb_variance *v)
{
    json_t *out =
        json_pack("{s:I, s:I, s:I, s:I, s:o, s:o}", "planned", (json_int_t)v->n_planned, "stored",
                  (json_int_t)v->n_stored, "diverged", (json_int_t)v->n_diverged, "failed",
                  (json_int_t)v->n_failed, "given", hpb_json_text(v->given), "factors", factors(v));
    json_object_set_new(out, "terms", v->is_good ? terms(v) : json_null());
    json_object_set_new(out, "variance",
                        v->is_good ? hpb_json_number(v->components.total) : json_null());
    return out;
}

json_t *hpb_variance_to_json(const hpb_variance *v)
{
    hpb_text words = {0};
    hpb_variance_sentences(v, &words);
    json_t *cell = json_pack("{s:o}", "cell", hpb_json_text(v->label)),
           *shares = hpb_variance_shares_to_json(v);
    json_object_update(cell, shares);
    json_decref(shares);
    const bool is_varied = v->is_good && v->components.total > 0;
    json_t *mean = json_null();
    if (v->is_good)
        mean = json_pack(
            "{s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o}}", "value", hpb_json_number(v->components.mean),
            "variance", hpb_json_number(v->components.variance), "honest",
            grand_mean(&v->components.honest), "conservative",
            grand_mean(&v->components.conservative), "naive", grand_mean(&v->components.naive),
            "pigeonhole", "low", hpb_json_number(v->pigeonhole.low), "high",
            hpb_json_number(v->pigeonhole.high));
    json_object_set_new(cell, "mean", mean);
    json_object_set_new(cell, "next", is_varied ? next(v) : json_null());
    json_t *sentences = json_array();
    for (const char *at = words.data; *at; at = strchr(at, '\n') + 1)
        json_array_append_new(sentences, json_stringn(at, strcspn(at, "\n")));
    json_object_set_new(cell, "answer", sentences);
    hpb_text_free(&words);
    return cell;
}
