// SPDX-License-Identifier: Apache-2.0
// The hpbench plugin ABI: all that a plugin needs, and nothing else. C11, and C++17 as well.
//
// ABI 0.x: free to change until 1.0, append-only within a major from then on.
// A plugin is one shared object that exports one function, hpbench_plugin(), which returns a static
// const descriptor. It keeps no static variables, does no I/O, starts no threads and draws random
// numbers from the host alone. docs/abi.md is the guide; plugins/optimizers/sgd.c is a short example.
//
// Shapes: P parameters of a network, L lanes (fits advanced together; a multiple of
// HPB_LANE_MULTIPLE), N rows. Arrays [P][L] are lane fastest: element (p, l) is at p * L + l.
//
// Threads: a plugin is called from one thread at a time: [load] functions at any time after loading,
// [fit] functions while fits are under way. It may call [host] functions on that thread, until it returns.
// Memory belongs to the side that hands it over, for the time of the call. Only what returns int32_t can fail.
#ifndef HPBENCH_PLUGIN_H
#define HPBENCH_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HPB_ABI_MAJOR 0
#define HPB_ABI_MINOR 3
#define HPB_MAGIC 0x4e425048u // "HPBN", little endian
#define HPB_LANE_MULTIPLE 16  // L is a multiple of this

// What a plugin is. The numbers are fixed for ever; an unknown one is refused, not guessed at.
#define HPB_KIND_OPTIMIZER 1u
#define HPB_KIND_INITIALIZER 2u
#define HPB_KIND_SPLITTER 3u
#define HPB_KIND_EARLY_STOPPING 4u
#define HPB_KIND_SCHEDULE 5u

// What a function answers. Anything but HPB_OK ends the trial (never the run) with the plugin's words.
#define HPB_OK 0
#define HPB_FAILED (-1)

/// A counted array of structs: HPB_ARRAY(array). `stride` is the size of one element as its owner
/// compiled it, so that either side can grow the element type.
typedef struct hpb_array {
    const void *items; ///< the first element, or NULL when count is 0
    uint32_t count;
    uint32_t stride; ///< bytes from one element to the next
} hpb_array;

#define HPB_ARRAY(array)                                                                           \
    {                                                                                              \
        (array), (uint32_t)(sizeof(array) / sizeof *(array)), (uint32_t)sizeof *(array)            \
    }

// --- parameters -----------------------------------------------------------------------------------

#define HPB_TYPE_REAL 1u
#define HPB_TYPE_INT 2u
#define HPB_TYPE_FLAG 3u   // no or yes: 0 or 1
#define HPB_TYPE_CHOICE 4u // the index of one of `choices`
#define HPB_TYPE_REALS 5u  // a list of reals

#define HPB_PARAM_MIN_OPEN 1u // the value must be greater than `min`, not equal
#define HPB_PARAM_MAX_OPEN 2u // the value must be less than `max`, not equal
#define HPB_PARAM_OPTIONAL 4u // `none` is allowed, and reaches the plugin as NaN
#define HPB_PARAM_REQUIRED 8u // there is no default: every suite sets it

/// One parameter of a plugin: what a suite may set, and what `hpbench plugins show` prints.
/// Values reach a plugin as double: Keras computes 1 - beta in double, and in float32 it differs.
typedef struct hpb_param {
    const char *name;    ///< the field's standard name, lower snake case, unique in the plugin
    const char *aliases; ///< other accepted names, commas between them, or NULL
    const char *doc;     ///< one sentence
    const char *unit;    ///< "epochs", "rows", ... or NULL
    const char *choices; ///< HPB_TYPE_CHOICE: the words, commas between them; else NULL
    uint32_t type;       ///< HPB_TYPE_*
    uint32_t flags;      ///< HPB_PARAM_*
    double value;    ///< the default; NaN is `none` (HPB_PARAM_OPTIONAL only); unused for a list,
                     ///< or where it is required
    double min, max; ///< real, int, reals: inclusive unless flagged open; -HUGE_VAL, HUGE_VAL: none
} hpb_param;

