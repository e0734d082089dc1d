// SPDX-License-Identifier: Apache-2.0
// hpbench run from outside: the same bits by any way, resumed, edited, started over; failures counted and named.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_csv.h"
#include "support_process.h"

#include <jansson.h>

static const char suite[] =
    "[suite]\nreplicates = 40\n[data]\ngenerator = linear\n[fit]\nepochs = 4\n"
    "[model]\nhidden = 4\n[optimizer.adam]\n[optimizer.sgd]\n"
    "[splitter.holdout]\nplugin = train_test_split\n"
    "[splitter.cv3]\nplugin = kfold\nn_splits = 3\nshuffle = yes\n"
    "[seeds.random]\n[seeds.fixed]\nsplit = 1\nweights = 1\norder = 1\n"
    "[cross]\nexclude = sgd & fixed\n";

static void any_way_gives_the_same_bits(void **state)
{
    (void)state;
    static const char *const ways[] = {"--jobs 2", "--jobs 3", "--isa baseline",
                                       "--isa auto --jobs 2"};
    char *folder = work_begin(suite);
    expect_run("run s.ini --no-report --quiet --jobs 1 --output first", 0, "", "");
    for (size_t i = 0; i < HPB_COUNT(ways); i++) {
        char *arguments =
            hpb_format("run s.ini --no-report --quiet --output way%zu %s", i, ways[i]);
        char *other = hpb_format("way%zu", i);
        expect_run(arguments, 0, "", "");
        expect_same_results("first", other);
        free(arguments);
        free(other);
    }
    // half of it first, and what is written in another order
    expect_run("run s.ini --no-report --quiet --output half --set suite.replicates=20", 0, "", "");
    expect_run("run s.ini --no-report --output half", 0, "replicates 20 -> 40", "");
    expect_same_results("first", "half");
    expect_run("run s.ini --no-report --quiet --output turned --set cross.optimizer=sgd,adam", 0,
               "", "");
    expect_same_results("first", "turned");
    work_end(folder);
}

// Every splitter and stopping rule trains, on rows drawn twice and scaled by them too; any way gives the same bits.
static void every_splitter_and_stopping_rule_runs(void **state)
{
    (void)state;
    static const char text[] =
        "[suite]\nreplicates = 9\n[optimizer.sgd]\n[model]\nhidden = 3\n"
        "[data]\nfile = " HPB_TEST_SOURCE "/bad_suites/groups.csv\ntarget = y\n"
        "group = ward\ntest_fold = fold\nstandardise = train\n"
        "[fit]\nepochs = 6\nbatch_size = 2\nvalidation_split = 0.25\n"
        "[early_stopping.never]\n[early_stopping.budget]\nupdates = 4\n"
        "[early_stopping.target]\nvalue = 100\nrestore_best_weights = yes\n"
        "[early_stopping.both]\nplugin = patience\npatience = 2\nrestore_best_weights = yes\n"
        "also = reduce_lr_on_plateau\n"
        "[splitter.bootstrap]\nn_splits = 2\n[splitter.group_kfold]\nn_splits = 3\n"
        "[splitter.group_shuffle_split]\n[splitter.kfold]\nn_splits = 3\n"
        "[splitter.leave_one_group_out]\n[splitter.leave_one_out]\n[splitter.leave_p_out]\n"
        "p = 2\n[splitter.predefined_split]\n[splitter.repeated_kfold]\nn_splits = 2\n"
        "n_repeats = 2\n[splitter.shuffle_split]\ntest_size = 2\n[splitter.train_test_split]\n"
        "[splitter.time_series_split]\nn_splits = 2\n";
    char *folder = work_begin(text);
    expect_run("run s.ini --no-report --jobs 2 --output first", 0, NULL,
               "432 of 432 trials, 0 failed");
    expect_run("run s.ini --no-report --quiet --jobs 1 --isa baseline --output second", 0, "", "");
    expect_same_results("first", "second");
    work_end(folder);
}

// A rate that falls to 0 after three epochs, as no loss is ever good enough, leaves what an end after three epochs does.
static void a_rate_falls_alone_and_beside_another_rule(void **state)
{
    (void)state;
    char *folder = work_begin(
        "[suite]\nreplicates = 5\n[optimizer.sgd]\n[model]\nhidden = 3\n[fit]\nepochs = 8\n"
        "[early_stopping.three]\nplugin = budget\nepochs = 3\n[early_stopping.never]\n"
        "[early_stopping.falls]\nplugin = reduce_lr_on_plateau\nmonitor = loss\nfactor = 0\n"
        "patience = 2\nmin_delta = 1e9\n[early_stopping.both]\nplugin = patience\n"
        "monitor = loss\npatience = 6\nmin_delta = 1e9\nalso = falls\n");
    static const char *const rules[] = {"three", "never", "falls", "both"}, *const epochs[] = {
                                                                                "3", "8", "8", "7"};
    const char *first[5] = {0}; // bits of MSE after three epochs
    expect_run("run s.ini --no-report --quiet", 0, "", "");
    ran r = run_hpbench("export s");
    csv_row header, row;
    char *text = csv_read(r.out, &header);
    for (size_t rule = 0; rule < HPB_COUNT(rules); rule++)
        for (size_t i = 0; i < 5; i++) {
            text = csv_read(text, &row);
            assert_string_equal(csv_value(&header, &row, "cell"), rules[rule]);
            assert_string_equal(csv_value(&header, &row, "epochs"), epochs[rule]);
            const char *bits = csv_value(&header, &row, "test_mse_bits");
            if (rule == 0)
                first[i] = bits;
            assert_int_equal(strcmp(bits, first[i]) == 0, rule != 1);
        }
    ran_free(&r);
    work_end(folder);
}

