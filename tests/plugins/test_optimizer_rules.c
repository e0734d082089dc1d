// SPDX-License-Identifier: Apache-2.0
// What every optimizer must do, whatever its formula: one table drives all tests. Then the conventions beside Keras'.
//
// HPB_TEST_SEED replays the random numbers of one series.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h> // needs those above

#include "engine/private.h"
#include "engine/support.h"

#define L HPB_LANES

// An optimizer and what is set of it.
typedef struct setting {
    const char *id;
    struct {
        const char *name;
        double value;
    } set[4];
} setting;

static test_plugin load_setting(const setting *of)
{
    test_plugin p = plugin_load("optimizers", of->id);
    for (size_t i = 0; i < HPB_COUNT(of->set) && of->set[i].name; i++)
        if (!plugin_set(&p, of->set[i].name, of->set[i].value))
            fail_msg("%s has no parameter %s", of->id, of->set[i].name);
    return p;
}

// Each with a rate by which it comes near a minimum within 400 steps.
static const struct {
    double learning_rate;
    setting setting;
} table[] = {
    {0.1, {"sgd", {{0}}}},
    {0.02, {"sgd", {{"momentum", 0.9}, {"nesterov", 1}}}},
    {0.02, {"sgd", {{"momentum", 0.9}, {"convention", 1}}}},
    {0.1, {"adam", {{0}}}},
    {0.1, {"adam", {{"amsgrad", 1}, {"convention", 1}}}},
    {0.1, {"adamw", {{"beta_1", 0.8}}}},
    {0.05, {"rmsprop", {{0}}}},
    {0.01, {"rmsprop", {{"momentum", 0.9}, {"convention", 1}}}},
    {0.05, {"rmsprop", {{"centered", 1}, {"epsilon", 1e-3}}}},
    {0.01, {"rmsprop", {{"momentum", 0.5}, {"centered", 1}, {"epsilon", 1e-3}}}},
    {1, {"adagrad", {{0}}}},
    {1, {"adagrad", {{"convention", 1}, {"lr_decay", 0.001}, {"initial_accumulator_value", 0}}}},
    {1, {"adadelta", {{"epsilon", 1e-2}}}},
    {0.1, {"adamax", {{0}}}},
    {0.1, {"adamax", {{"convention", 1}, {"beta_2", 0.9}}}},
    {0.1, {"nadam", {{0}}}},
    {0.1, {"nadam", {{"momentum_decay", 0.004}}}},
    {0.02, {"lion", {{"beta_2", 0.9}}}},
    {1, {"ftrl", {{0}}}},
    {1,
     {"ftrl", {{"learning_rate_power", -0.3}, {"beta", 1}, {"l1_regularization_strength", 0.01}}}},
    {0.02, {"lamb", {{0}}}},
    {0.02, {"lamb", {{"convention", 1}, {"weight_decay", 1e-3}, {"epsilon", 1e-6}}}},
    {0.05, {"adafactor", {{0}}}},
    {0.05, {"adafactor", {{"convention", 1}, {"relative_step", 0}, {"clip_threshold", 0.5}}}},
    {0.05, {"adafactor", {{"convention", 2}, {"epsilon_1", 1e-7}, {"beta_2_decay", -0.5}}}},
    {0.15, {"muon", {{0}}}},
    {0.05, {"muon", {{"convention", 1}, {"nesterov", 0}, {"momentum", 0.5}}}},
    {0.05, {"muon", {{"ns_steps", 2}, {"rms_rate", 0.5}, {"weight_decay", 0}}}},
};

static test_plugin load_row(size_t k)
{
    test_plugin p = load_setting(&table[k].setting);
    plugin_set(&p, "learning_rate", table[k].learning_rate);
    return p;
}

// --- a batch of the test's own ----------------------------------------------------------------------------------

enum { P = 9, MOST_LANES = 3 * L, STEPS = 12 };

