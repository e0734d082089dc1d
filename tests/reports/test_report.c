// SPDX-License-Identifier: Apache-2.0
// The whole report of a store: written, found again, written anew when the store has changed.
#include "reports/load.h"
#include "reports/report.h"
#include "store/support.h"

#include <time.h>

// Log-normal MSEs by a small generator of its own; the reference, cell 0, is the worse one.
static void add_trials(hpb_store *store, uint32_t cell, uint32_t first, uint32_t n,
                       hpb_status status, const char *cause)
{
    hpb_error error;
    for (uint32_t r = first; r < first + n; r++) {
        double folds[2];
        hpb_trial_result result = trial_make(cell, r, folds);
        const double mse = (cell ? 0.061 : 0.322) *
                           exp(0.5 * hpb_normal_quantile((((r + 1) * 7919u) % 10007u) / 10007.0));
        result.status = status;
        result.cause = cause;
        result.mse = status == HPB_STATUS_OK ? mse : (double)NAN;
        assert_ok(hpb_store_add(store, &result, &error), error);
    }
}

static void write_report(const char *folder, hpb_report_result *out)
{
    hpb_error error;
    assert_ok(hpb_report_write(folder, out, &error), error);
}

static char *read_text(const char *folder, const char *name)
{
    char *path = hpb_format("%s/%s", folder, name), *text = NULL;
    size_t n;
    hpb_error error;
    assert_ok(hpb_file_read(path, (size_t)64 << 20, HPB_EXIT_STORE, &text, &n, &error), error);
    free(path);
    return text;
}

static struct timespec time_of(const char *folder, const char *name)
{
    char *path = hpb_format("%s/%s", folder, name);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    free(path);
    return status.st_mtim;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static const char *const rates[] = {"0.01", "0.001", NULL};

static void test_complete(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, 60);
    hpb_store *store = store_open(folder, &m, NULL);
    add_trials(store, 0, 0, 60, HPB_STATUS_OK, NULL);
    add_trials(store, 1, 0, 60, HPB_STATUS_OK, NULL);
    store_shut(store);

    hpb_report_result result;
    write_report(folder, &result);
    assert_true(result.complete);
    assert_int_equal(result.planned, 120);
    assert_int_equal(result.stored, 120);
    assert_int_equal(result.failed + result.diverged, 0);
    assert_non_null(strstr(result.answer.data, "is better"));
    assert_non_null(strstr(result.page.data, "/report.html"));
    char *page = read_text(folder, "report.html");
    assert_non_null(strstr(page, "opt1"));
    assert_non_null(strstr(page, "Which?"));
    assert_null(strstr(page, "PARTIAL"));
    // epochs is not in the suite, the learning rate is
    assert_non_null(strstr(page, "<th scope=\"row\">epochs</th><td class=\"default\">1 "
                                 "<span>(Keras)</span></td>"));
    assert_non_null(strstr(page, "<th scope=\"row\">learning_rate</th><td>0.01</td>"));
    char *answer = hpb_strdup(result.answer.data);
    hpb_report_result_free(&result);

    const struct timespec before = time_of(folder, "report.html");
    write_report(folder, &result); // nothing has changed: nothing is written
    assert_true(same_time(before, time_of(folder, "report.html")) || *result.note);
    assert_string_equal(result.answer.data, answer);
    assert_int_equal(result.stored, 120);
    assert_true(result.complete);
    hpb_report_result_free(&result);

    char *path = hpb_format("%s/report.html", folder); // a page that is gone comes back, the same
    unlink(path);
    write_report(folder, &result);
    char *again = read_text(folder, "report.html");
    assert_string_equal(page, again);
    hpb_report_result_free(&result);
    free(again);
    free(path);
    free(answer);
    free(page);
    folder_remove(folder);
}

static void test_partial_then_complete(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, 40);
    hpb_store *store = store_open(folder, &m, NULL);
    add_trials(store, 0, 0, 40, HPB_STATUS_OK, NULL);
    add_trials(store, 1, 0, 20, HPB_STATUS_OK, NULL);
    add_trials(store, 1, 20, 3, HPB_STATUS_DIVERGED, NULL);
    add_trials(store, 1, 23, 2, HPB_STATUS_CRASHED, "signal 11 in <b>update()</b>");
    store_shut(store);

    hpb_report_result result;
    write_report(folder, &result);
    assert_false(result.complete);
    assert_int_equal(result.stored, 65);
    assert_int_equal(result.failed, 2);
    assert_int_equal(result.diverged, 3);
    assert_int_equal(strncmp(result.answer.data, "PARTIAL: 65 of 80 runs", 22), 0);
    char *page = read_text(folder, "report.html");
    assert_non_null(strstr(page, "class=\"partial\""));
    assert_non_null(strstr(page, "signal 11 in &lt;b&gt;update()&lt;/b&gt;"));
    free(page);
    hpb_report_result_free(&result);

    store = store_open(folder, &m, NULL);
    add_trials(store, 1, 25, 15, HPB_STATUS_OK, NULL);
    store_shut(store);
    write_report(folder, &result); // seen at once
    assert_true(result.complete);
    assert_int_equal(result.stored, 80);
    page = read_text(folder, "report.html");
    assert_null(strstr(page, "class=\"partial\""));
    free(page);
    hpb_report_result_free(&result);
    folder_remove(folder);
}

