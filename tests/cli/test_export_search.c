// SPDX-License-Identifier: Apache-2.0
// hpbench export --format cv_results: a row for each candidate, replicate and outer split, as the trials have them.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>

#include "cli/support_cli.h"
#include "cli/support_csv.h"
#include "cli/support_process.h"

#define REPLICATES 2

// A nested search, one of a single split whose second candidate diverges, and a protocol that does not search.
static const char suite_text[] = "[suite]\n"
                                 "replicates = 2\n"
                                 "[data]\n"
                                 "rows = 20\n"
                                 "[model]\n"
                                 "hidden = 2\n"
                                 "[splitter.halves]\n"
                                 "plugin = kfold\n"
                                 "n_splits = 2\n"
                                 "[splitter.thirds]\n"
                                 "plugin = kfold\n"
                                 "n_splits = 3\n"
                                 "[protocol.nested]\n"
                                 "preset = gridsearchcv\n"
                                 "optimizer = sgd\n"
                                 "splitter = thirds\n"
                                 "outer = halves\n"
                                 "report = refit\n"
                                 "grid.learning_rate = 0.01, 0.1\n"
                                 "grid.epochs = 1, 2\n"
                                 "[protocol.wild]\n"
                                 "optimizer = sgd\n"
                                 "splitter = train_test_split\n"
                                 "epochs = 2\n"
                                 "grid.learning_rate = 0.1, 1e30, 0.01\n"
                                 "[protocol.single]\n"
                                 "optimizer = adam\n"
                                 "splitter = thirds\n"
                                 "epochs = 2\n";

static const struct {
    const char *name;
    size_t n_outer, n_candidates, n_splits;
    const char *rates[4], *epochs[4], *params[4];
} cells[] = {
    {"nested",
     2,
     4,
     3,
     {"0.01", "0.1", "0.01", "0.1"},
     {"1", "1", "2", "2"},
     {"{\"epochs\": \"1\", \"learning_rate\": \"0.01\"}",
      "{\"epochs\": \"1\", \"learning_rate\": \"0.1\"}",
      "{\"epochs\": \"2\", \"learning_rate\": \"0.01\"}",
      "{\"epochs\": \"2\", \"learning_rate\": \"0.1\"}"}},
    {"wild",
     1,
     3,
     1,
     {"0.1", "1e+30", "0.01"},
     {"", "", ""},
     {"{\"learning_rate\": \"0.1\"}", "{\"learning_rate\": \"1e+30\"}",
      "{\"learning_rate\": \"0.01\"}"}},
};

// The folder of a finished run, "out" in it.
static char *run_begin(const char *suite)
{
    char *folder = work_begin(suite);
    expect_run("run s.ini --quiet --no-report --output out --jobs 1", 0, NULL, NULL);
    return folder;
}

