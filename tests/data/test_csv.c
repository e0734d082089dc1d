// SPDX-License-Identifier: Apache-2.0
// CSV files, good and bad: every tests/bad_data/NN-name.csv is read with the target "y" and must give
// exactly the lines of NN-name.txt (what is printed, or "accepted: N rows, D features").
#include "data/dataset.h"

#include <glob.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static bool read_text(const char *text, const hpb_csv_options *options, hpb_dataset *out,
                      hpb_diagnostics *diagnostics)
{
    *diagnostics = (hpb_diagnostics){0};
    return hpb_dataset_read_csv("data.csv", text, strlen(text), options, out, diagnostics);
}

// What a person would see.
static char *outcome_of(const char *name, const char *bytes, size_t n)
{
    const hpb_csv_options options = {.target = "y", .separator = ','};
    hpb_diagnostics diagnostics = {0};
    hpb_dataset dataset;
    char *seen = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&seen, &size);
    assert_non_null(out);
    if (hpb_dataset_read_csv(name, bytes, n, &options, &dataset, &diagnostics))
        fprintf(out, "accepted: %u rows, %u features\n", dataset.n_rows, dataset.n_features);
    hpb_diagnostics_print(out, &diagnostics);
    fclose(out);
    hpb_dataset_free(&dataset);
    return seen;
}

static void test_bad_files_name_the_place_and_the_remedy(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob(HPB_TEST_SOURCE "/bad_data/*.csv", 0, NULL, &files), 0);
    assert_true(files.gl_pathc >= 25);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i], *name = strrchr(path, '/') + 1;
        char *expected_path = hpb_strdup(path);
        memcpy(expected_path + strlen(path) - 4, ".txt", 4);
        char *bytes, *expected;
        size_t n, n_expected;
        assert_int_equal(hpb_file_read(path, 1 << 20, HPB_EXIT_SUITE, &bytes, &n, NULL), 0);
        assert_int_equal(
            hpb_file_read(expected_path, 1 << 20, HPB_EXIT_SUITE, &expected, &n_expected, NULL), 0);
        char *seen = outcome_of(name, bytes, n);
        assert_string_equal(seen, expected);
        free(seen);
        free(expected);
        free(bytes);
        free(expected_path);
    }
    globfree(&files);
}

// However a bad file is cut off, it is refused or read, and never read beyond its end.
static void test_every_prefix_of_every_bad_file_is_survived(void **state)
{
    (void)state;
    glob_t files;
    assert_int_equal(glob(HPB_TEST_SOURCE "/bad_data/*.csv", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *bytes;
        size_t n;
        assert_int_equal(
            hpb_file_read(files.gl_pathv[i], 1 << 20, HPB_EXIT_SUITE, &bytes, &n, NULL), 0);
        for (size_t cut = 0; cut < n; cut++) {
            char *exact = hpb_alloc(cut, 1); // so that a sanitizer sees a read beyond it
            memcpy(exact, bytes, cut);
            char *seen = outcome_of("cut.csv", exact, cut);
            assert_true(strncmp(seen, "accepted: ", 10) == 0 ||
                        strncmp(seen, "hpbench: error: cut.csv:", 24) == 0);
            free(seen);
            free(exact);
        }
        free(bytes);
    }
    globfree(&files);
}

static void test_the_target_may_stand_anywhere(void **state)
{
    (void)state;
    const hpb_csv_options options = {.target = "price"};
    static const char *const texts[] = {"price,a,b\n9,1,2\n8,3,4\n", "a,price,b\n1,9,2\n3,8,4\n",
                                        "a,b,price\n1,2,9\n3,4,8"};
    for (size_t i = 0; i < HPB_COUNT(texts); i++) {
        hpb_dataset dataset;
        hpb_diagnostics diagnostics;
        assert_true(read_text(texts[i], &options, &dataset, &diagnostics));
        assert_int_equal(dataset.n_rows, 2);
        assert_int_equal(dataset.n_features, 2);
        assert_string_equal(dataset.names[0], "a");
        assert_string_equal(dataset.names[1], "b");
        for (int k = 0; k < 4; k++)
            assert_true(dataset.x[k] == k + 1);
        assert_true(dataset.y[0] == 9 && dataset.y[1] == 8);
        assert_null(dataset.truth);
        hpb_dataset_free(&dataset);
        assert_null(dataset.names);
    }
}

static void test_form_does_not_change_the_data(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a,y\n1.5,2\n-3e-2,4\n",          "\xef\xbb\xbf\x61,y\r\n1.5,2\r\n-3e-2,4\r\n",
        "\n\na,y\n\n1.5,2\n   \n-3e-2,4", "\"a\",\"y\"\n\"1.5\",2\n-3e-2,\"4\"\n",
        " a , y \n 1.5 ,2\n-3e-2, 4 \n",  "a,y\r1.5,2\r-3e-2,4\r",
    };
    const hpb_csv_options options = {.target = "y", .separator = ','};
    for (size_t i = 0; i < HPB_COUNT(texts); i++) {
        hpb_dataset dataset;
        hpb_diagnostics diagnostics;
        assert_true(read_text(texts[i], &options, &dataset, &diagnostics));
        assert_int_equal(dataset.n_rows, 2);
        assert_string_equal(dataset.names[0], "a");
        assert_true(dataset.x[0] == 1.5 && dataset.x[1] == -3e-2);
        assert_true(dataset.y[0] == 2 && dataset.y[1] == 4);
        hpb_dataset_free(&dataset);
    }
}