typedef struct state {
    _Alignas(64) float weights[P * MOST_LANES];
    _Alignas(64) float gradients[P * MOST_LANES];
    _Alignas(64) float slots[8][P * MOST_LANES];
    _Alignas(64) double lane_slots[8][MOST_LANES];
    _Alignas(64) float rate[MOST_LANES];
    int64_t step[MOST_LANES];
    float *slot[8];
    double *lane_slot[8];
    hpb_batch batch;
} state;

// 2-2-1
static hpb_segment segments[4] = {{0, HPB_SEGMENT_KERNEL, 0, 2, 2, 0},
                                  {0, HPB_SEGMENT_BIAS, 4, 1, 2, 0},
                                  {1, HPB_SEGMENT_KERNEL, 6, 2, 1, 0},
                                  {1, HPB_SEGMENT_BIAS, 8, 1, 1, 0}};

static state *state_make(const test_plugin *p, uint32_t n_lanes)
{
    state *s = hpb_alloc_aligned(sizeof *s);
    assert_true(p->info.n_slots <= HPB_COUNT(s->slot));
    for (uint32_t k = 0; k < p->info.n_slots; k++)
        if (p->info.slots[k].scope == HPB_SLOT_LANE)
            s->lane_slot[k] = s->lane_slots[k];
        else
            s->slot[k] = s->slots[k];
    s->batch = (hpb_batch){.struct_size = sizeof s->batch,
                           .n_params = P,
                           .n_lanes = n_lanes,
                           .weights = s->weights,
                           .gradients = s->gradients,
                           .slots = s->slot,
                           .lane_slots = s->lane_slot,
                           .learning_rate = s->rate,
                           .step = s->step,
                           .segments = HPB_ARRAY(segments),
                           .math = hpb_math_table()};
    return s;
}

static uint32_t seed_of_series(void)
{
    const char *text = getenv("HPB_TEST_SEED");
    return text ? (uint32_t)strtoul(text, NULL, 10) : 20261125;
}

// out[P]: the numbers of one fit (`which`) at one step (0: its weights), wherever its lane is.
static void draw(uint32_t which, uint32_t step, float out[P])
{
    hpb_philox stream = hpb_philox_make(seed_of_series(), which, step, 0);
    hpb_philox_normal(&stream, P, 0, step ? 2 : 1, out);
}

static void lane_write(const state *s, float *to, uint32_t lane, const float values[P])
{
    for (uint32_t p = 0; p < P; p++)
        to[p * s->batch.n_lanes + lane] = values[p];
}

static void lane_read(const state *s, const float *from, uint32_t lane, float values[P])
{
    for (uint32_t p = 0; p < P; p++)
        values[p] = from[p * s->batch.n_lanes + lane];
}

// Begins fit `which` in a lane as the host does: its rate is its own, its state 0, then start().
static void lane_start(const test_plugin *p, state *s, uint32_t lane, uint32_t which)
{
    const hpb_optimizer_ops *ops = p->plugin->ops;
    const float zeros[P] = {0};
    float values[P];
    draw(which, 0, values);
    lane_write(s, s->weights, lane, values);
    for (uint32_t k = 0; k < p->info.n_slots; k++)
        if (s->slot[k])
            lane_write(s, s->slot[k], lane, zeros);
        else
            s->lane_slot[k][lane] = 0;
    s->rate[lane] = (float)(learning_rate_of(p) * (0.5 + which % 7 / 7.0));
    s->step[lane] = 0;
    if (ops->start)
        ops->start(p->values, &s->batch, lane);
}

// One update of all lanes; which[l] is the fit in lane l.
static void advance(const test_plugin *p, state *s, const uint32_t *which, uint32_t isa)
{
    float values[P];
    for (uint32_t lane = 0; lane < s->batch.n_lanes; lane++) {
        draw(which[lane], (uint32_t)++s->step[lane], values);
        lane_write(s, s->gradients, lane, values);
    }
    hpb_optimizer_update(p->plugin->ops, isa)(p->values, &s->batch);
}

