// SPDX-License-Identifier: Apache-2.0
// The plugins that were found, as data. Nothing here runs a plugin: the parent process reads
// descriptors that a probe process sent (probe.h), workers load the code (module.h).
#ifndef HPB_REGISTRY_H
#define HPB_REGISTRY_H

#include "base/base.h"
#include "hpbench/plugin.h"

#include <jansson.h>

#define HPB_KIND_LAST HPB_KIND_SCHEDULE // the kinds that this version can use

/// A plugin's descriptor, copied. All strings belong to the registry.
typedef struct hpb_plugin_info {
    uint32_t kind;
    const char *id, *version, *summary, *docs, *references;
    uint32_t results_revision;
    uint16_t abi_major, abi_minor;
    const char *path; ///< absolute, of the .so
    const char *sha256;
    const hpb_param *params; ///< [n_params]
    uint32_t n_params;
    const hpb_slot *slots; ///< [n_slots]; optimizers
    uint32_t n_slots;
    uint32_t
        flags; ///< of its kind: HPB_OPTIMIZER_*, HPB_SPLITTER_*, HPB_EARLY_STOPPING_*, HPB_SCHEDULE_*
    uint32_t n_state; ///< early stopping
    uint32_t isa;     ///< optimizer: bit i set: update[i] is there
} hpb_plugin_info;

/// A file that looks like a plugin and was refused: one line, worded for its author.
typedef struct hpb_refusal {
    const char *path;
    const char *reason;
} hpb_refusal;

typedef struct hpb_registry {
    hpb_arena *arena;
    hpb_plugin_info *plugins; ///< by kind, then id
    uint32_t n_plugins;
    hpb_refusal *refusals; ///< in search order
    uint32_t n_refusals;
} hpb_registry;

void hpb_registry_free(hpb_registry *registry);
/// The plugin of that kind and id (exact), or NULL.
const hpb_plugin_info *hpb_registry_find(const hpb_registry *registry, uint32_t kind,
                                         const char *id);

/// "optimizer", "initializer", "splitter", "early_stopping", "schedule"; NULL for an unknown number.
const char *hpb_kind_name(uint32_t kind);
/// The folder of a kind under a search directory: "optimizers", ..., "early_stopping", "schedules".
const char *hpb_kind_folder(uint32_t kind);
const char *hpb_isa_name(uint32_t isa); ///< "baseline", "x86-64-v3", "x86-64-v4"

/// The whole registry as JSON and back: how the parent hands it to workers. The same objects are what
/// `hpbench plugins show --json` prints. A default that is `none` and a bound that is not there are null.
json_t *hpb_registry_to_json(const hpb_registry *registry);
json_t *hpb_plugin_to_json(const hpb_plugin_info *plugin);
hpb_exit hpb_registry_from_json(const json_t *json, hpb_registry *out, hpb_error *error);

#endif // HPB_REGISTRY_H
