// SPDX-License-Identifier: Apache-2.0
// What a suite may look like: encodings, quotes, sections, labels, [cross] and --set.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "suite/support_suite.h"

static const hpb_choice *choice(hpb_axis axis, uint32_t i)
{
    assert_true(i < fixture.suite.n_choices[axis]);
    return &fixture.suite.choices[axis][i];
}

#define HEAD "[suite]\nreplicates = 10\n"
#define SGD "[optimizer.sgd]\nlearning_rate = 0.01\n"

static void test_defaults(void **state)
{
    (void)state;
    tested_accept(&fixture, "[suite]\n[optimizer.sgd]\n");
    const hpb_suite *suite = &fixture.suite;
    assert_string_equal(suite->name, "tested");
    assert_string_equal(suite->question, "");
    assert_int_equal(suite->replicates, 1000);
    assert_int_equal(suite->seed, 0);
    assert_true(suite->time_limit == 30);
    assert_int_equal(suite->max_trials, 1000000);
    assert_false(suite->curves);
    assert_int_equal(suite->timing_repetitions, 0);
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_DATA, 0), "generator"), "linear");
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_MODEL, 0), "hidden"), "10");
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_FIT, 0), "batch_size"), "32");
    assert_string_equal(choice(HPB_AXIS_INITIALIZER, 0)->plugin->id, "glorot_uniform");
    assert_string_equal(choice(HPB_AXIS_EARLY_STOPPING, 0)->plugin->id, "never");
    assert_string_equal(choice(HPB_AXIS_SPLITTER, 0)->plugin->id, "train_test_split");
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_SEEDS, 0), "weights"), "fresh");
    assert_true(hpb_choice_setting(choice(HPB_AXIS_FIT, 0), "epochs")->is_default);
    tested_drop(&fixture);
}

// Row 5 and 7 of the table of bad inputs: these are not bad, and mean the same.
static void test_encodings_have_one_meaning(void **state)
{
    (void)state;
    static const char *const same[] = {
        "[suite]\nreplicates = 7\n[optimizer.sgd]\nlearning_rate = 0.5\n",
        "\xef\xbb\xbf[suite]\nreplicates = 7\n[optimizer.sgd]\nlearning_rate = 0.5\n",
        "[suite]\r\nreplicates = 7\r\n[optimizer.sgd]\r\nlearning_rate = 0.5\r\n",
        "[suite]\rreplicates = 7\r[optimizer.sgd]\rlearning_rate = 0.5",
        "  [ Suite ]  # here\n\tREPLICATES=7;comment\n\n[Optimizer.SGD]\n learning_rate = 0.5 ",
        "# \\\n[suite]\nreplicates = \"7\" ; \\\n[optimizer.sgd]\nlearning_rate = '0.5'\n",
    };
    char key[HPB_SHA256_TEXT] = "";
    for (size_t i = 0; i < HPB_COUNT(same); i++) {
        if (strstr(same[i], "7;")) { // a glued comment is refused
            tested_refuse(&fixture, same[i], "';' needs quotes");
            tested_drop(&fixture);
            continue;
        }
        tested_accept(&fixture, same[i]);
        assert_int_equal(fixture.suite.replicates, 7);
        assert_int_equal(fixture.plan.n_cells, 1);
        if (*key)
            assert_string_equal(fixture.plan.cells[0].key, key);
        strcpy(key, fixture.plan.cells[0].key);
        tested_drop(&fixture);
    }
}

