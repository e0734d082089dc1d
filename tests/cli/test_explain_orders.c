// SPDX-License-Identifier: Apache-2.0
// hpbench explain where the two differ in twelve settings: a sample of orders is run, read again, and said to be one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "cli/support_cli.h"
#include "cli/support_json.h"
#include "cli/support_process.h"
#include "cli/support_store.h"

#include <math.h>

#define TWELVE                                                                                     \
    "[suite]\nreplicates = 20\n[data]\ngenerator = linear\nrows = 24\nseed = 0\n"                  \
    "[protocol.a]\noptimizer = sgd\nsplitter = train_test_split\nhidden = 3\nactivation = tanh\n"  \
    "epochs = 3\nbatch_size = 8\nshuffle = no\nvalidation_split = 0.1\ninitializer = he_normal\n"  \
    "early_stopping = patience\nselect = train\n"                                                  \
    "[protocol.b]\nsplitter = kfold\noptimizer = adam\ngrid.learning_rate = 0.1, 0.2\n"
#define ORDERS "[explain]\norders = 16\n"

// Returns how many corners there are.
static size_t expect_sample(const json_t *e)
{
    const json_t *causes = json_object_get(e, "causes"), *cause,
                 *corners = json_object_get(e, "corners");
    double sum = 0;
    size_t i;
    assert_int_equal(json_integer_value(json_object_get(e, "orders")), 16);
    assert_true(json_is_null(json_object_get(e, "interactions")));
    assert_int_equal(json_array_size(causes), 12);
    json_array_foreach(causes, i, cause)
    {
        sum += number_at(cause, "value");
        assert_true(json_is_number(json_object_get(cause, "sampling_error")));
        assert_true(json_is_number(json_object_get(cause, "alone")));
        assert_true(json_is_number(json_object_get(cause, "last")));
    }
    const double difference = number_at(json_object_get(e, "difference"), "value"),
                 a = number_at(json_array_get(corners, 0), "mean"),
                 b = number_at(json_array_get(corners, json_array_size(corners) - 1), "mean");
    assert_true(fabs(sum - difference) <= 1e-12 * fabs(a));
    assert_true(fabs(a - b - difference) <= 1e-12 * fabs(a));
    assert_true(number_at(e, "largest_relative_error_of_the_sum") <= 1e-12);
    return json_array_size(corners);
}

static void expect_page(const char *path, const char *const *words, size_t n)
{
    char *page = ran_text(path);
    for (size_t i = 0; i < n; i++)
        if (!strstr(page, words[i]))
            fail_msg("the page doesn't say: %s", words[i]);
    assert_null(strstr(page, "act together</summary>"));
    free(page);
}

static void test_twelve_settings(void **state)
{
    (void)state;
    char *folder = work_begin(TWELVE ORDERS);
    json_t *json = json_of("explain s.ini --json");
    const size_t n = expect_sample(explanation_of(json));
    assert_true(n > 26 && n <= 2 + 24 + 2 * 9 * 8);
    char *sentence = hpb_format("The causes come from %zu of 4,096 combinations of the settings; "
                                "their intervals allow for the others.",
                                n),
         *folded = hpb_format("<summary>%zu of 4,096 combinations of the settings were run<", n),
         *caption = hpb_format(" %zu of 4,096 combinations were run. ", n),
         *whole = hpb_format("finite in all %zu combinations that were run.", n);
    const char *const words[] = {sentence,
                                 folded,
                                 caption,
                                 whole,
                                 "averages over 16 of the orders in which the 12 settings",
                                 "on average over 16 orders",
                                 "How the settings act together, two by two, is not known"};
    expect_page("hpbench-results/s/report.html", words, HPB_COUNT(words));
    expect_run("explain s --no-report", 0, sentence, "");
    char *csv = ran_text("hpbench-results/s/figures/specification.csv");
    size_t n_lines = 0;
    for (const char *c = csv; *c; c++)
        n_lines += *c == '\n';
    assert_int_equal(n_lines, n + 1);
    free(csv);
    json_t *again = json_of("explain s.ini --json --no-report"); // nothing more is run
    assert_true(json_equal(explanation_of(json), explanation_of(again)));
    json_decref(again);
    json_decref(json);
    free(whole);
    free(caption);
    free(folded);
    free(sentence);
    work_end(folder);
}

// Untold, 64 orders; fewer settings have all combinations, unless the suite asks for orders.
static void test_how_many_are_planned(void **state)
{
    (void)state;
    char *folder = work_begin(TWELVE);
    json_t *all = json_of("plan s.ini --json --set explain.corners=yes"),
           *sixty_four = json_of("plan s.ini --json --set explain.corners=yes --set "
                                 "explain.orders=64"),
           *sixteen =
               json_of("plan s.ini --json --set explain.corners=yes --set explain.orders=16");
    assert_true(
        json_equal(json_object_get(all, "n_cells"), json_object_get(sixty_four, "n_cells")));
    assert_true(json_integer_value(json_object_get(sixteen, "n_cells")) <
                json_integer_value(json_object_get(all, "n_cells")));
    json_decref(all);
    json_decref(sixty_four);
    json_decref(sixteen);
    work_end(folder);
}

// More runs would not do: the sample leaves more than was asked, and it stops at the first look.
static void test_precision_that_takes_orders(void **state)
{
    (void)state;
    char *folder = work_begin(TWELVE ORDERS "precision = 0.001\n");
    json_t *json = json_of("explain s.ini --json --no-report");
    const json_t *looks = json_object_get(explanation_of(json), "precision");
    assert_string_equal(json_string_value(json_object_get(looks, "state")), "out_of_reach");
    assert_int_equal(json_array_size(json_object_get(looks, "looks")), 1);
    expect_run("explain s --no-report", 0, "; it takes more orders of changes, and not more runs.",
               "");
    json_decref(json);
    work_end(folder);
}

// Orders that are none are said to be damaged, and read no further.
static void test_damaged_orders(void **state)
{
    (void)state;
    static const char *const orders[] = {"null",
                                         "[[0,1,2,3,4,5,6,7,8,9,10]]",
                                         "[[0,1,2,3,4,5,6,7,8,9,10,10]]",
                                         "[[0,1,2,3,4,5,6,7,8,9,10,99]]",
                                         "[[0,1,2,3,4,5,6,7,8,9,10,-1]]",
                                         "[[0,1,2,3,4,5,6,7,8,9,10,\"11\"]]",
                                         "[[0,1,2,3,4,5,6,7,8,9,10,11,0]]",
                                         "[1]",
                                         "[[0,1,2,3,4,5,6,7,8,9,10,11]]"}; // others than were run
    char *folder = work_begin(TWELVE "[explain]\norders = 16\n");
    expect_run("explain s.ini --no-report --set suite.replicates=2", 0, NULL, NULL);
    for (size_t i = 0; i < HPB_COUNT(orders); i++) {
        char *sql = hpb_format("UPDATE about SET value = json_set(value, '$.orders', json('%s')) "
                               "WHERE key = 'explain'",
                               orders[i]);
        store_alter(sql);
        free(sql);
        expect_run("report s", 5, "", "damaged: the corners of comparison 1 are not all there");
        expect_run("explain s", 5, "", "damaged: the corners of comparison 1 are not all there");
    }
    work_end(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twelve_settings),
        cmocka_unit_test(test_how_many_are_planned),
        cmocka_unit_test(test_precision_that_takes_orders),
        cmocka_unit_test(test_damaged_orders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
