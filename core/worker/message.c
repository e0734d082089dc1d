// SPDX-License-Identifier: Apache-2.0
// Messages as bytes.
#include "worker/message.h"

#include <errno.h>
#include <math.h>
#include <sha256.h>
#include <string.h>
#include <unistd.h>

// --- putting ------------------------------------------------------------------------------------------

size_t hpb_message_begin(hpb_text *out, message_type type)
{
    const size_t begin = out->length;
    const message_header header = {.type = (uint32_t)type};
    hpb_text_add_bytes(out, (const char *)&header, sizeof header);
    return begin;
}

void hpb_message_end(hpb_text *out, size_t begin)
{
    message_header header;
    memcpy(&header, out->data + begin, sizeof header);
    header.size = (uint32_t)(out->length - begin - sizeof header);
    memcpy(out->data + begin, &header, sizeof header);
}

void hpb_message_put_u32(hpb_text *out, uint32_t value)
{
    hpb_text_add_bytes(out, (const char *)&value, sizeof value);
}

void hpb_message_put_u64(hpb_text *out, uint64_t value)
{
    hpb_text_add_bytes(out, (const char *)&value, sizeof value);
}

void hpb_message_put_double(hpb_text *out, double value)
{
    hpb_text_add_bytes(out, (const char *)&value, sizeof value);
}

void hpb_message_put_bytes(hpb_text *out, const void *bytes, size_t n)
{
    hpb_message_put_u64(out, n);
    if (n)
        hpb_text_add_bytes(out, bytes, n);
}

void hpb_message_put_text(hpb_text *out, const char *text)
{
    hpb_message_put_bytes(out, text, strlen(text));
}

// --- getting ------------------------------------------------------------------------------------------

static const char *take(message_reader *reader, size_t n)
{
    if (reader->is_bad || n > reader->left) {
        reader->is_bad = true;
        return NULL;
    }
    const char *at = reader->at;
    reader->at += n;
    reader->left -= n;
    return at;
}

// What is missing is 0.
static void get(message_reader *reader, void *value, size_t size)
{
    const char *at = take(reader, size);
    if (at)
        memcpy(value, at, size);
}

uint32_t hpb_message_get_u32(message_reader *reader)
{
    uint32_t value = 0;
    get(reader, &value, sizeof value);
    return value;
}

uint64_t hpb_message_get_u64(message_reader *reader)
{
    uint64_t value = 0;
    get(reader, &value, sizeof value);
    return value;
}

double hpb_message_get_double(message_reader *reader)
{
    double value = 0;
    get(reader, &value, sizeof value);
    return value;
}

const char *hpb_message_get_bytes(message_reader *reader, size_t *n)
{
    const uint64_t size = hpb_message_get_u64(reader);
    const char *at = take(reader, size);
    *n = at ? size : 0;
    return at;
}

char *hpb_message_get_text(message_reader *reader, hpb_arena *arena)
{
    size_t n;
    const char *at = hpb_message_get_bytes(reader, &n);
    return hpb_arena_strndup(arena, at ? at : "", n);
}

// --- trials -------------------------------------------------------------------------------------------

void hpb_message_put_trial(hpb_text *out, const hpb_trial_result *result)
{
    const size_t begin = hpb_message_begin(out, MESSAGE_TRIAL);
    hpb_message_put_u32(out, result->cell);
    hpb_message_put_u32(out, result->replicate);
    hpb_message_put_u32(out, (uint32_t)result->status);
    hpb_message_put_double(out, result->mse);
    hpb_message_put_bytes(out, result->fold_mse, result->n_folds * sizeof *result->fold_mse);
    hpb_message_put_bytes(out, result->scores, result->n_scores * sizeof *result->scores);
    hpb_message_put_bytes(out, result->chosen, result->n_chosen * sizeof *result->chosen);
    hpb_message_put_bytes(out, result->worth, result->n_worth * sizeof *result->worth);
    hpb_message_put_u64(out, result->epochs);
    hpb_message_put_u64(out, result->updates);
    hpb_message_put_double(out, result->loss);
    hpb_message_put_double(out, result->val_loss);
    hpb_message_put_double(out, result->baseline_mse);
    hpb_message_put_double(out, result->truth_mse);
    hpb_message_put_double(out, result->r2);
    hpb_message_put_double(out, result->pooled_mse);
    hpb_message_put_double(out, result->pooled_r2);
    for (int i = 0; i < HPB_STREAM_COUNT; i++)
        hpb_message_put_u32(out, result->seed[i]);
    hpb_message_put_u64(out, result->fit_ns);
    hpb_message_put_bytes(out, result->curves,
                          result->curves ? result->n_curve_floats * sizeof *result->curves : 0);
    hpb_message_put_text(out, result->cause ? result->cause : "");
    hpb_message_end(out, begin);
}

