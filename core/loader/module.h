// SPDX-License-Identifier: Apache-2.0
// Loading a plugin's code: for probe and worker processes only. The parent never does.
#ifndef HPB_MODULE_H
#define HPB_MODULE_H

#include "loader/registry.h"

/// A loaded plugin; its code stays loaded until the process ends (no dlclose: style.md, GStreamer).
typedef struct hpb_module {
    const hpb_plugin *plugin; ///< the plugin's own descriptor: arrays are read by their strides
    const void *ops;          ///< the functions of its kind: hpb_optimizer_ops, ...
} hpb_module;

/// Checks the file before it is trusted, opens it with RTLD_NOW | RTLD_LOCAL, compares the floating-point
/// control register, and checks the descriptor field by field. Code: HPB_EXIT_PLUGIN; the text starts
/// with the path and says what is wrong, what was expected and what was found.
/// `kind` 0: any. Fills `info` (strings from `arena`) when it is not NULL.
hpb_exit hpb_module_open(const char *path, uint32_t kind, hpb_arena *arena, hpb_module *out,
                         hpb_plugin_info *info, hpb_error *error);

/// As hpb_check_values_function (suite/plan.h), by loading the plugin here. context: unused. Codes:
/// HPB_EXIT_SUITE, in the plugin's words, where the values can't split these rows or make no schedule; HPB_EXIT_PLUGIN.
hpb_exit hpb_module_check_values(void *context, const hpb_plugin_info *plugin,
                                 const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                                 hpb_error *error);

/// The best instruction set of this CPU and operating system: HPB_ISA_*.
uint32_t hpb_isa_best(void);
/// "auto", "baseline", "x86-64-v3", "x86-64-v4" -> HPB_ISA_*; error (HPB_EXIT_USAGE) for an unknown word
/// or one that this machine can't run.
hpb_exit hpb_isa_parse(const char *word, uint32_t *out, hpb_error *error);
/// The plugin's update function for `isa`, or the next lower one that it has.
hpb_update_function hpb_optimizer_update(const hpb_optimizer_ops *ops, uint32_t isa);

#endif // HPB_MODULE_H