static void test_quotes_and_backslashes(void **state)
{
    (void)state;
    tested_accept(&fixture, "[suite]\nquestion = \"a;b#c, it's\"  # a comment\n" SGD);
    assert_string_equal(fixture.suite.question, "a;b#c, it's");
    tested_drop(&fixture);
    tested_accept(&fixture, "[suite]\nquestion = C:\\dir\\\nreplicates = 3\n" SGD);
    assert_string_equal(fixture.suite.question, "C:\\dir\\");
    assert_int_equal(fixture.suite.replicates, 3);
    tested_drop(&fixture);
    tested_accept(&fixture, "[suite]\nquestion = what, and why? = how # not\n" SGD);
    assert_string_equal(fixture.suite.question, "what, and why? = how");
    tested_drop(&fixture);
    tested_accept(&fixture, "[suite]\nquestion = say \"yes\" or 'no'\n" SGD);
    assert_string_equal(fixture.suite.question, "say \"yes\" or 'no'");
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SGD "label = Gr\xc3\xb6\xc3\x9f"
                                     "e & <b>\n");
    assert_string_equal(choice(HPB_AXIS_OPTIMIZER, 0)->label, "Gr\xc3\xb6\xc3\x9f"
                                                              "e & <b>");
    tested_drop(&fixture);
}

static void test_levels_unfold(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[optimizer.fast]\nplugin = sgd\nlearning_rate = 0.1, 0.2\n"
                                 "momentum = 0, 0.9\nlabel = Fast\n");
    assert_int_equal(fixture.suite.n_choices[HPB_AXIS_OPTIMIZER], 4);
    assert_string_equal(choice(HPB_AXIS_OPTIMIZER, 0)->label, "Fast learning_rate 0.1 momentum 0");
    assert_string_equal(choice(HPB_AXIS_OPTIMIZER, 1)->label,
                        "Fast learning_rate 0.1 momentum 0.9");
    assert_string_equal(choice(HPB_AXIS_OPTIMIZER, 3)->label,
                        "Fast learning_rate 0.2 momentum 0.9");
    assert_string_equal(choice(HPB_AXIS_OPTIMIZER, 3)->name, "fast");
    assert_true(choice(HPB_AXIS_OPTIMIZER, 2)->values[0].number == 0.2);
    assert_int_equal(fixture.plan.n_cells, 4);
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SGD "[fit]\nepochs = 5, 10\n[model]\nhidden = 10, 64 32\n");
    assert_string_equal(fixture.plan.cells[1].label, "hidden 10 & epochs 10");
    assert_string_equal(fixture.plan.cells[2].label, "hidden 64 32 & epochs 5");
    tested_drop(&fixture);
}

static void test_features_follow_the_generator(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD SGD "[data]\ngenerator = linear, article, friedman1, friedman2, "
                                     "friedman3, gaussian\n");
    static const uint32_t expected[] = {5, 5, 10, 4, 4, 5};
    assert_int_equal(fixture.plan.n_data, 6);
    for (uint32_t i = 0; i < 6; i++) {
        const hpb_choice *data = choice(HPB_AXIS_DATA, i);
        const hpb_setting *features = hpb_choice_setting(data, "features");
        assert_int_equal(fixture.plan.data[i].n_features, expected[i]);
        assert_true(features->value.number == expected[i]);
        assert_true(features->is_default);
        assert_int_equal(hpb_setting_is_used(data, features), i == 0 || i == 2 || i == 5);
    }
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_DATA, 2), "features"), "10");
    tested_drop(&fixture);
    tested_accept(&fixture, HEAD SGD "[data]\nfeatures = none, 3\n");
    assert_int_equal(fixture.plan.data[0].n_features, 5);
    assert_int_equal(fixture.plan.data[1].n_features, 3);
    tested_drop(&fixture);
    // the other generator takes them: nothing is refused but a cell that would stand twice
    tested_refuse(&fixture, HEAD SGD "[data]\ngenerator = linear, article\nfeatures = 7, 8\n",
                  "the same in all that counts");
    tested_drop(&fixture);
}

