// SPDX-License-Identifier: Apache-2.0
// Any JSON as what a probe says that it found: a plugin may write into the probe's connection.
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json = json_loadb((const char *)data, size, 0, NULL);
    hpb_registry registry = {0};
    hpb_error error = {0};
    const hpb_exit code = json ? hpb_registry_from_json(json, &registry, &error) : HPB_EXIT_OK;
    HOLDS((code == HPB_EXIT_OK) == !error.text[0]);
    if (json && code == HPB_EXIT_OK) {
        // once read, it goes to workers in the same words
        json_t *again = hpb_registry_to_json(&registry);
        hpb_registry copy = {0};
        HOLDS(again && hpb_registry_from_json(again, &copy, &error) == HPB_EXIT_OK);
        HOLDS(copy.n_plugins == registry.n_plugins && copy.n_refusals == registry.n_refusals);
        hpb_registry_free(&copy);
        json_decref(again);
    } else {
        HOLDS(!registry.arena);
    }
    hpb_registry_free(&registry);
    json_decref(json);
    return 0;
}
