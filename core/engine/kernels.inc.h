// SPDX-License-Identifier: Apache-2.0
// The kernels, compiled once for each instruction set by kernels_*.c, which defines the vector and tiles.
// Nothing here may be called from elsewhere but through the table: the file's code runs on its CPU alone.
//
// L lanes are L / WIDTH registers; every kernel walks all rows for one register of lanes, then the next.
// Tile sizes are constants wherever a tile is called, so that each accumulator is a register.
#include "engine/private.h"

#define L ((size_t)HPB_LANES)

static inline vec load(const float *from)
{
    return *(const vec *)from;
}

// The same, into a register: compilers would rather load again for each use, and loads are what runs out.
static inline vec load_once(const float *from)
{
    vec v = load(from);
    __asm__("" : "+v"(v));
    return v;
}

static inline void store(float *to, vec v)
{
    *(vec *)to = v;
}

// --- gather -----------------------------------------------------------------------------------------

// Up to four features of WIDTH lanes: a 4 x 4 transpose inside each 128-bit part.
HPB_INLINE void transpose_quad(const vec r[4], uint32_t n, float *x)
{
    const vec lo01 = unpacklo(r[0], r[1]), lo23 = unpacklo(r[2], r[3]);
    const vec hi01 = unpackhi(r[0], r[1]), hi23 = unpackhi(r[2], r[3]);
    store(x, shuffle(lo01, lo23, 0x44));
    if (n > 1)
        store(x + L, shuffle(lo01, lo23, 0xee));
    if (n > 2)
        store(x + 2 * L, shuffle(hi01, hi23, 0x44));
    if (n > 3)
        store(x + 3 * L, shuffle(hi01, hi23, 0xee));
}

// Up to eight features from `d` on. Lanes j, j + 4, ... are loaded together, so that few addresses are live at a time.
// `is_shared`: all lanes read one table, as in most suites; its address then stays in a register.
HPB_INLINE void gather_octet(const hpb_gather *from, size_t g, size_t at, uint32_t d,
                             uint32_t n_inputs, bool is_shared, float *x)
{
    vec low[4], high[4];
    const uint32_t n = n_inputs - d;
#pragma GCC unroll 4
    for (size_t j = 0; j < 4; j++) {
        const float *rows[WIDTH];
#pragma GCC unroll 4
        for (size_t k = 0; k < WIDTH; k += 4) {
            const size_t lane = g + j + k;
            rows[k] = (is_shared ? from->x[0] : from->x[lane]) +
                      (size_t)from->rows[lane][at] * from->stride;
        }
        low[j] = load_quads(rows, d);
        high[j] = load_quads(rows, d + 4); // padding, where there are but four
    }
    transpose_quad(low, n, x + d * L);
    if (n > 4)
        transpose_quad(high, n - 4, x + (d + 4) * L);
}

HPB_INLINE void gather_body(const hpb_gather *from, uint32_t first, uint32_t n, uint32_t n_inputs,
                            bool is_shared, float *x, float *y)
{
    for (size_t g = 0; g < L; g += WIDTH)
        for (uint32_t b = 0; b < n; b++)
            for (uint32_t d = 0; d < n_inputs; d += 8)
                gather_octet(from, g, (size_t)first + b, d, n_inputs, is_shared,
                             x + (size_t)b * n_inputs * L + g);
    for (size_t j = 0; j < L; j++)
        for (uint32_t b = 0; b < n; b++)
            y[b * L + j] = from->y[j][from->rows[j][first + b]];
}

static void gather(const hpb_gather *from, uint32_t first, uint32_t n, float *x, float *y)
{
    bool is_shared = true;
    for (size_t j = 1; j < L; j++)
        is_shared &= from->x[j] == from->x[0];
    if (from->n_inputs == 5 && is_shared)
        gather_body(from, first, n, 5, true, x, y);
    else if (is_shared)
        gather_body(from, first, n, from->n_inputs, true, x, y);
    else
        gather_body(from, first, n, from->n_inputs, false, x, y);
}

