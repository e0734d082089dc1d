// SPDX-License-Identifier: Apache-2.0
// Trials in and out of the store, bit for bit; the lock; what is done; two stores of one content.
#include "support.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

static const char *const two_rates[] = {"0.1", "0.2", NULL};

static uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

// --- round trip ---------------------------------------------------------------------------------------

typedef struct seen {
    hpb_trial_result results[16];
    double folds[16][4];
    float curves[16][8];
    char cause[16][64];
    uint32_t n;
} seen;

static bool see(void *context, const hpb_trial_result *result)
{
    seen *s = context;
    assert_true(s->n < 16);
    s->results[s->n] = *result;
    if (result->n_folds)
        memcpy(s->folds[s->n], result->fold_mse, result->n_folds * sizeof(double));
    if (result->curves)
        memcpy(s->curves[s->n], result->curves, result->n_curve_floats * sizeof(float));
    snprintf(s->cause[s->n], sizeof s->cause[0], "%s", result->cause ? result->cause : "");
    s->n++;
    return true;
}

static void read_back(const char *folder, uint32_t cell, seen *out)
{
    hpb_store *store;
    hpb_stored_run run;
    hpb_error error;
    memset(out, 0, sizeof *out);
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    assert_ok(hpb_store_read_run(store, &run, &error), error);
    assert_ok(hpb_store_each_trial(store, &run, cell, see, out, &error), error);
    hpb_stored_run_free(&run);
    store_shut(store);
}

static void odd_numbers_keep_their_bits(void **state)
{
    (void)state;
    static const double odd[] = {
        (double)NAN, (double)INFINITY,      -(double)INFINITY, -0.0, 5e-324,
        0.1,         1.7976931348623157e308};
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 10);
    hpb_store *store = store_open(folder, &m, NULL);
    hpb_error error;
    for (uint32_t i = 0; i < HPB_COUNT(odd); i++) {
        const double folds[2] = {odd[i], odd[(i + 1) % HPB_COUNT(odd)]};
        const hpb_trial_result result = {.cell = 1,
                                         .replicate = 9 - i,
                                         .status = HPB_STATUS_DIVERGED,
                                         .mse = odd[i],
                                         .n_folds = 2,
                                         .fold_mse = folds,
                                         .epochs = UINT64_C(1) << 40,
                                         .updates = 3,
                                         .loss = 0.5,
                                         .val_loss = (double)NAN,
                                         .baseline_mse = 1.71,
                                         .truth_mse = (double)NAN,
                                         .r2 = -(double)INFINITY,
                                         .pooled_mse = 1.5,
                                         .pooled_r2 = (double)NAN,
                                         .seed = {0, 1, 4294967295u, 3}};
        assert_ok(hpb_store_add(store, &result, &error), error);
    }
    store_shut(store);
    seen all;
    read_back(folder, 1, &all);
    assert_int_equal(all.n, HPB_COUNT(odd));
    for (uint32_t i = 0; i < all.n; i++) {
        const uint32_t k = HPB_COUNT(odd) - 1 - i; // by replicate, whatever the order they came in
        assert_int_equal(all.results[i].replicate, 9 - k);
        assert_true(bits_of(all.results[i].mse) == bits_of(odd[k]));
        assert_int_equal(all.results[i].n_folds, 2);
        assert_true(bits_of(all.folds[i][0]) == bits_of(odd[k]));
        assert_true(bits_of(all.folds[i][1]) == bits_of(odd[(k + 1) % HPB_COUNT(odd)]));
        assert_true(all.results[i].epochs == UINT64_C(1) << 40);
        assert_int_equal(all.results[i].seed[2], 4294967295u);
        assert_true(isnan(all.results[i].val_loss) && isnan(all.results[i].truth_mse));
        assert_true(all.results[i].baseline_mse == 1.71);
        assert_true(all.results[i].r2 == -(double)INFINITY);
        assert_true(all.results[i].pooled_mse == 1.5 && isnan(all.results[i].pooled_r2));
        assert_int_equal(all.results[i].status, HPB_STATUS_DIVERGED);
    }
    folder_remove(folder);
}