static void test_separators(void **state)
{
    (void)state;
    static const char *const texts[] = {"a;y\n1;2\n3;4\n", "a\ty\n1\t2\n3\t4\n", "a|y\n1|2\n3|4\n"};
    for (size_t i = 0; i < HPB_COUNT(texts); i++) {
        const hpb_csv_options options = {.target = "y", .separator = texts[i][1]};
        hpb_dataset dataset;
        hpb_diagnostics diagnostics;
        assert_true(read_text(texts[i], &options, &dataset, &diagnostics));
        assert_true(dataset.x[1] == 3 && dataset.y[1] == 4);
        hpb_dataset_free(&dataset);
    }
    // a tab-separated file keeps its empty fields
    const hpb_csv_options tab = {.target = "y", .separator = '\t', .na = "NA"};
    hpb_dataset dataset;
    hpb_diagnostics diagnostics;
    assert_true(read_text("a\tb\ty\n1\t\t2\n3\t4\t5\n6\t7\t8\n", &tab, &dataset, &diagnostics));
    assert_int_equal(dataset.n_rows, 2);
    assert_int_equal(dataset.n_left_out, 1);
    hpb_dataset_free(&dataset);
}

static void test_rows_with_a_missing_value_are_left_out_where_na_is_given(void **state)
{
    (void)state;
    const hpb_csv_options options = {.target = "y", .na = "NA"};
    hpb_dataset dataset;
    hpb_diagnostics diagnostics;
    assert_true(read_text("a,b,y\n1,2,3\nNA,5,6\n7,NA,9\n10,11,NA\n,14,15\n16,17,18\n", &options,
                          &dataset, &diagnostics));
    assert_int_equal(dataset.n_rows, 2);
    assert_int_equal(dataset.n_left_out, 4);
    assert_true(dataset.x[0] == 1 && dataset.x[2] == 16 && dataset.x[3] == 17);
    assert_true(dataset.y[0] == 3 && dataset.y[1] == 18);
    hpb_dataset_free(&dataset);
    // another word for it is still a fault, and zero is never put in its place
    assert_false(read_text("a,y\n1,2\n?,3\n4,5\n", &options, &dataset, &diagnostics));
    assert_int_equal(diagnostics.count, 1);
    assert_string_equal(diagnostics.item[0].text,
                        "data.csv:3:1: column \"a\": missing value; expected a number; got \"?\"");
    assert_false(read_text("a,y\nNA,2\nNA,3\n", &options, &dataset, &diagnostics));
    assert_non_null(strstr(diagnostics.item[0].text, "without a missing value; got 0"));
}