// Copies an array out of the message, to where it is aligned.
static void *get_array(message_reader *reader, hpb_arena *arena, size_t size, uint32_t *count)
{
    size_t n;
    const char *bytes = hpb_message_get_bytes(reader, &n);
    reader->is_bad |= n % size != 0;
    *count = (uint32_t)(n / size);
    if (!bytes || !n)
        return NULL;
    return memcpy(hpb_arena_alloc(arena, n, 1), bytes, n);
}

// One line of UTF-8, whatever a plugin said: it is stored, printed, and goes into JSON and HTML.
static void make_printable(char *text)
{
    for (char *at = text; *(at += hpb_utf8_valid(at, strlen(at)));)
        *at = '?';
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
}

bool hpb_message_get_trial(message_reader *reader, hpb_arena *arena, hpb_trial_result *out)
{
    memset(out, 0, sizeof *out);
    out->cell = hpb_message_get_u32(reader);
    out->replicate = hpb_message_get_u32(reader);
    const uint32_t status = hpb_message_get_u32(reader);
    out->status = (hpb_status)status;
    out->mse = hpb_message_get_double(reader);
    out->fold_mse = get_array(reader, arena, sizeof *out->fold_mse, &out->n_folds);
    out->scores = get_array(reader, arena, sizeof *out->scores, &out->n_scores);
    out->chosen = get_array(reader, arena, sizeof *out->chosen, &out->n_chosen);
    out->worth = get_array(reader, arena, sizeof *out->worth, &out->n_worth);
    out->epochs = hpb_message_get_u64(reader);
    out->updates = hpb_message_get_u64(reader);
    out->loss = hpb_message_get_double(reader);
    out->val_loss = hpb_message_get_double(reader);
    out->baseline_mse = hpb_message_get_double(reader);
    out->truth_mse = hpb_message_get_double(reader);
    out->r2 = hpb_message_get_double(reader);
    out->pooled_mse = hpb_message_get_double(reader);
    out->pooled_r2 = hpb_message_get_double(reader);
    for (int i = 0; i < HPB_STREAM_COUNT; i++)
        out->seed[i] = hpb_message_get_u32(reader);
    out->fit_ns = hpb_message_get_u64(reader);
    out->curves = get_array(reader, arena, sizeof *out->curves, &out->n_curve_floats);
    char *cause = hpb_message_get_text(reader, arena);
    make_printable(cause);
    out->cause = cause[0] ? cause : NULL;
    return !reader->is_bad && reader->left == 0 &&
           (status == HPB_STATUS_OK || status == HPB_STATUS_DIVERGED ||
            status == HPB_STATUS_CONTRACT);
}

// --- folds --------------------------------------------------------------------------------------------

void hpb_message_put_fold(hpb_text *out, const hpb_fold *fold)
{
    const size_t begin = hpb_message_begin(out, MESSAGE_FOLD);
    hpb_message_put_u32(out, fold->cell);
    hpb_message_put_u32(out, fold->replicate);
    hpb_message_put_u32(out, fold->fold);
    hpb_message_put_u32(out, fold->outer);
    hpb_message_put_u32(out, fold->candidate);
    hpb_message_put_u32(out, fold->split);
    hpb_message_put_bytes(out, fold->train, fold->n_train * sizeof *fold->train);
    hpb_message_put_bytes(out, fold->validation, fold->n_validation * sizeof *fold->validation);
    hpb_message_put_bytes(out, fold->test, fold->n_test * sizeof *fold->test);
    hpb_message_put_bytes(out, fold->weights, fold->n_weights * sizeof *fold->weights);
    hpb_message_end(out, begin);
}

bool hpb_message_get_fold(message_reader *reader, hpb_arena *arena, hpb_fold *out)
{
    memset(out, 0, sizeof *out);
    out->cell = hpb_message_get_u32(reader);
    out->replicate = hpb_message_get_u32(reader);
    out->fold = hpb_message_get_u32(reader);
    out->outer = hpb_message_get_u32(reader);
    out->candidate = hpb_message_get_u32(reader);
    out->split = hpb_message_get_u32(reader);
    out->train = get_array(reader, arena, sizeof *out->train, &out->n_train);
    out->validation = get_array(reader, arena, sizeof *out->validation, &out->n_validation);
    out->test = get_array(reader, arena, sizeof *out->test, &out->n_test);
    out->weights = get_array(reader, arena, sizeof *out->weights, &out->n_weights);
    return !reader->is_bad && reader->left == 0 && out->n_train > 0 && out->n_test > 0;
}

