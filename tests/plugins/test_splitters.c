// SPDX-License-Identifier: Apache-2.0
// Splitters against scikit-learn's, row for row, and what they refuse.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plugins/support_plugin.h"

/// Splits as they were emitted, and where to stop.
typedef struct splits {
    uint32_t count, stop_at;
    size_t capacity;
    struct one_split {
        uint32_t *rows[2], n[2]; ///< training rows, test rows
    } * split;
} splits;

static int32_t take(void *context, const uint32_t *train, uint32_t n_train, const uint32_t *test,
                    uint32_t n_test)
{
    splits *all = context;
    all->split = hpb_grow(all->split, &all->capacity, all->count + 1u, sizeof *all->split);
    const uint32_t *from[2] = {train, test};
    const uint32_t n[2] = {n_train, n_test};
    for (int side = 0; side < 2; side++) {
        uint32_t *rows = hpb_alloc(n[side], sizeof *rows);
        memcpy(rows, from[side], n[side] * sizeof *rows);
        all->split[all->count].rows[side] = rows;
        all->split[all->count].n[side] = n[side];
    }
    all->count++;
    return all->count == all->stop_at ? 17 : HPB_OK;
}

static void release(splits *all)
{
    for (uint32_t i = 0; i < all->count; i++)
        for (int side = 0; side < 2; side++)
            free(all->split[i].rows[side]);
    free(all->split);
}

/// Runs count() with no generator, then split() with NumPy's. The message is empty on success.
static int32_t run_rows(const hpb_plugin *plugin, const hpb_value *values, const hpb_rows *rows,
                        uint32_t seed, uint32_t *out_count, splits *out, char message[512])
{
    const hpb_splitter_ops *ops = plugin->ops;
    hpb_host_context context;
    hpb_host host = hpb_host_begin(&context, NULL, NULL);
    int32_t status = ops->count(&host, values, rows, out_count);
    memcpy(message, context.message, 512);
    hpb_host_end(&context);
    if (out == NULL)
        return status;
    hpb_numpy numpy;
    hpb_numpy_seed(&numpy, seed);
    const hpb_numpy before = numpy;
    host = hpb_host_begin(&context, &numpy, NULL);
    const int32_t split_status = ops->split(&host, values, rows, take, out);
    assert_string_equal(message, context.message); // both say the same of the same rows
    if (ops->flags & HPB_SPLITTER_FIXED)
        assert_memory_equal(&numpy, &before, sizeof numpy);
    hpb_host_end(&context);
    assert_true((status == HPB_OK) == (split_status == HPB_OK || split_status == 17));
    return split_status;
}

static int32_t run(const hpb_plugin *plugin, const hpb_value *values, uint32_t n, uint32_t seed,
                   uint32_t *out_count, splits *out, char message[512])
{
    const hpb_rows rows = {.struct_size = sizeof rows, .n_rows = n};
    return run_rows(plugin, values, &rows, seed, out_count, out, message);
}

static void check_side(const json_t *golden_split, const char *side, const uint32_t *rows,
                       uint32_t n, const json_t *item)
{
    const json_t *want = json_object_get(golden_split, side);
    bool same = json_array_size(want) == n;
    for (uint32_t i = 0; same && i < n; i++)
        same = rows[i] == golden_number(json_array_get(want, i));
    if (!same) {
        char *what = golden_describe(item);
        fail_msg("%s: other %s rows than scikit-learn's", what, side);
    }
}

/// A column of a case, or NULL where it has none; free() it.
static void *golden_column(const json_t *item, const char *key, uint32_t n)
{
    const json_t *column = json_object_get(item, key);
    if (column == NULL)
        return NULL;
    assert_int_equal(json_array_size(column), n);
    int32_t *numbers = hpb_alloc(n, sizeof *numbers);
    for (uint32_t i = 0; i < n; i++)
        numbers[i] = (int32_t)golden_number(json_array_get(column, i));
    return numbers;
}

