// SPDX-License-Identifier: Apache-2.0
// hpbench export: every stored trial once, exact numbers, quoted text, n of N, and no file harmed.
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/support_csv.h"

#define REPLICATES 5
#define COLUMNS 34

// Three cells: a plain one whose label is a formula, one that diverges, one that crashes.
static const char suite_text[] = "[suite]\n"
                                 "replicates = 5\n"
                                 "[data]\n"
                                 "rows = 20\n"
                                 "[model]\n"
                                 "hidden = 2\n"
                                 "[fit]\n"
                                 "epochs = 2\n"
                                 "[optimizer.plain]\n"
                                 "plugin = sgd\n"
                                 "label = =1+1\n"
                                 "[optimizer.wild]\n"
                                 "plugin = sgd\n"
                                 "label = -1 \"quoted\"\n"
                                 "learning_rate = 1e30\n"
                                 "[optimizer.hostile]\n"
                                 "action = abort\n"
                                 "[splitter.kfold]\n"
                                 "n_splits = 2\n"
                                 "[cross]\n"
                                 "optimizer = *\n";

static char folder[64];
static hpb_text output; // of the last command

// Runs `hpbench ARGUMENTS` in a shell inside the folder; returns its exit code.
static int run(const char *arguments, ...)
{
    char words[512];
    va_list list;
    va_start(list, arguments);
    vsnprintf(words, sizeof words, arguments, list);
    va_end(list);
    char *command = hpb_format("cd '%s' && unset HPBENCH_PLUGIN_PATH HOME && exec '%s' %s", folder,
                               getenv("HPBENCH"), words);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    char chunk[4096];
    size_t n;
    hpb_text_free(&output);
    hpb_text_add_bytes(&output, "", 0);
    while ((n = fread(chunk, 1, sizeof chunk, pipe)) > 0)
        hpb_text_add_bytes(&output, chunk, n);
    const int status = pclose(pipe);
    free(command);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect(const char *part)
{
    if (!strstr(output.data, part))
        fail_msg("expected \"%s\" in:\n%.2000s", part, output.data);
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hpbench-export-XXXXXX");
    if (!getenv("HPBENCH") || !mkdtemp(folder))
        return -1;
    char *path = hpb_format("%s/tiny.ini", folder);
    hpb_file_write(path, suite_text, sizeof suite_text - 1, NULL);
    free(path);
    const int code = run("run tiny.ini --output run --jobs 1 --plugin-dir '%s/worker_plugins' 2>&1",
                         HPB_TEST_BINARY);
    if (code != HPB_EXIT_FAILED)
        fprintf(stderr, "the run for these tests ended with %d:\n%s\n", code, output.data);
    return code == HPB_EXIT_FAILED ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    char *command = hpb_format("rm -rf '%s'", folder);
    const int code = system(command);
    free(command);
    hpb_text_free(&output);
    return code;
}

// --- tests -----------------------------------------------------------------------------------------------------

static double from_bits(const char *hexadecimal)
{
    assert_int_equal(strlen(hexadecimal), 16);
    const uint64_t bits = strtoull(hexadecimal, NULL, 16);
    double number;
    memcpy(&number, &bits, sizeof number);
    return number;
}

static void check_result(const csv_row *header, const csv_row *r)
{
    const char *status = csv_value(header, r, "status"), *mse = csv_value(header, r, "test_mse");
    const double exact = from_bits(csv_value(header, r, "test_mse_bits"));
    if (strcmp(status, "ok") == 0) {
        double number, folds[2];
        assert_true(hpb_parse_double(mse, &number) && number == exact);
        // the trial reports the mean of its two folds
        assert_int_equal(sscanf(csv_value(header, r, "fold_mse"), "%lf %lf", folds, folds + 1), 2);
        assert_true((folds[0] + folds[1]) / 2 == exact);
        assert_string_equal(csv_value(header, r, "val_loss"), "nan");
        double truth, baseline, r2;
        assert_true(hpb_parse_double(csv_value(header, r, "truth_mse"), &truth));
        assert_true(hpb_parse_double(csv_value(header, r, "baseline_mse"), &baseline));
        assert_true(hpb_parse_double(csv_value(header, r, "r2"), &r2));
        assert_true(0 < truth && truth < baseline && r2 < 1);
        double pooled; // of folds of one size
        assert_true(hpb_parse_double(csv_value(header, r, "pooled_mse"), &pooled));
        assert_true(fabs(pooled - exact) <= 1e-14 * exact);
        assert_true(hpb_parse_double(csv_value(header, r, "pooled_r2"), &pooled) && pooled < 1);
    } else {
        assert_string_equal(status, "diverged");
        assert_false(isfinite(exact));
        assert_true(strcmp(mse, "nan") == 0 || strcmp(mse, "inf") == 0);
    }
    assert_string_equal(csv_value(header, r, "n_folds"), "2");
    assert_string_equal(csv_value(header, r, "epochs"), "4");
    assert_string_equal(csv_value(header, r, "updates"), "4");
}

static void test_csv(void **state)
{
    (void)state;
    static const char *const names[] = {"=1+1", "-1 \"quoted\"", "hostile"};
    static const char *const marked[] = {"'=1+1", "'-1 \"quoted\"", "hostile"};
    assert_int_equal(run("export run 2>messages"), HPB_EXIT_OK);
    csv_row header, r;
    char *at = csv_read(output.data, &header);
    assert_int_equal(header.n, COLUMNS);
    assert_string_equal(header.cell[0], "suite");
    int n_crashed = 0, n_aside = 0;
    for (int i = 0; i < 3 * REPLICATES; i++) {
        at = csv_read(at, &r);
        assert_int_equal(r.n, COLUMNS);
        assert_string_equal(csv_value(&header, &r, "suite"), "tiny");
        const char *optimizer = csv_value(&header, &r, "optimizer");
        assert_int_equal(strncmp(optimizer, marked[i / REPLICATES], strlen(marked[i / REPLICATES])),
                         0);
        assert_non_null(strstr(optimizer, names[i / REPLICATES]));
        assert_int_equal(atoi(csv_value(&header, &r, "replicate")), i % REPLICATES);
        assert_string_equal(csv_value(&header, &r, "splitter"), "kfold");
        const char *status = csv_value(&header, &r, "status");
        if (i < 2 * REPLICATES) {
            check_result(&header, &r);
            assert_string_equal(status, i < REPLICATES ? "ok" : "diverged");
            assert_string_equal(csv_value(&header, &r, "cause"), "");
            continue;
        }
        n_crashed += strcmp(status, "crashed") == 0;
        n_aside += strcmp(status, "set_aside") == 0;
        assert_string_equal(csv_value(&header, &r, "test_mse"), "");
        assert_string_equal(csv_value(&header, &r, "test_mse_bits"), "");
        assert_true(*csv_value(&header, &r, "cause") != '\0');
    }
    assert_int_equal(*at, '\0');
    assert_int_equal(n_crashed, 3);
    assert_int_equal(n_aside, REPLICATES - 3);
    char *path = hpb_format("%s/messages", folder), *messages;
    size_t n;
    assert_int_equal(hpb_file_read(path, 10000, HPB_EXIT_STORE, &messages, &n, NULL), 0);
    assert_string_equal(messages, "hpbench: 15 of 15 trials exported; 5 failed (3 crashed, 2 "
                                  "set_aside); 5 diverged\n");
    free(messages);
    free(path);
}

// The same trials, number for number, in both formats.
static void test_json_says_the_same(void **state)
{
    (void)state;
    assert_int_equal(run("export run --format csv 2>/dev/null"), HPB_EXIT_OK);
    hpb_text csv = output;
    output = (hpb_text){0};
    assert_int_equal(run("export run --format json 2>/dev/null"), HPB_EXIT_OK);
    json_error_t error;
    json_t *root = json_loads(output.data, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("line %d: %s", error.line, error.text);
    assert_int_equal(json_integer_value(json_object_get(root, "planned")), 15);
    assert_int_equal(json_integer_value(json_object_get(root, "stored")), 15);
    assert_int_equal(json_integer_value(json_object_get(root, "diverged")), REPLICATES);
    assert_true(json_is_true(json_object_get(root, "complete")));
    const json_t *failed = json_object_get(root, "failed");
    assert_int_equal(json_integer_value(json_object_get(failed, "crashed")), 3);
    assert_int_equal(json_integer_value(json_object_get(failed, "set_aside")), 2);
    const json_t *cells = json_object_get(root, "cells"), *trials = json_object_get(root, "trials");
    assert_int_equal(json_array_size(cells), 3);
    assert_int_equal(json_array_size(trials), 15);
    const json_t *wild = json_object_get(json_array_get(cells, 1), "label");
    assert_non_null(strstr(json_string_value(wild), "-1 \"quoted\"")); // no mark: no spreadsheet

    csv_row header, r;
    char *at = csv_read(csv.data, &header);
    for (size_t i = 0; i < 15; i++) {
        static const char *const seeds[] = {"split_seed", "weights_seed", "order_seed",
                                            "data_seed"};
        const json_t *trial = json_array_get(trials, i);
        at = csv_read(at, &r);
        assert_int_equal(json_integer_value(json_object_get(trial, "cell")), i / REPLICATES);
        assert_string_equal(json_string_value(json_object_get(trial, "status")),
                            csv_value(&header, &r, "status"));
        for (size_t k = 0; k < HPB_COUNT(seeds); k++)
            assert_true((double)json_integer_value(json_object_get(trial, seeds[k])) ==
                        strtod(csv_value(&header, &r, seeds[k]), NULL));
        const char *bits = json_string_value(json_object_get(trial, "test_mse_bits"));
        assert_string_equal(bits ? bits : "", csv_value(&header, &r, "test_mse_bits"));
        const json_t *mse = json_object_get(trial, "test_mse");
        if (i < REPLICATES)
            assert_true(json_number_value(mse) == from_bits(bits));
        else if (i < 2 * REPLICATES) // diverged: JSON has no word for it but the bits
            assert_true(json_is_null(mse));
        else
            assert_null(mse);
    }
    json_decref(root);
    hpb_text_free(&csv);
}

static void test_output_to_a_file(void **state)
{
    (void)state;
    assert_int_equal(run("export run --output out.csv 2>&1"), HPB_EXIT_OK);
    assert_string_equal(output.data, "hpbench: 15 of 15 trials exported; 5 failed (3 crashed, 2 "
                                     "set_aside); 5 diverged\n");
    assert_int_equal(run("export run 2>/dev/null"), HPB_EXIT_OK);
    char *path = hpb_format("%s/out.csv", folder), *bytes;
    size_t n;
    assert_int_equal(hpb_file_read(path, 1 << 20, HPB_EXIT_STORE, &bytes, &n, NULL), 0);
    assert_int_equal(n, output.length);
    assert_memory_equal(bytes, output.data, n);
    free(bytes);
    free(path);
    assert_int_equal(run("export run -o none/out.csv 2>&1"), HPB_EXIT_STORE);
    expect("none/out.csv: can't be written: No such file or directory");
    assert_int_equal(run("export run -o run 2>&1"), HPB_EXIT_STORE);
    expect("run: can't be written: not a regular file");
    assert_int_equal(run("export run 2>&1 >/dev/full"), HPB_EXIT_STORE);
    expect("hpbench: error: standard output: ");
}

static void test_the_store_is_never_overwritten(void **state)
{
    (void)state;
    char *path = hpb_format("%s/run/run.sqlite", folder), *before, *after;
    char *link_path = hpb_format("%s/link", folder);
    size_t n_before, n_after;
    assert_int_equal(symlink("run/run.sqlite", link_path), 0);
    assert_int_equal(hpb_file_read(path, 10 << 20, HPB_EXIT_STORE, &before, &n_before, NULL), 0);
    assert_int_equal(run("export run -o run/run.sqlite 2>&1"), HPB_EXIT_USAGE);
    expect("run/run.sqlite is read here and would be written over");
    assert_int_equal(run("export run -o ./link 2>&1"), HPB_EXIT_USAGE);
    assert_int_equal(hpb_file_read(path, 10 << 20, HPB_EXIT_STORE, &after, &n_after, NULL), 0);
    assert_int_equal(n_before, n_after);
    assert_memory_equal(before, after, n_after);
    free(before);
    free(after);
    free(link_path);
    free(path);
}

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(run("export --help 2>&1"), HPB_EXIT_OK);
    expect("--format");
    expect("--output");
    assert_int_equal(run("export 2>&1"), HPB_EXIT_USAGE);
    assert_int_equal(run("export run run 2>&1"), HPB_EXIT_USAGE);
    assert_int_equal(run("export run --format xml 2>&1"), HPB_EXIT_USAGE);
    expect("--format: expected csv, json, cv_results or benchmark; got \"xml\"");
    assert_int_equal(run("export run --output= 2>&1"), HPB_EXIT_USAGE);
    assert_int_equal(run("export nothing-here 2>&1"), HPB_EXIT_STORE);
    expect("nothing-here");
    assert_int_equal(run("export tiny.ini 2>&1"), HPB_EXIT_STORE);
}

// Starts a run of many trials, and interrupts it when some are stored.
static int interrupted_run(void)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        unsetenv("HOME");
        if (chdir(folder) != 0 || !freopen("/dev/null", "w", stdout) ||
            !freopen("/dev/null", "w", stderr))
            _exit(99);
        execl(getenv("HPBENCH"), "hpbench", "run", "tiny.ini", "--output", "part", "--jobs", "1",
              "--plugin-dir", HPB_TEST_BINARY "/worker_plugins", "--set",
              "optimizer.hostile.action=none", "--set", "suite.replicates=300000", "--set",
              "fit.epochs=1000", (char *)NULL); // long enough to be few
        _exit(98);
    }
    int status = 0, tries = 0;
    while (run("export part 2>/dev/null | grep -q ,ok,") != 0 && tries++ < 100)
        usleep(50000);
    kill(child, SIGINT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

// What there is is exported, and said to be a part.
static void test_an_incomplete_run_looks_incomplete(void **state)
{
    (void)state;
    assert_int_equal(interrupted_run(), 130);
    assert_int_equal(run("export part --format json -o part.json 2>&1"), HPB_EXIT_INCOMPLETE);
    expect(" of 900,000 trials exported (the run is incomplete)");
    char *path = hpb_format("%s/part.json", folder);
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    assert_non_null(root);
    const json_int_t stored = json_integer_value(json_object_get(root, "stored"));
    assert_int_equal(json_integer_value(json_object_get(root, "planned")), 900000);
    assert_true(json_is_false(json_object_get(root, "complete")));
    assert_true(stored > 0 && stored < 900000);
    assert_int_equal(json_array_size(json_object_get(root, "trials")), stored);
    json_decref(root);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_json_says_the_same),
        cmocka_unit_test(test_output_to_a_file),
        cmocka_unit_test(test_the_store_is_never_overwritten),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_an_incomplete_run_looks_incomplete),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
