// SPDX-License-Identifier: Apache-2.0
// Generated data: the article's, bit for bit NumPy's, and friedman1, which is scikit-learn's.
#include "data/dataset.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support_golden.h"

static void test_article_is_numpys_bit_for_bit(void **state)
{
    (void)state;
    json_t *root = golden_open("article_data"), *test_case;
    const json_t *cases = json_object_get(root, "cases");
    size_t i;
    assert_true(json_array_size(cases) > 0);
    json_array_foreach(cases, i, test_case)
    {
        const uint32_t n = (uint32_t)json_integer_value(json_object_get(test_case, "n"));
        const uint32_t seed = (uint32_t)json_integer_value(json_object_get(test_case, "seed"));
        const json_t *noise = json_object_get(test_case, "noise");
        const json_t *x = json_object_get(test_case, "X"), *y = json_object_get(test_case, "y");
        hpb_dataset data;
        for (int generator = HPB_GENERATOR_LINEAR; generator <= HPB_GENERATOR_ARTICLE;
             generator++) {
            hpb_dataset_generate((hpb_generator)generator, n, 5,
                                 noise ? json_number_value(noise) : 0.1, seed, &data);
            assert_int_equal(data.n_rows, n);
            assert_int_equal(data.n_features, 5);
            assert_int_equal(json_array_size(x), 5 * n);
            for (size_t k = 0; k < 5 * n; k++)
                assert_true(data.x[k] == json_number_value(json_array_get(x, k)));
            for (size_t k = 0; k < n; k++)
                assert_true(data.y[k] == json_number_value(json_array_get(y, k)));
            hpb_dataset_free(&data);
        }
    }
    json_decref(root);
}

// sklearn.datasets.make_friedman1(50, 7, noise=0.5, random_state=3), scikit-learn 1.9.1
static void test_friedman1_is_scikit_learns(void **state)
{
    (void)state;
    static const double first[] = {0.5507979025745755, 0.7081478226181048, 0.2909047389129443,
                                   0.510827605197663,  0.8929469543476547, 0.8962930889334381,
                                   0.12558531046383625};
    static const double y[] = {20.165017009990976, 2.5692082061395869, 21.84266383747817,
                               21.04761403526819};
    hpb_dataset data;
    hpb_dataset_generate(HPB_GENERATOR_FRIEDMAN1, 50, 7, 0.5, 3, &data);
    assert_int_equal(data.n_features, 7);
    assert_memory_equal(data.x, first, sizeof first);
    assert_true(data.x[49 * 7 + 6] == 0.13827941485810036);
    for (size_t i = 0; i < HPB_COUNT(y); i++)
        assert_true(fabs(data.y[i] - y[i]) <= 1e-14 * fabs(y[i])); // the sine is another library's
    assert_true(fabs(data.y[49] - 9.3358100473014645) <= 1e-13);
    hpb_dataset_free(&data);
}

// sklearn.datasets.make_friedman2 and 3(50, noise=0.5, random_state=3), scikit-learn 1.9.1
static void test_friedman2_and_3_are_scikit_learns(void **state)
{
    (void)state;
    static const double first[] = {55.07979025745755, 1282.5139446837677, 0.2909047389129443,
                                   6.10827605197663};
    static const double y2[] = {376.7351447153749, 218.75872820492594, 25.656778722663507,
                                397.31991325251533};
    static const double y3[] = {1.0262660479397456, 1.1866264033919325, 1.239243986139859,
                                0.7579266478544244};
    hpb_dataset data;
    hpb_dataset_generate(HPB_GENERATOR_FRIEDMAN2, 50, 4, 0.5, 3, &data);
    assert_int_equal(data.n_features, 4);
    assert_memory_equal(data.x, first, sizeof first);
    assert_memory_equal(data.y, y2, sizeof y2); // no function but the square root: bit for bit
    assert_true(data.y[49] == 206.5112788893593);
    hpb_dataset_free(&data);
    hpb_dataset_generate(HPB_GENERATOR_FRIEDMAN3, 50, 4, 0.5, 3, &data);
    assert_memory_equal(data.x, first, sizeof first);
    for (size_t i = 0; i < HPB_COUNT(y3); i++)
        assert_true(fabs(data.y[i] - y3[i]) <= 1e-15); // the arctangent is another library's
    assert_true(fabs(data.y[49] - 1.1434176413544386) <= 1e-15);
    hpb_dataset_free(&data);
}

