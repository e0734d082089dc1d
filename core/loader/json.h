// SPDX-License-Identifier: Apache-2.0
// What JSON can't hold, as JSON that says so.
#ifndef HPB_JSON_H
#define HPB_JSON_H

#include "base/base.h"

#include <jansson.h>

/// A string, or null for NULL. What is not UTF-8 (a path may hold any byte) becomes '?'.
json_t *hpb_json_text(const char *text);
/// A number; null where it is not finite.
json_t *hpb_json_number(double value);
/// [low, high], likewise.
json_t *hpb_json_interval(double low, double high);

#endif // HPB_JSON_H
