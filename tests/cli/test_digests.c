// SPDX-License-Identifier: Apache-2.0
// The small suites of tests/digests give the results whose digests are committed beside them, on any instruction set,
// with any number of workers, by any compiler: no bit moves unannounced.
//
// `test_cli_digests --update` writes the digests anew.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_cli.h"
#include "support_process.h"

#include "loader/module.h"

#include <glob.h>
#include <math.h>

#define FOLDER HPB_TEST_SOURCE "/digests"
#define DIGITS 16

static bool is_update;

// --- digests ----------------------------------------------------------------------------------------------

static void add_bits(hpb_text *to, uint64_t bits)
{
    char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(bits >> (8 * i));
    hpb_text_add_bytes(to, bytes, sizeof bytes);
}

static void add_number(hpb_text *to, double number)
{
    add_bits(to, isnan(number) ? UINT64_C(0x7ff8000000000000) : hpb_double_bits(number));
}

// Every number of a trial, and nothing of how it came about: a cell's key has hashes of plugins, which are another
// compiler's.
static bool add_trial(void *context, const hpb_trial_result *result)
{
    hpb_text *to = context;
    add_bits(to, result->replicate);
    add_bits(to, (uint64_t)result->status);
    add_number(to, result->mse);
    for (uint32_t i = 0; i < result->n_folds; i++)
        add_number(to, result->fold_mse[i]);
    add_bits(to, result->epochs);
    add_bits(to, result->updates);
    add_number(to, result->loss);
    add_number(to, result->val_loss);
    add_number(to, result->baseline_mse);
    add_number(to, result->truth_mse);
    add_number(to, result->r2);
    for (int i = 0; i < HPB_STREAM_COUNT; i++)
        add_bits(to, result->seed[i]);
    for (uint32_t i = 0; i < result->n_curve_floats; i++)
        add_number(to, (double)result->curves[i]);
    return true;
}

