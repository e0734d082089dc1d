// SPDX-License-Identifier: Apache-2.0
// hpbench new: every shipped suite about other data is fit to run; nothing is overwritten; what is refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_process.h"

#define HOUSES                                                                                     \
    "rooms,age,\"tax; rate\",price\n1,10,0.5,20\n2,30,0.25,21\n3,20,0.125,25\n4,50,1,24\n"         \
    "5,10,0.5,30\n6,20,0.5,33\n7,35,0.5,32\n8,15,0.75,38\n9,5,0.5,44\n10,11,0.5,43\n"
#define MAX_TEMPLATES 64

static char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = work_begin("");
    assert_int_equal(hpb_file_write("houses.csv", HOUSES, strlen(HOUSES), NULL), HPB_EXIT_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    work_end(folder);
    return 0;
}

static char *text_of(const char *path)
{
    char *text;
    size_t n;
    hpb_error error;
    if (hpb_file_read(path, 1 << 20, HPB_EXIT_STORE, &text, &n, &error))
        fail_msg("%s", error.text);
    return text;
}

// The names that `hpbench new` lists: a line begins with two spaces, the name and its question.
static size_t list_templates(char names[MAX_TEMPLATES][64])
{
    ran r = run_hpbench("new");
    assert_int_equal(r.code, 0);
    size_t n = 0;
    for (const char *line = r.out; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (n < MAX_TEMPLATES && line[0] == ' ' && line[1] == ' ' && line[2] != ' ')
            n += sscanf(line, " %63s", names[n]) == 1;
    }
    ran_free(&r);
    assert_true(n >= 6 && n < MAX_TEMPLATES);
    return n;
}

static void test_every_template_is_fit_to_run(void **state)
{
    (void)state;
    static char names[MAX_TEMPLATES][64];
    const size_t n = list_templates(names);
    assert_int_equal(mkdir("own", 0700), 0);
    for (size_t i = 0; i < n; i++) {
        char *arguments[] = {
            hpb_format("new %s %s.ini --data houses.csv --target price", names[i], names[i]),
            hpb_format("validate %s.ini", names[i]),
            hpb_format("new %s own/%s.ini", names[i], names[i]),
            hpb_format("validate own/%s.ini", names[i]),
            hpb_format("plan --json %s.ini", names[i]),
        };
        for (size_t k = 0; k < HPB_COUNT(arguments); k++) {
            // every cell reads the user's file and nothing else
            expect_run(arguments[k], 0, k == 4 ? "houses.csv" : NULL, "");
            free(arguments[k]);
        }
        char *path = hpb_format("%s.ini", names[i]), *text = text_of(path);
        assert_null(strstr(text, "generator"));
        assert_null(strstr(text, "[data."));
        assert_non_null(strstr(text, "\n[data]\nfile "));
        assert_null(strstr(text, "suites/"));
        assert_null(strstr(text, "\n\n\n"));
        free(text);
        free(path);
    }
}

static void test_what_is_said(void **state)
{
    (void)state;
    ran r = run_hpbench("new optimizers mine.ini --data houses.csv --target price");
    char *text = text_of("mine.ini");
    unsigned lines = 0;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    char *expected = hpb_format("mine.ini written (%u lines, commented). houses.csv: 10 rows, "
                                "3 features, target price (mean 31.0, SD 8.65).\n"
                                "next: hpbench run mine.ini\n",
                                lines);
    assert_string_equal(r.out, expected);
    assert_string_equal(r.err, "");
    assert_non_null(strstr(text, "# mine.ini: does Adam beat SGD"));
    assert_non_null(strstr(text, "#   hpbench run  mine.ini "));
    assert_non_null(strstr(text, "\nstandardise = train "));
    free(expected);
    free(text);
    ran_free(&r);
}

// From the suite's folder to the file's, quoted where the grammar asks for it.
static void test_paths_and_quotes(void **state)
{
    (void)state;
    assert_int_equal(mkdir("a", 0700), 0);
    assert_int_equal(mkdir("a/b", 0700), 0);
    assert_int_equal(mkdir("data, old", 0700), 0);
    assert_int_equal(rename("houses.csv", "data, old/it's; #1.csv"), 0);
    expect_run("new optimizers a/b/mine.ini --data \"data, old/it's; #1.csv\" --target 'tax; rate'",
               0, "it's; #1.csv: 10 rows, 3 features, target tax; rate (mean 0.512, SD ", "");
    char *text = text_of("a/b/mine.ini");
    assert_non_null(strstr(text, "\nfile        = \"../../data, old/it's; #1.csv\" "));
    assert_non_null(strstr(text, "\ntarget      = \"tax; rate\" "));
    free(text);
    expect_run("validate a/b/mine.ini", 0, "no errors", "");
    // absolute paths become relative as well
    char *arguments = hpb_format("new optimizers a/here.ini --data \"%s/data, old/it's; #1.csv\" "
                                 "--target age",
                                 folder);
    expect_run(arguments, 0, "next: hpbench run a/here.ini", "");
    text = text_of("a/here.ini");
    assert_non_null(strstr(text, " = \"../data, old/it's; #1.csv\" "));
    free(text);
    free(arguments);
}

