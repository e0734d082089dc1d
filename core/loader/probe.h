// SPDX-License-Identifier: Apache-2.0
// A process of its own that loads plugins so that the parent need not: it scans the search directories
// and counts splits. If a file kills it, a new one goes on after that file.
#ifndef HPB_PROBE_H
#define HPB_PROBE_H

#include "loader/registry.h"

typedef struct hpb_probe hpb_probe;

/// Where plugins are looked for, in order: `plugin_dirs` (--plugin-dir), HPBENCH_PLUGIN_PATH,
/// ~/.local/lib/hpbench/plugins, the build or install directory. Relative and empty elements, folders that
/// others may write to, and unreadable ones are errors where the user named them; a default that does
/// not exist is passed over. Under each: one folder a kind, and every *.so directly inside it or inside
/// the search directory itself.
typedef struct hpb_search {
    const char *const *plugin_dirs;
    uint32_t n_plugin_dirs;
    bool allow_insecure; ///< --allow-insecure-plugin: world-writable files and folders too
} hpb_search;

/// Finds and describes all plugins. Two files of one kind and id are an error that names both. Files
/// that are refused are listed in the registry, and are no error here. Code: HPB_EXIT_PLUGIN.
hpb_exit hpb_probe_scan(const hpb_search *search, hpb_registry *out, hpb_error *error);

/// How many splits a splitter makes of these rows, or whether a schedule's values make one (then 1 as the
/// answer, `rows` unused); the plugin's own words where it can't.
/// Starts a probe process on the first call, which *probe keeps (start from NULL).
/// Code: HPB_EXIT_SUITE where the values don't fit the rows or each other, HPB_EXIT_PLUGIN where the plugin died.
hpb_exit hpb_probe_check_values(hpb_probe **probe, const hpb_plugin_info *plugin,
                                const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                                hpb_error *error);
void hpb_probe_close(hpb_probe *probe); ///< NULL is fine

/// The probe process itself: `hpbench --probe`, requests on stdin, answers on descriptor 3.
int hpb_probe_main(void);

#endif // HPB_PROBE_H