// Also while a run has the store open and its trials are in the log alone.
static void test_while_running(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, 40);
    hpb_store *store = store_open(folder, &m, NULL);
    hpb_error error;
    hpb_report_result result;
    add_trials(store, 0, 0, 10, HPB_STATUS_OK, NULL);
    assert_ok(hpb_store_commit(store, &error), error);
    write_report(folder, &result);
    assert_int_equal(result.stored, 10);
    hpb_report_result_free(&result);
    add_trials(store, 0, 10, 10, HPB_STATUS_OK, NULL);
    assert_ok(hpb_store_commit(store, &error), error);
    write_report(folder, &result);
    assert_int_equal(result.stored, 20);
    hpb_report_result_free(&result);
    store_shut(store);
    folder_remove(folder);
}

static void test_no_store(void **state)
{
    (void)state;
    char *folder = folder_make();
    hpb_report_result result;
    hpb_error error;
    assert_int_equal(hpb_report_write(folder, &result, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "run.sqlite"));
    char *path = hpb_format("%s/report.html", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    free(path);
    folder_remove(folder);
}

// Fits of 2, 1, 0 (least squares) and 2 epochs; then one that says it has more epochs than there are numbers.
static void test_curves(void **state)
{
    (void)state;
    const float nan = (float)NAN;
    const float floats[] = {2, 1, nan, 0.5f, nan, 1, 3, nan, 0, 2, 2, 4, 0.25f, 8, 9, 1};
    hpb_arena *arena = hpb_arena_create();
    uint32_t n;
    const hpb_report_epoch *curve = hpb_report_curves(arena, floats, HPB_COUNT(floats), &n);
    assert_int_equal(n, 2);
    assert_int_equal(curve[0].n, 3);
    assert_int_equal(curve[1].n, 2);
    assert_true(curve[0].train[0] == 1.5f && curve[0].train[1] == 2 && curve[0].train[2] == 2.5f);
    assert_true(curve[0].validation[1] == 4);
    assert_true(curve[1].train[1] == 0.375f);
    assert_true(curve[1].validation[1] == 8);
    assert_null(hpb_report_curves(arena, floats + 15, 1, &n));
    assert_int_equal(n, 0);
    hpb_arena_destroy(arena);
}

// Each failed trial names itself; the page counts what happened, and says where it was first.
static void test_causes_are_counted_by_kind(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, 60);
    hpb_store *store = store_open(folder, &m, NULL);
    add_trials(store, 0, 0, 20, HPB_STATUS_OK, NULL);
    for (uint32_t r = 20; r < 60; r++) {
        char *cause = r % 2 ? hpb_format("fault %u in cell opt0, replicate %u", r, r)
                            : hpb_format("signal 11 in cell opt0, replicate %u", r);
        add_trials(store, 0, r, 1, HPB_STATUS_CRASHED, cause);
        free(cause);
    }
    store_shut(store);
    hpb_report_result result;
    write_report(folder, &result);
    char *page = read_text(folder, "report.html");
    assert_non_null(strstr(page, "<li>20 × crashed: signal 11; first in opt0, replicate 20</li>"));
    assert_non_null(strstr(page, "<li>1 × crashed: fault 21; first in opt0, replicate 21</li>"));
    assert_non_null(strstr(page, "<li>9 of other causes"));
    hpb_report_result_free(&result);
    free(page);
    folder_remove(folder);
}

// The median validation loss of a cell: diverged runs are worse than any, failed ones have no say.
static void test_validation_losses(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, rates, 5);
    hpb_store *store = store_open(folder, &m, NULL);
    static const double losses[] = {0.3, 0.1, 0.2};
    hpb_error error;
    for (uint32_t r = 0; r < 5; r++) {
        double folds[2];
        hpb_trial_result result = trial_make(0, r, folds);
        result.val_loss = r < 3 ? losses[r] : (double)NAN;
        result.status = r < 3 ? HPB_STATUS_OK : r == 3 ? HPB_STATUS_DIVERGED : HPB_STATUS_CRASHED;
        result.mse = r < 3 ? result.mse : (double)NAN;
        result.cause = r == 4 ? "SIGSEGV" : NULL;
        assert_ok(hpb_store_add(store, &result, &error), error);
    }
    add_trials(store, 1, 0, 5, HPB_STATUS_OK, NULL); // no validation rows
    store_shut(store);
    hpb_stored_run run;
    hpb_report_data data;
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    assert_ok(hpb_store_read_run(store, &run, &error), error);
    assert_ok(hpb_report_load(store, &run, &data, &error), error);
    assert_true(data.cells[0].validation ==
                0.3); // of 0.1 0.2 0.3 and infinity, the upper of the middle
    assert_true(isnan(data.cells[1].validation));
    hpb_report_data_free(&data);
    hpb_stored_run_free(&run);
    store_shut(store);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_causes_are_counted_by_kind),
        cmocka_unit_test(test_partial_then_complete),
        cmocka_unit_test(test_while_running),
        cmocka_unit_test(test_no_store),
        cmocka_unit_test(test_curves),
        cmocka_unit_test(test_validation_losses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
