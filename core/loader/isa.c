// SPDX-License-Identifier: Apache-2.0
// Which instruction sets this machine runs, and which of a plugin's functions is for which.
#include "loader/module.h"

#include <cpuid.h>
#include <string.h>

static const char *const names[HPB_ISA_COUNT] = {"baseline", "x86-64-v3", "x86-64-v4"};

const char *hpb_isa_name(uint32_t isa)
{
    return isa < HPB_ISA_COUNT ? names[isa] : NULL;
}

// The features of x86-64-v3 that clang 14's __builtin_cpu_supports does not know.
static bool has_rest_of_v3(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_F16C) || !(c & bit_MOVBE))
        return false;
    return __get_cpuid(0x80000001u, &a, &b, &c, &d) && (c & bit_LZCNT);
}

uint32_t hpb_isa_best(void)
{
    __builtin_cpu_init(); // the builtin asks the operating system too (XCR0)
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") || !has_rest_of_v3())
        return HPB_ISA_BASELINE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return HPB_ISA_V3;
    return HPB_ISA_V4;
}

hpb_exit hpb_isa_parse(const char *word, uint32_t *out, hpb_error *error)
{
    const uint32_t best = hpb_isa_best();
    *out = best;
    if (strcmp(word, "auto") == 0)
        return HPB_EXIT_OK;
    for (uint32_t isa = 0; isa < HPB_ISA_COUNT; isa++) {
        if (strcmp(word, names[isa]) != 0)
            continue;
        if (isa > best)
            return hpb_error_set(error, HPB_EXIT_USAGE,
                                 "--isa: this machine can't run %s; expected auto or at most %s",
                                 word, names[best]);
        *out = isa;
        return HPB_EXIT_OK;
    }
    hpb_error_set(
        error, HPB_EXIT_USAGE,
        "--isa: unknown instruction set; expected auto, baseline, x86-64-v3 or x86-64-v4; "
        "got %s",
        word);
    const char *nearest = hpb_nearest(word, names, HPB_ISA_COUNT);
    if (nearest)
        hpb_error_hint(error, "did you mean %s?", nearest);
    return HPB_EXIT_USAGE;
}

hpb_update_function hpb_optimizer_update(const hpb_optimizer_ops *ops, uint32_t isa)
{
    while (isa > HPB_ISA_BASELINE && !ops->update[isa])
        isa--;
    return ops->update[isa];
}