/// The value of one parameter in one cell, in the order of the plugin's own table.
typedef struct hpb_value {
    double number;      ///< real, int, flag (0, 1) or choice (index); NaN is `none`
    const double *list; ///< HPB_TYPE_REALS: [count]; owned by the host
    uint32_t count;
    uint32_t reserved;
} hpb_value;

// --- the host's services ---------------------------------------------------------------------------

/// Elementary functions whose bits are the same on every x86-64 (SLEEF's cinz_ family). A plugin must
/// not call libm's: they change with the instruction set. Division, sqrt and fabs are exact anyway.
/// NaN and infinities behave as in C99; nothing sets errno. [host]
typedef struct hpb_math {
    uint32_t struct_size;
    uint32_t reserved;
    double (*exp)(double x); // this and the next four as C99's of that name
    double (*log)(double x);
    double (*cos)(double x);
    double (*tanh)(double x);
    double (*pow)(double x, double y);
    void (*expf_n)(uint32_t n, const float *x, float *out);  ///< out[i] = exp(x[i]); may alias
    void (*logf_n)(uint32_t n, const float *x, float *out);  ///< out[i] = log(x[i]); may alias
    void (*tanhf_n)(uint32_t n, const float *x, float *out); ///< out[i] = tanh(x[i]); may alias
} hpb_math;

/// Services for the time of one call. Whose random numbers they are (hpbench's, NumPy's, Keras') is
/// the suite's choice: a plugin can't tell and need not know. A [load] call has none: draws yield
/// zeros, and the call counts as failed. `out` is the plugin's, [n]; n may be 0. [host]
typedef struct hpb_host {
    uint32_t struct_size;
    uint32_t reserved;
    void *context; ///< opaque; the first argument of every function below
    const hpb_math *math;
    /// Zeroed memory, 64-byte aligned, freed by the host after the call. Never NULL.
    void *(*scratch)(void *context, size_t bytes);
    /// `n` uniform numbers in [low, high); `n` normal ones.
    void (*random_uniform)(void *context, uint32_t n, double low, double high, float *out);
    void (*random_normal)(void *context, uint32_t n, double mean, double stddev, float *out);
    /// Normal numbers, drawn again until they are within two standard deviations of the mean.
    void (*random_truncated_normal)(void *context, uint32_t n, double mean, double stddev,
                                    float *out);
    /// A random order of 0 ... n-1 in out[n].
    void (*random_permutation)(void *context, uint32_t n, uint32_t *out);
    /// `n` integers in [low, high), low < high.
    void (*random_integers)(void *context, uint32_t n, int64_t low, int64_t high, int64_t *out);
    /// Says why a call fails, in one line of UTF-8; copies it (511 bytes) and returns HPB_FAILED.
    /// "NAME: why", NAME being a parameter: a [load] call's reason is shown at that line of the suite.
    /// "why\nway out": the second line is shown as the hint.
    int32_t (*fail)(void *context, const char *message);
} hpb_host;

// --- optimizers --------------------------------------------------------------------------------------

#define HPB_SLOT_PARAMETER 1u // float [P][L]: one number a parameter and lane
#define HPB_SLOT_LANE 2u      // double [L]: one number a lane

/// A piece of an optimizer's state. The host allocates it and sets it to 0 before each fit.
typedef struct hpb_slot {
    const char *name; ///< the paper's or Keras' name
    const char *doc;
    uint32_t scope; ///< HPB_SLOT_PARAMETER or HPB_SLOT_LANE
    uint32_t reserved;
} hpb_slot;

#define HPB_SEGMENT_KERNEL 0u
#define HPB_SEGMENT_BIAS 1u

/// A tensor of the network inside the parameters [offset, offset + rows * columns), row-major.
typedef struct hpb_segment {
    uint32_t layer; ///< counts from 0
    uint32_t role;  ///< HPB_SEGMENT_*
    uint32_t offset;
    uint32_t rows;    ///< kernel: inputs; bias: 1
    uint32_t columns; ///< units
    uint32_t reserved;
} hpb_segment;