static json_t *export_json(void)
{
    ran r = run_hpbench("export out --format json");
    json_t *root = json_loads(r.out, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    ran_free(&r);
    return root;
}

static double cell_number(const csv_row *header, const csv_row *r, const char *name)
{
    return strtod(csv_value(header, r, name), NULL); // "nan" too
}

static double score_of(const json_t *trial, size_t outer, size_t candidate, size_t split)
{
    const json_t *scores = json_array_get(json_object_get(trial, "scores"), outer);
    const json_t *score = json_array_get(json_array_get(scores, candidate), split);
    assert_true(json_is_real(score) || json_is_null(score));
    return json_is_null(score) ? (double)NAN : json_number_value(score);
}

static double mean_of(const json_t *trial, size_t outer, size_t candidate, size_t n_splits)
{
    double sum = 0;
    for (size_t f = 0; f < n_splits; f++)
        sum += score_of(trial, outer, candidate, f);
    return sum / (double)n_splits;
}

// What a row adds up from its candidate's scores, and where that stands among the others.
static void check_numbers(const csv_row *header, const csv_row *r, const json_t *trial, size_t cell,
                          size_t outer, size_t candidate)
{
    const size_t n_splits = cells[cell].n_splits;
    const double mean = mean_of(trial, outer, candidate, n_splits);
    double variance = 0, rank = 1;
    for (size_t f = 0; f < 3; f++) {
        char *name = hpb_format("split%zu_test_score", f);
        if (f >= n_splits) {
            assert_string_equal(csv_value(header, r, name), "");
        } else {
            const double score = score_of(trial, outer, candidate, f);
            const double got = cell_number(header, r, name);
            assert_true(got == score || (isnan(got) && isnan(score)));
            variance += (score - mean) * (score - mean) / (double)n_splits;
        }
        free(name);
    }
    for (size_t c = 0; c < cells[cell].n_candidates; c++) {
        const double other = mean_of(trial, outer, c, n_splits);
        rank += other > mean || (isnan(mean) && !isnan(other));
    }
    assert_true(cell_number(header, r, "rank_test_score") == rank);
    if (isnan(mean)) {
        assert_string_equal(csv_value(header, r, "mean_test_score"), "nan");
        assert_string_equal(csv_value(header, r, "std_test_score"), "nan");
    } else {
        assert_true(fabs(cell_number(header, r, "mean_test_score") - mean) <= 1e-12 * fabs(mean));
        assert_true(fabs(cell_number(header, r, "std_test_score") - sqrt(variance)) <=
                    1e-9 * fabs(mean));
    }
    const json_t *chosen = json_array_get(json_object_get(trial, "chosen"), outer);
    const bool is_chosen = json_integer_value(chosen) == (json_int_t)candidate;
    assert_string_equal(csv_value(header, r, "chosen"), is_chosen ? "yes" : "no");
    assert_true(!is_chosen || rank == 1);
}

static void rows_are_the_trials(void **state)
{
    (void)state;
    static const char header_line[] =
        "suite,cell,replicate,outer,candidate,param_epochs,param_learning_rate,params,"
        "split0_test_score,split1_test_score,split2_test_score,mean_test_score,std_test_score,"
        "rank_test_score,chosen\r\n";
    char *folder = run_begin(suite_text);
    json_t *root = export_json();
    ran r = run_hpbench("export out --format cv_results");
    assert_int_equal(r.code, 0);
    assert_string_equal(r.err, "hpbench: 4 of 4 trials exported\n");
    assert_int_equal(strncmp(r.out, header_line, strlen(header_line)), 0);
    csv_row header, row;
    char *at = csv_read(r.out, &header);
    for (size_t i = 0; i < HPB_COUNT(cells) * REPLICATES; i++) {
        const size_t cell = i / REPLICATES;
        const json_t *trial = json_array_get(json_object_get(root, "trials"), i);
        for (size_t o = 0; o < cells[cell].n_outer; o++)
            for (size_t c = 0; c < cells[cell].n_candidates; c++) {
                at = csv_read(at, &row);
                assert_int_equal(row.n, header.n);
                assert_string_equal(csv_value(&header, &row, "suite"), "s");
                assert_string_equal(csv_value(&header, &row, "cell"), cells[cell].name);
                assert_true(cell_number(&header, &row, "replicate") == (double)(i % REPLICATES));
                assert_true(cell_number(&header, &row, "outer") == (double)o);
                assert_true(cell_number(&header, &row, "candidate") == (double)c);
                assert_string_equal(csv_value(&header, &row, "param_learning_rate"),
                                    cells[cell].rates[c]);
                assert_string_equal(csv_value(&header, &row, "param_epochs"),
                                    cells[cell].epochs[c]);
                assert_string_equal(csv_value(&header, &row, "params"), cells[cell].params[c]);
                check_numbers(&header, &row, trial, cell, o, c);
            }
    }
    assert_int_equal(*at, '\0');
    json_decref(root);
    ran_free(&r);
    work_end(folder);
}

// The trials' own exports: a search has scores and a choice, all else neither.
static void json_has_scores_where_something_was_searched(void **state)
{
    (void)state;
    char *folder = run_begin(suite_text);
    json_t *root = export_json(), *trials = json_object_get(root, "trials");
    assert_int_equal(json_array_size(trials), 3 * REPLICATES);
    for (size_t i = 0; i < 3 * REPLICATES; i++) {
        const json_t *trial = json_array_get(trials, i), *scores = json_object_get(trial, "scores");
        const json_t *cell = json_array_get(json_object_get(root, "cells"), i / REPLICATES);
        const bool is_nested = i < REPLICATES, is_search = i < 2 * REPLICATES;
        assert_true((scores != NULL) == is_search);
        assert_true((json_object_get(trial, "chosen") != NULL) == is_search);
        assert_int_equal(json_array_size(scores), is_nested ? 2 : is_search);
        assert_int_equal(json_integer_value(json_object_get(cell, "n_outer")), is_nested ? 2 : 1);
        assert_int_equal(json_array_size(json_object_get(trial, "fold_mse")),
                         is_nested   ? 2   // refits
                         : is_search ? 1   // the chosen one's
                                     : 3); // folds
    }
    json_decref(root);
    expect_run("compare out out --expect same-bits", 0, "the same bits in all 6 pairs", NULL);
    expect_run("status out", 0, "6 of 6 trials stored", NULL);
    expect_run("report out", 0, NULL, NULL);
    work_end(folder);
}

static void an_edited_grid_is_said(void **state)
{
    (void)state;
    static const char grid[] = "grid.learning_rate = 0.1, 1e30, 0.01\n";
    char *folder = run_begin(suite_text);
    const char *at = strstr(suite_text, grid);
    assert_non_null(at);
    char *edited = hpb_format("%.*sgrid.learning_rate = 0.1, 0.2\n%s", (int)(at - suite_text),
                              suite_text, at + strlen(grid));
    hpb_error error;
    assert_int_equal(hpb_file_write("s.ini", edited, strlen(edited), &error), 0);
    free(edited);
    expect_run("run s.ini --no-report --output out", 0, "protocol wild: candidates changed", NULL);
    expect_run("run s.ini --quiet --no-report --output other", 0, NULL, NULL);
    expect_run("compare out other", 0, "the same bits in all 6 pairs", NULL);
    expect_run("export out --format cv_results -o r.csv", 0, "", "4 of 4 trials exported");
    work_end(folder);
}

static void a_run_without_a_search_is_refused(void **state)
{
    (void)state;
    char *folder = run_begin("[suite]\nreplicates = 2\n[data]\nrows = 20\n[model]\nhidden = 2\n"
                             "[fit]\nepochs = 1\n[optimizer]\nplugin = sgd\n");
    expect_run("export out --format cv_results -o r.csv", HPB_EXIT_STORE, "",
               "nothing was searched in this run");
    assert_int_not_equal(access("r.csv", F_OK), 0);
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_the_trials),
        cmocka_unit_test(json_has_scores_where_something_was_searched),
        cmocka_unit_test(an_edited_grid_is_said),
        cmocka_unit_test(a_run_without_a_search_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