// The weights of fit `which` after `steps` updates, trained in company of nobody.
static void train_alone(const test_plugin *p, uint32_t which, uint32_t steps, float out[P])
{
    state *s = state_make(p, L);
    uint32_t fits[L];
    for (uint32_t lane = 0; lane < L; lane++) {
        fits[lane] = which;
        lane_start(p, s, lane, which);
    }
    for (uint32_t step = 0; step < steps; step++)
        advance(p, s, fits, HPB_ISA_BASELINE);
    lane_read(s, s->weights, L / 2, out);
    free(s);
}

static void assert_fit(size_t k, const state *s, uint32_t lane, uint32_t which, uint32_t steps,
                       const char *what)
{
    const test_plugin p = load_row(k);
    float expected[P], got[P];
    train_alone(&p, which, steps, expected);
    lane_read(s, s->weights, lane, got);
    for (uint32_t i = 0; i < P; i++)
        if (memcmp(&got[i], &expected[i], sizeof *got) != 0)
            fail_msg("HPB_TEST_SEED=%u, row %zu (%s), %s: parameter %u of lane %u is %a; alone %a",
                     seed_of_series(), k, table[k].setting.id, what, i, lane, (double)got[i],
                     (double)expected[i]);
}

// --- what holds for all ------------------------------------------------------------------------------------------

// Any instruction set, 3 L lanes, each begun at another time, some twice: each fit ends as if it were alone.
static void test_a_lane_depends_on_itself(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < HPB_COUNT(table); k++)
        for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++) {
            const test_plugin p = load_row(k);
            state *s = state_make(&p, MOST_LANES);
            uint32_t which[MOST_LANES], begun[MOST_LANES] = {0};
            for (uint32_t lane = 0; lane < MOST_LANES; lane++)
                lane_start(&p, s, lane, which[lane] = lane);
            for (uint32_t step = 0; step < STEPS; step++) {
                for (uint32_t lane = step; lane < MOST_LANES; lane += 5)
                    if (step % 4 == 3) {
                        begun[lane] = step;
                        lane_start(&p, s, lane, which[lane] = 100 * step + lane);
                    }
                advance(&p, s, which, isa);
            }
            for (uint32_t lane = 0; lane < MOST_LANES; lane++)
                assert_fit(k, s, lane, which[lane], STEPS - begun[lane], hpb_isa_name(isa));
            free(s);
        }
}

// What a gradient of parameter 3 in lane 5 may spoil: its weight, or its tensor where an optimizer looks at the whole.
static bool may_spoil(const test_plugin *p, uint32_t lane, uint32_t i)
{
    const hpb_optimizer_ops *ops = p->plugin->ops;
    return lane == 5 && (i == 3 || (!(ops->flags & HPB_OPTIMIZER_ELEMENTWISE) && i < 4));
}

// A gradient that is no number spoils its own weight, for good, and nothing else, in its lane or beside it.
static void test_nan_stays_where_it_is(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < HPB_COUNT(table); k++)
        for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++) {
            const test_plugin p = load_row(k);
            const uint32_t at = 3 * L + 5; // parameter 3 of lane 5
            state *s = state_make(&p, L);
            uint32_t which[L];
            for (uint32_t lane = 0; lane < L; lane++)
                lane_start(&p, s, lane, which[lane] = lane);
            float expected[L][P], got[P];
            for (uint32_t step = 0; step < STEPS; step++) {
                if (step == 4) {
                    const float before = s->gradients[at];
                    s->gradients[at] = NAN;
                    hpb_optimizer_update(p.plugin->ops, isa)(p.values, &s->batch);
                    s->gradients[at] = before;
                } else {
                    advance(&p, s, which, isa);
                }
            }
            if (!isnan(s->weights[at]))
                fail_msg("row %zu (%s), %s: a gradient of NaN is not to be seen in its weight", k,
                         table[k].setting.id, hpb_isa_name(isa));
            state *other = state_make(&p, L); // the same, with a number
            for (uint32_t lane = 0; lane < L; lane++)
                lane_start(&p, other, lane, which[lane]);
            for (uint32_t step = 0; step < STEPS; step++)
                if (step == 4)
                    hpb_optimizer_update(p.plugin->ops, isa)(p.values, &other->batch);
                else
                    advance(&p, other, which, isa);
            for (uint32_t lane = 0; lane < L; lane++) {
                lane_read(other, other->weights, lane, expected[lane]);
                lane_read(s, s->weights, lane, got);
                for (uint32_t i = 0; i < P; i++)
                    if (!may_spoil(&p, lane, i) && got[i] != expected[lane][i])
                        fail_msg("row %zu (%s), %s: NaN in lane 5 changes parameter %u of lane %u",
                                 k, table[k].setting.id, hpb_isa_name(isa), i, lane);
            }
            free(other);
            free(s);
        }
}

