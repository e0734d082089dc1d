// SPDX-License-Identifier: Apache-2.0
// What a fit sees: the shipped diabetes data as scikit-learn has them, and its StandardScaler to the bit.
#include "data/dataset.h"

#include <math.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define D 10

static hpb_dataset diabetes(void)
{
    const hpb_csv_options options = {.target = "progression", .separator = ','};
    const char *path = HPB_TEST_SOURCE "/../suites/data/diabetes.csv";
    char *bytes;
    size_t n;
    hpb_error error = {0};
    if (hpb_file_read(path, HPB_CSV_LIMIT, HPB_EXIT_SUITE, &bytes, &n, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    hpb_dataset data;
    hpb_diagnostics diagnostics = {0};
    const bool is_good = hpb_dataset_read_csv(path, bytes, n, &options, &data, &diagnostics);
    hpb_diagnostics_print(stderr, &diagnostics);
    assert_true(is_good);
    free(bytes);
    return data;
}

static void test_diabetes_is_the_published_data(void **state)
{
    (void)state;
    static const char *const names[] = {"age", "sex", "bmi", "bp", "s1",
                                        "s2",  "s3",  "s4",  "s5", "s6"};
    static const double first[] = {59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87};
    static const double last[] = {36, 1, 19.6, 71, 250, 133.2, 97, 3, 4.5951, 92};
    static const double means[] = {48.51809954751131, 1.4683257918552035, 26.37579185520364,
                                   94.64701357466065, 189.14027149321268, 115.43914027149319,
                                   49.78846153846154, 4.070248868778281,  4.641410859728506,
                                   91.26018099547511};
    hpb_dataset data = diabetes();
    assert_int_equal(data.n_rows, 442);
    assert_int_equal(data.n_features, D);
    assert_int_equal(data.n_left_out, 0);
    for (size_t i = 0; i < D; i++) {
        assert_string_equal(data.names[i], names[i]);
        assert_true(data.x[i] == first[i] && data.x[441 * D + i] == last[i]);
        double sum = 0;
        for (size_t row = 0; row < 442; row++)
            sum += data.x[row * D + i];
        assert_true(fabs(sum / 442 - means[i]) < 1e-11 * means[i]);
    }
    double sum = 0, squares = 0;
    for (size_t row = 0; row < 442; row++)
        sum += data.y[row];
    for (size_t row = 0; row < 442; row++)
        squares += (data.y[row] - sum / 442) * (data.y[row] - sum / 442);
    assert_true(fabs(sum / 442 - 152.13348416289594) < 1e-10);
    assert_true(fabs(sqrt(squares / 441) - 77.09300453299109) < 1e-10);
    assert_true(data.y[0] == 151 && data.y[441] == 57);
    hpb_dataset_free(&data);
}

static void test_unscaled_rows_are_padded_with_zeros(void **state)
{
    (void)state;
    hpb_dataset data = diabetes();
    hpb_table table = {0};
    hpb_table_fill(&data, &table);
    assert_int_equal(table.stride, 16);
    assert_int_equal((uintptr_t)table.x % 64, 0);
    for (uint32_t row = 0; row < data.n_rows; row++) {
        for (uint32_t i = 0; i < table.stride; i++)
            assert_true(table.x[row * table.stride + i] ==
                        (i < D ? (float)data.x[row * D + i] : 0.0f));
        assert_true(table.y[row] == (float)data.y[row]);
    }
    hpb_table_free(&table);
    assert_null(table.x);
    hpb_dataset_free(&data);
}

// StandardScaler().fit(X).transform(X).astype(float32), rows 0 and 441; then fit on rows 0, 3, 6, ...
static void test_standardised_rows_are_scikit_learns(void **state)
{
    (void)state;
    static const float all_0[] = {
        0x1.99db26p-1f,  0x1.10c3dap+0f,  0x1.4c0dfep+0f,  0x1.d6e072p-2f, -0x1.dc07a4p-1f,
        -0x1.76d12cp-1f, -0x1.d32cb8p-1f, -0x1.be7514p-5f, 0x1.ac9360p-2f, -0x1.7be46cp-2f};
    static const float all_441[] = {
        -0x1.e9795ep-1f, -0x1.e087e0p-1f, -0x1.890e48p+0f, -0x1.b62c4ap+0f, 0x1.c2b26ep+0f,
        0x1.2b5726p-1f,  0x1.d3bf0ap+1f,  -0x1.a91d30p-1f, -0x1.6b877ap-4f, 0x1.07e30ep-4f};
    static const float third_1[] = {
        -0x1.103170p-3f, -0x1.d1a7d6p-1f, -0x1.3262b2p+0f, -0x1.1061c6p-1f, -0x1.03607ap-2f,
        -0x1.0db718p-1f, 0x1.b0b52cp+0f,  -0x1.ca8d46p-1f, -0x1.909418p+0f, -0x1.07ea62p+1f};
    hpb_dataset data = diabetes();
    hpb_table table = {0};
    hpb_table_fill_standardised(&data, NULL, 0, &table);
    assert_memory_equal(table.x, all_0, sizeof all_0);
    assert_memory_equal(table.x + (size_t)441 * table.stride, all_441, sizeof all_441);
    assert_true(table.x[D] == 0 && table.x[table.stride - 1] == 0);
    assert_true(table.y[0] == 151);

    uint32_t rows[148], n = 0;
    for (uint32_t row = 0; row < 442; row += 3)
        rows[n++] = row;
    float *const x = table.x;
    hpb_table_fill_standardised(&data, rows, n, &table); // over the earlier one
    assert_ptr_equal(table.x, x);
    assert_memory_equal(table.x + table.stride, third_1, sizeof third_1);
    hpb_table_free(&table);
    hpb_dataset_free(&data);
}

// A bootstrap's rows count as often as they were drawn: as StandardScaler().fit(X[rows]) has it.
static void test_rows_drawn_twice_count_twice(void **state)
{
    (void)state;
    double x[] = {1, 10, 2, 30, 4, 20}, y[] = {1, 2, 3};
    double drawn_x[] = {4, 20, 1, 10, 4, 20, 4, 20}, drawn_y[4] = {0};
    const hpb_dataset data = {.n_rows = 3, .n_features = 2, .x = x, .y = y};
    const hpb_dataset drawn = {.n_rows = 4, .n_features = 2, .x = drawn_x, .y = drawn_y};
    hpb_table table = {0}, expected = {0};
    hpb_table_fill_standardised(&data, (uint32_t[]){2, 0, 2, 2}, 4, &table);
    hpb_table_fill_standardised(&drawn, NULL, 0, &expected);
    assert_memory_equal(table.x, expected.x + expected.stride, 2 * sizeof(float)); // row 0
    assert_memory_equal(table.x + (size_t)2 * table.stride, expected.x, 2 * sizeof(float));
    assert_true(table.x[0] == (float)(-2.25 / sqrt(1.6875)));
    hpb_table_free(&table);
    hpb_table_free(&expected);
}

static void test_constant_columns_and_other_shapes(void **state)
{
    (void)state;
    double x[] = {5, 0.1, 1, 5, 0.1, 2, 5, 0.1, 3}, y[] = {1, 2, 3};
    const hpb_dataset data = {.n_rows = 3, .n_features = 3, .x = x, .y = y};
    hpb_table table = {0};
    hpb_table_fill_standardised(&data, NULL, 0, &table);
    for (size_t row = 0; row < 3; row++) {
        assert_true(table.x[row * 8] == 0); // SD 0 counts as 1
        assert_true(fabsf(table.x[row * 8 + 1]) < 1e-15f);
    }
    assert_true(table.x[8 + 2] == 0 && table.x[16 + 2] == -table.x[2]);
    // rows outside the fitted ones are scaled by the fitted ones' figures
    const uint32_t rows[] = {0, 1};
    hpb_table_fill_standardised(&data, rows, 2, &table);
    assert_true(table.x[2] == -1 && table.x[8 + 2] == 1 && table.x[16 + 2] == 3);
    // a table of another shape is made anew
    double wide[18] = {[9] = 7};
    const hpb_dataset other = {.n_rows = 2, .n_features = 9, .x = wide, .y = y};
    hpb_table_fill(&other, &table);
    assert_int_equal(table.stride, 16);
    assert_true(table.x[16] == 7 && table.x[9] == 0);
    hpb_table_free(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diabetes_is_the_published_data),
        cmocka_unit_test(test_unscaled_rows_are_padded_with_zeros),
        cmocka_unit_test(test_standardised_rows_are_scikit_learns),
        cmocka_unit_test(test_rows_drawn_twice_count_twice),
        cmocka_unit_test(test_constant_columns_and_other_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
