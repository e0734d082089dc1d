// SPDX-License-Identifier: Apache-2.0
// One golden text for each verdict: what a person reads, word for word, in golden/NAME.txt.
//
// `test_explain_words --update` writes them anew: read what has changed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "explain/made.h"

#include <ctype.h>

#define FOLDER HPB_TEST_SOURCE "/explain/golden"

static bool is_update;

// --- settings -----------------------------------------------------------------------------------------------------

static void set(made *m, uint32_t i, const char *name, const char *a, const char *b)
{
    m->e.causes[i].name = name;
    m->e.causes[i].value[0] = a;
    m->e.causes[i].value[1] = b;
}

// What a section of the suite stands for, as JSON.
static void set_section(made *m, uint32_t i, const char *name, const char *a, const char *b)
{
    set(m, i, name, "a", "b");
    m->e.causes[i].settings[0] = a;
    m->e.causes[i].settings[1] = b;
}

static void set_optimizers(made *m, uint32_t i)
{
    set_section(m, i, "optimizer", "{\"plugin\":\"sgd\",\"learning_rate\":\"0.01\"}",
                "{\"plugin\":\"adam\",\"learning_rate\":\"0.01\"}");
}

static void set_stopping(made *m, uint32_t i)
{
    set_section(m, i, "early_stopping",
                "{\"plugin\":\"patience\",\"monitor\":\"val_loss\",\"patience\":\"10\"}",
                "{\"plugin\":\"never\"}");
    m->e.side[0].spec = "{\"data\":{\"seed\":\"0\"},\"splitter\":{\"random_state\":\"42\"},"
                        "\"early_stopping\":{\"plugin\":\"patience\"}}";
}

static void set_rows(made *m, uint32_t i)
{
    set(m, i, "validation_split", "0.2", "0");
    m->e.causes[i].rows[0] = 64;
    m->e.causes[i].rows[1] = 80;
    m->e.causes[i].updates[0] = 2;
    m->e.causes[i].updates[1] = 3;
}

static const made_seeds weights_alone = {
    2, 20, {HPB_STREAM_WEIGHTS, HPB_STREAM_ORDER}, {0.1, 0.001}, 0};
static const made_seeds weights_and_order = {
    2, 20, {HPB_STREAM_WEIGHTS, HPB_STREAM_ORDER}, {0.1, 0.01}, 0.03};
static const made_seeds both_alike = {
    2, 20, {HPB_STREAM_WEIGHTS, HPB_STREAM_ORDER}, {0.1, 0.095}, 0};
static const made_seeds split_and_weights = {
    3, 10, {HPB_STREAM_SPLIT, HPB_STREAM_WEIGHTS, HPB_STREAM_ORDER}, {0.1, 0.03, 0.001}, 0.08};

// --- verdicts -----------------------------------------------------------------------------------------------------

static void same_procedure(made *m)
{
    made_begin(m, &(made_of){0, 80, 0.065, 0.9, 0, {0}, 0});
    made_cross(m, 0, &weights_and_order);
    made_report(m, 0, 0.27);
    made_report(m, 1, 0.065);
}

static void within_luck(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.1, 0.4, 0.03, {0.001, 0.001}, 0});
    set(m, 0, "batch_size", "32", "16");
    set_section(m, 1, "seeds", "{\"policy\":\"keras.utils.set_random_seed\"}",
                "{\"policy\":\"unseeded\"}");
    made_cross(m, 0, &weights_alone);
    made_cross(m, 1, &both_alike);
    made_report(m, 0, 0.12);
    made_report(m, 1, 0.08);
}

static void one_cause(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.012, 0.2, 0.002, {0.26, 0.001}, 0});
    set_section(m, 0, "splitter", "{\"plugin\":\"train_test_split\",\"test_size\":\"0.2\"}",
                "{\"plugin\":\"kfold\",\"n_splits\":\"5\",\"shuffle\":\"no\"}");
    set(m, 1, "candidates", "learning_rate 0.01, 0.05", "learning_rate 0.001, 0.01, 0.05");
    m->e.shared = "data";
    made_cross(m, 0, &split_and_weights);
    made_cross(m, 1, &weights_alone);
    made_report(m, 0, 0.27);
}