// A parabola with its minimum at 1.5: 400 steps come nearer than 0.2, from either side and from the minimum itself.
static void test_descends(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const test_plugin p = load_row(k);
        state *s = state_make(&p, L);
        for (uint32_t lane = 0; lane < L; lane++) {
            lane_start(&p, s, lane, lane);
            s->rate[lane] = (float)table[k].learning_rate;
            for (uint32_t i = 0; i < P; i++)
                s->weights[i * L + lane] = (float)i;
        }
        for (uint32_t step = 0; step < 400; step++) {
            for (uint32_t i = 0; i < P * L; i++)
                s->gradients[i] = s->weights[i] - 1.5F;
            for (uint32_t lane = 0; lane < L; lane++)
                s->step[lane]++;
            hpb_optimizer_update(p.plugin->ops, hpb_isa_best())(p.values, &s->batch);
        }
        for (uint32_t i = 0; i < P * L; i++)
            if (!(fabs((double)s->weights[i] - 1.5) < 0.2))
                fail_msg("row %zu (%s): from %u to %g, not to 1.5", k, table[k].setting.id, i / L,
                         (double)s->weights[i]);
        free(s);
    }
}

// --- settings that must come to the same ----------------------------------------------------------------------------

static void test_same_settings(void **unused)
{
    (void)unused;
    static const struct {
        setting one, other;
        double tolerance; ///< of the weights; 0: to the bit
    } pairs[] = {
        {{"sgd", {{"nesterov", 1}}}, {"sgd", {{0}}}, 0},
        {{"sgd", {{"convention", 1}}}, {"sgd", {{0}}}, 0},
        {{"sgd", {{"momentum", 0.9}, {"convention", 1}}}, {"sgd", {{"momentum", 0.9}}}, 1e-6},
        {{"adamw", {{0}}}, {"adam", {{0}}}, 0}, // the decay itself is the host's
        {{"adamw", {{"amsgrad", 1}}}, {"adam", {{"amsgrad", 1}}}, 0},
        {{"adam", {{"epsilon", 0}, {"convention", 1}}}, {"adam", {{"epsilon", 0}}}, 0},
        {{"rmsprop", {{"epsilon", 0}, {"convention", 1}}}, {"rmsprop", {{"epsilon", 0}}}, 0},
        {{"rmsprop", {{"momentum", 1e-12}}}, {"rmsprop", {{0}}}, 1e-7},
        {{"rmsprop", {{"rho", 0}, {"epsilon", 0}}},
         {"lion", {{"beta_1", 1e-12}, {"beta_2", 0}}},
         1e-6},
        {{"adagrad", {{"epsilon", 0}, {"convention", 1}}}, {"adagrad", {{"epsilon", 0}}}, 0},
        {{"adamax", {{"epsilon", 0}, {"convention", 1}}}, {"adamax", {{"epsilon", 0}}}, 0},
        {{"adamax", {{"beta_1", 0}, {"beta_2", 0}, {"epsilon", 0}}},
         {"lion", {{"beta_1", 1e-12}, {"beta_2", 0}}},
         1e-4},
        {{"nadam", {{"beta_1", 0}}}, {"adam", {{"beta_1", 0}, {"convention", 1}}}, 1e-6},
        {{"ftrl", {{"learning_rate_power", -0.50000006}}}, {"ftrl", {{0}}}, 1e-5},

    };
    for (size_t k = 0; k < HPB_COUNT(pairs); k++) {
        test_plugin one = load_setting(&pairs[k].one), other = load_setting(&pairs[k].other);
        plugin_set(&one, "learning_rate", 0.01);
        plugin_set(&other, "learning_rate", 0.01);
        for (uint32_t which = 0; which < 5; which++) {
            float a[P], b[P];
            train_alone(&one, which, STEPS, a);
            train_alone(&other, which, STEPS, b);
            for (uint32_t i = 0; i < P; i++)
                if (!(fabs((double)(a[i] - b[i])) <= pairs[k].tolerance))
                    fail_msg("HPB_TEST_SEED=%u, pair %zu: %s %.9g, %s %.9g", seed_of_series(), k,
                             pairs[k].one.id, (double)a[i], pairs[k].other.id, (double)b[i]);
        }
    }
}

