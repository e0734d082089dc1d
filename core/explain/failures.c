// SPDX-License-Identifier: Apache-2.0
// Failed runs of all combinations, counted by cause. Runs that were set aside follow from others: they have no cause of their
// own, and count as failed.
#include "explain/private.h"

#include <stdlib.h>
#include <string.h>

// A cause in one combination.
typedef struct counted {
    uint32_t corner;
    hpb_status status;
    const char *cause;
    uint64_t n;
} counted;

typedef struct counting {
    hpb_arena *arena;
    const hpb_stored_run *run;
    const uint32_t *corner; // [n_cells]; UINT32_MAX: no combination
    uint32_t n_replicates;
    uint64_t *n_failed; // [n_corners]
    counted *causes;
    size_t n, capacity;
} counting;

static void count(void *context, const hpb_trial_result *result)
{
    counting *all = context;
    const uint32_t corner =
        result->cell < all->run->n_cells ? all->corner[result->cell] : UINT32_MAX;
    if (corner == UINT32_MAX)
        return;
    // where no seed changes anything one run was made, and all others would be that one
    const uint64_t n = all->run->cells[result->cell].n_planned == 1 ? all->n_replicates : 1;
    all->n_failed[corner] += n;
    if (result->status == HPB_STATUS_SET_ASIDE)
        return;
    const char *cause = result->cause ? result->cause : "cause not stored";
    const size_t length = hpb_cause_kind(cause);
    for (size_t i = 0; i < all->n; i++) {
        counted *known = &all->causes[i];
        if (known->corner == corner && known->status == result->status &&
            strlen(known->cause) == length && memcmp(known->cause, cause, length) == 0) {
            known->n += n;
            return;
        }
    }
    all->causes = hpb_grow(all->causes, &all->capacity, all->n + 1, sizeof *all->causes);
    all->causes[all->n++] =
        (counted){corner, result->status, hpb_arena_strndup(all->arena, cause, length), n};
}

static hpb_failure commonest(const counting *all, uint32_t n_corners)
{
    const counted *most = NULL;
    for (size_t i = 0; i < all->n; i++)
        if (!most || all->causes[i].n > most->n ||
            (all->causes[i].n == most->n && all->causes[i].corner < most->corner))
            most = &all->causes[i];
    if (!most)
        return (hpb_failure){0};
    hpb_failure out = {most->cause, most->status, most->corner, all->n_failed[most->corner], 0};
    for (uint32_t c = 0; c < n_corners; c++)
        out.n_others += c != most->corner && all->n_failed[c];
    return out;
}

hpb_exit hpb_explanation_read_failures(hpb_store *store, const hpb_stored_run *run,
                                       hpb_explanation *out, hpb_error *error)
{
    const uint32_t n = out->n_corners;
    uint32_t *corner = hpb_alloc(run->n_cells, sizeof *corner);
    counting all = {
        .arena = out->arena, .run = run, .corner = corner, .n_replicates = out->n_replicates};
    all.n_failed = hpb_alloc(n, sizeof *all.n_failed);
    memset(corner, 0xff, run->n_cells * sizeof *corner);
    for (uint32_t c = n; c-- > 0;) // several that are one cell: the lowest
        corner[out->cells->corners[c]] = c;
    const hpb_exit code = hpb_store_each_failure(store, run, count, &all, error);
    out->failure = commonest(&all, n);
    free(all.causes);
    free(all.n_failed);
    free(corner);
    return code;
}

void hpb_say_failures(hpb_speaker *s)
{
    static const char *const words[HPB_STATUS_COUNT] = {
        [HPB_STATUS_CRASHED] = "it crashed",
        [HPB_STATUS_TIMEOUT] = "it took too long",
        [HPB_STATUS_CONTRACT] = "a plugin broke its contract",
    };
    const hpb_explanation *e = s->e;
    const hpb_failure *failure = &e->failure;
    if (!failure->cause)
        return;
    hpb_say(s, "%s fails in %s of %s runs: %s, %s.",
            hpb_mix_words(e, e->corner_mask[failure->corner], s->arena),
            hpb_say_count(s, (double)failure->n_failed), hpb_say_count(s, e->n_replicates),
            words[failure->status], failure->cause);
    if (failure->n_others)
        hpb_say(s, "In %s other combination%s of the settings runs failed too.",
                hpb_say_count(s, failure->n_others), failure->n_others == 1 ? "" : "s");
}