static void several_causes(made *m)
{
    made_begin(m, &(made_of){3, 80, 0.05, 0.2, 0.005, {0.12, 0.08, 0.05}, 0});
    set(m, 0, "epochs", "100", "400");
    set(m, 1, "hidden", "10", "64 32");
    set_section(m, 2, "initializer", "{\"plugin\":\"random_normal\",\"stddev\":\"0.05\"}",
                "{\"plugin\":\"glorot_uniform\"}");
    m->e.shared = "data";
}

static void overlapping_causes(made *m)
{
    made_begin(m, &(made_of){3, 80, 0.0123, 0.3, 0.002, {0.41, 0.28, 0.003}, 0.25});
    set_optimizers(m, 0);
    set_rows(m, 1);
    set_stopping(m, 2);
    m->e.side[0].stopped = 0;
    made_cross(m, 0, &weights_alone);
    made_cross(m, 1, &weights_alone);
    made_report(m, 0, 0.46);
    made_report(m, 1, 0.0072);
}

static void causes_cancel(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.1, 0.3, 0.01, {0.05, -0.05}, 0});
    set(m, 0, "selection", "test by neg_mean_squared_error",
        "validation by neg_mean_squared_error");
    set(m, 1, "report", "best", "refit");
    m->e.side[0].spec = NULL;
    m->e.shared = "";
}

static void side_diverges(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.1, 0.3, 0.01, {0.2, 0.01}, 0});
    set_optimizers(m, 0);
    set(m, 1, "batch_size", "8", "32");
    for (uint32_t r = 0; r < 71; r++)
        made_diverge(m, 0, r);
    made_report(m, 0, 0.27);
    made_report(m, 1, 0.11);
}

static void too_few_runs(made *m)
{
    made_begin(m, &(made_of){1, 12, 0.1, 0.3, 0.01, {0.2}, 0});
    set_optimizers(m, 0);
    made_report(m, 0, 0.27);
}

// Both train; A with the other optimizer never does.
// All numbers are finite, and none is one of a model that was trained.
static void side_astray(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.0123, 0.3, 0.001, {1e9, 0.003}, 0});
    set_optimizers(m, 0);
    set_stopping(m, 1);
    made_report(m, 1, 0.011);
}

static void mix_that_diverges(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.1, 0.3, 0.01, {0.2, 0.01}, 0});
    set_optimizers(m, 0);
    set(m, 1, "activation", "relu", "tanh");
    for (uint32_t r = 0; r < 80; r++)
        made_diverge(m, 1, r);
}

static void number_never_seen(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.0143, 0.06, 0.001, {0.005, 0.003}, 0});
    set_optimizers(m, 0);
    set_rows(m, 1);
    made_report(m, 0, 0.0225);
    made_report(m, 1, 0.006);
}

static void setting_inert(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.0123, 0.3, 0, {0.26, 0}, 0});
    set_optimizers(m, 0);
    set_stopping(m, 1);
}

// Clipping that never clips: as it rounds, no two runs are the same to the last bit.
static void all_inert(made *m)
{
    made_begin(m, &(made_of){1, 80, 0.0123, 0.3, 0, {0}, 0});
    set(m, 0, "clipnorm", "1000", "none");
    for (uint32_t r = 0; r < 80; r++)
        m->values[0][r] *= 1 + 1e-7 * made_score(r, 9);
}

// Clipping that clips in 12 runs.
static void setting_seldom(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.0123, 0.3, 0, {0.26, 0}, 0});
    set_optimizers(m, 0);
    set(m, 1, "clipnorm", "0.5", "none");
    for (uint32_t r = 0; r < 12; r++)
        for (uint32_t corner = 0; corner < 2; corner++)
            m->values[corner][r] += 0.05;
}

static void runs_left_out(made *m)
{
    made_begin(m, &(made_of){2, 80, 0.0123, 0.3, 0.001, {0.26, 0.003}, 0});
    set_optimizers(m, 0);
    set_stopping(m, 1);
    m->e.side[0].stopped = 0.25;
    m->e.side[0].n_fits = 5;
    for (uint32_t r = 0; r < 3; r++)
        made_diverge(m, 2, r);
}

static void not_finished(made *m)
{
    overlapping_causes(m);
    m->e.side[0].epochs_given = m->e.side[1].epochs_given = 100;
    m->longer[0] = 0.032;
    m->longer[1] = 0.97;
}