static void every_nan_is_the_same_nan(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 4);
    hpb_store *store = store_open(folder, &m, NULL);
    hpb_error error;
    const uint64_t payload = UINT64_C(0xfff8000000001234);
    double odd;
    memcpy(&odd, &payload, sizeof odd);
    const hpb_trial_result result = {.status = HPB_STATUS_DIVERGED,
                                     .mse = odd,
                                     .n_folds = 1,
                                     .fold_mse = &odd,
                                     .loss = odd,
                                     .val_loss = odd};
    assert_ok(hpb_store_add(store, &result, &error), error);
    store_shut(store);
    seen all;
    read_back(folder, 0, &all);
    assert_true(bits_of(all.results[0].mse) == UINT64_C(0x7ff8000000000000));
    assert_true(bits_of(all.folds[0][0]) == UINT64_C(0x7ff8000000000000));
    folder_remove(folder);
}

static void failures_and_curves_come_back(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 4);
    hpb_store *store = store_open(folder, &m, NULL);
    hpb_error error;
    double folds[2];
    hpb_trial_result good = trial_make(0, 0, folds);
    const float curves[] = {2, 0.5f, 0.25f, 0.125f, (float)NAN};
    good.curves = curves;
    good.n_curve_floats = 5;
    assert_ok(hpb_store_add(store, &good, &error), error);
    const hpb_trial_result bad = {.replicate = 1,
                                  .status = HPB_STATUS_CRASHED,
                                  .mse = (double)NAN,
                                  .loss = (double)NAN,
                                  .val_loss = (double)NAN,
                                  .cause = "signal 11 in cell opt0, replicate 1; \xff\xfe"};
    assert_ok(hpb_store_add(store, &bad, &error), error);
    store_shut(store);
    seen all;
    read_back(folder, 0, &all);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.results[0].n_curve_floats, 5);
    assert_memory_equal(all.curves[0], curves, sizeof curves);
    assert_null(all.results[1].curves);
    assert_int_equal(all.results[1].n_folds, 0);
    assert_string_equal(all.cause[1], "signal 11 in cell opt0, replicate 1; ");
    folder_remove(folder);
}

// --- what is done -------------------------------------------------------------------------------------

static void done_says_which_and_how(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 20);
    hpb_store *store = store_open(folder, &m, NULL);
    store_fill(store, 0, 0, 20);
    store_fill(store, 1, 3, 5);
    hpb_error error;
    const hpb_trial_result bad = {
        .cell = 1, .replicate = 19, .status = HPB_STATUS_TIMEOUT, .mse = (double)NAN};
    assert_ok(hpb_store_add(store, &bad, &error), error);
    uint8_t done[3];
    uint64_t count[6];
    assert_ok(hpb_store_done(store, &m.plan, 0, done, count, &error), error);
    assert_int_equal(count[HPB_STATUS_OK], 20);
    for (uint32_t i = 0; i < 20; i++)
        assert_true(done[i / 8] >> (i % 8) & 1);
    assert_ok(hpb_store_done(store, &m.plan, 1, done, count, &error), error);
    assert_int_equal(count[HPB_STATUS_OK], 5);
    assert_int_equal(count[HPB_STATUS_TIMEOUT], 1);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(done[i / 8] >> (i % 8) & 1, (i >= 3 && i < 8) || i == 19);
    assert_ok(hpb_store_forget_failed(store, &error), error);
    assert_ok(hpb_store_done(store, &m.plan, 1, NULL, count, &error), error);
    assert_int_equal(count[HPB_STATUS_OK], 5);
    assert_int_equal(count[HPB_STATUS_TIMEOUT], 0);
    assert_ok(hpb_store_clear(store, &error), error);
    assert_ok(hpb_store_done(store, &m.plan, 0, NULL, count, &error), error);
    assert_int_equal(count[HPB_STATUS_OK], 0);
    store_shut(store);
    folder_remove(folder);
}

static void fewer_replicates_hide_what_is_stored(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 10);
    hpb_store *store = store_open(folder, &m, NULL);
    store_fill(store, 0, 0, 10);
    store_shut(store);
    char all[HPB_SHA256_TEXT], few[HPB_SHA256_TEXT], again[HPB_SHA256_TEXT];
    store_digest_of(folder, all);
    plan_make(&m, two_rates, 4);
    store_shut(store_open(folder, &m, NULL));
    store_digest_of(folder, few);
    assert_string_not_equal(all, few);
    seen s;
    read_back(folder, 0, &s);
    assert_int_equal(s.n, 4);
    plan_make(&m, two_rates, 10);
    store_shut(store_open(folder, &m, NULL));
    store_digest_of(folder, again);
    assert_string_equal(all, again);
    folder_remove(folder);
}

