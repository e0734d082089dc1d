// SPDX-License-Identifier: Apache-2.0
// The keys that the host itself knows, as tables of hpb_param; docs/suites.md is checked against them.
#ifndef HPB_TABLES_H
#define HPB_TABLES_H

#include "suite/suite.h"

typedef struct hpb_params {
    const hpb_param *items; ///< [n]
    uint32_t n;
    const char *source; ///< whose names and defaults these are: "Keras", "scikit-learn", "hpbench"
} hpb_params;

/// The host's keys in a section of that axis; on a plugin's axis they come after the plugin's own.
hpb_params hpb_axis_params(hpb_axis axis);

/// Sections that are no axis.
typedef enum hpb_section {
    HPB_SECTION_SUITE,
    HPB_SECTION_CROSS,
    HPB_SECTION_TIMING,
    HPB_SECTION_REPORT,
    HPB_SECTION_EXPLAIN,
    HPB_SECTION_VARIANCE,
    HPB_SECTION_COUNT
} hpb_section;
const char *hpb_section_name(hpb_section section);  ///< "suite", ...
hpb_params hpb_section_params(hpb_section section); ///< [cross] has lists of labels beside them

/// Whether a section of that axis may carry a label: all but [fit].
bool hpb_axis_has_labels(hpb_axis axis);

// In the order of the choices of `[data] separator`.
#define HPB_SEPARATORS ",;\t"

#endif // HPB_TABLES_H