/// One update of L fits. All arrays are the host's, valid during the call, 64-byte aligned and never
/// alias. A lane may read and write its own lane only: its result must not depend on L, on its
/// position or on other lanes. Lanes that have ended may compute garbage.
typedef struct hpb_batch {
    uint32_t struct_size;
    uint32_t n_params; ///< P
    uint32_t n_lanes;  ///< L
    uint32_t reserved;
    float *weights;            ///< [P][L], read and written
    const float *gradients;    ///< [P][L], of the mean loss of the batch, after the host's clipping
    float *const *slots;       ///< slots[k]: [P][L]; NULL where slot k is HPB_SLOT_LANE
    double *const *lane_slots; ///< lane_slots[k]: [L]; NULL where slot k is HPB_SLOT_PARAMETER
    const float *learning_rate; ///< [L]: lanes may have different rates
    const int64_t *step;        ///< [L]: the number of this update, from 1; lanes run out of step
    hpb_array segments;         ///< of hpb_segment, in the order of the parameters
    const hpb_math *math;
} hpb_batch;

/// Advances all lanes by one step: reads gradients, writes weights and slots. [fit]
typedef void (*hpb_update_function)(const hpb_value *values, const hpb_batch *batch);

// Instruction sets for which one source is stamped, and the index of each in `update`.
#define HPB_ISA_BASELINE 0u
#define HPB_ISA_V3 1u // x86-64-v3: AVX2 and FMA
#define HPB_ISA_V4 2u // x86-64-v4: AVX-512
#define HPB_ISA_COUNT 3u

// An element's update reads that element and its lane's slots only.
#define HPB_OPTIMIZER_ELEMENTWISE 1u
// Applies its parameter `weight_decay` itself: the host leaves the weights alone.
#define HPB_OPTIMIZER_DECAYS 2u

/// Must declare a parameter `learning_rate`: the host reads it and hands the rate of each step over in
/// the batch. Weight decay, gradient clipping and averaging of weights are the host's, around any
/// optimizer; a plugin that lists one of them (`weight_decay`, ...) only changes its default, unless it
/// says HPB_OPTIMIZER_DECAYS.
typedef struct hpb_optimizer_ops {
    uint32_t struct_size;
    uint32_t flags; ///< HPB_OPTIMIZER_*
    /// Sets the slots of one lane before its first update, where 0 is not right; its weights are the
    /// initial ones. Other lanes are under way: writes nothing else. May be NULL. [fit]
    void (*start)(const hpb_value *values, const hpb_batch *batch, uint32_t lane);
    /// By instruction set; entry 0 is required, the others may be NULL; all give the same bits.
    /// HPB_UPDATE_VARIANTS writes them. [fit]
    hpb_update_function update[HPB_ISA_COUNT];
} hpb_optimizer_ops;

#if defined(__GNUC__)
#define HPB_EXPORT __attribute__((visibility("default")))
#define HPB_INLINE static inline __attribute__((always_inline))
#define HPB_RESTRICT __restrict
#else
#define HPB_EXPORT
#define HPB_INLINE static inline
#define HPB_RESTRICT
#endif

#if defined(__GNUC__) && defined(__x86_64__)
#define HPB_TARGET_V3 __attribute__((target("arch=x86-64-v3")))
#define HPB_TARGET_V4 __attribute__((target("arch=x86-64-v4")))
#else
#define HPB_TARGET_V3
#define HPB_TARGET_V4
#endif

/// Stamps `body`, an HPB_INLINE hpb_update_function, once for each instruction set. Not target_clones:
/// the host must be able to choose (`--isa`), and clang 14 misroutes it.
#define HPB_UPDATE_VARIANTS(body)                                                                  \
    static void body##_baseline(const hpb_value *values, const hpb_batch *batch)                   \
    {                                                                                              \
        body(values, batch);                                                                       \
    }                                                                                              \
    HPB_TARGET_V3 static void body##_v3(const hpb_value *values, const hpb_batch *batch)           \
    {                                                                                              \
        body(values, batch);                                                                       \
    }                                                                                              \
    HPB_TARGET_V4 static void body##_v4(const hpb_value *values, const hpb_batch *batch)           \
    {                                                                                              \
        body(values, batch);                                                                       \
    }
#define HPB_UPDATE_TABLE(body)                                                                     \
    {                                                                                              \
        body##_baseline, body##_v3, body##_v4                                                      \
    }

// --- initializers --------------------------------------------------------------------------------------

