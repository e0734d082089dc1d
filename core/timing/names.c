// SPDX-License-Identifier: Apache-2.0
// What is timed, by name.
#include "timing/timing.h"

static const struct {
    const char *measure, *item;
} names[HPB_TIMING_COUNT] = {
    [HPB_TIMING_FIT_ALONE] = {"fit_alone", "fit"},
    [HPB_TIMING_FIT_BULK] = {"fit_bulk", "fit"},
    [HPB_TIMING_UPDATE] = {"update", "parameter and step"},
    [HPB_TIMING_FILL] = {"fill", "weight"},
    [HPB_TIMING_SPLIT] = {"split", "row"},
    [HPB_TIMING_OBSERVE] = {"observe", "epoch"},
    [HPB_TIMING_RATE] = {"rate", "step"},
};

const char *hpb_timing_measure_name(hpb_timing_measure measure)
{
    return names[measure].measure;
}

const char *hpb_timing_item_name(hpb_timing_measure measure)
{
    return names[measure].item;
}