// --- timing -------------------------------------------------------------------------------------------

void hpb_message_put_agenda(hpb_text *out, const hpb_timing_agenda *agenda)
{
    hpb_message_put_u32(out, agenda->n_repetitions);
    hpb_message_put_double(out, agenda->min_time);
    hpb_message_put_u32(out, agenda->n_targets);
    for (uint32_t i = 0; i < agenda->n_targets; i++) {
        hpb_message_put_u32(out, (uint32_t)agenda->targets[i].measure);
        hpb_message_put_u32(out, agenda->targets[i].cell);
        hpb_message_put_text(out, agenda->targets[i].name);
        hpb_message_put_text(out, agenda->targets[i].plugin);
    }
}

bool hpb_message_get_agenda(message_reader *reader, hpb_arena *arena, const hpb_plan *plan,
                            hpb_timing_agenda *out)
{
    *out = (hpb_timing_agenda){.n_repetitions = hpb_message_get_u32(reader),
                               .min_time = hpb_message_get_double(reader)};
    const uint32_t n = hpb_message_get_u32(reader);
    if (reader->is_bad || n > reader->left)
        return false;
    out->targets = hpb_arena_alloc(arena, n, sizeof *out->targets);
    for (out->n_targets = 0; out->n_targets < n && !reader->is_bad; out->n_targets++) {
        hpb_timing_target *target = &out->targets[out->n_targets];
        const uint32_t measure = hpb_message_get_u32(reader);
        target->measure = (hpb_timing_measure)measure;
        target->cell = hpb_message_get_u32(reader);
        target->name = hpb_message_get_text(reader, arena);
        target->plugin = hpb_message_get_text(reader, arena);
        reader->is_bad |= measure >= HPB_TIMING_COUNT || target->cell >= plan->n_cells;
    }
    return !reader->is_bad && reader->left == 0;
}

void hpb_message_put_timing(hpb_text *out, uint32_t target, const hpb_timing *timing)
{
    const size_t begin = hpb_message_begin(out, MESSAGE_TIMING);
    hpb_message_put_u32(out, target);
    hpb_message_put_u64(out, timing->n_items);
    hpb_message_put_u64(out, timing->n_iterations);
    hpb_message_put_bytes(out, timing->cpu, timing->n_repetitions * sizeof *timing->cpu);
    hpb_message_put_bytes(out, timing->real, timing->n_repetitions * sizeof *timing->real);
    hpb_message_end(out, begin);
}

static bool are_times(const double *seconds, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!isfinite(seconds[i]) || seconds[i] < 0)
            return false;
    return true;
}

bool hpb_message_get_timing(message_reader *reader, hpb_arena *arena,
                            const hpb_timing_agenda *agenda, uint32_t *target, hpb_timing *out)
{
    uint32_t n_real;
    memset(out, 0, sizeof *out);
    *target = hpb_message_get_u32(reader);
    out->n_items = hpb_message_get_u64(reader);
    out->n_iterations = hpb_message_get_u64(reader);
    out->cpu = get_array(reader, arena, sizeof *out->cpu, &out->n_repetitions);
    out->real = get_array(reader, arena, sizeof *out->real, &n_real);
    if (reader->is_bad || reader->left || *target >= agenda->n_targets ||
        out->n_repetitions != agenda->n_repetitions || n_real != out->n_repetitions ||
        !are_times(out->cpu, n_real) || !are_times(out->real, n_real))
        return false;
    const hpb_timing_target *of = &agenda->targets[*target];
    out->measure = of->measure;
    out->name = of->name;
    out->plugin = of->plugin;
    out->cell = *of->plugin ? -1 : (int32_t)of->cell;
    return true;
}

// --- the pipe -----------------------------------------------------------------------------------------

bool hpb_message_write(int fd, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n) {
        const ssize_t written = write(fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        n -= (size_t)written;
    }
    return true;
}

void hpb_message_plan_hash(const hpb_plan *plan, char out[HPB_SHA256_TEXT])
{
    SHA256_CTX context;
    SHA256_Init(&context);
    for (uint32_t i = 0; i < plan->n_cells; i++)
        SHA256_Update(&context, (const uint8_t *)plan->cells[i].key, strlen(plan->cells[i].key));
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256_Final(digest, &context);
    hpb_hex_text(digest, sizeof digest, out);
}