static void check_case(const hpb_plugin *plugin, const json_t *item, size_t index)
{
    json_t *params = json_copy(json_object_get(item, "params"));
    const json_t *want = json_object_get(item, "splits");
    json_object_del(params, "test"); // of the bootstrap: a remark
    const uint32_t n = (uint32_t)golden_need(item, "n");
    uint32_t *groups = golden_column(item, "groups", n);
    int32_t *test_fold = golden_column(item, "test_fold", n);
    const hpb_rows rows = {sizeof rows, n, groups, test_fold};
    hpb_value values[MAX_PARAMS];
    splits got = {0};
    uint32_t count = 0;
    char message[512];
    plugin_values(plugin, params, values);
    if (run_rows(plugin, values, &rows, (uint32_t)golden_member(params, "random_state", 0), &count,
                 &got, message) != HPB_OK)
        fail_msg("case %zu: %s", index, message);
    assert_int_equal(count, json_array_size(want));
    assert_int_equal(got.count, count);
    for (uint32_t i = 0; i < count; i++) {
        const json_t *split = json_array_get(want, i);
        check_side(split, "train", got.split[i].rows[0], got.split[i].n[0], item);
        check_side(split, "test", got.split[i].rows[1], got.split[i].n[1], item);
    }
    release(&got);
    free(groups);
    free(test_fold);
    json_decref(params);
}

static const char *const table[][2] = {{"train_test_split", "train_test_split"},
                                       {"KFold", "kfold"},
                                       {"ShuffleSplit", "shuffle_split"},
                                       {"RepeatedKFold", "repeated_kfold"},
                                       {"LeaveOneOut", "leave_one_out"},
                                       {"LeavePOut", "leave_p_out"},
                                       {"GroupKFold", "group_kfold"},
                                       {"GroupShuffleSplit", "group_shuffle_split"},
                                       {"LeaveOneGroupOut", "leave_one_group_out"},
                                       {"TimeSeriesSplit", "time_series_split"},
                                       {"PredefinedSplit", "predefined_split"},
                                       {"bootstrap", "bootstrap"}};

/// Every case of a file has its plugin.
static void check_file(const char *name)
{
    json_t *root = golden_open(name), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        const char *splitter = json_string_value(json_object_get(item, "splitter"));
        size_t k = 0;
        while (k < HPB_COUNT(table) && strcmp(table[k][0], splitter) != 0)
            k++;
        if (k == HPB_COUNT(table))
            fail_msg("%s.json has %s, which no plugin is", name, splitter);
        check_case(plugin_open("splitters", table[k][1]), item, index);
    }
    json_decref(root);
}

static void test_golden(void **state)
{
    (void)state;
    check_file("splits");
}

/// What tests/conformance/record_splits.py records.
static void test_golden_more(void **state)
{
    (void)state;
    check_file("splits_more");
}

#define NONE ((double)NAN)

/// Sizes that scikit-learn 1.9 gives for test_size and train_size; 0 rows: refused, as there, but for the size 1, which
/// scikit-learn tells from 1.0.
static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        double test_size, train_size;
        uint32_t n, n_train, n_test;
    } sizes[] = {
        {NONE, NONE, 10, 7, 3},    {NONE, NONE, 2, 1, 1},      {NONE, NONE, 1, 0, 0},
        {NONE, 0.5, 10, 5, 5},     {NONE, 0.25, 10, 2, 8},     {NONE, 3, 10, 3, 7},
        {0.1, NONE, 11, 9, 2},     {0.25, 0.5, 10, 5, 3},      {0.7, 0.3, 10, 3, 7},
        {0.75, 0.5, 10, 0, 0},     {1, NONE, 10, 0, 0},        {9, NONE, 10, 1, 9},
        {10, NONE, 10, 0, 0},      {11, NONE, 10, 0, 0},       {1.5, NONE, 10, 0, 0},
        {NONE, 2.5, 10, 0, 0},     {0, NONE, 10, 0, 0},        {-0.2, NONE, 10, 0, 0},
        {NONE, 0.05, 10, 0, 0},    {4, 6, 10, 6, 4},           {5, 6, 10, 0, 0},
        {0.95, NONE, 10, 0, 0},    {0.5, 5, 10, 5, 5},         {2, 0.9, 10, 0, 0},
        {1e300, NONE, 10, 0, 0},   {HUGE_VAL, NONE, 10, 0, 0}, {0.2, NONE, 0, 0, 0},
        {0.33, NONE, 100, 67, 33}, {0.07, NONE, 100, 92, 8},   {NONE, 0.29, 100, 28, 72},
    };
    const hpb_plugin *plugin = plugin_open("splitters", "train_test_split");
    for (size_t k = 0; k < HPB_COUNT(sizes); k++)
        for (int shuffle = 0; shuffle < 2; shuffle++) {
            hpb_value values[MAX_PARAMS];
            splits got = {0};
            uint32_t count = 0;
            char message[512];
            plugin_defaults(plugin, values);
            values[plugin_find(plugin, "test_size")].number = sizes[k].test_size;
            values[plugin_find(plugin, "train_size")].number = sizes[k].train_size;
            values[plugin_find(plugin, "shuffle")].number = shuffle;
            const int32_t status = run(plugin, values, sizes[k].n, 1, &count, &got, message);
            const uint32_t n_train = got.count == 0 ? 0 : got.split[0].n[0];
            const uint32_t n_test = got.count == 0 ? 0 : got.split[0].n[1];
            if (n_train != sizes[k].n_train || n_test != sizes[k].n_test ||
                (status == HPB_OK) != (n_test > 0))
                fail_msg("test_size %g, train_size %g of %u rows: status %d, %u and %u, %s",
                         sizes[k].test_size, sizes[k].train_size, sizes[k].n, status, n_train,
                         n_test, message);
            assert_true((status == HPB_OK) == (*message == '\0'));
            release(&got);
        }
}

