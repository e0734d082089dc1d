// SPDX-License-Identifier: Apache-2.0
// Rules that stand beside another: found by label or plugin, in order, and part of the cell's key and values.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

#define HEAD "[suite]\nreplicates = 10\n[fit]\nvalidation_split = 0.2\n[optimizer.sgd]\n"
#define BOTH "[early_stopping.both]\nplugin = patience\npatience = 10\nalso = Plateau\n"
#define PLATEAU "[early_stopping.plateau]\nplugin = reduce_lr_on_plateau\nfactor = 0.5\n"
#define CROSS "[cross]\nearly_stopping = both\n"

// The rule of a cell and those beside it: "patience, reduce_lr_on_plateau".
static void assert_rules(const hpb_cell *cell, const char *expected)
{
    hpb_text ids = {0};
    for (const hpb_choice *at = cell->choice[HPB_AXIS_EARLY_STOPPING]; at; at = at->also)
        hpb_text_add(&ids, "%s%s", ids.length ? ", " : "", at->plugin->id);
    assert_string_equal(ids.data, expected);
    hpb_text_free(&ids);
}

static void test_a_rule_beside_another(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD BOTH PLATEAU);
    assert_int_equal(fixture.plan.n_cells, 2); // the rule that is named is a level too
    assert_rules(&fixture.plan.cells[0], "patience, reduce_lr_on_plateau");
    assert_rules(&fixture.plan.cells[1], "reduce_lr_on_plateau");
    const hpb_choice *plateau = fixture.plan.cells[0].choice[HPB_AXIS_EARLY_STOPPING]->also;
    assert_true(hpb_choice_number(plateau, "factor") == 0.5);
    assert_true(plateau->values[1].number == 0.5);
    assert_string_equal(plateau->name, "plateau");
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD BOTH PLATEAU CROSS); // unless it is left out
    assert_int_equal(fixture.plan.n_cells, 1);
    assert_rules(&fixture.plan.cells[0], "patience, reduce_lr_on_plateau");
    assert_int_equal(fixture.plan.n_warnings, 0);
    tested_drop(&fixture);
}

static void test_a_chain_and_a_plugin(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[early_stopping.a]\nplugin = patience\nalso = b\n"
                                 "[early_stopping.b]\nplugin = target\nvalue = 1\nalso = budget\n"
                                 "[early_stopping.budget]\nupdates = 5\nalso = patience\n");
    assert_rules(&fixture.plan.cells[0], "patience, target, budget, patience");
    assert_rules(&fixture.plan.cells[2], "budget, patience");
    tested_drop(&fixture);
    // a section alone, and the plugin of the same name beside it
    tested_accept(&fixture, HEAD "[early_stopping]\nplugin = patience\npatience = 3\n"
                                 "also = patience\n");
    assert_rules(&fixture.plan.cells[0], "patience, patience");
    tested_drop(&fixture);
}

static void test_with_and_without(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[early_stopping.stop]\nplugin = patience\npatience = 3, 4\n"
                                 "also = none, reduce_lr_on_plateau\n");
    assert_int_equal(fixture.plan.n_cells, 4);
    assert_string_equal(fixture.plan.cells[1].label, "stop patience 3 also reduce_lr_on_plateau");
    assert_rules(&fixture.plan.cells[0], "patience");
    assert_rules(&fixture.plan.cells[1], "patience, reduce_lr_on_plateau");
    assert_rules(&fixture.plan.cells[2], "patience");
    tested_drop(&fixture);
}

static void test_protocols(void **state)
{
    (void)state;
    tested_accept(&fixture, "[suite]\n[optimizer.sgd]\n" BOTH PLATEAU
                            "[protocol.a]\nearly_stopping = both\nvalidation_split = 0.2\n"
                            "epochs = 5\n[protocol.b]\ngrid.early_stopping = both, plateau\n"
                            "validation_split = 0.2\n");
    assert_rules(&fixture.plan.cells[0], "patience, reduce_lr_on_plateau");
    const hpb_candidate *candidates = fixture.plan.cells[1].candidates;
    assert_string_equal(candidates[0].choice[HPB_AXIS_EARLY_STOPPING]->also->plugin->id,
                        "reduce_lr_on_plateau");
    assert_null(candidates[1].choice[HPB_AXIS_EARLY_STOPPING]->also);
    tested_drop(&fixture);
    tested_refuse(&fixture,
                  "[suite]\n[optimizer.sgd]\n" BOTH PLATEAU
                  "[schedule.exponential_decay]\ndecay_steps = 10\ndecay_rate = 0.5\n"
                  "[protocol.a]\nearly_stopping = both\nschedule = exponential_decay\n"
                  "validation_split = 0.2\n",
                  "[early_stopping.plateau] sets the learning rate, and so does "
                  "[schedule.exponential_decay]");
    tested_drop(&fixture);
}