// Trained on, both fall alike: the gap stays.
static void both_unfinished(made *m)
{
    made_begin(m, &(made_of){1, 80, 0.9, 0.1, 0, {0.1}, 0});
    set_optimizers(m, 0);
    m->e.side[0].epochs_given = m->e.side[1].epochs_given = 100;
    m->longer[0] = 0.6;
    m->longer[1] = 0.56;
}

static void nothing_stored(made *m)
{
    made_begin(m, &(made_of){1, 0, 0.1, 0.3, 0, {0.2}, 0});
    m->e.side[0].baseline_mse = (double)NAN;
}

typedef struct verdict {
    const char *name;
    void (*make)(made *m);
    hpb_explain_verdict is;
} verdict;

static const verdict verdicts[] = {
    {"same_procedure", same_procedure, HPB_VERDICT_SAME},
    {"nothing_stored", nothing_stored, HPB_VERDICT_NOT_STORED},
    {"side_diverges", side_diverges, HPB_VERDICT_DIVERGES},
    {"side_astray", side_astray, HPB_VERDICT_DIVERGES},
    {"mix_that_diverges", mix_that_diverges, HPB_VERDICT_DIVERGES},
    {"too_few_runs", too_few_runs, HPB_VERDICT_TOO_FEW},
    {"number_never_seen", number_never_seen, HPB_VERDICT_UNSEEN},
    {"not_finished", not_finished, HPB_VERDICT_UNFINISHED},
    {"within_luck", within_luck, HPB_VERDICT_LUCK},
    {"one_cause", one_cause, HPB_VERDICT_ONE_CAUSE},
    {"setting_inert", setting_inert, HPB_VERDICT_ONE_CAUSE},
    {"all_inert", all_inert, HPB_VERDICT_LUCK},
    {"both_unfinished", both_unfinished, HPB_VERDICT_ONE_CAUSE},
    {"setting_seldom", setting_seldom, HPB_VERDICT_ONE_CAUSE},
    {"runs_left_out", runs_left_out, HPB_VERDICT_ONE_CAUSE},
    {"causes_cancel", causes_cancel, HPB_VERDICT_CANCEL},
    {"overlapping_causes", overlapping_causes, HPB_VERDICT_OVERLAP},
    {"several_causes", several_causes, HPB_VERDICT_SEVERAL},
};

// --- texts --------------------------------------------------------------------------------------------------------

static void spoken(const verdict *of, made *m, hpb_explain_words *words)
{
    of->make(m);
    made_finish(m);
    hpb_explain_say(&m->e, m->e.arena, words);
}

static char *text_of(const hpb_explain_words *words)
{
    hpb_text text = {0};
    if (words->title)
        hpb_text_add(&text, "%s\n\n", words->title);
    for (uint32_t i = 0; i < words->n; i++) {
        hpb_text_add(&text, "%s\n", words->sentences[i]);
        for (uint32_t k = 0; i == words->table_at && k < words->n_rows; k++)
            hpb_text_add(&text, "   %s | %s | %s\n", words->rows[k].what, words->rows[k].amount,
                         words->rows[k].share);
    }
    hpb_text_add(&text, "Do this: %s.\n", words->advice);
    return text.data;
}

static void test_texts(void **state)
{
    (void)state;
    uint32_t n_wrong = 0;
    for (size_t i = 0; i < HPB_COUNT(verdicts); i++) {
        made m;
        hpb_explain_words words;
        hpb_error error;
        char *path = hpb_format(FOLDER "/%s.txt", verdicts[i].name), *golden = NULL;
        size_t n;
        spoken(&verdicts[i], &m, &words);
        if (words.verdict != verdicts[i].is)
            fail_msg("%s is verdict %d", verdicts[i].name, words.verdict);
        char *text = text_of(&words);
        if (is_update)
            assert_int_equal(hpb_file_write(path, text, strlen(text), &error), HPB_EXIT_OK);
        if (hpb_file_read(path, 1 << 20, HPB_EXIT_STORE, &golden, &n, &error))
            fail_msg("%s\nhint: test_explain_words --update writes it", error.text);
        if (strcmp(golden, text) != 0) {
            fprintf(stderr, "%s\n--- committed\n%s--- found\n%s", path, golden, text);
            n_wrong++;
        }
        free(golden);
        free(text);
        free(path);
        made_end(&m);
    }
    assert_int_equal(n_wrong, 0);
}

// --- rules --------------------------------------------------------------------------------------------------------

