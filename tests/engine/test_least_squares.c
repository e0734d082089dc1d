// SPDX-License-Identifier: Apache-2.0
// [fit] solver = least_squares against scikit-learn's LinearRegression (goldens/least_squares.json), of full rank and of
// less; what makes a solution one; and input of which nothing can be made.
#include "engine/support.h"

#include "base/base.h"
#include "support_golden.h"

#include <float.h>
#include <stdio.h>

#define TOLERANCE 1e-9        // relative, of an MSE
#define WEIGHT_TOLERANCE 1e-6 // of a weight, rounded to float32

// --- a problem ------------------------------------------------------------------------------------------------

typedef struct problem {
    hpb_dataset data;
    hpb_table table;
    uint32_t *rows; // training rows, then test rows, the latter to validate on as well
    hpb_fit_config config;
    hpb_fit fit;
} problem;

// Takes x[n][p] and y[n]; nothing of the config but the network and the solver is set: nothing else may be looked at.
static problem *problem_of(double *x, double *y, uint32_t n, uint32_t p, uint32_t n_train)
{
    problem *q = hpb_alloc(1, sizeof *q);
    q->data = (hpb_dataset){.n_rows = n, .n_features = p, .x = x, .y = y};
    hpb_table_fill(&q->data, &q->table);
    q->rows = hpb_alloc(n, sizeof *q->rows);
    for (uint32_t i = 0; i < n; i++)
        q->rows[i] = i;
    q->config = (hpb_fit_config){.network = {p, 1, {1}, HPB_ACTIVATION_RELU},
                                 .solver = HPB_SOLVER_LEAST_SQUARES,
                                 .curves = true};
    q->fit = (hpb_fit){.table = &q->table,
                       .target = y,
                       .train_rows = q->rows,
                       .n_train = n_train,
                       .validation_rows = q->rows + n_train,
                       .n_validation = n - n_train,
                       .test_rows = q->rows + n_train,
                       .n_test = n - n_train};
    return q;
}

static void problem_free(problem *q)
{
    free(q->rows);
    hpb_table_free(&q->table);
    hpb_dataset_free(&q->data);
    free(q);
}

static outcome solve(const problem *q)
{
    hpb_fit fit = q->fit;
    fit.tag = 0;
    outcome *both[2] = {run_engine(&q->config, &fit, 1), run_reference(&q->config, &fit, 1)};
    const size_t n = q->config.network.n_inputs + 1;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(both[i]->count, 1);
        assert_true(!both[i]->result.failure && !both[i]->curve);
        assert_true(both[i]->result.epochs == 0 && both[i]->result.updates == 0);
    }
    assert_memory_equal(both[0]->weights, both[1]->weights, n * sizeof(float));
    assert_memory_equal(&both[0]->result.test_mse, &both[1]->result.test_mse, sizeof(double));
    const outcome out = *both[0];
    free_outcomes(both[1], 1);
    free(both[0]);
    return out;
}

// --- scikit-learn ---------------------------------------------------------------------------------------------

static uint32_t *numbers_of(const json_t *array)
{
    size_t n;
    double *values = golden_doubles(array, &n);
    uint32_t *out = hpb_alloc(n, sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = (uint32_t)values[i];
    free(values);
    return out;
}

// An MSE of 0 is rounding error, here and there.
static void assert_mse(double got, double expected, const char *what, const char *label)
{
    if (!(fabs(got - expected) <= TOLERANCE * expected + 1e-18))
        fail_msg("%s of %s: %.17g; scikit-learn has %.17g", what, label, got, expected);
}

static void check_case(const json_t *golden)
{
    const char *label = json_string_value(json_object_get(golden, "label"));
    size_t n_x, n, n_weights;
    double *x = golden_doubles(json_object_get(golden, "X"), &n_x);
    double *y = golden_doubles(json_object_get(golden, "y"), &n);
    double *weights = golden_doubles(json_object_get(golden, "weights"), &n_weights);
    uint32_t *train = numbers_of(json_object_get(golden, "train"));
    uint32_t *test = numbers_of(json_object_get(golden, "test"));
    problem *q = problem_of(x, y, (uint32_t)n, (uint32_t)(n_x / n),
                            (uint32_t)json_array_size(json_object_get(golden, "train")));
    q->fit.train_rows = train;
    q->fit.test_rows = test;
    q->fit.validation_rows = test;
    outcome o = solve(q);
    assert_int_equal(n_weights, n_x / n + 1);
    for (size_t i = 0; i < n_weights; i++)
        if (!(fabs((double)o.weights[i] - weights[i]) <=
              WEIGHT_TOLERANCE * fabs(weights[i]) + 1e-9))
            fail_msg("weight %zu of %s: %.9g; scikit-learn has %.9g", i, label,
                     (double)o.weights[i], weights[i]);
    assert_mse(o.result.loss, golden_need(golden, "train_mse"), "training MSE", label);
    assert_mse(o.result.test_mse, golden_need(golden, "test_mse"), "test MSE", label);
    assert_true(o.result.val_loss == o.result.test_mse);
    free(o.weights);
    free(weights);
    free(train);
    free(test);
    problem_free(q);
}

static void test_linear_regression(void **unused)
{
    (void)unused;
    json_t *root = golden_open("least_squares"), *golden;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, golden)
    {
        check_case(golden);
    }
    json_decref(root);
}