// --- conventions beside Keras' ---------------------------------------------------------------------------------------

// One weight under gradients 0.02, 0.04, -0.02, 0.04, ... at rates that change; epsilon is large, so that its place is
// seen.
enum { N_UPDATES = 7 };
static const double epsilon = 0.01, begin = 0.5;

static double rate_at(int t)
{
    return t % 3 ? 0.01 : 0.03;
}

static double gradient_at(int t)
{
    return t % 2 ? (t % 3 ? 0.02 : -0.02) : 0.04;
}

// The other convention's formula in double, as its source has it: the weight after N_UPDATES.

static double adam_paper(void) // Kingma and Ba, algorithm 1; torch.optim.Adam
{
    double w = begin, m = 0, v = 0;
    for (int t = 1; t <= N_UPDATES; t++) {
        const double g = gradient_at(t);
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        w -= rate_at(t) * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + epsilon);
    }
    return w;
}

static double sgd_pytorch(void) // torch.optim.SGD, momentum 0.9
{
    double w = begin, buffer = 0;
    for (int t = 1; t <= N_UPDATES; t++) {
        buffer = 0.9 * buffer + gradient_at(t);
        w -= rate_at(t) * buffer;
    }
    return w;
}

static double sgd_pytorch_nesterov(void)
{
    double w = begin, buffer = 0;
    for (int t = 1; t <= N_UPDATES; t++) {
        buffer = 0.9 * buffer + gradient_at(t);
        w -= rate_at(t) * (gradient_at(t) + 0.9 * buffer);
    }
    return w;
}

static double rmsprop_pytorch(void) // torch.optim.RMSprop, centered, momentum 0.5
{
    double w = begin, square = 0, average = 0, buffer = 0;
    for (int t = 1; t <= N_UPDATES; t++) {
        const double g = gradient_at(t);
        square = 0.9 * square + 0.1 * g * g;
        average = 0.9 * average + 0.1 * g;
        buffer = 0.5 * buffer + g / (sqrt(square - average * average) + epsilon);
        w -= rate_at(t) * buffer;
    }
    return w;
}

static double adagrad_paper(void) // Duchi et al., figure 1; torch.optim.Adagrad, lr_decay 0.3
{
    double w = begin, sum = 0.1;
    for (int t = 1; t <= N_UPDATES; t++) {
        const double g = gradient_at(t);
        sum += g * g;
        w -= rate_at(t) / (1 + (t - 1) * 0.3) * g / (sqrt(sum) + epsilon);
    }
    return w;
}

static double adamax_pytorch(void) // torch.optim.Adamax, beta_2 0.8
{
    double w = begin, m = 0, u = 0;
    for (int t = 1; t <= N_UPDATES; t++) {
        const double g = gradient_at(t);
        m = 0.9 * m + 0.1 * g;
        u = fmax(0.8 * u, fabs(g) + epsilon);
        w -= rate_at(t) / (1 - pow(0.9, t)) * m / u;
    }
    return w;
}

