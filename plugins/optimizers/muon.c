// SPDX-License-Identifier: Apache-2.0
// Muon: a kernel's momentum made orthogonal by Newton-Schulz iterations; Adam for biases, and for layers set apart.
#include "adam_step.h"
#include "tensor_sum.h"

#define L HPB_LANE_MULTIPLE

enum {
    LEARNING_RATE,
    ADAM_BETA_1,
    ADAM_BETA_2,
    ADAM_WEIGHT_DECAY,
    EPSILON,
    WEIGHT_DECAY,
    EXCLUDE_LAYERS,
    EXCLUDE_EMBEDDINGS, // no network here has any: nothing reads it
    MUON_A,
    MUON_B,
    MUON_C,
    ADAM_LR_RATIO,
    MOMENTUM,
    NS_STEPS,
    NESTEROV,
    RMS_RATE,
    CONVENTION
};
enum { MOMENTUMS, VELOCITY, X, GRAM, POLYNOMIAL, BETA_1_POWER, BETA_2_POWER };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "Step size; the original takes 0.02.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "adam_beta_1",
     .doc = "Decay of Adam's first moment.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.9,
     .max = 1},
    {.name = "adam_beta_2",
     .doc = "Decay of Adam's second moment; the original takes 0.95.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MAX_OPEN,
     .value = 0.999,
     .max = 1},
    {.name = "adam_weight_decay",
     .doc = "weight_decay of what Adam updates; the original has 0.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = 0.004,
     .max = HUGE_VAL},
    {.name = "epsilon",
     .aliases = "eps",
     .doc = "Keeps Adam's division finite; the original takes 1e-10.",
     .type = HPB_TYPE_REAL,
     .value = 1e-7,
     .max = HUGE_VAL},
    {.name = "weight_decay",
     .doc = "Kernels shrink by this share of the learning rate at each update; PyTorch takes 0.1, "
            "the original 0.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = 0.004,
     .max = HUGE_VAL},
    {.name = "exclude_layers",
     .doc = "Layers whose kernels Adam updates: numbers from 0, or from -1 back from the last.",
     .type = HPB_TYPE_REALS,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
    {.name = "exclude_embeddings",
     .doc = "Whether Adam updates embeddings; no network here has any.",
     .type = HPB_TYPE_FLAG,
     .value = 1},
    {.name = "muon_a",
     .doc = "Newton-Schulz: the factor of X.",
     .type = HPB_TYPE_REAL,
     .value = 3.4445,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
    {.name = "muon_b",
     .doc = "Newton-Schulz: the factor of X X^T X.",
     .type = HPB_TYPE_REAL,
     .value = -4.7750,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
    {.name = "muon_c",
     .doc = "Newton-Schulz: the factor of X X^T X X^T X.",
     .type = HPB_TYPE_REAL,
     .value = 2.0315,
     .min = -HUGE_VAL,
     .max = HUGE_VAL},
    {.name = "adam_lr_ratio",
     .doc = "Adam's learning rate as a multiple of learning_rate.",
     .type = HPB_TYPE_REAL,
     .value = 1,
     .max = HUGE_VAL},
    {.name = "momentum",
     .doc = "Share of the momentum that is kept.",
     .type = HPB_TYPE_REAL,
     .value = 0.95,
     .max = 1},
    {.name = "ns_steps",
     .doc = "Newton-Schulz iterations of each update.",
     .type = HPB_TYPE_INT,
     .value = 5,
     .max = 100},
    {.name = "nesterov",
     .doc = "Whether to step from where the momentum leads.",
     .type = HPB_TYPE_FLAG,
     .value = 1},
    {.name = "rms_rate",
     .doc = "Steps times the root of a kernel's longer side times this; none: neither.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_OPTIONAL,
     .value = 0.2,
     .max = HUGE_VAL},
    {.name = "convention",
     .doc = "How steps are scaled to a kernel's shape, and Adam's epsilon: by rms_rate and beside "
            "sqrt(v) (keras), or as Jordan's code does (original).",
     .choices = "keras,original",
     .type = HPB_TYPE_CHOICE},
};

static const hpb_slot slots[] = {
    {.name = "momentum", .doc = "Momentum; Adam's first moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "velocity", .doc = "Adam's second moment.", .scope = HPB_SLOT_PARAMETER},
    {.name = "x",
     .doc = "Scratch: the step on its way to be orthogonal.",
     .scope = HPB_SLOT_PARAMETER},
    {.name = "gram", .doc = "Scratch: X X^T, then the next X.", .scope = HPB_SLOT_PARAMETER},
    {.name = "polynomial",
     .doc = "Scratch: muon_b X X^T + muon_c (X X^T)^2.",
     .scope = HPB_SLOT_PARAMETER},
    {.name = "beta_1_power",
     .doc = "adam_beta_1 to the number of updates.",
     .scope = HPB_SLOT_LANE},
    {.name = "beta_2_power",
     .doc = "adam_beta_2 to the number of updates.",
     .scope = HPB_SLOT_LANE},
};

static void start(const hpb_value *values, const hpb_batch *batch, uint32_t lane)
{
    (void)values;
    batch->lane_slots[BETA_1_POWER][lane] = 1;
    batch->lane_slots[BETA_2_POWER][lane] = 1;
}

// --- rows of 16 lanes -----------------------------------------------------------------------------------

HPB_INLINE void decay(float share, const float *HPB_RESTRICT rate, float *HPB_RESTRICT w)
{
    for (int j = 0; j < L; j++)
        w[j] -= w[j] * share * rate[j];
}

// Keras' order of operations, momentum - 1 in double; adds the square of what leads.
HPB_INLINE void lead(float momentum, float momentum_less_1, int nesterov,
                     const float *HPB_RESTRICT g, float *HPB_RESTRICT m, float *HPB_RESTRICT x,
                     float *HPB_RESTRICT squares)
{
    for (int j = 0; j < L; j++) {
        m[j] += g[j] + m[j] * momentum_less_1;
        x[j] = nesterov ? g[j] + momentum * m[j] : m[j];
        squares[j] += x[j] * x[j];
    }
}

HPB_INLINE void divide(const float *HPB_RESTRICT norm, float *HPB_RESTRICT x)
{
    for (int j = 0; j < L; j++)
        x[j] /= norm[j];
}

HPB_INLINE void add_product(float scale, const float *HPB_RESTRICT a, const float *HPB_RESTRICT b,
                            float *HPB_RESTRICT sum)
{
    for (int j = 0; j < L; j++)
        sum[j] += scale * a[j] * b[j];
}

HPB_INLINE void add_multiple(float factor, const float *HPB_RESTRICT x, float *HPB_RESTRICT sum)
{
    for (int j = 0; j < L; j++)
        sum[j] = factor * x[j] + sum[j];
}

HPB_INLINE void move(float shape, float rms, const float *HPB_RESTRICT rate,
                     const float *HPB_RESTRICT x, float *HPB_RESTRICT w)
{
    for (int j = 0; j < L; j++)
        w[j] -= rate[j] * x[j] * shape * rms;
}

// --- matrices -------------------------------------------------------------------------------------------

// Element (i, k) of 16 lanes is at first + i * row + k * column.
typedef struct matrix {
    float *first;
    size_t row, column;
} matrix;

HPB_INLINE float *at(matrix x, size_t i, size_t k)
{
    return x.first + i * x.row + k * x.column;
}

// out[m][n] = factor base + (scale a[m][p]) b[p][n], sums in float32 over p ascending; out is none of the others.
HPB_INLINE void product(const size_t size[3], float factor, matrix base, float scale, matrix a,
                        matrix b, matrix out)
{
    const size_t m = size[0], n = size[1], p = size[2];
    for (size_t i = 0; i < m; i++)
        for (size_t k = 0; k < n; k++) {
            float sum[L] = {0};
            for (size_t r = 0; r < p; r++)
                add_product(scale, at(a, i, r), at(b, r, k), sum);
            add_multiple(factor, at(base, i, k), sum);
            memcpy(at(out, i, k), sum, sizeof sum);
        }
}

// The step of one kernel, from its momentum to its weights. X has as many rows as the shorter side; its scratch fits the
// kernel's own, since the Gram matrix is no larger than X.
HPB_INLINE void descend(const hpb_value *values, const hpb_batch *batch, const hpb_segment *s,
                        size_t lane)
{
    const size_t stride = batch->n_lanes, first = s->offset * stride + lane;
    const int is_tall = s->rows > s->columns;
    const size_t m = is_tall ? s->columns : s->rows, n = is_tall ? s->rows : s->columns;
    const double momentum = values[MOMENTUM].number;
    const float a = (float)values[MUON_A].number, b = (float)values[MUON_B].number;
    const float c = (float)values[MUON_C].number;
    matrix x = {batch->slots[X] + first, n * stride, stride};
    matrix next = {batch->slots[GRAM] + first, n * stride, stride};
    const matrix polynomial = {batch->slots[POLYNOMIAL] + first, m * stride, stride};
    tensor_sum squares;
    float norm[L];
    sum_begin(&squares, m * n);
    for (size_t i = 0; i < s->rows; i++)
        for (size_t k = 0; k < s->columns; k++) {
            const size_t p = first + (i * s->columns + k) * stride;
            lead((float)momentum, (float)(momentum - 1), values[NESTEROV].number != 0,
                 batch->gradients + p, batch->slots[MOMENTUMS] + p,
                 is_tall ? at(x, k, i) : at(x, i, k), sum_part(&squares, i * s->columns + k));
        }
    sum_end(&squares, norm);
    for (int j = 0; j < L; j++)
        norm[j] = sqrtf(norm[j]) + 1e-7F;
    for (size_t i = 0; i < m * n; i++)
        divide(norm, x.first + i * stride);
    for (int step = 0; step < (int)values[NS_STEPS].number; step++) {
        const matrix transposed = {x.first, x.column, x.row};
        const matrix gram = {next.first, m * stride, stride};
        product((const size_t[]){m, m, n}, 0, x, 1, x, transposed, gram);
        product((const size_t[]){m, m, m}, b, gram, c, gram, gram, polynomial);
        product((const size_t[]){m, n, m}, a, x, 1, polynomial, x, next);
        const matrix last = x;
        x = next;
        next = last;
    }
    const int is_keras = values[CONVENTION].number == 0;
    const double rms = values[RMS_RATE].number;
    const float longer = sqrtf((float)n), aspect = (float)s->columns / (float)s->rows;
    const int is_scaled = is_keras && rms >= 0;
    const float shape = is_scaled ? longer : is_keras || aspect < 1 ? 1 : sqrtf(aspect);
    for (size_t i = 0; i < s->rows; i++)
        for (size_t k = 0; k < s->columns; k++)
            move(shape, is_scaled ? (float)rms : 1, batch->learning_rate + lane,
                 is_tall ? at(x, k, i) : at(x, i, k),
                 batch->weights + first + (i * s->columns + k) * stride);
}

// --- the update -----------------------------------------------------------------------------------------

// Whether Adam updates a tensor.
static int is_adams(const hpb_value *values, const hpb_batch *batch, const hpb_segment *s)
{
    const hpb_segment *segments = batch->segments.items;
    const double n_layers = segments[batch->segments.count - 1].layer + 1.0;
    const hpb_value *excluded = &values[EXCLUDE_LAYERS];
    for (uint32_t i = 0; i < excluded->count; i++)
        if (excluded->list[i] == s->layer || excluded->list[i] + n_layers == s->layer)
            return 1;
    return s->role != HPB_SEGMENT_KERNEL;
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const hpb_segment *segments = batch->segments.items;
    const adam_settings adam = {values[ADAM_BETA_1].number, values[ADAM_BETA_2].number,
                                values[EPSILON].number, (float)values[ADAM_LR_RATIO].number,
                                values[CONVENTION].number != 0};
    for (size_t lane = 0; lane < n_lanes; lane += L) {
        const float *rate = batch->learning_rate + lane;
        adam_factors f;
        adam_prepare(&adam, rate, batch->lane_slots[BETA_1_POWER] + lane,
                     batch->lane_slots[BETA_2_POWER] + lane, &f);
        for (const hpb_segment *s = segments; s < segments + batch->segments.count; s++) {
            const int by_adam = is_adams(values, batch, s);
            const double share = values[by_adam ? ADAM_WEIGHT_DECAY : WEIGHT_DECAY].number;
            const size_t first = s->offset * n_lanes + lane;
            const size_t end = first + (size_t)s->rows * s->columns * n_lanes;
            for (size_t p = first; p < end && share > 0; p += n_lanes)
                decay((float)share, rate, batch->weights + p);
            if (!by_adam)
                descend(values, batch, s, lane);
            for (size_t p = first; p < end && by_adam; p += n_lanes)
                adam_row(&f, 0, batch->gradients + p, batch->weights + p,
                         batch->slots[MOMENTUMS] + p, batch->slots[VELOCITY] + p, NULL);
        }
    }
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .flags = HPB_OPTIMIZER_DECAYS,
    .start = start,
    .update = HPB_UPDATE_TABLE(update),
};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "muon",
        .version = "1.0.0",
        .summary = "Muon: kernels step by their momentum made orthogonal, biases by Adam.",
        .docs =
            "Kernels: w -= learning_rate weight_decay w; m = momentum m + g; G = g + momentum m "
            "(nesterov) or m; X = G / (|G| + 1e-7);\n"
            "ns_steps times X = muon_a X + muon_b (X X^T) X + muon_c (X X^T)^2 X, of the transpose "
            "where there are more rows;\n"
            "w -= learning_rate rms_rate sqrt(max(rows, columns)) X.\n"
            "Biases and exclude_layers: adam's formula, with rate learning_rate adam_lr_ratio and "
            "decay adam_weight_decay.\n"
            "Its authors leave the output layer to Adam: exclude_layers = -1. Keras does not by "
            "itself.\n"
            "convention = original scales by sqrt(max(1, columns / rows)), as torch.optim.Muon "
            "does "
            "too, and has the paper's Adam;\n"
            "those two iterate in bfloat16, this in float32.",
        .references =
            "Jordan et al. 2024, https://kellerjordan.github.io/posts/muon; Liu et al. 2025, "
            "arXiv:2502.16982; keras/src/optimizers/muon.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