// Numbers of numpy.unique(column, return_inverse=True)[1].
static void assert_groups(const char *column, const uint32_t *expected, uint32_t n_groups)
{
    const hpb_csv_options options = {.target = "y", .separator = ';', .group = "g"};
    hpb_dataset dataset;
    hpb_diagnostics diagnostics;
    hpb_text text = {0};
    hpb_text_add(&text, "a;g;y\n");
    uint32_t n = 0;
    for (const char *at = column, *end; *at; at = *end ? end + 1 : end, n++) {
        end = strchr(at, ',');
        end = end ? end : at + strlen(at);
        hpb_text_add(&text, "%u;%.*s;5\n", n, (int)(end - at), at);
    }
    assert_true(read_text(text.data, &options, &dataset, &diagnostics));
    assert_int_equal(dataset.n_rows, n);
    assert_int_equal(dataset.n_features, 1);
    assert_string_equal(dataset.names[0], "a");
    for (uint32_t i = 0; i < n; i++)
        assert_true(dataset.x[i] == i && dataset.groups[i] == expected[i]);
    assert_int_equal(dataset.n_groups, n_groups);
    assert_null(dataset.test_fold);
    hpb_dataset_free(&dataset);
    hpb_text_free(&text);
}

static void test_groups_are_numbered_as_numpy_unique_does(void **state)
{
    (void)state;
    assert_groups("b,a,c,a", (uint32_t[]){1, 0, 2, 0}, 3);
    assert_groups("10,9,-2,9.0,1e1", (uint32_t[]){2, 1, 0, 1, 2}, 3); // as numbers
    assert_groups("10,9,x,9.0", (uint32_t[]){0, 1, 3, 2}, 4);         // as text, all of them
    assert_groups("ward B,Z,\xc3\xa9,a", (uint32_t[]){2, 0, 3, 1}, 4);
    // doubles can't tell these apart: text again
    assert_groups("9007199254740993,9007199254740992,9007199254740993", (uint32_t[]){1, 0, 1}, 2);
    assert_groups("7,7,7", (uint32_t[]){0, 0, 0}, 1);
}

static void test_group_and_test_fold_are_no_features(void **state)
{
    (void)state;
    const hpb_csv_options options = {.target = "y", .group = "who", .test_fold = "f"};
    hpb_dataset dataset;
    hpb_diagnostics diagnostics;
    assert_true(read_text("f,a,who,y,b\n3,1,eve,9,2\n-1,3,bob,8,4\n0,5,eve,7,6\n", &options,
                          &dataset, &diagnostics));
    assert_int_equal(dataset.n_features, 2);
    assert_string_equal(dataset.names[0], "a");
    assert_string_equal(dataset.names[1], "b");
    for (int k = 0; k < 6; k++)
        assert_true(dataset.x[k] == k + 1);
    assert_memory_equal(dataset.groups, ((uint32_t[]){1, 0, 1}), 3 * sizeof(uint32_t));
    assert_memory_equal(dataset.test_fold, ((int32_t[]){3, -1, 0}), 3 * sizeof(int32_t));
    assert_int_equal(dataset.n_groups, 2);
    assert_int_equal(dataset.n_test_folds, 2);
    const hpb_rows rows = hpb_dataset_rows(&dataset);
    assert_int_equal(rows.n_rows, 3);
    assert_ptr_equal(rows.groups, dataset.groups);
    assert_ptr_equal(rows.test_fold, dataset.test_fold);
    hpb_dataset_free(&dataset);
    assert_null(dataset.groups);
    // a row without a group or a fold is left out whole; the other numbers close up
    const hpb_csv_options na = {.target = "y", .group = "who", .test_fold = "f", .na = "NA"};
    assert_true(read_text("f,a,who,y\n3,1,eve,9\n1,2,NA,8\nNA,3,bob,7\n,4,zoe,6\n2,5,none,5\n", &na,
                          &dataset, &diagnostics));
    assert_int_equal(dataset.n_rows, 2);
    assert_int_equal(dataset.n_left_out, 3);
    assert_memory_equal(dataset.groups, ((uint32_t[]){0, 1}), 2 * sizeof(uint32_t));
    assert_memory_equal(dataset.test_fold, ((int32_t[]){3, 2}), 2 * sizeof(int32_t));
    hpb_dataset_free(&dataset);
}

