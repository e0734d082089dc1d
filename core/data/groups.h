// SPDX-License-Identifier: Apache-2.0
// From the texts of a column to numbered groups.
#ifndef HPB_GROUPS_H
#define HPB_GROUPS_H

#include "data/dataset.h"

/// Sets `groups` and `n_groups` from the names of the rows' groups, one behind the other, each with its NUL (NULL: the
/// data have none), and counts the test folds.
void hpb_dataset_number_groups(const char *names, hpb_dataset *dataset);

#endif // HPB_GROUPS_H