static double nadam_pytorch(void) // torch.optim.NAdam, momentum_decay 0.004
{
    double w = begin, m = 0, v = 0, product = 1;
    for (int t = 1; t <= N_UPDATES; t++) {
        const double g = gradient_at(t);
        const double mu = 0.9 * (1 - 0.5 * pow(0.96, t * 0.004));
        const double next = 0.9 * (1 - 0.5 * pow(0.96, (t + 1) * 0.004));
        product *= mu;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        const double root = sqrt(v / (1 - pow(0.999, t))) + epsilon;
        w -= rate_at(t) * (1 - mu) / (1 - product) * g / root;
        w -= rate_at(t) * next / (1 - product * next) * m / root;
    }
    return w;
}

static double train_one(test_plugin *p)
{
    plugin_set(p, "epsilon", epsilon);
    state *s = state_make(p, L);
    lane_start(p, s, 3, 0);
    s->weights[3] = (float)begin;
    for (int t = 1; t <= N_UPDATES; t++) {
        s->rate[3] = (float)rate_at(t);
        s->gradients[3] = (float)gradient_at(t);
        s->step[3] = t;
        hpb_optimizer_update(p->plugin->ops, HPB_ISA_BASELINE)(p->values, &s->batch);
    }
    const double w = (double)s->weights[3];
    free(s);
    return w;
}

static void test_conventions(void **unused)
{
    (void)unused;
    static const struct {
        setting setting;
        const char *choice; ///< what makes it the other convention
        double value, keras;
        double (*formula)(void);
    } others[] = {
        {{"adam", {{0}}}, "convention", 1, 0, adam_paper},
        {{"sgd", {{"momentum", 0.9}}}, "convention", 1, 0, sgd_pytorch},
        {{"sgd", {{"momentum", 0.9}, {"nesterov", 1}}}, "convention", 1, 0, sgd_pytorch_nesterov},
        {{"rmsprop", {{"momentum", 0.5}, {"centered", 1}}}, "convention", 1, 0, rmsprop_pytorch},
        {{"adagrad", {{"lr_decay", 0.3}}}, "convention", 1, 0, adagrad_paper},
        {{"adagrad", {{"convention", 1}}}, "lr_decay", 0.3, 0, adagrad_paper},
        {{"adamax", {{"beta_2", 0.8}}}, "convention", 1, 0, adamax_pytorch},
        {{"nadam", {{0}}}, "momentum_decay", 0.004, 1, nadam_pytorch},
    };
    for (size_t k = 0; k < HPB_COUNT(others); k++) {
        test_plugin p = load_setting(&others[k].setting);
        const double expected = others[k].formula();
        plugin_set(&p, others[k].choice, others[k].value);
        const double got = train_one(&p);
        plugin_set(&p, others[k].choice, others[k].keras);
        const double keras = train_one(&p);
        if (!(fabs(got - expected) <= 1e-6) || !(fabs(keras - expected) > 1e-5))
            fail_msg("%s with %s = %g: %.9g; expected %.9g, and not Keras' %.9g", p.info.id,
                     others[k].choice, others[k].value, got, expected, keras);
    }
}

static void test_descriptors(void **unused)
{
    (void)unused;
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const hpb_plugin *plugin = plugin_open("optimizers", table[k].setting.id);
        assert_int_equal(plugin->kind, HPB_KIND_OPTIMIZER);
        plugin_check_params(plugin);
        plugin_find(plugin, "learning_rate");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lane_depends_on_itself),
        cmocka_unit_test(test_nan_stays_where_it_is),
        cmocka_unit_test(test_descends),
        cmocka_unit_test(test_same_settings),
        cmocka_unit_test(test_conventions),
        cmocka_unit_test(test_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