// --- products: rows by units, summed over inputs --------------------------------------------------------

// Where an operand's element lies: (row, input) of `a`, (input, unit) of `w`; steps in floats.
typedef struct operands {
    const float *a, *w, *start; // start[unit]: the bias, or NULL for 0
    uint32_t n_inputs;
    size_t w_input, w_unit; // steps of w
} operands;

HPB_INLINE void product(const operands *o, uint32_t n_inputs, uint32_t n_units, uint32_t n_rows,
                        vec acc[UNITS][ROWS])
{
#pragma GCC unroll 8
    for (uint32_t u = 0; u < n_units; u++)
#pragma GCC unroll 8
        for (uint32_t r = 0; r < n_rows; r++)
            acc[u][r] = o->start ? load(o->start + u * L) : splat(0);
    for (uint32_t i = 0; i < n_inputs; i++) {
        vec a[ROWS];
#pragma GCC unroll 8
        for (uint32_t r = 0; r < n_rows; r++)
            a[r] = load_once(o->a + ((size_t)r * n_inputs + i) * L);
#pragma GCC unroll 8
        for (uint32_t u = 0; u < n_units; u++) {
            const vec w = load(o->w + i * o->w_input + u * o->w_unit);
#pragma GCC unroll 8
            for (uint32_t r = 0; r < n_rows; r++)
                acc[u][r] = fma_vec(a[r], w, acc[u][r]);
        }
    }
}

static inline vec gradient_of(hpb_activation activation, vec a, vec d)
{
    switch (activation) {
    case HPB_ACTIVATION_RELU:
        return where_positive(a, d, splat(0));
    case HPB_ACTIVATION_TANH:
        return d * (splat(1) - a * a);
    case HPB_ACTIVATION_SIGMOID:
        return d * (a * (splat(1) - a));
    case HPB_ACTIVATION_ELU:
        return where_positive(a, d, d * (a + splat(1)));
    case HPB_ACTIVATION_LINEAR:
        break;
    }
    return d;
}

// What becomes of a finished sum: the output of a unit, or dz of one whose output is in `a`.
typedef struct finish {
    bool is_backward;
    hpb_activation activation;
    const float *a;
    float *to;
    uint32_t n_units; // of the layer: the row step of `a` and `to`
} finish;

HPB_INLINE void product_tile(const operands *o, const finish *f, uint32_t n_inputs,
                             uint32_t n_units, uint32_t n_rows)
{
    vec acc[UNITS][ROWS];
    product(o, n_inputs, n_units, n_rows, acc);
#pragma GCC unroll 8
    for (uint32_t r = 0; r < n_rows; r++)
#pragma GCC unroll 8
        for (uint32_t u = 0; u < n_units; u++) {
            const size_t at = ((size_t)r * f->n_units + u) * L;
            if (f->is_backward)
                acc[u][r] = gradient_of(f->activation, load(f->a + at), acc[u][r]);
            else if (f->activation == HPB_ACTIVATION_RELU)
                acc[u][r] = max_vec(splat(0), acc[u][r]); // the second operand where one is NaN
            store(f->to + at, acc[u][r]);
        }
}

// All rows for `n_units` neighbouring units.
HPB_INLINE void product_rows(operands o, finish f, uint32_t n_inputs, uint32_t n_units,
                             uint32_t n_rows)
{
    const size_t in = (size_t)n_inputs * L, out = (size_t)f.n_units * L;
    for (; n_rows >= ROWS; n_rows -= ROWS) {
        product_tile(&o, &f, n_inputs, n_units, ROWS);
        o.a += ROWS * in;
        f.to += ROWS * out;
        if (f.is_backward)
            f.a += ROWS * out;
    }
    for (; n_rows > 0; n_rows--) {
        product_tile(&o, &f, n_inputs, n_units, 1);
        o.a += in;
        f.to += out;
        if (f.is_backward)
            f.a += out;
    }
}