static void opening_line_and_default_folder(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --no-report --jobs 1", 0,
               "s.ini: 6 cells, 162 trials, 324 fits; 1 worker\n",
               "162 of 162 trials, 0 failed, 0 diverged");
    assert_int_equal(access("hpbench-results/s/run.sqlite", F_OK), 0);
    expect_run("run s.ini --no-report", 0, "nothing to do: all 162 trials are stored\n", "");
    expect_run("status s", 0, "hpbench-results/s: 162 of 162 trials stored, 0 failed, 0 diverged",
               "");
    work_end(folder);
}

static void an_edited_suite_runs_what_is_new(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --no-report --quiet", 0, "", "");
    ran r = run_hpbench("run s.ini --no-report --set optimizer.adam.learning_rate=0.5");
    assert_int_equal(r.code, 0);
    if (!strstr(r.out, "  optimizer adam: learning_rate 0.001 -> 0.5\n") ||
        !strstr(r.out, "  4 cells new, 2 already there, 4 no longer in the suite\n") ||
        !strstr(r.out, "80 of 162 trials are there already\n"))
        fail_msg("%s", r.out);
    ran_free(&r);
    // and back: nothing was lost
    expect_run("run s.ini --no-report", 0, "nothing to do: all 162 trials are stored", "");
    expect_run("run s.ini --no-report --fresh", 0, "6 cells", "162 of 162 trials");
    work_end(folder);
}

static json_t *run_json(const char *arguments, int code)
{
    ran r = run_hpbench(arguments);
    json_t *json = json_loads(r.out, 0, NULL);
    if (r.code != code || !json)
        fail_msg("hpbench %s: exit %d\n%s%s", arguments, r.code, r.out, r.err);
    ran_free(&r);
    return json;
}

static json_int_t number(const json_t *json, const char *key)
{
    return json_integer_value(json_object_get(json, key));
}

static const char failing[] =
    "[suite]\nreplicates = 60\ntime_limit = 1\n[data]\ngenerator = linear\n[fit]\n"
    "epochs = 2\n[optimizer.quiet]\nplugin = hostile\n[optimizer.exits]\n"
    "plugin = hostile\naction = exit\none_in = 60\n[splitter]\n"
    "plugin = train_test_split\n";

static void failures_are_counted_named_and_run_again_when_asked(void **state)
{
    (void)state;
    char *folder = work_begin(failing);
    json_t *json = run_json("run s.ini --no-report --json " PLUGINS, 1);
    const json_t *failed = json_object_get(json, "failed"),
                 *failures = json_object_get(json, "failures");
    const json_int_t n = number(failed, "crashed") + number(failed, "set_aside");
    assert_true(number(failed, "crashed") > 0);
    assert_int_equal(number(json, "stored"), 120);
    assert_int_equal(number(json, "exit"), 1);
    assert_int_equal(number(json, "ran"), 120);
    const json_t *first = json_array_get(failures, 0);
    assert_string_equal(json_string_value(json_object_get(first, "cell")), "exits");
    assert_string_equal(json_string_value(json_object_get(first, "cause")),
                        "ended the process (exit 0)");
    json_decref(json);
    // errors are no results: they are there the second time as well
    expect_run("run s.ini --no-report " PLUGINS, 1, "exits: ", "");
    expect_run("run s.ini --no-report " PLUGINS, 1,
               "failed earlier; --retry-failed runs them again", "");
    expect_run("status s", 1, "ended the process (exit 0)", "");
    json = run_json("run s.ini --no-report --json --retry-failed " PLUGINS, 1);
    assert_int_equal(number(json, "ran"), n);
    json_decref(json);
    work_end(folder);
}

static void quiet_prints_the_path_of_the_report_alone(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    ran r = run_hpbench("run s.ini --quiet --output out");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.out, "out/report.html\n");
    assert_string_equal(r.err, "");
    ran_free(&r);
    assert_int_equal(access("out/report.html", F_OK), 0);
    json_t *json = run_json("run s.ini --json --output out", 0);
    assert_string_equal(json_string_value(json_object_get(json, "report")), "out/report.html");
    assert_true(json_array_size(json_object_get(json, "answer")) > 0);
    json_decref(json);
    work_end(folder);
}