static void key_of(const char *text, char key[HPB_SHA256_TEXT])
{
    tested_accept(&fixture, text);
    memcpy(key, fixture.plan.cells[0].key, HPB_SHA256_TEXT);
    tested_drop(&fixture);
}

static void test_key(void **state)
{
    (void)state;
    char plain[HPB_SHA256_TEXT], none[HPB_SHA256_TEXT], both[HPB_SHA256_TEXT],
        other[HPB_SHA256_TEXT], label[HPB_SHA256_TEXT], chain[HPB_SHA256_TEXT];
    key_of(HEAD "[early_stopping.both]\nplugin = patience\npatience = 10\n", plain);
    key_of(HEAD "[early_stopping.both]\nplugin = patience\npatience = 10\nalso = none\n", none);
    key_of(HEAD BOTH PLATEAU CROSS, both);
    key_of(HEAD BOTH
           "[early_stopping.plateau]\nplugin = reduce_lr_on_plateau\nfactor = 0.4\n" CROSS,
           other);
    key_of(HEAD BOTH PLATEAU "also = budget\n" CROSS, chain);
    key_of(HEAD "[early_stopping.x]\nplugin = patience\npatience = 10\nalso = y\n"
                "[early_stopping.y]\nplugin = reduce_lr_on_plateau\nfactor = 0.5\n"
                "[cross]\nearly_stopping = x\n",
           label);
    assert_string_equal(plain, none); // what stands alone is stored as it was
    assert_string_not_equal(plain, both);
    assert_string_not_equal(other, both);
    assert_string_not_equal(chain, both);
    assert_string_equal(label, both); // labels are nothing that counts
}

static void test_values(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD BOTH PLATEAU CROSS);
    const hpb_cell *cell = &fixture.plan.cells[0];
    json_t *json = hpb_cell_to_json(&fixture.plan, cell);
    json_t *defaults = hpb_choice_defaults(cell->choice[HPB_AXIS_EARLY_STOPPING]);
    const json_t *values = json_object_get(json, "early_stopping");
    const char *const expected[][2] = {{"plugin", "patience"},
                                       {"patience", "10"},
                                       {"also.plugin", "reduce_lr_on_plateau"},
                                       {"also.factor", "0.5"},
                                       {"also.patience", "10"}};
    for (size_t i = 0; i < HPB_COUNT(expected); i++)
        assert_string_equal(json_string_value(json_object_get(values, expected[i][0])),
                            expected[i][1]);
    assert_null(json_object_get(values, "also"));
    assert_non_null(json_object_get(defaults, "also.patience"));
    assert_null(json_object_get(defaults, "also.factor"));
    assert_null(json_object_get(defaults, "patience"));
    json_decref(defaults);
    json_decref(json);
    tested_drop(&fixture);
}

// The combination alone is refused, and what the hint says is accepted.
static void test_rate_of_two(void **state)
{
    (void)state;
#define SCHEDULES                                                                                  \
    "[schedule.constant]\n[schedule.exponential_decay]\ndecay_steps = 10\ndecay_rate = 0.5\n"
    tested_refuse(
        &fixture, HEAD SCHEDULES PLATEAU,
        "suites/tested.ini:10:1: [early_stopping.plateau] sets the learning rate, and so "
        "does [schedule.exponential_decay]; Keras says \"This optimizer was created with");
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SCHEDULES PLATEAU
                  "[early_stopping.never]\n[cross]\nexclude = exponential_decay & plateau\n");
    assert_int_equal(fixture.plan.n_cells, 3);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SCHEDULES "[early_stopping.patience]\nalso = budget\n");
    tested_drop(&fixture);
}

// What never acts is said of the rules beside as well.
static void test_warnings(void **state)
{
    (void)state;
    tested_accept(&fixture, "[suite]\n[optimizer.sgd]\n"
                            "[early_stopping.budget]\nepochs = 5\nalso = plateau\n" PLATEAU
                            "[cross]\nearly_stopping = budget\n");
    assert_int_equal(fixture.plan.n_warnings, 1);
    assert_non_null(strstr(fixture.plan.warnings[0], "[early_stopping.plateau] watches val_loss"));
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD "[early_stopping.never]\nalso = reduce_lr_on_plateau\n");
    assert_int_equal(fixture.plan.n_warnings, 0); // something does look at the rows kept back
    tested_drop(&fixture);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_rule_beside_another),
        cmocka_unit_test(test_a_chain_and_a_plugin),
        cmocka_unit_test(test_with_and_without),
        cmocka_unit_test(test_protocols),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_rate_of_two),
        cmocka_unit_test(test_warnings),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