static void test_shared_defaults_of_labelled_sections(void **state)
{
    (void)state;
    tested_accept(&fixture,
                  HEAD SGD "[data]\nrows = 50\nnoise = 0.2\n[data.a]\n[data.b]\nrows = 60\n"
                           "generator = friedman1\n");
    assert_int_equal(fixture.plan.n_data, 2);
    assert_int_equal(fixture.plan.data[0].n_rows, 50);
    assert_int_equal(fixture.plan.data[0].n_features, 5);
    assert_int_equal(fixture.plan.data[1].n_rows, 60);
    assert_int_equal(fixture.plan.data[1].n_features, 10);
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_DATA, 1), "noise"), "0.2");
    tested_drop(&fixture);
    tested_parse(&fixture, HEAD SGD "[data]\nrows = x\n[data.a]\n[data.b]\n");
    assert_int_equal(fixture.diagnostics.count, 1); // said once, not once a label
    tested_drop(&fixture);
}

static void test_parameters_of_the_host(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD SGD "weight_decay = 0.004\nuse_ema = yes\n");
    const hpb_choice *sgd = choice(HPB_AXIS_OPTIMIZER, 0);
    assert_true(hpb_choice_number(sgd, "weight_decay") == 0.004);
    assert_true(hpb_choice_number(sgd, "ema_momentum") == 0.99);
    assert_string_equal(hpb_choice_text(sgd, "ema_overwrite_frequency"), "none");
    assert_null(hpb_choice_setting(sgd, "no_such_setting"));
    tested_drop(&fixture);
}

static void test_cross_selects_in_its_own_order(void **state)
{
    (void)state;
    tested_accept(&fixture,
                  HEAD SGD "[optimizer.adam]\n[optimizer.slow]\nplugin = sgd\n"
                           "[splitter.kfold]\n[splitter.holdout]\nplugin = train_test_split\n"
                           "[cross]\noptimizer = Adam, sgd\nsplitter = *\n"
                           "exclude = sgd & kfold, slow & holdout\n");
    assert_int_equal(fixture.plan.n_cells, 3);
    assert_string_equal(fixture.plan.cells[0].label, "adam & kfold");
    assert_string_equal(fixture.plan.cells[1].label, "adam & holdout");
    assert_string_equal(fixture.plan.cells[2].label, "sgd & holdout");
    tested_drop(&fixture);
}

static void parse_with(const char *text, const char *const *overrides, uint32_t n)
{
    tested_parse_bytes(&fixture, "suites/tested.ini", text, strlen(text), overrides, n);
}

static void test_overrides(void **state)
{
    (void)state;
    const char *good[] = {"suite.replicates=5", "Optimizer.SGD.learning_rate = 0.1, 0.2",
                          "fit.epochs=3", "suite.question=\"a, b; c\""};
    parse_with(HEAD SGD, good, HPB_COUNT(good));
    assert_true(fixture.is_good);
    assert_int_equal(fixture.suite.replicates, 5);
    assert_int_equal(fixture.plan.n_cells, 2);
    assert_string_equal(fixture.suite.question, "a, b; c");
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_FIT, 0), "epochs"), "3");
    tested_drop(&fixture);
    static const char *const bad[][2] = {
        {"suite.epochs", "expected section.key=value"},
        {"=1", "expected section.key=value"},
        {"suite.=1", "expected section.key=value"},
        {"suite.replicate=1", "--set suite.replicate=1: [suite]: unknown key \"replicate\""},
        {"suite.replicates=x", "--set suite.replicates=x: [suite] replicates: not a whole number"},
        {"optimizer.sgdd.learning_rate=1", "the suite has no such section"},
        {"sweet.replicates=1", "unknown section"},
        {"suite.question=\xff", "not UTF-8"},
        {"suite.question=a\nb", "control character"},
    };
    for (size_t i = 0; i < HPB_COUNT(bad); i++) {
        parse_with(HEAD SGD, &bad[i][0], 1);
        if (fixture.is_good || !strstr(fixture.diagnostics.item[0].text, bad[i][1]))
            fail_msg("%s: %s", bad[i][0], fixture.diagnostics.item[0].text);
        tested_drop(&fixture);
    }
}

