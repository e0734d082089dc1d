// SPDX-License-Identifier: Apache-2.0
// The plugin ABI compiled as C++17: the same layout as in C, and a descriptor written in C++.
#include "hpbench/plugin.h"

#define ABI(major, minor)                                                                          \
    static_assert(HPB_ABI_MAJOR == major && HPB_ABI_MINOR == minor, "ABI version");
#define STRUCT(type, size) static_assert(sizeof(type) == size, "size of " #type);
#define FIELD(type, field, offset)                                                                 \
    static_assert(offsetof(type, field) == offset, "offset of " #type "." #field);
#include "layout.def"

namespace
{
HPB_INLINE void update(const hpb_value *, const hpb_batch *batch)
{
    for (size_t i = 0; i < size_t(batch->n_params) * batch->n_lanes; i++)
        batch->weights[i] -= batch->learning_rate[i % batch->n_lanes] * batch->gradients[i];
}
HPB_UPDATE_VARIANTS(update)

const hpb_param params[] = {{"learning_rate", nullptr, "Step size.", nullptr, nullptr,
                             HPB_TYPE_REAL, HPB_PARAM_MIN_OPEN, 0.01, 0, 1}};
const hpb_optimizer_ops ops = {sizeof ops, HPB_OPTIMIZER_ELEMENTWISE, nullptr,
                               HPB_UPDATE_TABLE(update)};
const hpb_plugin plugin = {HPB_PREAMBLE,
                           HPB_KIND_OPTIMIZER,
                           1,
                           "layout_cxx",
                           "1.0",
                           "An optimizer in C++.",
                           nullptr,
                           nullptr,
                           HPB_ARRAY(params),
                           {nullptr, 0, 0},
                           &ops};
} // namespace

HPB_EXPORT const hpb_plugin *hpbench_plugin()
{
    return &plugin;
}