static void what_is_no_store_is_left_alone(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    hpb_error error;
    assert_int_equal(mkdir("out", 0700), 0);
    static const char text[] = "my thesis\n";
    assert_int_equal(hpb_file_write("out/run.sqlite", text, sizeof text - 1, &error), HPB_EXIT_OK);
    expect_run("run s.ini --output out", 5, NULL, "out/run.sqlite: not an hpbench store");
    expect_run("run s.ini --output out --fresh", 5, NULL, "out/run.sqlite: not an hpbench store");
    expect_in_file("out/run.sqlite", text);
    expect_run("run s.ini --output s.ini", 5, NULL, "s.ini: not a folder");
    expect_in_file("s.ini", "generator");
    expect_run("status nothing", 5, NULL, "nothing/run.sqlite: can't be opened");
    work_end(folder);
}

static void full_standard_output_is_an_error(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("'%s' run s.ini --no-report --json >/dev/full 2>err.txt",
                               binary ? binary : HPB_TEST_BINARY "/hpbench");
    const int status = system(command);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 5);
    expect_in_file("err.txt", "No space left on device");
    free(command);
    work_end(folder);
}

static void wrong_isa_is_refused_before_anything_is_made(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_run("run s.ini --isa x87", 2, NULL, "x87");
    assert_int_not_equal(access("hpbench-results", F_OK), 0);
    work_end(folder);
}

// What `ulimit LIMIT; hpbench ARGUMENTS` prints, and its exit code behind that.
static void expect_limited(const char *limit, const char *arguments, const char *expected)
{
    const char *binary = getenv("HPBENCH");
    char *command = hpb_format("(ulimit %s; '%s' %s; echo exit $?) 2>&1 | cat >limited.txt", limit,
                               binary ? binary : HPB_TEST_BINARY "/hpbench", arguments);
    assert_int_equal(system(command), 0);
    expect_in_file("limited.txt", expected);
    free(command);
}

static void limits_are_named(void **state)
{
    (void)state;
    char *folder = work_begin(suite);
    expect_limited("-n 40", "run s.ini", "hpbench: error: open files: too few are allowed");
    expect_limited("-n 40", "run s.ini", "(ulimit -n); got 40\nexit 5\n");
    expect_limited("-n 12", "validate s.ini", "expected at least 32 (ulimit -n); got 12\nexit 5\n");
    expect_limited("-n 40", "validate s.ini", "no errors");
    expect_limited("-S -n 12", "plan s.ini", "exit 0\n"); // a limit that may be raised is
    expect_limited("-f 0", "validate s.ini", "can't be read as an INI file: File too large");
    expect_limited("-f 0", "plan s.ini", "(ulimit -f)\nexit 5\n");
    work_end(folder);
}

// Of a run that would take minutes, what a second gives is stored, reported as partial, and gone on with.
static void max_time_stops_in_order(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0", "0.5", "-1",    "nan", "1e300", "10x",
                                        "",  "5d",  "1h30m", "1 m", "m",     "0.5s"};
    char *folder = work_begin(suite);
    for (size_t i = 0; i < HPB_COUNT(wrong); i++) {
        char *arguments = hpb_format("run s.ini '--max-time=%s'", wrong[i]);
        char *text = hpb_format("--max-time: expected a time of at least 1 s: 90s, 10m or 2h; got "
                                "\"%s\"\nhint: hpbench run --help\n",
                                wrong[i]);
        expect_run(arguments, 2, "", text);
        free(text);
        free(arguments);
    }
    expect_run("run s.ini --output small --max-time 1h", 0, "report: small/report.html", NULL);
#define LONG "run s.ini --set suite.replicates=200000 --set fit.epochs=50 --output out "
    expect_run(LONG "--max-time 1", 6, "PARTIAL: ", "hpbench: --max-time is over: ");
    const uint64_t first = stored_in("out", NULL);
    assert_true(first > 0);
    expect_in_file("out/report.html", "PARTIAL");
    json_t *json = run_json(LONG "--json --max-time 1.5s", 6);
    const json_int_t added = json_integer_value(json_object_get(json, "ran"));
    assert_true(added > 0);
    assert_int_equal(json_integer_value(json_object_get(json, "stored")), first + (uint64_t)added);
    assert_int_equal(json_integer_value(json_object_get(json, "exit")), 6);
    json_decref(json);
    expect_run("status out", 6, " of 800,002 trials stored, 0 failed", NULL);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_way_gives_the_same_bits),
        cmocka_unit_test(every_splitter_and_stopping_rule_runs),
        cmocka_unit_test(a_rate_falls_alone_and_beside_another_rule),
        cmocka_unit_test(opening_line_and_default_folder),
        cmocka_unit_test(an_edited_suite_runs_what_is_new),
        cmocka_unit_test(failures_are_counted_named_and_run_again_when_asked),
        cmocka_unit_test(quiet_prints_the_path_of_the_report_alone),
        cmocka_unit_test(what_is_no_store_is_left_alone),
        cmocka_unit_test(full_standard_output_is_an_error),
        cmocka_unit_test(wrong_isa_is_refused_before_anything_is_made),
        cmocka_unit_test(limits_are_named),
        cmocka_unit_test(max_time_stops_in_order),
    };
    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