/// The tensor to fill: a kernel of `rows` inputs by `columns` units.
typedef struct hpb_tensor {
    uint32_t struct_size;
    uint32_t layer;   ///< counts from 0
    uint32_t rows;    ///< fan in
    uint32_t columns; ///< fan out
} hpb_tensor;

// No random number is drawn, whatever the values, and so no seed of a kernel's own, as Keras draws none
// for Zeros, Ones, Constant and Identity. One that draws all the same breaks its contract.
#define HPB_INITIALIZER_FIXED 1u

typedef struct hpb_initializer_ops {
    uint32_t struct_size;
    uint32_t flags; ///< HPB_INITIALIZER_*
    /// Fills out[rows * columns], row-major. Returns HPB_OK, or host->fail(). [fit]
    int32_t (*fill)(const hpb_host *host, const hpb_value *values, const hpb_tensor *tensor,
                    float *out);
} hpb_initializer_ops;

// --- splitters -------------------------------------------------------------------------------------------

/// The rows to split. All arrays are the host's, valid during the call.
typedef struct hpb_rows {
    uint32_t struct_size;
    uint32_t n_rows; ///< N
    /// [N]: the group of each row, or NULL where the data have none. Groups count from 0 in the order of
    /// their names, as numpy.unique numbers them; each has a row.
    const uint32_t *groups;
    /// [N]: the fold that tests each row, -1: none does; or NULL where the data have none.
    const int32_t *test_fold;
} hpb_rows;

/// Takes one split: copies both lists of row numbers. Rows may be in any order, which is kept; no row
/// may be in both lists, neither list may be empty. A row may be trained on more than once (a bootstrap
/// draws with replacement), but is tested once. Returns HPB_OK, or the code to hand on. [host]
typedef int32_t (*hpb_emit_function)(void *emit_context, const uint32_t *train, uint32_t n_train,
                                     const uint32_t *test, uint32_t n_test);

// No random number is drawn, whatever the values: every replicate has the same splits. One that draws
// all the same breaks its contract.
#define HPB_SPLITTER_FIXED 1u

typedef struct hpb_splitter_ops {
    uint32_t struct_size;
    uint32_t flags; ///< HPB_SPLITTER_*
    /// How many splits `split` will emit for these rows; draws no random numbers. Returns HPB_OK, or
    /// host->fail() where the values can't split these rows (5 folds of 4 rows). [load]
    int32_t (*count)(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     uint32_t *out_count);
    /// Emits each split once, in order; hands on what `emit` returns if it is not HPB_OK. [fit]
    int32_t (*split)(const hpb_host *host, const hpb_value *values, const hpb_rows *rows,
                     hpb_emit_function emit, void *emit_context);
} hpb_splitter_ops;

// --- early stopping ----------------------------------------------------------------------------------------

/// What one fit has come to after an epoch.
typedef struct hpb_epoch {
    uint32_t struct_size;
    uint32_t epoch;        ///< the epoch that has ended, from 0
    uint32_t epochs;       ///< how many are planned: epoch == epochs - 1 is the last
    uint32_t has_val_loss; ///< 0: no validation rows, val_loss means nothing
    double loss;     ///< training loss of the epoch, the mean over its rows as they were trained on
    double val_loss; ///< loss of the validation rows after the epoch; NaN once a fit has diverged
    double learning_rate; ///< in force at the end of the epoch
    uint64_t updates;     ///< of the weights so far, this epoch's included
} hpb_epoch;

#define HPB_STOP 1u // end this fit now
#define HPB_KEEP 2u // the host copies these weights, in place of an earlier copy
// The fit ends (now, by its epochs or by another rule) with the weights that this rule last kept. Holds
// to the end, so it goes with HPB_KEEP: who stops first is not known.
#define HPB_RESTORE 4u
// Train on with verdict->learning_rate, rounded to float32; the next rule sees it in its record. Needs
// HPB_EARLY_STOPPING_RATE.
#define HPB_RATE 8u

typedef struct hpb_verdict {
    uint32_t struct_size;
    uint32_t actions; ///< HPB_STOP | HPB_KEEP | ...; 0: go on
    double learning_rate;
} hpb_verdict;