static void test_messages(void **state)
{
    (void)state;
    hpb_value values[MAX_PARAMS];
    uint32_t count;
    char message[512];
    const hpb_plugin *kfold = plugin_open("splitters", "kfold");
    plugin_defaults(kfold, values);
    assert_int_equal(run(kfold, values, 4, 0, &count, NULL, message), HPB_FAILED);
    assert_non_null(strstr(message, "n_splits: each of 5 folds needs a row; scikit-learn says "));
    values[plugin_find(kfold, "n_splits")].number = 1e18;
    assert_int_equal(run(kfold, values, 4, 0, &count, NULL, message), HPB_FAILED);
    assert_non_null(strstr(message, "1000000000000000000"));
    values[plugin_find(kfold, "n_splits")].number = 4;
    assert_int_equal(run(kfold, values, 4, 0, &count, NULL, message), HPB_OK);
    assert_int_equal(count, 4);

    const hpb_plugin *holdout = plugin_open("splitters", "train_test_split");
    plugin_defaults(holdout, values);
    values[plugin_find(holdout, "test_size")].number = 1.5;
    assert_int_equal(run(holdout, values, 80, 0, &count, NULL, message), HPB_FAILED);
    assert_non_null(strstr(message, "test_size: 1.5 of 80 rows can't be had; scikit-learn says "));
    values[plugin_find(holdout, "test_size")].number = 0.6;
    values[plugin_find(holdout, "train_size")].number = 0.5;
    assert_int_equal(run(holdout, values, 80, 0, &count, NULL, message), HPB_FAILED);
    assert_non_null(strstr(message, "more than all rows"));
}

/// What emit() answers is handed on at once.
static void test_emit_can_stop(void **state)
{
    (void)state;
    uint32_t groups[20];
    int32_t test_fold[20];
    for (uint32_t i = 0; i < 20; i++)
        groups[i] = i / 3, test_fold[i] = (int32_t)(i % 4);
    const hpb_rows rows = {sizeof rows, 20, groups, test_fold};
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const hpb_plugin *plugin = plugin_open("splitters", table[k][1]);
        hpb_value values[MAX_PARAMS];
        uint32_t count;
        char message[512];
        splits got = {.stop_at = 1};
        plugin_defaults(plugin, values);
        if (strcmp(plugin->id, "leave_p_out") == 0)
            values[0].number = 2;
        assert_int_equal(run_rows(plugin, values, &rows, 3, &count, &got, message), 17);
        assert_int_equal(got.count, 1);
        release(&got);
    }
}

/// For all sizes: each row is tested once (kfold), and no row is on both sides.
static void test_partition(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("splitters", "kfold");
    for (uint32_t n = 2; n < 40; n++)
        for (uint32_t folds = 2; folds <= n; folds++) {
            hpb_value values[MAX_PARAMS];
            uint32_t count, tested[40] = {0};
            char message[512];
            splits got = {0};
            plugin_defaults(plugin, values);
            values[plugin_find(plugin, "n_splits")].number = folds;
            values[plugin_find(plugin, "shuffle")].number = n % 2;
            assert_int_equal(run(plugin, values, n, n, &count, &got, message), HPB_OK);
            assert_int_equal(got.count, folds);
            for (uint32_t i = 0; i < folds; i++) {
                uint32_t seen[40] = {0};
                assert_int_equal(got.split[i].n[0] + got.split[i].n[1], n);
                for (int side = 0; side < 2; side++)
                    for (uint32_t r = 0; r < got.split[i].n[side]; r++)
                        assert_int_equal(seen[got.split[i].rows[side][r]]++, 0);
                for (uint32_t r = 0; r < got.split[i].n[1]; r++)
                    tested[got.split[i].rows[1][r]]++;
            }
            for (uint32_t r = 0; r < n; r++)
                assert_int_equal(tested[r], 1);
            release(&got);
        }
}

