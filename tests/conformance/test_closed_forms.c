// SPDX-License-Identifier: Apache-2.0
// What least squares does can be calculated: means of thousands of runs against their expectations, and the difference of
// 5 folds and a holdout as hpbench explain has it. Seeds are the suites', so every run of the test sees the same numbers.
//
// Gaussian features: with intercept, n rows, p features, noise of variance 1, m = n - 1, the expected test MSE is
// (1 + 1/n) (1 + p / (m - p - 1)), that of the training rows 1 - (p + 1) / n. Of the solution of least norm, p > m + 1, it is
// (1 + 1/n) (1 + b (1 - m / p) + m / (p - m - 1)), b being the weights' square norm: Hastie, Montanari, Rosset and Tibshirani
// 2022 (Annals of Statistics 50), whose m are rows without an intercept.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "conformance/support_conformance.h"
#include "engine/averages.h"

#define MOST_RUNS 4000
#define SQUARE_NORM 14.26 // of 2, 3, -1, 0.5 and 0.1

typedef struct runs {
    double mse[MOST_RUNS], loss[MOST_RUNS], truth[MOST_RUNS], baseline[MOST_RUNS];
    size_t n;
} runs;

static double mean_of(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

static double sd_of(const double *x, size_t n)
{
    const double mean = mean_of(x, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

static double correlation_of(const double *x, const double *y, size_t n)
{
    const double mean_x = mean_of(x, n), mean_y = mean_of(y, n);
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean_x) * (y[i] - mean_y);
    return sum / ((double)(n - 1) * sd_of(x, n) * sd_of(y, n));
}

// Within three standard errors.
static void assert_mean(const double *x, size_t n, double expected, const char *what)
{
    const double mean = mean_of(x, n), error = sd_of(x, n) / sqrt((double)n);
    if (!(fabs(mean - expected) <= 3 * error))
        fail_msg("%s: mean %.6f +- %.6f; expected %.6f", what, mean, error, expected);
}

static void assert_about(double got, double expected, double tolerance, const char *what)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("%s: %.6f; expected %.6f", what, got, expected);
}

// The trials of a cell, by its label.
static runs *runs_of(const json_t *root, const char *label)
{
    runs *out = hpb_alloc(1, sizeof *out);
    size_t i;
    json_t *trial;
    json_array_foreach(json_object_get(root, "trials"), i, trial)
    {
        if (strcmp(json_string_value(json_object_get(trial, "label")), label) != 0)
            continue;
        assert_true(out->n < MOST_RUNS);
        out->mse[out->n] = golden_need(trial, "test_mse");
        out->loss[out->n] = golden_need(trial, "loss");
        out->truth[out->n] = golden_need(trial, "truth_mse");
        out->baseline[out->n++] = golden_need(trial, "baseline_mse");
        assert_true(golden_need(trial, "epochs") == 0 && golden_need(trial, "updates") == 0);
    }
    assert_true(out->n > 0);
    return out;
}

// What `n` training rows of `p` features make of the MSE, of that of the training rows, and of the mean alone.
static void assert_closed_form(const runs *r, double n, double p, const char *what)
{
    const double m = n - 1, inflation = 1 + 1 / n;
    const double error = p < m ? p / (m - p - 1) : SQUARE_NORM * (1 - m / p) + m / (p - m - 1);
    assert_mean(r->mse, r->n, inflation * (1 + error), what);
    if (p < m)
        assert_mean(r->loss, r->n, 1 - (p + 1) / n, what);
    assert_mean(r->truth, r->n, 1, what);
    assert_mean(r->baseline, r->n, (1 + SQUARE_NORM) * inflation, what);
}

// Folds of equal size have one mean, however they are weighted: the aggregator has no effect.
static void assert_same_averages(const json_t *root)
{
    size_t i, f, n_seen = 0;
    json_t *trial, *fold;
    json_array_foreach(json_object_get(root, "trials"), i, trial)
    {
        const json_t *folds = json_object_get(trial, "fold_mse");
        hpb_fold_score scores[5];
        if (json_array_size(folds) != 5)
            continue;
        json_array_foreach(folds, f, fold)
        {
            scores[f] = (hpb_fold_score){.n = 20, .mse = golden_number(fold)};
        }
        const hpb_averages a = hpb_average_folds(scores, 5);
        const double mse = golden_need(trial, "test_mse");
        assert_true(a.mse_mean == mse && is_near(a.mse_pooled, mse, 1e-15));
        scores[0].n = 40; // else they would not be
        assert_false(is_near(hpb_average_folds(scores, 5).mse_pooled, mse, 1e-9));
        n_seen++;
    }
    assert_true(n_seen > 1000);
}

static json_t *json_of(const char *words)
{
    ran r = run_hpbench(words);
    json_t *root = json_loads(r.out, 0, NULL);
    if (r.code || !root)
        fail_msg("exit %d: %s", r.code, r.err);
    ran_free(&r);
    return root;
}

// suites/closed-form.ini: 0.012783, whose interval explain prints, and how far single runs lie apart.
static void test_folds_and_holdout(void **state)
{
    (void)state;
    char *folder = work_begin("");
    json_t *explained =
        json_of("explain '" HPB_TEST_SOURCE "/../suites/closed-form.ini' --json --no-report "
                "--quiet --set suite.replicates=4000 --output out");
    const json_t *first = json_array_get(json_object_get(explained, "explanations"), 0);
    const json_t *difference = json_object_get(first, "difference");
    const json_t *interval = json_object_get(difference, "interval_95");
    const double low = golden_number(json_array_get(interval, 0));
    const double high = golden_number(json_array_get(interval, 1));
    const double expected = 76.0 / 75 * 73 / 63 - 81.0 / 80 * 78 / 68;
    assert_about(expected, 0.012783, 5e-7, "the closed form");
    if (!(low <= expected && expected <= high))
        fail_msg("holdout less folds lies in [%.6f, %.6f]; expected %.6f", low, high, expected);
    // all of it is the splitter's
    const json_t *causes = json_object_get(first, "causes");
    assert_int_equal(json_array_size(causes), 1);
    assert_true(golden_need(json_array_get(causes, 0), "value") ==
                golden_need(difference, "value"));
    json_decref(explained);

    json_t *root = json_of("export out --format json");
    runs *holdout = runs_of(root, "holdout"), *folds = runs_of(root, "folds");
    const size_t n = holdout->n;
    assert_int_equal(n, 4000);
    assert_closed_form(holdout, 75, 10, "holdout");
    assert_closed_form(folds, 80, 10, "folds");
    assert_about(sd_of(holdout->mse, n), 0.337, 0.017, "SD of a holdout");
    assert_about(sd_of(folds->mse, n), 0.188, 0.009, "SD of 5 folds");
    assert_about(correlation_of(holdout->mse, folds->mse, n), 0.49, 0.04, "their correlation");
    assert_same_averages(root);
    free(holdout);
    free(folds);
    json_decref(root);
    work_end(folder);
}

#define GAUSSIAN                                                                                   \
    "generator = gaussian\nnoise = 1\nseed = fresh\n[model]\nhidden = none\n[fit]\n"               \
    "solver = least_squares\n"

// The table of expected MSEs, and rows kept back: 80 of 100 train where validation_split is 0.2.
static void test_numbers_of_rows(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        double n, mse;
    } cells[] = {{"validation_split 0 & holdout train_size 75", 75, 1.174180},
                 {"validation_split 0 & holdout train_size 90", 90, 1.140741},
                 {"validation_split 0 & holdout train_size 100", 100, 1.124773},
                 {"validation_split 0.2 & holdout train_size 100", 80, 1.161397}};
    json_t *root = suite_run("[suite]\nreplicates = 1500\nseed = 2\n[data]\nrows = 125\n"
                             "features = 10\n" GAUSSIAN "validation_split = 0, 0.2\n"
                             "[splitter.holdout]\nplugin = train_test_split\n"
                             "train_size = 75, 90, 100\ntest_size = 25\n");
    for (size_t i = 0; i < HPB_COUNT(cells); i++) {
        runs *r = runs_of(root, cells[i].label);
        const double n = cells[i].n;
        assert_about((1 + 1 / n) * (n - 2) / (n - 12), cells[i].mse, 5e-7, cells[i].label);
        if (i < 3) // the baseline knows the rows that are kept back
            assert_closed_form(r, n, 10, cells[i].label);
        else
            assert_mean(r->mse, r->n, cells[i].mse, cells[i].label);
        free(r);
    }
    json_decref(root);
}

