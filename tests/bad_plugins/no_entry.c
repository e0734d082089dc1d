// SPDX-License-Identifier: Apache-2.0
// A library that is no plugin.
// expected: not an hpbench plugin: it exports no function hpbench_plugin
int answer(void);

__attribute__((visibility("default"))) int answer(void)
{
    return 42;
}