// One line a cell: digest and label.
static char *digests_of(const char *folder)
{
    hpb_store *store;
    hpb_stored_run run = {0};
    hpb_error error;
    hpb_text lines = {0};
    if (hpb_store_open_read(folder, &store, &error) != HPB_EXIT_OK ||
        hpb_store_read_run(store, &run, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    for (uint32_t i = 0; i < run.n_cells; i++) {
        hpb_text bytes = {0};
        char digest[HPB_SHA256_TEXT];
        if (hpb_store_each_trial(store, &run, i, add_trial, &bytes, &error) != HPB_EXIT_OK)
            fail_msg("%s", error.text);
        assert_true(bytes.length > 0);
        hpb_sha256(bytes.data, bytes.length, digest);
        hpb_text_add(&lines, "%.*s  %s\n", DIGITS, digest, run.cells[i].label);
        hpb_text_free(&bytes);
    }
    hpb_stored_run_free(&run);
    hpb_store_close(store, NULL);
    return lines.data;
}

static uint32_t count_lines(const char *text)
{
    uint32_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

// The lines of `text` that `other` has not; their number.
static uint32_t print_missing(const char *text, const char *other, const char *what)
{
    uint32_t n = 0;
    for (const char *end; *text; text = end + 1) {
        end = strchr(text, '\n');
        char *line = hpb_format("%.*s", (int)(end - text + 1), text);
        const char *found = strstr(other, line);
        if (!found || (found > other && found[-1] != '\n')) {
            fprintf(stderr, "%s%s", what, line); // print_error() cuts it
            n++;
        }
        free(line);
    }
    return n;
}

// --- suites -----------------------------------------------------------------------------------------------

// The suite's digests, run in this way.
static char *run_suite(const char *path, uint32_t isa)
{
    char *command =
        hpb_format("run '%s' --no-report --quiet --fresh --output out --jobs %u --isa %s", path,
                   1 + isa % 2, hpb_isa_name(isa));
    // libm, too, has other code for other processors
    setenv("GLIBC_TUNABLES", isa == HPB_ISA_BASELINE ? "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4" : "", 1);
    expect_run(command, 0, "", NULL);
    unsetenv("GLIBC_TUNABLES");
    free(command);
    return digests_of("out");
}

static uint32_t check_suite(const char *path)
{
    char *committed_path = hpb_format("%.*s.txt", (int)strlen(path) - 4, path), *committed = NULL;
    hpb_error error;
    size_t n;
    uint32_t n_wrong = 0;
    if (is_update) {
        char *digests = run_suite(path, hpb_isa_best());
        assert_int_equal(hpb_file_write(committed_path, digests, strlen(digests), &error), 0);
        free(digests);
    }
    if (hpb_file_read(committed_path, 1 << 20, HPB_EXIT_STORE, &committed, &n, &error))
        fail_msg("%s\nhint: test_cli_digests --update writes it", error.text);
    for (uint32_t isa = 0; isa <= hpb_isa_best(); isa++) {
        char *digests = run_suite(path, isa);
        const uint32_t before = n_wrong;
        n_wrong += print_missing(committed, digests, "committed ");
        n_wrong += print_missing(digests, committed, "found     ");
        if (n_wrong > before)
            fprintf(stderr, "tests/digests/%s, %u cells, with --isa %s --jobs %u\n",
                    strrchr(path, '/') + 1, count_lines(digests), hpb_isa_name(isa), 1 + isa % 2);
        free(digests);
    }
    free(committed);
    free(committed_path);
    return n_wrong;
}

static void results_are_the_committed_ones(void **state)
{
    (void)state;
    char *folder = work_begin("");
    glob_t suites;
    uint32_t n_wrong = 0;
    assert_int_equal(glob(FOLDER "/*.ini", 0, NULL, &suites), 0);
    assert_int_equal(suites.gl_pathc, 9);
    for (size_t i = 0; i < suites.gl_pathc; i++)
        n_wrong += check_suite(suites.gl_pathv[i]);
    globfree(&suites);
    work_end(folder);
    if (n_wrong)
        fail_msg(
            "results have changed. Where that is meant: raise the plugin's results_revision or "
            "HPB_ENGINE_REVISION, say it under \"Results change\" in CHANGELOG.md, and commit what "
            "tests/test_cli_digests --update writes");
}

// --- what they cover ----------------------------------------------------------------------------------------

// All suites together, one after the other.
static char *all_suites(void)
{
    glob_t suites;
    hpb_text text = {0};
    assert_int_equal(glob(FOLDER "/*.ini", 0, NULL, &suites), 0);
    for (size_t i = 0; i < suites.gl_pathc; i++) {
        char *bytes;
        size_t n;
        hpb_error error;
        if (hpb_file_read(suites.gl_pathv[i], HPB_SUITE_LIMIT, HPB_EXIT_SUITE, &bytes, &n, &error))
            fail_msg("%s", error.text);
        hpb_text_add(&text, "%s\n", bytes);
        free(bytes);
    }
    globfree(&suites);
    return text.data;
}

static void every_plugin_is_in_one(void **state)
{
    (void)state;
    static const char *const kinds[][2] = {{"optimizers", "optimizer"},
                                           {"initializers", "initializer"},
                                           {"splitters", "splitter"},
                                           {"schedules", "schedule"},
                                           {"early_stopping", "early_stopping"}};
    char *text = all_suites();
    uint32_t n_missing = 0;
    for (size_t k = 0; k < HPB_COUNT(kinds); k++) {
        glob_t plugins;
        char *pattern = hpb_format(HPB_TEST_SOURCE "/../plugins/%s/*.c", kinds[k][0]);
        assert_int_equal(glob(pattern, 0, NULL, &plugins), 0);
        for (size_t i = 0; i < plugins.gl_pathc; i++) {
            const char *name = strrchr(plugins.gl_pathv[i], '/') + 1;
            char *section = hpb_format("\n[%s.%.*s]", kinds[k][1], (int)strlen(name) - 2, name);
            if (!strstr(text, section)) {
                fprintf(stderr, "no suite of tests/digests has %s\n", section + 1);
                n_missing++;
            }
            free(section);
        }
        globfree(&plugins);
        free(pattern);
    }
    free(text);
    if (n_missing)
        fail_msg("put it into one, and commit what tests/test_cli_digests --update writes");
}

int main(int argc, char **argv)
{
    is_update = argc == 2 && strcmp(argv[1], "--update") == 0;
    const struct CMUnitTest tests[] = {cmocka_unit_test(results_are_the_committed_ones),
                                       cmocka_unit_test(every_plugin_is_in_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
