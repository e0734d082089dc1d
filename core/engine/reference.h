// SPDX-License-Identifier: Apache-2.0
// One fit, written to be read and never optimised: the engine must equal it bit for bit.
#ifndef HPB_REFERENCE_H
#define HPB_REFERENCE_H

#include "engine/engine.h"

/// Trains one fit through the same plugins with L = HPB_LANES (lane 0 holds the fit, the others zeros).
void hpb_reference_run(const hpb_fit_config *config, const hpb_fit *fit, hpb_fit_done_function done,
                       void *context);

#endif // HPB_REFERENCE_H