static void test_descriptors(void **state)
{
    (void)state;
    for (size_t k = 0; k < HPB_COUNT(table); k++) {
        const hpb_plugin *plugin = plugin_open("splitters", table[k][1]);
        assert_int_equal(plugin->kind, HPB_KIND_SPLITTER);
        plugin_check_params(plugin);
    }
}

/// `settings`: "name value name value". What the splitter's words begin with; "" where it splits the rows.
static void assert_says(const char *id, const char *settings, const hpb_rows *rows,
                        const char *expected)
{
    const hpb_plugin *plugin = plugin_open("splitters", id);
    hpb_value values[MAX_PARAMS];
    splits got = {0};
    uint32_t count;
    char message[512], name[64];
    double number;
    int used;
    plugin_defaults(plugin, values);
    for (; sscanf(settings, "%63s %lf%n", name, &number, &used) == 2; settings += used)
        values[plugin_find(plugin, name)].number = number;
    const int32_t status = run_rows(plugin, values, rows, 0, &count, &got, message);
    if (strncmp(message, expected, strlen(expected)) != 0 || (*message && !*expected))
        fail_msg("%s says \"%s\", expected \"%s\"", id, message, expected);
    assert_int_equal(status, *expected ? HPB_FAILED : HPB_OK);
    assert_int_equal(got.count, *expected ? 0 : count);
    release(&got);
}

/// In scikit-learn's spirit: what it refuses is refused, with the numbers.
static void test_refusals(void **state)
{
    (void)state;
    static const uint32_t groups[] = {0, 1, 1, 2, 0, 2}, one_group[6] = {0};
    static const int32_t folds[] = {-1, 2, 0, 0, -1, 2}, never[] = {-1, -1, -1, -1, -1, -1};
    static const int32_t all[] = {4, 4, 4, 4, 4, 4};
    const hpb_rows six = {.struct_size = sizeof six, .n_rows = 6};
    const hpb_rows one = {.struct_size = sizeof one, .n_rows = 1};
    const hpb_rows many = {.struct_size = sizeof many, .n_rows = 1000};
    const hpb_rows grouped = {sizeof grouped, 6, groups, NULL};
    const hpb_rows together = {sizeof together, 6, one_group, NULL};
    const hpb_rows folded = {sizeof folded, 6, NULL, folds};
    const hpb_rows untested = {sizeof untested, 6, NULL, never};
    const hpb_rows untrained = {sizeof untrained, 6, NULL, all};
    static const char no_groups[] = "the data have no groups; ";

    assert_says("repeated_kfold", "n_splits 7", &six, "n_splits: each of 7 folds needs a row; ");
    assert_says("repeated_kfold", "n_splits 6 n_repeats 4e9", &six,
                "n_repeats: 4000000000 times 6 folds are too many; expected at most 4294967295");
    assert_says("shuffle_split", "test_size 6", &six, "test_size: 6 of 6 rows can't be had; ");
    assert_says("leave_one_out", "", &one, "the only row is left out; ");
    assert_says("leave_p_out", "p 5", &six, "");
    assert_says("leave_p_out", "p 6", &six, "p: none of the 6 rows is left to train on; ");
    assert_says("bootstrap", "", &one, "a bootstrap needs 2 rows; got 1");
    assert_says("leave_p_out", "p 4", &many,
                "p: there are 41417124750 ways to leave 4 of 1000 rows out; expected at most "
                "4294967295");
    assert_says("leave_p_out", "p 500", &many,
                "p: there are more than 18446744073709551615 ways to leave 500 of 1000 rows out; "
                "expected at most 4294967295");

    assert_says("group_kfold", "", &six, no_groups);
    assert_says("group_shuffle_split", "", &six, no_groups);
    assert_says("leave_one_group_out", "", &folded, no_groups);
    assert_says("group_kfold", "n_splits 3", &grouped, "");
    assert_says("group_kfold", "n_splits 4", &grouped, "n_splits: each of 4 folds needs a group; ");
    assert_says("group_kfold", "n_splits 2", &together,
                "n_splits: each of 2 folds needs a group; ");
    assert_says("leave_one_group_out", "", &together,
                "all rows are of one group, which is left out; ");
    assert_says("group_shuffle_split", "", &together,
                "test_size: no groups are left to train on; ");
    assert_says("group_shuffle_split", "test_size 3", &grouped,
                "test_size: 3 of 3 groups can't be had; ");

    assert_says("time_series_split", "n_splits 5", &six, "");
    assert_says("time_series_split", "n_splits 6", &six,
                "n_splits: 6 test sets and what comes before them need a row each; ");
    assert_says("time_series_split", "n_splits 4e9", &six,
                "n_splits: 4000000000 test sets and what comes before them need a row each; ");
    assert_says("time_series_split", "n_splits 2 test_size 2 gap 1", &six, "");
    assert_says("time_series_split", "n_splits 2 test_size 2 gap 2", &six,
                "n_splits: 2 test sets of 2 rows and a gap of 2 leave no row to train on; ");
    assert_says("time_series_split", "n_splits 2 test_size 1e18 gap 1e18", &six,
                "n_splits: 2 test sets of 1000000000000000000 rows and a gap of "
                "1000000000000000000 leave no row to train on; ");

    assert_says("predefined_split", "", &grouped, "the data have no test folds; ");
    assert_says("predefined_split", "", &folded, "");
    assert_says("predefined_split", "", &untested,
                "the test fold of every row is -1: none is ever tested; ");
    assert_says("predefined_split", "", &untrained,
                "every row is in test fold 4: none is left to train on; ");
}

