// SPDX-License-Identifier: Apache-2.0
// Text and numbers of any kind to JSON.
#include "loader/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *hpb_json_text(const char *text)
{
    if (!text)
        return json_null();
    char *copy = hpb_strdup(text);
    for (char *at = copy; *(at += hpb_utf8_valid(at, strlen(at)));)
        *at = '?';
    json_t *json = json_string(copy);
    free(copy);
    return json;
}

json_t *hpb_json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *hpb_json_interval(double low, double high)
{
    json_t *out = json_array();
    json_array_append_new(out, hpb_json_number(low));
    json_array_append_new(out, hpb_json_number(high));
    return out;
}