HPB_INLINE void product_body(operands o, finish f, uint32_t n_inputs, uint32_t n_rows)
{
    uint32_t left = f.n_units;
    while (left > 0) {
        const uint32_t n = left < UNITS ? left : UNITS;
        switch (n) {
        case 1:
            product_rows(o, f, n_inputs, 1, n_rows);
            break;
#if UNITS > 2
        case 2:
            product_rows(o, f, n_inputs, 2, n_rows);
            break;
        case 3:
            product_rows(o, f, n_inputs, 3, n_rows);
            break;
        case 4:
            product_rows(o, f, n_inputs, 4, n_rows);
            break;
#endif
        default:
            product_rows(o, f, n_inputs, UNITS, n_rows);
            break;
        }
        o.w += n * o.w_unit;
        if (o.start)
            o.start += n * L;
        f.to += n * L;
        if (f.is_backward)
            f.a += n * L;
        left -= n;
    }
}

// In place, where the activation is more than a comparison.
static void activate(hpb_activation activation, size_t n, float *z)
{
    for (size_t i = 0; i < n; i += WIDTH) {
        const vec v = load(z + i);
        if (activation == HPB_ACTIVATION_TANH)
            store(z + i, tanh_vec(v));
        else if (activation == HPB_ACTIVATION_SIGMOID)
            store(z + i, splat(1) / (splat(1) + exp_vec(-v)));
        else
            store(z + i, where_positive(v, v, expm1_vec(v)));
    }
}

static void forward(uint32_t n_rows, uint32_t n_inputs, uint32_t n_units, const float *a,
                    const float *w, const float *bias, hpb_activation activation, float *z)
{
    for (size_t g = 0; g < L; g += WIDTH) {
        const operands o = {a + g, w + g, bias + g, n_inputs, n_units * L, L};
        const finish f = {false, activation, NULL, z + g, n_units};
        if (n_inputs == 5)
            product_body(o, f, 5, n_rows);
        else if (n_inputs == 10)
            product_body(o, f, 10, n_rows);
        else
            product_body(o, f, n_inputs, n_rows);
    }
    if (activation != HPB_ACTIVATION_RELU && activation != HPB_ACTIVATION_LINEAR)
        activate(activation, (size_t)n_rows * n_units * L, z);
}

HPB_INLINE void backward_body(uint32_t n_rows, uint32_t n_units, uint32_t n_next,
                              const float *dz_next, const float *w_next, const float *a,
                              hpb_activation activation, float *dz)
{
    for (size_t g = 0; g < L; g += WIDTH) {
        const operands o = {dz_next + g, w_next + g, NULL, n_next, L, n_next * L};
        const finish f = {true, activation, a + g, dz + g, n_units};
        if (n_next == 1)
            product_body(o, f, 1, n_rows);
        else
            product_body(o, f, n_next, n_rows);
    }
}

static void backward(uint32_t n_rows, uint32_t n_units, uint32_t n_next, const float *dz_next,
                     const float *w_next, const float *a, hpb_activation activation, float *dz)
{
    if (activation == HPB_ACTIVATION_RELU) // a constant, so that its element costs no branch
        backward_body(n_rows, n_units, n_next, dz_next, w_next, a, HPB_ACTIVATION_RELU, dz);
    else
        backward_body(n_rows, n_units, n_next, dz_next, w_next, a, activation, dz);
}

// --- loss ---------------------------------------------------------------------------------------------------

static void loss(uint32_t n_rows, const float *prediction, const float *y, float scale, float *sum,
                 float *dz)
{
    for (size_t g = 0; g < L; g += WIDTH) {
        vec s = load(sum + g);
        for (size_t at = g; at < n_rows * L; at += L) {
            const vec e = load(prediction + at) - load(y + at);
            s = fma_vec(e, e, s);
            if (dz)
                store(dz + at, e * splat(scale));
        }
        store(sum + g, s);
    }
}