/// What is refused says what scikit-learn says of it, word for word.
static void test_golden_refusals(void **state)
{
    (void)state;
    if (!golden_exists("refusals"))
        skip();
    json_t *root = golden_open("refusals"), *item;
    size_t index;
    json_array_foreach(json_object_get(root, "cases"), index, item)
    {
        const hpb_plugin *plugin =
            plugin_open("splitters", json_string_value(json_object_get(item, "splitter")));
        hpb_value values[MAX_PARAMS];
        splits got = {0};
        const uint32_t n = (uint32_t)golden_need(item, "n");
        uint32_t count, *groups = golden_column(item, "groups", n);
        const hpb_rows rows = {sizeof rows, n, groups, NULL};
        char message[512];
        plugin_values(plugin, json_object_get(item, "params"), values);
        assert_int_equal(run_rows(plugin, values, &rows, 0, &count, &got, message), HPB_FAILED);
        char *says = hpb_format("; scikit-learn says \"%s\"",
                                json_string_value(json_object_get(item, "says")));
        if (!strstr(message, says))
            fail_msg("%s: \"%s\", expected in it \"%s\"", plugin->id, message, says);
        free(says);
        free(groups);
        release(&got);
    }
    json_decref(root);
}

/// Of two rows half of all resamples draw both: such a one has no test row, and says so.
static void test_bootstrap_that_draws_all(void **state)
{
    (void)state;
    const hpb_plugin *plugin = plugin_open("splitters", "bootstrap");
    const hpb_splitter_ops *ops = plugin->ops;
    const hpb_rows rows = {.struct_size = sizeof rows, .n_rows = 2};
    const hpb_value values[] = {{.number = 2}};
    uint32_t n_failed = 0;
    for (uint32_t seed = 0; seed < 200; seed++) {
        hpb_numpy numpy;
        hpb_numpy_seed(&numpy, seed);
        hpb_host_context context;
        splits got = {0};
        const hpb_host host = hpb_host_begin(&context, &numpy, NULL);
        const int32_t status = ops->split(&host, values, &rows, take, &got);
        char expected[80];
        snprintf(expected, sizeof expected,
                 "resample %u drew all of the 2 rows: none is left to test", got.count + 1);
        if (status != HPB_OK)
            assert_string_equal(context.message, expected);
        else
            assert_int_equal(got.count, 2);
        n_failed += status != HPB_OK;
        hpb_host_end(&context);
        release(&got);
    }
    assert_true(n_failed > 120 && n_failed < 180); // 150 +- 5 standard deviations
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),        cmocka_unit_test(test_golden_more),
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_messages),
        cmocka_unit_test(test_emit_can_stop), cmocka_unit_test(test_partition),
        cmocka_unit_test(test_descriptors),   cmocka_unit_test(test_golden_refusals),
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_bootstrap_that_draws_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