// --- digests and files --------------------------------------------------------------------------------

static void digest_is_of_the_results_alone(void **state)
{
    (void)state;
    char *a = folder_make(), *b = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 6);
    hpb_store *store = store_open(a, &m, NULL);
    store_fill(store, 0, 0, 6);
    store_fill(store, 1, 0, 6);
    store_shut(store);
    static const char *const other_order[] = {"0.2", "0.1", NULL};
    MADE_PLAN(reversed);
    plan_make(&reversed, other_order, 6);
    store = store_open(b, &reversed, NULL);
    hpb_error error;
    for (uint32_t i = 12; i-- > 0;) { // other order, other times, other positions of the cells
        double folds[2];
        hpb_trial_result result = trial_make(i / 6, i % 6, folds);
        result.cell = 1 - result.cell;
        result.fit_ns = i;
        assert_ok(hpb_store_add(store, &result, &error), error);
    }
    store_shut(store);
    char one[HPB_SHA256_TEXT], two[HPB_SHA256_TEXT];
    store_digest_of(a, one);
    store_digest_of(b, two);
    assert_string_equal(one, two);
    folder_remove(a);
    folder_remove(b);
}

static char *file_bytes(const char *folder, size_t *n)
{
    char *path = hpb_format("%s/" HPB_STORE_FILE, folder), *bytes;
    hpb_error error;
    assert_ok(hpb_file_read(path, (size_t)1 << 30, HPB_EXIT_STORE, &bytes, n, &error), error);
    free(path);
    return bytes;
}

static void finished_run_is_one_file_that_a_second_look_leaves_alone(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 6);
    hpb_store *store = store_open(folder, &m, NULL);
    store_fill(store, 0, 0, 6);
    store_shut(store);
    static const char *const others[] = {HPB_STORE_FILE "-wal", HPB_STORE_FILE "-shm",
                                         HPB_STORE_FILE "-journal", HPB_STORE_FILE ".new",
                                         "run.lock"};
    for (size_t i = 0; i < HPB_COUNT(others); i++) {
        char *path = hpb_format("%s/%s", folder, others[i]);
        assert_int_not_equal(access(path, F_OK), 0);
        free(path);
    }
    size_t n, n_again;
    char *before = file_bytes(folder, &n);
    hpb_text changes = {0};
    store_shut(store_open(folder, &m, &changes));
    assert_int_equal(changes.length, 0);
    char *after = file_bytes(folder, &n_again);
    assert_int_equal(n, n_again);
    assert_memory_equal(before, after, n);
    free(before);
    free(after);
    folder_remove(folder);
}

static void a_trial_takes_less_than_200_bytes(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 5000);
    hpb_store *store = store_open(folder, &m, NULL);
    size_t empty, full;
    store_fill(store, 0, 0, 1);
    store_shut(store);
    free(file_bytes(folder, &empty));
    store = store_open(folder, &m, NULL);
    store_fill(store, 0, 1, 4999);
    store_shut(store);
    free(file_bytes(folder, &full));
    assert_true((full - empty) / 5000 <= 200);
    folder_remove(folder);
}

// --- the lock -----------------------------------------------------------------------------------------

static void a_second_writer_is_told_who_has_the_store(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 3);
    hpb_store *store = store_open(folder, &m, NULL), *second;
    hpb_error error;
    assert_int_equal(hpb_store_open(folder, &second, &error), HPB_EXIT_BUSY);
    assert_null(second);
    char *pid = hpb_format("in use by pid %ld on ", (long)getpid());
    assert_non_null(strstr(error.text, pid));
    assert_non_null(strstr(error.text, " since "));
    char owner[256];
    assert_true(hpb_store_owner(folder, owner, sizeof owner));
    assert_non_null(strstr(error.text, owner));
    // readers come in all the same
    store_fill(store, 0, 0, 2);
    assert_ok(hpb_store_commit(store, &error), error);
    seen s;
    read_back(folder, 0, &s);
    assert_int_equal(s.n, 2);
    store_shut(store);
    assert_false(hpb_store_owner(folder, owner, sizeof owner));
    store_shut(store_open(folder, &m, NULL));
    free(pid);
    folder_remove(folder);
}