// Two names of one key: the suite may use one of them, and --set either.
static void test_aliases(void **state)
{
    (void)state;
    const hpb_plugin_info *sgd = hpb_registry_find(&fixture.registry, HPB_KIND_OPTIMIZER, "sgd");
    hpb_param *rate = NULL;
    for (uint32_t i = 0; i < sgd->n_params; i++)
        if (strcmp(sgd->params[i].name, "learning_rate") == 0)
            rate = (hpb_param *)&sgd->params[i];
    assert_non_null(rate);
    const char *const before = rate->aliases;
    rate->aliases = "lr, eta";
    tested_refuse(&fixture, HEAD SGD "eta = 0.2\n", "eta: is learning_rate, which line 4 sets");
    tested_drop(&fixture);
    const char *overrides[] = {"optimizer.sgd.lr=0.3"};
    parse_with(HEAD "[optimizer.sgd]\neta = 0.2\n", overrides, 1);
    assert_true(fixture.is_good);
    assert_int_equal(fixture.plan.n_cells, 1);
    assert_string_equal(hpb_choice_text(choice(HPB_AXIS_OPTIMIZER, 0), "learning_rate"), "0.3");
    tested_drop(&fixture);
    rate->aliases = before;
}

static void test_limits_of_the_file(void **state)
{
    (void)state;
    hpb_text text = {0};
    hpb_text_add(&text, HEAD SGD);
    for (int i = 4; i < 10000; i++)
        hpb_text_add(&text, "\n");
    tested_accept(&fixture, text.data);
    tested_drop(&fixture);
    hpb_text_add(&text, "\n");
    tested_refuse(&fixture, text.data, "expected at most 10000 lines");
    tested_drop(&fixture);
    hpb_text_free(&text);
    tested_parse_bytes(&fixture, "suites/tested.ini", "", 0, NULL, 0);
    assert_string_equal(fixture.diagnostics.item[0].text,
                        "suites/tested.ini: no [suite] section; expected one");
    tested_drop(&fixture);
}

static void test_plugins_without_a_label(void **state)
{
    (void)state;
    tested_accept(&fixture, HEAD "[optimizer]\nplugin = adam\nlearning_rate = 0.01\n");
    assert_string_equal(choice(HPB_AXIS_OPTIMIZER, 0)->name, "adam");
    tested_drop(&fixture);
    tested_refuse(&fixture, HEAD "[optimizer]\nlearning_rate = 0.01\n", "which plugin?");
    tested_drop(&fixture);
    tested_refuse(&fixture, HEAD SGD "[optimizer]\nplugin = adam\n",
                  "stands beside [optimizer.sgd]");
    tested_drop(&fixture);
}

static void test_a_refused_plugin_is_named(void **state)
{
    (void)state;
    hpb_refusal refusal = {"/somewhere/mine.so", "file is truncated"};
    hpb_refusal *kept = fixture.registry.refusals;
    const uint32_t n = fixture.registry.n_refusals;
    fixture.registry.refusals = &refusal;
    fixture.registry.n_refusals = 1;
    tested_refuse(&fixture, HEAD "[optimizer.mine]\n", "no such plugin");
    assert_int_equal(fixture.diagnostics.item[0].code, HPB_EXIT_PLUGIN);
    assert_non_null(strstr(fixture.diagnostics.item[0].hint, "file is truncated"));
    tested_drop(&fixture);
    fixture.registry.refusals = kept;
    fixture.registry.n_refusals = n;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_encodings_have_one_meaning),
        cmocka_unit_test(test_quotes_and_backslashes),
        cmocka_unit_test(test_levels_unfold),
        cmocka_unit_test(test_features_follow_the_generator),
        cmocka_unit_test(test_shared_defaults_of_labelled_sections),
        cmocka_unit_test(test_parameters_of_the_host),
        cmocka_unit_test(test_cross_selects_in_its_own_order),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_limits_of_the_file),
        cmocka_unit_test(test_plugins_without_a_label),
        cmocka_unit_test(test_a_refused_plugin_is_named),
    };
    return cmocka_run_group_tests(tests, tested_set_up, tested_tear_down);
}