static void test_separator_and_missing_values(void **state)
{
    (void)state;
    static const char csv[] = "a;y\n1;2\n2;?\n3;4\n4;5\n5;6\n6;7\n7;8\n8;9\n9;8\n10;11\n11;12\n";
    hpb_file_write("s.csv", csv, strlen(csv), NULL);
    expect_run(
        "new optimizers s.ini --force --data s.csv --target y --separator semicolon --na '?'", 0,
        "s.csv: 10 rows, 1 feature, 1 left out for a missing value, target y", "");
    char *text = text_of("s.ini");
    assert_non_null(strstr(text, "\nseparator   = semicolon"));
    assert_non_null(strstr(text, "\nna          = ?"));
    free(text);
    expect_run("validate s.ini", 0, NULL, "");
}

// A network starts near 0: prices in full are said to be far from it.
static void test_a_target_far_from_0(void **state)
{
    (void)state;
    char csv[200] = "a,price\n";
    for (int i = 0; i < 12; i++)
        sprintf(csv + strlen(csv), "%d,%d\n", i, 200000 + 1000 * i);
    hpb_file_write("far.csv", csv, strlen(csv), NULL);
    expect_run("new optimizers far.ini --data far.csv --target price", 0,
               "That is far from 0, where a network starts", "");
    expect_run("validate far", 3, "", "did you mean far.ini?");
}

static void test_standard_output(void **state)
{
    (void)state;
    ran r = run_hpbench("new diabetes - --data houses.csv --target price");
    assert_int_equal(r.code, 0);
    assert_non_null(strstr(r.out, "\n[data]\nfile        = houses.csv "));
    assert_non_null(strstr(r.err, "houses.csv: 10 rows"));
    assert_non_null(strstr(r.out, "#   hpbench run  diabetes.ini "));
    assert_int_equal(access("data/diabetes.csv", F_OK), -1);
    ran_free(&r);
}

// A template's own data come with it, and replace no other file.
static void test_own_data(void **state)
{
    (void)state;
    expect_run("new diabetes d.ini", 0, "Its data: data/diabetes.csv, beside it.\nnext: ", "");
    char *text = text_of("data/diabetes.csv"),
         *shipped = text_of(HPB_TEST_SOURCE "/../suites/data/diabetes.csv");
    assert_string_equal(text, shipped);
    free(text);
    free(shipped);
    expect_run("new diabetes e.ini", 0, "e.ini written", "");
    hpb_file_write("data/diabetes.csv", "mine", 4, NULL);
    expect_run("new diabetes f.ini", 5, "", "data/diabetes.csv exists already\nhint: ");
    assert_int_equal(access("f.ini", F_OK), -1);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    expect_run("new optimzers m.ini", 2, "",
               "unknown template \"optimzers\"; expected one of article-example-1, ");
    expect_run("new optimzers m.ini", 2, "", "hint: did you mean optimizers?\n");
    expect_run("new data/diabetes.csv m.ini", 2, "", "unknown template");
    expect_run("new optimizers", 2, "", "FILE is missing");
    expect_run("new optimizers a.ini b.ini", 2, "", "got \"b.ini\" as well");
    expect_run("new optimizers m.ini --data houses.csv", 2, "", "--data needs --target COLUMN");
    expect_run("new optimizers m.ini --target price", 2, "", "--target needs --data FILE");
    expect_run("new optimizers m.ini --data houses.csv --target prize", 3, "",
               "houses.csv:1: no column for the target; expected one of rooms, age, tax; rate, "
               "price; got \"prize\"\nhint: did you mean");
    expect_run("new optimizers m.ini --data absent.csv --target y", 3, "", "absent.csv");
    expect_run("new optimizers m.ini --data . --target y", 3, "", "not a regular file");
    expect_run("new optimizers m.ini --data houses.csv --target price --separator x", 2, "",
               "expected comma, semicolon or tab; got \"x\"");
    hpb_file_write("bad.csv", "a,y\n1,2\n3,four\n", 15, NULL);
    expect_run("new optimizers m.ini --data bad.csv --target y", 3, "", "bad.csv:3:3: ");
    hpb_file_write("semi.csv", "a;y\n1;2\nNA;4\n", 13, NULL);
    expect_run("new optimizers m.ini --data semi.csv --target y", 3, "",
               "hint: --separator semicolon\n");
    expect_run("new optimizers m.ini --data semi.csv --target y --separator semicolon", 3, "",
               "hint: --na NA leaves out rows with it or an empty field\n");
    expect_run("new optimizers m.ini --data houses.csv --target price --na ''", 2, "",
               "na can't stand in a suite");
    expect_run("new optimizers absent/m.ini --data houses.csv --target price", 5, "",
               "absent/m.ini: its folder is not there");
    assert_int_equal(access("m.ini", F_OK), -1);
    expect_run("new optimizers houses.csv", 5, "", "houses.csv exists already\nhint: ");
    char *text = text_of("houses.csv");
    assert_string_equal(text, HOUSES);
    free(text);
}

// Written, and said to be unfit at once.
static void test_what_has_to_be_mended(void **state)
{
    (void)state;
    hpb_file_write("few.csv", "a,y\n1,2\n3,4\n5,7\n", 16, NULL);
    expect_run("new optimizers m.ini --data few.csv --target y", 3, "m.ini written",
               "[splitter.cv5] n_splits: can't split 3 rows");
    expect_run("new optimizers 'no name.ini'", 3, "written", "the file's name is the suite's");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_template_is_fit_to_run),
        TEST(test_what_is_said),
        TEST(test_paths_and_quotes),
        TEST(test_separator_and_missing_values),
        TEST(test_a_target_far_from_0),
        TEST(test_standard_output),
        TEST(test_own_data),
        TEST(test_what_is_refused),
        TEST(test_what_has_to_be_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
