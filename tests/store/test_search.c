// SPDX-License-Identifier: Apache-2.0
// Trials that search: scores, choice and what their models are worth, bit for bit; in the digest; and damaged ones, which are refused.
#include "support.h"

#include <sqlite3.h>

#define OUTER 2
#define CANDIDATES 3
#define SPLITS 2 // as two_splits says
#define SCORES (OUTER * CANDIDATES * SPLITS)

static const char *const two_rates[] = {"0.1", "0.2", NULL};

// Cell 1 searches on outer splits.
static void plan_make_search(made_plan *m)
{
    plan_make(m, two_rates, 3);
    m->plan.cells[1].n_outer = OUTER;
    m->plan.cells[1].n_candidates = CANDIDATES;
}

typedef struct kept {
    hpb_trial_result result;
    double folds[OUTER * SPLITS], scores[SCORES], worth[OUTER * SPLITS + 1];
    uint32_t chosen[OUTER];
} kept;

static void search_make(kept *k)
{
    *k = (kept){
        .folds = {4, 3, 2, 1}, .chosen = {2, 0}, .worth = {5, (double)INFINITY, -0.0, 1, 2.75}};
    for (int i = 0; i < SCORES; i++)
        k->scores[i] = -0.1 * (i + 1);
    k->scores[5] = (double)NAN;
    k->scores[6] = -0.0;
    k->result = (hpb_trial_result){.cell = 1,
                                   .mse = 2.5,
                                   .n_folds = OUTER * SPLITS,
                                   .fold_mse = k->folds,
                                   .n_scores = SCORES,
                                   .scores = k->scores,
                                   .n_chosen = OUTER,
                                   .chosen = k->chosen,
                                   .n_worth = OUTER * SPLITS + 1,
                                   .worth = k->worth};
}

// One trial that searched, one that failed, and a plain one.
static char *folder_with_search(const kept *k)
{
    char *folder = folder_make();
    MADE_PLAN(m);
    plan_make_search(&m);
    hpb_store *store = store_open(folder, &m, NULL);
    const hpb_trial_result failed = {
        .cell = 1, .replicate = 1, .status = HPB_STATUS_CRASHED, .mse = (double)NAN};
    hpb_error error;
    assert_ok(hpb_store_add(store, &k->result, &error), error);
    assert_ok(hpb_store_add(store, &failed, &error), error);
    store_fill(store, 0, 0, 1);
    store_shut(store);
    return folder;
}

static bool check_search(void *context, const hpb_trial_result *t)
{
    kept k;
    search_make(&k);
    ++*(uint32_t *)context;
    if (t->cell == 0 || t->replicate == 1) {
        assert_true(!t->n_scores && !t->n_chosen && !t->scores && !t->chosen);
        assert_true(!t->n_worth && !t->worth);
        return true;
    }
    assert_int_equal(t->n_folds, OUTER * SPLITS);
    assert_int_equal(t->n_scores, SCORES);
    assert_int_equal(t->n_chosen, OUTER);
    for (int i = 0; i < SCORES; i++)
        assert_true(hpb_double_bits(t->scores[i]) == hpb_double_bits(k.scores[i]));
    assert_memory_equal(t->chosen, k.chosen, sizeof k.chosen);
    assert_int_equal(t->n_worth, OUTER * SPLITS + 1);
    assert_memory_equal(t->worth, k.worth, sizeof k.worth);
    return true;
}

static void scores_and_choice_come_back(void **state)
{
    (void)state;
    kept k;
    search_make(&k);
    char *folder = folder_with_search(&k);
    hpb_store *store;
    hpb_stored_run run;
    hpb_error error;
    uint32_t n = 0;
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    assert_ok(hpb_store_read_run(store, &run, &error), error);
    assert_true(run.cells[0].n_outer == 1 && run.cells[0].n_candidates == 1);
    assert_true(run.cells[1].n_outer == OUTER && run.cells[1].n_candidates == CANDIDATES);
    for (uint32_t i = 0; i < 2; i++)
        assert_ok(hpb_store_each_trial(store, &run, i, check_search, &n, &error), error);
    assert_int_equal(n, 3);
    hpb_stored_run_free(&run);
    store_shut(store);
    folder_remove(folder);
}

