// SPDX-License-Identifier: Apache-2.0
// Runs a splitter and checks every split as it comes.
#include "engine/splits.h"

#include <stdlib.h>
#include <string.h>

typedef struct collector {
    hpb_splits *out;
    uint32_t n_rows, expected;
    uint8_t *seen; // [n_rows]: in which list of this split a row is
    char *message;
    bool is_broken;
    const char *id;
} collector;

enum { UNSEEN, IN_TRAIN, IN_TEST };

static int32_t broken(collector *c, const char *format, ...) HPB_PRINTF(2, 3);
static int32_t broken(collector *c, const char *format, ...)
{
    if (c->is_broken)
        return HPB_FAILED; // the first fault is the one to mend
    va_list arguments;
    const int n = snprintf(c->message, HPB_SPLITS_MESSAGE, "splitter %.64s: ", c->id);
    va_start(arguments, format);
    vsnprintf(c->message + n, HPB_SPLITS_MESSAGE - (size_t)n, format, arguments);
    va_end(arguments);
    c->is_broken = true;
    return HPB_FAILED;
}

static int32_t check(collector *c, const uint32_t *rows, uint32_t n, uint8_t list)
{
    const uint32_t fold = c->out->n + 1;
    if (n == 0 || !rows)
        return broken(c, "fold %u has no %s rows", fold, list == IN_TRAIN ? "training" : "test");
    for (uint32_t i = 0; i < n; i++) {
        if (rows[i] >= c->n_rows)
            return broken(c, "fold %u has index %u of %u rows; expected 0 to %u", fold, rows[i],
                          c->n_rows, c->n_rows - 1);
        if (c->seen[rows[i]] == IN_TEST)
            return broken(c, "fold %u has row %u twice in test", fold, rows[i]);
        if (c->seen[rows[i]] != UNSEEN && list == IN_TEST)
            return broken(c, "fold %u has row %u in both training and test", fold, rows[i]);
        c->seen[rows[i]] = list;
    }
    return HPB_OK;
}

static uint32_t *copy(const uint32_t *rows, uint32_t n)
{
    uint32_t *to = hpb_alloc(n, sizeof *to);
    memcpy(to, rows, n * sizeof *to);
    return to;
}

static int32_t collect(void *context, const uint32_t *train, uint32_t n_train, const uint32_t *test,
                       uint32_t n_test)
{
    collector *c = context;
    if (c->is_broken)
        return HPB_FAILED;
    if (c->out->n == c->expected)
        return broken(c, "emitted more than the %u splits that it had counted", c->expected);
    memset(c->seen, UNSEEN, c->n_rows);
    if (check(c, train, n_train, IN_TRAIN) != HPB_OK || check(c, test, n_test, IN_TEST) != HPB_OK)
        return HPB_FAILED;
    c->out->splits[c->out->n++] =
        (hpb_split){copy(train, n_train), copy(test, n_test), n_train, n_test};
    return HPB_OK;
}

bool hpb_splits_make(const hpb_splitter_ops *ops, const char *id, const hpb_value *values,
                     const hpb_rows *rows, uint32_t seed, uint32_t expected, hpb_splits *out,
                     char message[HPB_SPLITS_MESSAGE])
{
    *out = (hpb_splits){.splits = hpb_alloc(expected, sizeof *out->splits)};
    collector c = {out, rows->n_rows, expected, hpb_alloc(rows->n_rows, 1), message, false, id};
    hpb_numpy numpy;
    hpb_numpy_seed(&numpy, seed);
    hpb_host_context context;
    const bool is_fixed = ops->flags & HPB_SPLITTER_FIXED; // then its cell may run once
    const hpb_host host = hpb_host_begin(&context, is_fixed ? NULL : &numpy, NULL);
    const int32_t status = ops->split(&host, values, rows, collect, &c);
    hpb_host_end(&context);
    if (status != HPB_OK || (is_fixed && *context.message))
        broken(&c, "%s", hpb_host_reason(&context));
    else if (out->n != expected)
        broken(&c, "emitted %u of the %u splits that it had counted", out->n, expected);
    free(c.seen);
    if (c.is_broken)
        hpb_splits_free(out);
    return !c.is_broken;
}

void hpb_splits_free(hpb_splits *splits)
{
    for (uint32_t i = 0; i < splits->n; i++) {
        free(splits->splits[i].train);
        free(splits->splits[i].test);
    }
    free(splits->splits);
    *splits = (hpb_splits){0};
}
