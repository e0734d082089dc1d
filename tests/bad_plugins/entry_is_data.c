// SPDX-License-Identifier: Apache-2.0
// The entry is a variable.
// expected: not an hpbench plugin: hpbench_plugin is data, not a function
extern const int hpbench_plugin[4];

__attribute__((visibility("default"))) const int hpbench_plugin[4] = {1, 2, 3, 4};