static void the_digest_is_of_scores_and_choice(void **state)
{
    (void)state;
    char digest[5][HPB_SHA256_TEXT];
    for (int i = 0; i < 5; i++) { // as it is, again, another score, another choice, another worth
        kept k;
        search_make(&k);
        k.scores[SCORES - 1] = i == 2 ? nextafter(k.scores[SCORES - 1], 0) : k.scores[SCORES - 1];
        k.chosen[1] = i == 3 ? 1 : k.chosen[1];
        k.worth[4] = i == 4 ? nextafter(k.worth[4], 0) : k.worth[4];
        char *folder = folder_with_search(&k);
        store_digest_of(folder, digest[i]);
        folder_remove(folder);
    }
    assert_string_equal(digest[0], digest[1]);
    assert_string_not_equal(digest[0], digest[2]);
    assert_string_not_equal(digest[0], digest[3]);
    assert_string_not_equal(digest[0], digest[4]);
}

static bool count(void *context, const hpb_trial_result *t)
{
    (void)t;
    ++*(uint32_t *)context;
    return true;
}

// Reads cell 1 after `sql`; fails unless the store is refused with `words`.
static void expect_damage(const char *sql, const char *words)
{
    kept k;
    search_make(&k);
    char *folder = folder_with_search(&k), *path = hpb_format("%s/" HPB_STORE_FILE, folder);
    sqlite3 *db;
    hpb_store *store;
    hpb_stored_run run;
    hpb_error error;
    uint32_t n = 0;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_ok(hpb_store_open_read(folder, &store, &error), error);
    hpb_exit code = hpb_store_read_run(store, &run, &error);
    if (!code) {
        code = hpb_store_each_trial(store, &run, 1, count, &n, &error);
        hpb_stored_run_free(&run);
    }
    if (code != HPB_EXIT_STORE || !strstr(error.text, words))
        fail_msg("%s: code %d, \"%s\"", sql, code, code ? error.text : "");
    store_shut(store);
    free(path);
    folder_remove(folder);
}

static void what_no_search_can_be_is_refused(void **state)
{
    (void)state;
    static const char *const damages[] = {
        "chosen = '2'",
        "chosen = '2 0 1'",
        "chosen = '2 3'",
        "chosen = '2 -1'",
        "chosen = '2 x'",
        "chosen = '2  0'",
        "chosen = '2 0 '",
        "chosen = '2 18446744073709551616'",
        "chosen = NULL",
        "chosen = ''",
        "scores = NULL",
        "scores = substr(scores, 9)",
        "scores = substr(scores, 2)",
        "scores = zeroblob(8 * 13)",
        "folds = zeroblob(8 * 5)",
    };
    for (size_t i = 0; i < HPB_COUNT(damages); i++) {
        char *sql = hpb_format("UPDATE trial SET %s WHERE cell = 2 AND status = 0", damages[i]);
        expect_damage(sql, "damaged: trial 0 of a cell holds no result");
        free(sql);
    }
    static const char *const blobs[] = {"substr(bits, 9)", "substr(bits, 2)", "zeroblob(8 * 6)"};
    for (size_t i = 0; i < HPB_COUNT(blobs); i++) {
        char *sql = hpb_format("UPDATE worth SET bits = %s", blobs[i]);
        expect_damage(sql, "damaged: trial 0 of a cell holds no result");
        free(sql);
    }
    static const char *const sizes[] = {"n_outer", "n_candidates", "n_splits"};
    for (size_t i = 0; i < HPB_COUNT(sizes); i++) {
        char *sql = hpb_format("UPDATE cell SET %s = 4294967295", sizes[i]);
        expect_damage(sql, "damaged: its cells do not fit together");
        free(sql);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_and_choice_come_back),
        cmocka_unit_test(the_digest_is_of_scores_and_choice),
        cmocka_unit_test(what_no_search_can_be_is_refused),
    };
    return cmocka_run_group_tests_name("store search", tests, NULL, NULL);
}
