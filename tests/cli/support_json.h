// SPDX-License-Identifier: Apache-2.0
// What a command printed as JSON, and what is in it.
//
// Include after cmocka.h and support_cli.h.
#ifndef HPB_TEST_SUPPORT_JSON_H
#define HPB_TEST_SUPPORT_JSON_H

#include <jansson.h>

/// What a command that ends with `code` printed; json_decref() it.
static inline json_t *json_of_code(const char *command, int code)
{
    ran r = run_hpbench(command);
    if (r.code != code)
        fail_msg("%s: exit %d\n%s%s", command, r.code, r.out, r.err);
    json_t *json = json_loads(r.out, 0, NULL);
    assert_non_null(json);
    ran_free(&r);
    return json;
}

/// Of one that ends well.
static inline json_t *json_of(const char *command)
{
    return json_of_code(command, 0);
}

/// The first explanation of what `explain --json` printed.
static inline const json_t *explanation_of(const json_t *json)
{
    return json_array_get(json_object_get(json, "explanations"), 0);
}

/// 0: there is none.
static inline double number_at(const json_t *json, const char *key)
{
    return json_number_value(json_object_get(json, key));
}

#endif // HPB_TEST_SUPPORT_JSON_H
