// SPDX-License-Identifier: Apache-2.0
// Adafactor, whose second moment of a kernel is one number a row and one a column.
#include "tensor_sum.h"

#include <math.h>

#define L HPB_LANE_MULTIPLE

enum {
    LEARNING_RATE,
    BETA_2_DECAY,
    EPSILON_1,
    EPSILON_2,
    CLIP_THRESHOLD,
    RELATIVE_STEP,
    CONVENTION
};
enum { ROW_MEANS, COLUMN_MEANS, V };

static const hpb_param params[] = {
    {.name = "learning_rate",
     .aliases = "lr",
     .doc = "The largest step, as a share of the root mean square of a tensor's weights; PyTorch "
            "and the paper take 0.01.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 0.001,
     .max = HUGE_VAL},
    {.name = "beta_2_decay",
     .aliases = "beta2_decay",
     .doc = "The decay of the second moment is 1 - t to this power at update t.",
     .type = HPB_TYPE_REAL,
     .value = -0.8,
     .min = -HUGE_VAL},
    {.name = "epsilon_1",
     .aliases = "eps1",
     .doc = "Keeps the division finite; PyTorch takes 1.1920929e-07.",
     .type = HPB_TYPE_REAL,
     .value = 1e-30,
     .max = HUGE_VAL},
    {.name = "epsilon_2",
     .aliases = "eps2",
     .doc = "The least root mean square of weights that steps are a share of.",
     .type = HPB_TYPE_REAL,
     .value = 1e-3,
     .max = HUGE_VAL},
    {.name = "clip_threshold",
     .aliases = "d",
     .doc = "A step whose root mean square is larger is scaled down to it, before the rate.",
     .type = HPB_TYPE_REAL,
     .flags = HPB_PARAM_MIN_OPEN,
     .value = 1,
     .max = HUGE_VAL},
    {.name = "relative_step",
     .doc = "Whether the rate is at most 1 / sqrt(t); in Keras and PyTorch it is in any case, so "
            "this counts with convention = paper alone.",
     .type = HPB_TYPE_FLAG,
     .value = 1},
    {.name = "convention",
     .doc = "Where epsilon_1 stands: in each squared gradient (keras, paper), or as least root of "
            "the second moment (pytorch).",
     .choices = "keras,paper,pytorch",
     .type = HPB_TYPE_CHOICE},
};

static const hpb_slot slots[] = {
    {.name = "r",
     .doc = "Running mean of squared gradients of each row of a kernel, at its first parameters.",
     .scope = HPB_SLOT_PARAMETER},
    {.name = "c", .doc = "The same of each column.", .scope = HPB_SLOT_PARAMETER},
    {.name = "velocity",
     .doc = "Second moment: of a bias its running mean, of a kernel what r and c make of it.",
     .scope = HPB_SLOT_PARAMETER},
};

// What one update has in common for all tensors of 16 lanes.
typedef struct factors {
    float inside, least_mean, least_v; // epsilon_1: in each square; under a mean of r; under v
    float epsilon_2, threshold;
    float beta_2[L], rate[L];
} factors;

// A tensor's arrays, each from its first parameter and the first of 16 lanes on.
typedef struct tensor {
    const float *g;
    float *w, *r, *c, *v;
    size_t rows, columns, stride; // stride: L of the batch
} tensor;

// Keras' float32; pow in double, rounded once.
HPB_INLINE void prepare(const hpb_value *values, const hpb_batch *batch, size_t lane, factors *f)
{
    const int is_pytorch = values[CONVENTION].number == 2;
    const int is_bounded = values[CONVENTION].number != 1 || values[RELATIVE_STEP].number != 0;
    const float epsilon_1 = (float)values[EPSILON_1].number;
    f->inside = is_pytorch ? 0 : epsilon_1;
    f->least_mean = is_pytorch ? epsilon_1 : 0;
    f->least_v = is_pytorch ? epsilon_1 * epsilon_1 : 0;
    f->epsilon_2 = (float)values[EPSILON_2].number;
    f->threshold = (float)values[CLIP_THRESHOLD].number;
    for (int j = 0; j < L; j++) {
        const float step = (float)batch->step[lane + j], bound = 1 / sqrtf(step);
        const float rate = batch->learning_rate[lane + j];
        const float power =
            (float)batch->math->pow((double)step, (double)(float)values[BETA_2_DECAY].number);
        f->beta_2[j] = 1 - power;
        f->rate[j] = is_bounded && bound < rate ? bound : rate;
    }
}