static void refuse_words(const char *name, const char *text)
{
    static const char *const refused[] = {"significan", "shapley", "corner", "replicate",
                                          "estimand",   "p =",     "nan",    "inf"};
    if (!text)
        return;
    char *lower = hpb_strdup(text);
    bool is_code = false; // keys of a suite are what they are
    for (char *c = lower; *c; c++) {
        is_code ^= *c == '`';
        *c = is_code ? ' ' : (char)tolower((unsigned char)*c);
    }
    for (size_t i = 0; i < HPB_COUNT(refused); i++) {
        const char *at = strstr(lower, refused[i]);
        const bool is_word = at && (at == lower || !isalpha((unsigned char)at[-1]));
        if (is_word)
            fail_msg("%s says \"%s\": %s", name, refused[i], text);
    }
    free(lower);
}

static void test_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < HPB_COUNT(verdicts); i++) {
        made m;
        hpb_explain_words words;
        spoken(&verdicts[i], &m, &words);
        if (words.sentences[0][strcspn(words.sentences[0], "0123456789")])
            fail_msg("a number in the first sentence: %s", words.sentences[0]);
        assert_true(words.n < HPB_EXPLAIN_SENTENCES);
        for (uint32_t k = 0; k < words.n; k++) {
            const char *end = words.sentences[k] + strlen(words.sentences[k]) - 1;
            if (*end != (k == words.table_at && words.n_rows ? ':' : '.'))
                fail_msg("no end: %s", words.sentences[k]);
            refuse_words(verdicts[i].name, words.sentences[k]);
        }
        for (uint32_t k = 0; k < words.n_rows; k++) {
            refuse_words(verdicts[i].name, words.rows[k].what);
            refuse_words(verdicts[i].name, words.rows[k].amount);
            const bool is_real = m.e.difference.low > 0 || m.e.difference.high < 0;
            assert_true(is_real || !*words.rows[k].share);
        }
        refuse_words(verdicts[i].name, words.title);
        refuse_words(verdicts[i].name, words.advice);
        made_end(&m);
    }
}

// The same words whichever side is A: real stays real, and what closes the gap is given to the higher side.
static void test_turned_over(void **state)
{
    (void)state;
    made m;
    hpb_explain_words words;
    made_begin(&m, &(made_of){2, 80, 0.5, 0.05, 0.005, {-0.26, -0.001}, 0});
    set_section(&m, 0, "optimizer", "{\"plugin\":\"adam\"}", "{\"plugin\":\"sgd\"}");
    set(&m, 1, "epochs", "100", "50");
    made_finish(&m);
    hpb_explain_say(&m.e, m.e.arena, &words);
    assert_string_equal(words.sentences[0],
                        "One setting makes the difference: Adam instead of SGD.");
    assert_non_null(strstr(words.sentences[1], "The gap is real: grid is 0.26"));
    assert_non_null(strstr(words.sentences[1], "higher in 80 of 80 runs"));
    assert_non_null(strstr(words.advice, "let grid use `Adam`: with that alone it reports 0.2"));
    assert_true(strncmp(words.rows[0].amount, "-0.26 [-0.2", 11) == 0);
    made_end(&m);
}

// --- causes -------------------------------------------------------------------------------------------------------