// --- gradients: inputs by units, summed over rows ---------------------------------------------------------------

typedef struct sums {
    const float *a, *dz;
    float *g, *g_bias;
    uint32_t n_rows, n_inputs, n_units;
    bool from_zero;
} sums;

HPB_INLINE void gradient_tile(const sums *s, uint32_t n_inputs, uint32_t n_units, bool with_bias)
{
    vec acc[INPUTS][UNITS], bias[UNITS];
#pragma GCC unroll 8
    for (uint32_t u = 0; u < n_units; u++) {
        bias[u] = s->from_zero || !with_bias ? splat(0) : load(s->g_bias + u * L);
#pragma GCC unroll 8
        for (uint32_t i = 0; i < n_inputs; i++)
            acc[i][u] = s->from_zero ? splat(0) : load(s->g + ((size_t)i * s->n_units + u) * L);
    }
    const float *a = s->a, *dz = s->dz;
    for (uint32_t b = 0; b < s->n_rows; b++) {
        vec d[UNITS];
#pragma GCC unroll 8
        for (uint32_t u = 0; u < n_units; u++) {
            d[u] = load(dz + u * L);
            if (with_bias)
                bias[u] += d[u];
        }
#pragma GCC unroll 8
        for (uint32_t i = 0; i < n_inputs; i++) {
            const vec x = load_once(a + i * L);
#pragma GCC unroll 8
            for (uint32_t u = 0; u < n_units; u++)
                acc[i][u] = fma_vec(x, d[u], acc[i][u]);
        }
        a += s->n_inputs * L;
        dz += s->n_units * L;
    }
#pragma GCC unroll 8
    for (uint32_t u = 0; u < n_units; u++) {
        if (with_bias)
            store(s->g_bias + u * L, bias[u]);
#pragma GCC unroll 8
        for (uint32_t i = 0; i < n_inputs; i++)
            store(s->g + ((size_t)i * s->n_units + u) * L, acc[i][u]);
    }
}

// All inputs for `n_units` neighbouring units; the bias with the first tile.
HPB_INLINE void gradient_units(sums s, uint32_t n_units)
{
    bool with_bias = true;
    uint32_t left = s.n_inputs;
    while (left > 0) {
        const uint32_t n = left < INPUTS ? left : INPUTS;
        if (n == INPUTS && with_bias)
            gradient_tile(&s, INPUTS, n_units, true);
        else if (n == INPUTS)
            gradient_tile(&s, INPUTS, n_units, false);
        else {
            gradient_tile(&s, 1, n_units, with_bias);
            s.a += L;
            s.g += s.n_units * L;
            with_bias = false;
            left--;
            continue;
        }
        s.a += n * L;
        s.g += (size_t)n * s.n_units * L;
        with_bias = false;
        left -= n;
    }
}

static void gradient(uint32_t n_rows, uint32_t n_inputs, uint32_t n_units, const float *a,
                     const float *dz, bool from_zero, float *g, float *g_bias)
{
    enum { STEP = UNITS < 4 ? UNITS : 4 };
    for (size_t lane = 0; lane < L; lane += WIDTH) {
        sums s = {a + lane, dz + lane, g + lane, g_bias + lane,
                  n_rows,   n_inputs,  n_units,  from_zero};
        uint32_t left = n_units;
        while (left > 0) {
            const uint32_t n = left >= STEP ? STEP : left >= 2 ? 2 : 1;
            if (n == STEP)
                gradient_units(s, STEP);
            else if (n == 2)
                gradient_units(s, 2);
            else
                gradient_units(s, 1);
            s.dz += n * L;
            s.g += n * L;
            s.g_bias += n * L;
            left -= n;
        }
    }
}

const hpb_kernels KERNELS = {gather, forward, loss, backward, gradient};