HPB_INLINE void add_square(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT g,
                           float *HPB_RESTRICT part)
{
    for (int j = 0; j < L; j++)
        part[j] += g[j] * g[j] + f->inside;
}

// mean = beta_2 mean + (1 - beta_2) sum / n
HPB_INLINE void average(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT sum, size_t n,
                        float *HPB_RESTRICT mean)
{
    for (int j = 0; j < L; j++)
        mean[j] = f->beta_2[j] * mean[j] + (1 - f->beta_2[j]) * (sum[j] / (float)n);
}

HPB_INLINE void observe_row(const factors *f, const tensor *t, size_t i)
{
    tensor_sum squares;
    float sum[L];
    sum_begin(&squares, t->columns);
    for (size_t k = 0; k < t->columns; k++)
        add_square(f, t->g + (i * t->columns + k) * t->stride, sum_part(&squares, k));
    sum_end(&squares, sum);
    average(f, sum, t->columns, t->r + i * t->stride);
}

HPB_INLINE void observe_column(const factors *f, const tensor *t, size_t k)
{
    tensor_sum squares;
    float sum[L];
    sum_begin_column(&squares, t->rows, k, t->columns);
    for (size_t i = 0; i < t->rows; i++)
        add_square(f, t->g + (i * t->columns + k) * t->stride, sum_part(&squares, i));
    sum_end(&squares, sum);
    average(f, sum, t->rows, t->c + k * t->stride);
}

HPB_INLINE void multiply(const float *HPB_RESTRICT a, const float *HPB_RESTRICT b,
                         float *HPB_RESTRICT out)
{
    for (int j = 0; j < L; j++)
        out[j] = a[j] * b[j];
}

// v of a kernel: r / mean(r) of its row times c of its column.
HPB_INLINE void factor(const factors *f, const tensor *t)
{
    tensor_sum means;
    float sum[L], share[L];
    sum_begin(&means, t->rows);
    for (size_t i = 0; i < t->rows; i++) {
        observe_row(f, t, i);
        sum_add(t->r + i * t->stride, sum_part(&means, i));
    }
    sum_end(&means, sum);
    for (size_t k = 0; k < t->columns; k++)
        observe_column(f, t, k);
    for (size_t i = 0; i < t->rows; i++) {
        for (int j = 0; j < L; j++) {
            const float mean = sum[j] / (float)t->rows;
            share[j] = t->r[i * t->stride + j] / (mean < f->least_mean ? f->least_mean : mean);
        }
        for (size_t k = 0; k < t->columns; k++)
            multiply(share, t->c + k * t->stride, t->v + (i * t->columns + k) * t->stride);
    }
}

HPB_INLINE void follow(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT g,
                       float *HPB_RESTRICT v)
{
    for (int j = 0; j < L; j++)
        v[j] = f->beta_2[j] * v[j] + (1 - f->beta_2[j]) * (g[j] * g[j] + f->inside);
}

HPB_INLINE float step_of(const factors *f, float g, float v)
{
    return g / sqrtf(v < f->least_v ? f->least_v : v);
}

HPB_INLINE void measure(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT g,
                        const float *HPB_RESTRICT w, const float *HPB_RESTRICT v,
                        float *HPB_RESTRICT weights, float *HPB_RESTRICT steps)
{
    for (int j = 0; j < L; j++) {
        const float step = step_of(f, g[j], v[j]);
        weights[j] += w[j] * w[j];
        steps[j] += step * step;
    }
}

HPB_INLINE void move(const factors *HPB_RESTRICT f, const float *HPB_RESTRICT alpha,
                     const float *HPB_RESTRICT divisor, const float *HPB_RESTRICT g,
                     float *HPB_RESTRICT w, const float *HPB_RESTRICT v)
{
    for (int j = 0; j < L; j++)
        w[j] -= alpha[j] * (step_of(f, g[j], v[j]) / divisor[j]);
}

