// SPDX-License-Identifier: Apache-2.0
// The files that may be plugins: found by name alone, without opening any.
#ifndef HPB_SEARCH_H
#define HPB_SEARCH_H

#include "loader/probe.h"

/// A file named *.so in a search directory.
typedef struct hpb_candidate {
    const char *path;   ///< absolute
    uint32_t kind;      ///< of the folder that it lies in; 0: the search directory itself
    const char *reason; ///< why it must not be loaded, or NULL
} hpb_candidate;

/// Lists all candidates in search order, by name within a folder, each file once however often it is
/// found. Strings and *out are from `arena`. Code: HPB_EXIT_PLUGIN for a folder that the user named
/// and that is wrong.
hpb_exit hpb_search_list(const hpb_search *search, hpb_arena *arena, hpb_candidate **out,
                         uint32_t *out_count, hpb_error *error);

#endif // HPB_SEARCH_H