static void test_features_that_a_generator_has(void **state)
{
    (void)state;
    hpb_dataset few, usual, many;
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, 20, 2, 0, 4, &few);
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, 20, 9, 0, 4, &many);
    assert_int_equal(few.n_features, 2);
    assert_int_equal(many.n_features, 9);
    for (uint32_t i = 0; i < 20; i++) {
        const double *x = few.x + (size_t)2 * i, *z = many.x + (size_t)9 * i;
        assert_true(few.y[i] == 2 * x[0] + 3 * x[1]);
        assert_true(many.y[i] == 2 * z[0] + 3 * z[1] - z[2] + 0.5 * z[3] + 0.1 * z[4]);
    }
    hpb_dataset_free(&few);
    hpb_dataset_free(&many);
    for (int generator = HPB_GENERATOR_LINEAR; generator <= HPB_GENERATOR_GAUSSIAN; generator++) {
        const hpb_generator_features shape = hpb_generator_shape((hpb_generator)generator);
        hpb_dataset_generate((hpb_generator)generator, 2, 1, 0, 4, &few);
        hpb_dataset_generate((hpb_generator)generator, 2, shape.usual, 0, 4, &usual);
        hpb_dataset_generate((hpb_generator)generator, 2, 10001, 0, 4, &many);
        assert_int_equal(few.n_features, shape.fewest);
        assert_int_equal(usual.n_features, shape.usual);
        assert_int_equal(many.n_features, shape.most);
        hpb_dataset_free(&few);
        hpb_dataset_free(&usual);
        hpb_dataset_free(&many);
    }
}

// numpy: r = RandomState(3); X = r.randn(50, 7); y = 2 X0 + 3 X1 - X2 + 0.5 X3 + 0.1 X4 + 0.5 r.randn(50)
static void test_gaussian_is_numpys(void **state)
{
    (void)state;
    hpb_dataset data;
    hpb_dataset_generate(HPB_GENERATOR_GAUSSIAN, 50, 7, 0.5, 3, &data);
    static const double first[] = {1.7886284734303186,  0.43650985051198943,  0.09649746807200862,
                                   -1.8634927033644908, -0.27738820251439905, -0.35475897926898675,
                                   -0.08274148148245977},
                        y[] = {3.3329067361621525, -1.3048107095982096, -1.1745995986910713,
                               3.696988536275048};
    for (size_t i = 0; i < HPB_COUNT(first); i++)
        assert_true(data.x[i] == first[i]);
    assert_true(data.x[49 * 7 + 6] == -0.0643601718892202);
    for (size_t i = 0; i < HPB_COUNT(y); i++)
        assert_true(data.y[i] == y[i]);
    hpb_dataset_free(&data);
}

static void test_truth_is_what_noise_is_added_to(void **state)
{
    (void)state;
    for (int generator = HPB_GENERATOR_LINEAR; generator <= HPB_GENERATOR_GAUSSIAN; generator++) {
        hpb_dataset noisy, clean;
        hpb_dataset_generate((hpb_generator)generator, 2000, 5, 0.25, 11, &noisy);
        hpb_dataset_generate((hpb_generator)generator, 2000, 5, 0, 11, &clean);
        double sum = 0;
        for (uint32_t i = 0; i < 2000; i++) {
            assert_true(clean.y[i] == noisy.truth[i]); // the same draws, whatever the noise
            const double e = noisy.y[i] - noisy.truth[i];
            sum += e * e;
        }
        // the mean square of 2,000 normal numbers of SD 0.25: 0.0625 +- 4 standard errors
        assert_true(fabs(sum / 2000 - 0.0625) < 4 * 0.0625 * sqrt(2.0 / 2000));
        hpb_dataset_free(&noisy);
        hpb_dataset_free(&clean);
    }
}

static void test_seeds_and_edges(void **state)
{
    (void)state;
    hpb_dataset a, b, none;
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, 10, 5, 0.1, 1, &a);
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, 10, 5, 0.1, 2, &b);
    assert_memory_not_equal(a.x, b.x, 50 * sizeof *a.x);
    assert_null(a.names);
    hpb_dataset_generate(HPB_GENERATOR_LINEAR, 0, 5, 0.1, 2, &none);
    assert_int_equal(none.n_rows, 0);
    hpb_dataset_free(&a);
    hpb_dataset_free(&b);
    hpb_dataset_free(&none);
    assert_null(none.x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_article_is_numpys_bit_for_bit),
        cmocka_unit_test(test_friedman1_is_scikit_learns),
        cmocka_unit_test(test_friedman2_and_3_are_scikit_learns),
        cmocka_unit_test(test_features_that_a_generator_has),
        cmocka_unit_test(test_gaussian_is_numpys),
        cmocka_unit_test(test_truth_is_what_noise_is_added_to),
        cmocka_unit_test(test_seeds_and_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
