// SPDX-License-Identifier: Apache-2.0
// A suite that explains, and what each corner of its first comparison is. cmocka and what it wants are included before.
#ifndef HPB_TEST_SUPPORT_CORNERS_H
#define HPB_TEST_SUPPORT_CORNERS_H

#include "suite/support_suite.h"

#define HEAD "[suite]\nreplicates = 4\n[explain]\ncorners = yes\nluck = no\n"
#define TWO "[protocol.a]\noptimizer = sgd\n[protocol.b]\noptimizer = adam\n"

// The effective values of a corner of the first comparison, as stored. A new reference.
static inline json_t *spec_of(uint32_t mask)
{
    const hpb_plan *plan = &fixture.plan;
    return hpb_cell_to_json(plan, &plan->cells[plan->compared[0].corners[mask]]);
}

// What stands at "fit.epochs", or at "splitter" all of it; NULL: nothing. Taken out of `spec`.
static inline json_t *take(json_t *spec, const char *path)
{
    const char *point = strchr(path, '.');
    char *head = hpb_format("%.*s", (int)(point ? point - path : (long)strlen(path)), path);
    json_t *object = point ? json_object_get(spec, head) : spec;
    json_t *found = json_incref(json_object_get(object, point ? point + 1 : head));
    json_object_del(object, point ? point + 1 : head);
    free(head);
    return found;
}

static inline const char *value_at(uint32_t mask, const char *path)
{
    static char text[64];
    json_t *spec = spec_of(mask), *found = take(spec, path);
    snprintf(text, sizeof text, "%s", json_string_value(found));
    json_decref(found);
    json_decref(spec);
    return text;
}

#endif // HPB_TEST_SUPPORT_CORNERS_H