static void assert_refused(const char *text, const hpb_csv_options *options, const char *error,
                           const char *hint)
{
    hpb_dataset dataset;
    hpb_diagnostics diagnostics;
    assert_false(read_text(text, options, &dataset, &diagnostics));
    assert_string_equal(diagnostics.item[0].text, error);
    assert_string_equal(diagnostics.item[0].hint, hint);
    assert_null(dataset.groups);
    assert_null(dataset.test_fold);
}

static void test_bad_groups_and_test_folds(void **state)
{
    (void)state;
    const hpb_csv_options group = {.target = "y", .group = "ward"};
    const hpb_csv_options fold = {.target = "y", .test_fold = "fold"};
    const hpb_csv_options both = {.target = "y", .group = "y"};
    assert_refused("a,wards,y\n1,2,3\n4,5,6\n", &group,
                   "data.csv:1: no column for the group; expected one of a, wards, y; got \"ward\"",
                   "did you mean `group = wards`?");
    assert_refused("a,folds,y\n1,2,3\n4,5,6\n", &fold,
                   "data.csv:1: no column for the test_fold; expected one of a, folds, y; got "
                   "\"fold\"",
                   "did you mean `test_fold = folds`?");
    assert_refused("a,ward,y\n1,2,3\n4,5,6\n", &both,
                   "data.csv:1:8: column \"y\" is the target and the group; expected different "
                   "columns",
                   "");
    assert_refused("ward,y\n1,2\n4,5\n", &group,
                   "data.csv:1: no column is left for a feature; expected at least one", "");
    assert_refused("a,ward,y\n1,2,3\n4,,6\n", &group,
                   "data.csv:3:3: column \"ward\": missing value; expected a group; got \"\"",
                   "set `na = NA` to leave out rows with NA or an empty field");
    assert_refused("a,ward,y\n1,NaN,3\n4,5,6\n", &group,
                   "data.csv:2:3: column \"ward\": missing value; expected a group; got \"NaN\"",
                   "set `na = NaN` to leave out rows with it or an empty field");
    assert_refused("a,fold,y\n1,2,3\n4,NA,6\n", &fold,
                   "data.csv:3:3: column \"fold\": missing value; expected a whole number from -1 "
                   "(never tested) to 2147483647; got \"NA\"",
                   "set `na = NA` to leave out rows with it or an empty field");
    static const char *const folds[] = {"-2", "1.5", "x", "2147483648", "99999999999999999999"};
    for (size_t i = 0; i < HPB_COUNT(folds); i++) {
        char *text = hpb_format("a,fold,y\n1,2,3\n4,%s,6\n", folds[i]);
        char *expected = hpb_format("data.csv:3:3: column \"fold\": not a fold; expected a whole "
                                    "number from -1 (never tested) to 2147483647; got \"%s\"",
                                    folds[i]);
        assert_refused(text, &fold, expected, "");
        free(text);
        free(expected);
    }
}

static void test_a_quoted_line_end_keeps_the_count(void **state)
{
    (void)state;
    const hpb_csv_options options = {.target = "y"};
    hpb_dataset dataset;
    hpb_diagnostics diagnostics;
    assert_false(read_text("\"a\nb\",y\n1,2\nx,3\n", &options, &dataset, &diagnostics));
    assert_int_equal(strncmp(diagnostics.item[0].text, "data.csv:4:1: ", 14), 0);
    // columns are characters, not bytes
    assert_false(read_text("g,h,y\n1,2,3\nöäü,zz,4\n", &options, &dataset, &diagnostics));
    assert_int_equal(strncmp(diagnostics.item[1].text, "data.csv:3:5: ", 14), 0);
}