// It may answer HPB_RATE: a suite that has it beside a schedule is refused, as Keras raises.
#define HPB_EARLY_STOPPING_RATE 1u

/// A rule that watches a fit. Where several do, each sees every epoch, one after the other, the one that
/// stops it included; each has its own state and its own kept weights, the last that restores stands.
typedef struct hpb_early_stopping_ops {
    uint32_t struct_size;
    uint32_t flags;   ///< HPB_EARLY_STOPPING_*
    uint32_t n_state; ///< doubles of state a fit; the host allocates them and sets them to 0
    uint32_t reserved;
    /// Sets the state of a fit before its first epoch, where 0 is not right. May be NULL. [fit]
    void (*start)(const hpb_value *values, double *state);
    /// Looks at one epoch of one fit and answers in `verdict`, which the host has zeroed. [fit]
    void (*observe)(const hpb_value *values, double *state, const hpb_epoch *epoch,
                    hpb_verdict *verdict);
} hpb_early_stopping_ops;

// --- schedules ------------------------------------------------------------------------------------------------

// The rate is learning_rate at every step: the host need not ask, and HPB_RATE may change it.
#define HPB_SCHEDULE_CONSTANT 1u

/// The learning rate of each update, in place of the optimizer's own, which it may start from.
typedef struct hpb_schedule_ops {
    uint32_t struct_size;
    uint32_t flags; ///< HPB_SCHEDULE_*
    /// Whether the values make a schedule: HPB_OK, or host->fail() where they do not go together;
    /// draws no random numbers. May be NULL: any do. [load]
    int32_t (*check)(const hpb_host *host, const hpb_value *values);
    /// out[i] = the rate of step first + i, for i < n; a fit's first update is step 0, as Keras'
    /// `iterations`. `learning_rate` is the optimizer's. A pure function, which the host tabulates:
    /// a step's rate does not depend on `first` and `n`. [fit]
    void (*rate)(const hpb_math *math, const hpb_value *values, double learning_rate,
                 uint64_t first, uint32_t n, float *out);
} hpb_schedule_ops;

// --- the descriptor ------------------------------------------------------------------------------------------

/// What hpbench_plugin() returns. The first six fields are the frozen preamble: they never move or
/// change meaning, in any major, and the host compares them one by one before it reads further.
typedef struct hpb_plugin {
    uint32_t magic;        ///< HPB_MAGIC
    uint16_t abi_major;    ///< HPB_ABI_MAJOR
    uint16_t abi_minor;    ///< HPB_ABI_MINOR
    uint32_t struct_size;  ///< sizeof(hpb_plugin)
    uint16_t pointer_size; ///< sizeof(void *)
    uint16_t fast_math;    ///< HPB_FAST_MATH: 1 where the compiler was told to bend arithmetic

    uint32_t kind;             ///< HPB_KIND_*
    uint32_t results_revision; ///< from 1; raised whenever a result changes, so that none is reused
    const char *id;            ///< [a-z][a-z0-9_]*, the file's name, unique within its kind
    const char *version;       ///< of the plugin, for people
    const char *summary;       ///< one sentence
    const char *docs;          ///< formulae and conventions, or NULL
    const char *references;    ///< papers and the library whose convention it is, or NULL
    hpb_array params;          ///< of hpb_param
    hpb_array slots;           ///< of hpb_slot; optimizers only
    const void *ops;           ///< the kind's hpb_*_ops
} hpb_plugin;

#if defined(__FAST_MATH__)
#define HPB_FAST_MATH 1
#else
#define HPB_FAST_MATH 0
#endif

/// The preamble of a descriptor, as its first initialisers.
#define HPB_PREAMBLE                                                                               \
    HPB_MAGIC, HPB_ABI_MAJOR, HPB_ABI_MINOR, (uint32_t)sizeof(hpb_plugin),                         \
        (uint16_t)sizeof(void *), HPB_FAST_MATH

/// The one symbol a plugin exports. Returns a static const descriptor, the same at every call;
/// allocates nothing and has no side effect. [load]
HPB_EXPORT const hpb_plugin *hpbench_plugin(void);
typedef const hpb_plugin *(*hpb_plugin_function)(void);

#ifdef __cplusplus
}
#endif

#endif // HPBENCH_PLUGIN_H