// --- what makes a solution one ----------------------------------------------------------------------------------

static uint64_t random_state = 7;

static double draw(void) // SplitMix64, in [-1, 1)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)(int32_t)((z ^ (z >> 31)) >> 32) / 0x1p31;
}

static problem *random_problem(uint32_t n, uint32_t p, uint32_t n_train)
{
    double *x = hpb_alloc((size_t)n * p, sizeof *x), *y = hpb_alloc(n, sizeof *y);
    for (size_t i = 0; i < (size_t)n * p; i++)
        x[i] = draw();
    for (uint32_t i = 0; i < n; i++)
        y[i] = draw();
    return problem_of(x, y, n, p, n_train);
}

// Residuals are orthogonal to every feature, and to 1.
static void test_residuals_are_orthogonal(void **unused)
{
    (void)unused;
    for (uint32_t p = 1; p <= 24; p++) {
        problem *q = random_problem(40, p, 30);
        outcome o = solve(q);
        for (uint32_t j = 0; j <= p; j++) {
            double sum = 0;
            for (uint32_t i = 0; i < 30; i++) {
                const float *row = q->table.x + (size_t)i * q->table.stride;
                double e = (double)o.weights[p] - q->data.y[i];
                for (uint32_t k = 0; k < p; k++)
                    e += (double)o.weights[k] * (double)row[k];
                sum += e * (j < p ? (double)row[j] : 1);
            }
            if (!(fabs(sum) < 1e-4))
                fail_msg("p %u: %g", p, sum);
        }
        free(o.weights);
        problem_free(q);
    }
}

// Scaling and shifting the features changes what the weights are, not what they predict.
static void test_units_do_not_matter(void **unused)
{
    (void)unused;
    problem *q = random_problem(60, 6, 40);
    outcome before = solve(q);
    for (size_t i = 0; i < (size_t)60 * 6; i++)
        q->table.x[i / 6 * q->table.stride + i % 6] *= ldexpf(1, 12 * (int)(i % 6) - 30);
    outcome after = solve(q);
    assert_mse(after.result.test_mse, before.result.test_mse, "test MSE", "other units");
    free(before.weights);
    free(after.weights);
    problem_free(q);
}

// --- the edges ------------------------------------------------------------------------------------------------

static void test_no_validation_rows(void **unused)
{
    (void)unused;
    problem *q = random_problem(10, 2, 6);
    q->fit.n_validation = 0;
    outcome o = solve(q);
    assert_true(isnan(o.result.val_loss) && isfinite(o.result.test_mse));
    free(o.weights);
    problem_free(q);
}

// Numbers too large for float32, or for the square of a double, diverge as a fit that is trained does.
static void test_what_is_not_finite(void **unused)
{
    (void)unused;
    for (int which = 0; which < 3; which++) {
        problem *q = random_problem(12, 3, 8);
        if (which == 0)
            q->table.x[q->table.stride + 1] = HUGE_VALF; // in a training row
        else if (which == 1)
            q->table.x[9 * q->table.stride + 1] = HUGE_VALF; // in a test row
        else
            q->data.y[3] = DBL_MAX;
        outcome o = solve(q);
        if (isfinite(o.result.test_mse))
            fail_msg("%d: %g", which, o.result.test_mse);
        free(o.weights);
        problem_free(q);
    }
}

static void count(void *context)
{
    ++*(uint32_t *)context;
}

// A worker that is silent is taken for dead: a large system says at every column that it is not.
static void test_large_systems_show_life(void **unused)
{
    (void)unused;
    uint32_t n_signs = 0;
    problem *q = random_problem(5100, 200, 5050);
    q->config.alive = count;
    q->config.alive_context = &n_signs;
    outcome *o = run_engine(&q->config, &q->fit, 1);
    assert_true(n_signs > 200 && isfinite(o->result.test_mse));
    free_outcomes(o, 1);
    problem_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_regression),   cmocka_unit_test(test_residuals_are_orthogonal),
        cmocka_unit_test(test_units_do_not_matter), cmocka_unit_test(test_no_validation_rows),
        cmocka_unit_test(test_what_is_not_finite),  cmocka_unit_test(test_large_systems_show_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