static void a_killed_writer_leaves_what_it_committed_and_no_lock(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 100);
    const pid_t pid = fork();
    if (pid == 0) { // commits 50, adds 50 more, dies
        hpb_store *store = store_open(folder, &m, NULL);
        store_fill(store, 0, 0, 50);
        hpb_store_commit(store, NULL);
        store_fill(store, 0, 50, 50);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    hpb_store *store = store_open(folder, &m, NULL);
    uint64_t count[6];
    hpb_error error;
    assert_ok(hpb_store_done(store, &m.plan, 0, NULL, count, &error), error);
    assert_int_equal(count[0], 50);
    store_fill(store, 0, 50, 50);
    store_shut(store);
    char *clean = folder_make(), one[HPB_SHA256_TEXT], two[HPB_SHA256_TEXT];
    store = store_open(clean, &m, NULL);
    store_fill(store, 0, 0, 100);
    store_shut(store);
    store_digest_of(folder, one);
    store_digest_of(clean, two);
    assert_string_equal(one, two);
    folder_remove(folder);
    folder_remove(clean);
}

static uint64_t count_ok(hpb_store *store, const hpb_stored_run *run)
{
    uint64_t count[6];
    hpb_error error;
    assert_ok(hpb_store_count(store, run, 0, count, &error), error);
    return count[HPB_STATUS_OK];
}

// An export of a live run: its header and its rows must be of the same moment.
static void a_reader_sees_one_moment_of_a_live_run(void **state)
{
    (void)state;
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make(&m, two_rates, 10);
    hpb_store *store = store_open(folder, &m, NULL), *reader;
    hpb_error error;
    hpb_stored_run run;
    store_fill(store, 0, 0, 4);
    assert_ok(hpb_store_commit(store, &error), error);
    assert_ok(hpb_store_open_read(folder, &reader, &error), error);
    assert_ok(hpb_store_read_run(reader, &run, &error), error);
    assert_int_equal(count_ok(reader, &run), 4);
    store_fill(store, 0, 4, 3);
    assert_ok(hpb_store_commit(store, &error), error);
    seen all = {0};
    assert_ok(hpb_store_each_trial(reader, &run, 0, see, &all, &error), error);
    assert_int_equal(all.n, 4);
    assert_int_equal(count_ok(reader, &run), 4);
    hpb_stored_run_free(&run);
    store_shut(reader);
    read_back(folder, 0, &all);
    assert_int_equal(all.n, 7);
    store_shut(store);
    folder_remove(folder);
}

// Killed while SQLite writes the file itself, outside of the write-ahead log: the next reader has that undone.
static void reader_comes_after_a_half_written_file(void **state)
{
    (void)state;
    char *folder = folder_make(), *path = hpb_format("%s/" HPB_STORE_FILE, folder);
    char before[HPB_SHA256_TEXT], after[HPB_SHA256_TEXT];
    MADE_PLAN(m);
    plan_make(&m, two_rates, 100);
    hpb_store *store = store_open(folder, &m, NULL);
    store_fill(store, 0, 0, 100);
    store_shut(store);
    store_digest_of(folder, before);
    const pid_t pid = fork();
    if (pid == 0) {
        sqlite3 *db;
        sqlite3_open(path, &db);
        sqlite3_exec(db, "BEGIN; UPDATE trial SET mse_bits = 0", NULL, NULL, NULL);
        sqlite3_db_cacheflush(db);
        raise(SIGKILL);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    char *journal = hpb_format("%s-journal", path);
    assert_int_equal(access(journal, F_OK), 0);
    store_digest_of(folder, after);
    assert_string_equal(before, after);
    assert_int_not_equal(access(journal, F_OK), 0);
    free(journal);
    free(path);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_numbers_keep_their_bits),
        cmocka_unit_test(every_nan_is_the_same_nan),
        cmocka_unit_test(failures_and_curves_come_back),
        cmocka_unit_test(done_says_which_and_how),
        cmocka_unit_test(fewer_replicates_hide_what_is_stored),
        cmocka_unit_test(digest_is_of_the_results_alone),
        cmocka_unit_test(finished_run_is_one_file_that_a_second_look_leaves_alone),
        cmocka_unit_test(a_trial_takes_less_than_200_bytes),
        cmocka_unit_test(a_second_writer_is_told_who_has_the_store),
        cmocka_unit_test(a_killed_writer_leaves_what_it_committed_and_no_lock),
        cmocka_unit_test(a_reader_sees_one_moment_of_a_live_run),
        cmocka_unit_test(reader_comes_after_a_half_written_file),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