static void test_causes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *a, *b, *settings[2], *words;
    } cases[] = {
        {"epochs", "100", "400", {0}, "epochs=100 instead of 400"},
        {"shuffle", "yes", "no", {0}, "shuffle=True instead of False"},
        {"activation", "relu", "tanh", {0}, "activation='relu' instead of 'tanh'"},
        {"hidden", "64 32", "10", {0}, "hidden=[64, 32] instead of 10"},
        {"validation_split", "0.1", "0.2", {0}, "validation_split=0.1 instead of 0.2"},
        {"candidates",
         "one",
         "learning_rate 0.1, 0.2; momentum 0, 0.9",
         {0},
         "no search instead of the grid learning_rate=[0.1, 0.2], momentum=[0, 0.9]"},
        {"candidates",
         "learning_rate 1, 2, 3, 4, 5, 6",
         "learning_rate 1",
         {0},
         "learning_rate=[1, ..., 6], 6 values instead of [1]"},
        {"selection",
         "cv by neg_mean_squared_error",
         "validation by neg_mean_squared_error",
         {0},
         "choosing by the mean over the folds instead of val_loss"},
        {"report",
         "refit",
         "best",
         {0},
         "reporting the score of a refit instead of the best score"},
        {"optimizer",
         "a",
         "b",
         {"{\"plugin\":\"rmsprop\",\"rho\":\"0.9\"}", "{\"plugin\":\"mine\"}"},
         "RMSprop instead of mine"},
        {"optimizer",
         "a",
         "b",
         {"{\"plugin\":\"sgd\",\"momentum\":\"0.9\",\"nesterov\":\"yes\"}",
          "{\"plugin\":\"sgd\",\"momentum\":\"0\",\"nesterov\":\"yes\"}"},
         "SGD(momentum=0.9) instead of SGD(momentum=0)"},
        {"early_stopping",
         "a",
         "b",
         {"{\"plugin\":\"never\"}",
          "{\"plugin\":\"patience\",\"patience\":\"5\",\"monitor\":\"loss\"}"},
         "no EarlyStopping(patience=5, monitor='loss')"},
        {"early_stopping",
         "a",
         "b",
         {"{\"plugin\":\"reduce_lr_on_plateau\",\"factor\":\"0.5\"}", "{\"plugin\":\"never\"}"},
         "ReduceLROnPlateau(factor=0.5)"},
        {"splitter",
         "a",
         "b",
         {"{\"plugin\":\"repeated_kfold\",\"n_splits\":\"5\",\"n_repeats\":\"3\"}",
          "{\"plugin\":\"shuffle_split\"}"},
         "RepeatedKFold(n_splits=5, n_repeats=3) instead of ShuffleSplit"},
        {"splitter",
         "a",
         "b",
         {"{\"plugin\":\"train_test_split\",\"test_size\":\"0.2\"}",
          "{\"plugin\":\"train_test_split\",\"test_size\":\"0.3\"}"},
         "train_test_split(test_size=0.2) instead of train_test_split(test_size=0.3)"},
        {"schedule",
         "a",
         "b",
         {"{\"plugin\":\"constant\"}", "{\"plugin\":\"cosine_decay\"}"},
         "a constant rate instead of CosineDecay"},
        {"seeds",
         "a",
         "b",
         {"{\"policy\":\"tf.random.set_seed\"}", "{\"policy\":\"hpbench\"}"},
         "tf.random.set_seed instead of hpbench's seeds"},
        {"data", "houses", "linear", {"{}", "{}"}, "houses instead of linear"},
    };
    hpb_arena *arena = hpb_arena_create();
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        const hpb_cause cause = {.name = cases[i].name,
                                 .value = {cases[i].a, cases[i].b},
                                 .settings = {cases[i].settings[0], cases[i].settings[1]}};
        assert_string_equal(hpb_cause_words(&cause, arena), cases[i].words);
    }
    hpb_arena_destroy(arena);
}

// [explain] group: one cause, said part by part.
static void test_group(void **state)
{
    (void)state;
    const hpb_cause parts[] = {
        {.name = "validation_split", .value = {"0.2", "0"}, .rows = {64, 80}},
        {.name = "early_stopping",
         .value = {"patience", "never"},
         .settings = {"{\"plugin\":\"patience\",\"patience\":\"10\"}", "{\"plugin\":\"never\"}"}}};
    const hpb_cause group = {.name = "validation_split + early_stopping",
                             .value = {"0.2 + patience", "0 + never"},
                             .parts = parts,
                             .n_parts = 2};
    hpb_arena *arena = hpb_arena_create();
    assert_string_equal(
        hpb_cause_words(&group, arena),
        "validation_split=0.2: 64 rows train instead of 80; EarlyStopping(patience=10)");
    hpb_arena_destroy(arena);
    made m;
    hpb_explain_words words;
    made_begin(&m, &(made_of){1, 40, 0.1, 0.1, 0.01, {0.2}, 0});
    m.e.causes[0] = group;
    made_finish(&m);
    hpb_explain_say(&m.e, m.e.arena, &words);
    assert_non_null(strstr(
        words.advice, "let manual use `validation_split=0` and no EarlyStopping: with that alone"));
    made_end(&m);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),       cmocka_unit_test(test_rules),
        cmocka_unit_test(test_turned_over), cmocka_unit_test(test_causes),
        cmocka_unit_test(test_group),
    };
    is_update = argc > 1 && strcmp(argv[1], "--update") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