// One tensor, once its v is known.
HPB_INLINE void descend(const factors *f, const tensor *t)
{
    const size_t n = t->rows * t->columns;
    tensor_sum weights, steps;
    float ww[L], uu[L], alpha[L], divisor[L];
    sum_begin(&weights, n);
    sum_begin(&steps, n);
    for (size_t i = 0; i < n; i++)
        measure(f, t->g + i * t->stride, t->w + i * t->stride, t->v + i * t->stride,
                sum_part(&weights, i), sum_part(&steps, i));
    sum_end(&weights, ww);
    sum_end(&steps, uu);
    for (int j = 0; j < L; j++) {
        const float size = sqrtf(ww[j] / (float)n);
        const float excess = sqrtf(uu[j] / (float)n) / f->threshold;
        alpha[j] = (size < f->epsilon_2 ? f->epsilon_2 : size) * f->rate[j];
        divisor[j] = excess < 1 ? 1 : excess;
    }
    for (size_t i = 0; i < n; i++)
        move(f, alpha, divisor, t->g + i * t->stride, t->w + i * t->stride, t->v + i * t->stride);
}

HPB_INLINE void update(const hpb_value *values, const hpb_batch *batch)
{
    const size_t n_lanes = batch->n_lanes;
    const hpb_segment *segments = batch->segments.items;
    for (size_t lane = 0; lane < n_lanes; lane += L) {
        factors f;
        prepare(values, batch, lane, &f);
        for (const hpb_segment *s = segments; s < segments + batch->segments.count; s++) {
            const size_t at = s->offset * n_lanes + lane;
            const tensor t = {.g = batch->gradients + at,
                              .w = batch->weights + at,
                              .r = batch->slots[ROW_MEANS] + at,
                              .c = batch->slots[COLUMN_MEANS] + at,
                              .v = batch->slots[V] + at,
                              .rows = s->rows,
                              .columns = s->columns,
                              .stride = n_lanes};
            if (s->role == HPB_SEGMENT_KERNEL)
                factor(&f, &t);
            else
                for (size_t i = 0; i < t.columns; i++)
                    follow(&f, t.g + i * n_lanes, t.v + i * n_lanes);
            descend(&f, &t);
        }
    }
}
HPB_UPDATE_VARIANTS(update)

static const hpb_optimizer_ops ops = {
    .struct_size = sizeof ops,
    .update = HPB_UPDATE_TABLE(update),
};

HPB_EXPORT const hpb_plugin *hpbench_plugin(void)
{
    static const hpb_plugin plugin = {
        HPB_PREAMBLE,
        .kind = HPB_KIND_OPTIMIZER,
        .results_revision = 1,
        .id = "adafactor",
        .version = "1.0.0",
        .summary = "Adafactor: steps relative to the weights, second moments of rows and columns.",
        .docs =
            "beta = 1 - t^beta_2_decay; of a kernel, r (c) = beta r + (1 - beta) mean of g g + "
            "epsilon_1 over each row (column),\n"
            "v = r c / mean(r); of a bias, v = beta v + (1 - beta) (g g + epsilon_1).\n"
            "u = g / sqrt(v); alpha = min(learning_rate, 1 / sqrt(t)) max(epsilon_2, rms(w));\n"
            "w -= alpha u / max(1, rms(u) / clip_threshold), rms being over a kernel or a bias.\n"
            "convention = paper: with relative_step = no, alpha has learning_rate alone.\n"
            "convention = pytorch: g g without epsilon_1, r c / max(mean(r), epsilon_1), and v of "
            "at least epsilon_1 squared.",
        .references =
            "Shazeer and Stern 2018, arXiv:1804.04235; keras/src/optimizers/adafactor.py; "
            "torch/optim/_adafactor.py",
        .params = HPB_ARRAY(params),
        .slots = HPB_ARRAY(slots),
        .ops = &ops,
    };
    return &plugin;
}