static void test_numbers_keep_every_bit(void **state)
{
    (void)state;
    const hpb_csv_options options = {.target = "y"};
    hpb_dataset dataset;
    hpb_diagnostics diagnostics;
    assert_true(read_text("a,y\n0.1,1e22\n-0,123456789.123456789\n+010,.5\n1e-40,5.\n", &options,
                          &dataset, &diagnostics));
    assert_true(dataset.x[0] == 0.1 && dataset.y[0] == 1e22);
    assert_true(dataset.y[1] == 123456789.123456789);
    assert_true(dataset.x[2] == 10 && dataset.y[2] == .5);
    assert_true(dataset.x[3] == 1e-40 && dataset.y[3] == 5);
    hpb_dataset_free(&dataset);
}

static size_t resident_bytes(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &pages, &resident), 2);
    fclose(file);
    return resident * (size_t)sysconf(_SC_PAGESIZE);
}

// 1 GB that takes 1 MB: one piece of memory, mapped again and again.
#define HUGE_SIZE ((size_t)1 << 30)
#define PIECE ((size_t)1 << 20)
static char *huge_text(const char *begin, char fill)
{
    const int fd = memfd_create("huge", MFD_CLOEXEC);
    assert_true(fd >= 0 && ftruncate(fd, PIECE) == 0);
    char *whole =
        mmap(NULL, HUGE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(whole != MAP_FAILED);
    char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_true(piece != MAP_FAILED);
    memset(piece, fill, PIECE);
    munmap(piece, PIECE);
    for (size_t at = 0; at < HUGE_SIZE; at += PIECE)
        assert_true(mmap(whole + at, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd,
                         0) != MAP_FAILED);
    close(fd);
    memcpy(whole, begin, strlen(begin));
    return whole;
}

static void test_huge_fields_and_rows_are_refused_in_little_memory(void **state)
{
    (void)state;
    static const struct {
        const char *begin;
        char fill;
        const char *expected;
    } cases[] = {
        {"a,b,y\n1,2,3\n1,", '7',
         "data.csv:3:3: a field of more than 4096 bytes; expected at most that many"},
        {"a,b,y\n1,\"", 'x',
         "data.csv:2:3: quote not closed within 4096 bytes; expected a closing quote"},
        {"a,b,y\n1,\"", '\n',
         "data.csv:2:3: quote not closed within 4096 bytes; expected a closing quote"},
        {"a,b,y\n1", ',', "data.csv:2: more than 10000 columns; expected at most that many"},
        {"a", ',', "data.csv:1: more than 10000 columns; expected at most that many"},
    };
    const hpb_csv_options options = {.target = "y"};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        char *text = huge_text(cases[i].begin, cases[i].fill);
        const size_t before = resident_bytes();
        hpb_diagnostics diagnostics = {0};
        hpb_dataset dataset;
        assert_false(
            hpb_dataset_read_csv("data.csv", text, HUGE_SIZE, &options, &dataset, &diagnostics));
        const size_t after = resident_bytes();
        assert_int_equal(diagnostics.count, 1);
        assert_string_equal(diagnostics.item[0].text, cases[i].expected);
        assert_true(after < before + ((size_t)50 << 20));
        munmap(text, HUGE_SIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_files_name_the_place_and_the_remedy),
        cmocka_unit_test(test_every_prefix_of_every_bad_file_is_survived),
        cmocka_unit_test(test_the_target_may_stand_anywhere),
        cmocka_unit_test(test_form_does_not_change_the_data),
        cmocka_unit_test(test_separators),
        cmocka_unit_test(test_rows_with_a_missing_value_are_left_out_where_na_is_given),
        cmocka_unit_test(test_groups_are_numbered_as_numpy_unique_does),
        cmocka_unit_test(test_group_and_test_fold_are_no_features),
        cmocka_unit_test(test_bad_groups_and_test_folds),
        cmocka_unit_test(test_a_quoted_line_end_keeps_the_count),
        cmocka_unit_test(test_numbers_keep_every_bit),
        cmocka_unit_test(test_huge_fields_and_rows_are_refused_in_little_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