// Fewer rows than features: the solution of least norm.
static void test_more_features_than_rows(void **state)
{
    (void)state;
    json_t *root = suite_run("[suite]\nreplicates = 1500\nseed = 2\n[data]\nrows = 45\n"
                             "features = 40\n" GAUSSIAN "[splitter.holdout]\n"
                             "plugin = train_test_split\ntrain_size = 20\ntest_size = 25\n");
    runs *r = runs_of(root, "s");
    assert_closed_form(r, 20, 40, "20 rows of 40 features");
    for (size_t i = 0; i < r->n; i++)
        assert_true(r->loss[i] < 1e-20); // as many unknowns as there are, or more
    free(r);
    json_decref(root);
}

// The deterministic case of nested cross-validation: n = 12, K = 3, x = cos i, y = 1 + 2 x + 0.5 sin 3i + 0.1 i.
static void test_cross_validation_of_twelve_rows(void **state)
{
    (void)state;
    char *folder =
        work_begin("[suite]\n[data]\nfile = d.csv\ntarget = y\ntest_fold = f\n[model]\n"
                   "hidden = none\n[fit]\nsolver = least_squares\n[splitter.predefined_split]\n");
    hpb_text csv = {0};
    hpb_text_add(&csv, "x,y,f\n");
    for (int i = 0; i < 12; i++)
        hpb_text_add(&csv, "%.17g,%.17g,%d\n", cos(i), 1 + 2 * cos(i) + 0.5 * sin(3 * i) + 0.1 * i,
                     i % 3);
    hpb_file_write("d.csv", csv.data, csv.length, NULL);
    hpb_text_free(&csv);
    expect_run("run s.ini --quiet --no-report --output out", 0, NULL, NULL);
    json_t *root = json_of("export out --format json");
    const json_t *trials = json_object_get(root, "trials");
    assert_int_equal(json_array_size(trials), 1); // nothing is fresh
    // features are float32
    assert_about(golden_need(json_array_get(trials, 0), "test_mse"), 0.4826232985, 5e-8, "CV");
    json_decref(root);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folds_and_holdout),
        cmocka_unit_test(test_numbers_of_rows),
        cmocka_unit_test(test_more_features_than_rows),
        cmocka_unit_test(test_cross_validation_of_twelve_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
