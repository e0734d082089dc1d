// SPDX-License-Identifier: Apache-2.0
// A plugin's descriptor, checked field by field and copied out.
#ifndef HPB_DESCRIPTOR_H
#define HPB_DESCRIPTOR_H

#include "loader/registry.h"

/// Checks all that `plugin`, loaded from `path`, declares, and copies it into `info` (strings and arrays from
/// `arena`; path and sha256 are left alone). Structs are read through their own sizes and strides.
/// *ops: the kind's functions. Code: HPB_EXIT_PLUGIN; the text starts with `path`.
hpb_exit hpb_descriptor_check(const char *path, const hpb_plugin *plugin, hpb_arena *arena,
                              hpb_plugin_info *info, const void **ops, hpb_error *error);

#endif // HPB_DESCRIPTOR_H
