// SPDX-License-Identifier: Apache-2.0
// Where any one allocation fails, or all from it on: an exit code and words, no signal, no wrong answer, nothing lost.
// `test_faults_memory all` tries every allocation (without: a share of them).
#include "faults/support_faults.h"

#define SHIM HPB_TEST_BINARY "/faults/failing_alloc.so"

static uint32_t most = 12; // allocations tried a command and mode

typedef struct subject {
    const char *arguments;
    bool is_same_text; // where it says 0, it has printed what it prints undisturbed
} subject;

static const subject subjects[] = {
    {"validate s.ini", true},     {"plan s.ini --json", true},
    {"plugins list", true},       {"plugins show adam --json", true},
    {"status done --json", true}, {"export done --format csv", true},
    {"report done --json", true}, {"run s.ini --no-report --quiet --jobs 1 --output new", false},
};

static bool is_allowed(int code)
{
    static const int allowed[] = {0, 1, 3, 4, 5, 6, 70};
    for (size_t i = 0; i < HPB_COUNT(allowed); i++)
        if (code == allowed[i])
            return true;
    return false;
}

static unsigned long count_allocations(const subject *s, char **out_text)
{
    ran r = run_under("env LD_PRELOAD=" SHIM " HPB_FAIL_COUNT=count.txt", s->arguments);
    if (r.code != 0)
        fail_msg("hpbench %s: exit %d\n%s", s->arguments, r.code, r.err);
    char *text = ran_text("count.txt");
    const unsigned long n = strtoul(text, NULL, 10);
    free(text);
    free(r.err);
    *out_text = r.out;
    return n;
}

static void try_one(const subject *s, unsigned long at, const char *mode, const char *undisturbed)
{
    char *prefix = hpb_format("env LD_PRELOAD=" SHIM " HPB_FAIL_AT=%lu HPB_FAIL_MODE=%s", at, mode);
    char *what = hpb_format("allocation %lu (%s) of hpbench %s", at, mode, s->arguments);
    ran r = run_under(prefix, s->arguments);
    if (!is_allowed(r.code))
        fail_msg("%s: exit %d\n%s%s", what, r.code, r.out, r.err);
    if (r.code != 0 && r.code != 1 && r.code != 6 && !strstr(r.err, "hpbench: error: "))
        fail_msg("%s: exit %d without a word\n%s", what, r.code, r.err);
    if (r.code == 0 && s->is_same_text && strcmp(r.out, undisturbed) != 0)
        fail_msg("%s: exit 0, but printed\n%s", what, r.out);
    expect_sound("done", 6, what);
    const uint64_t stored = expect_sound("new", 0, what);
    if (r.code == 0 && !s->is_same_text && stored != 6)
        fail_msg("%s: exit 0, but stored %llu trials", what, (unsigned long long)stored);
    ran_free(&r);
    if (access("new", F_OK) == 0) {
        expect_run("run s.ini --no-report --quiet --jobs 1 --output new", 0, NULL, "");
        expect_same_results("done", "new");
        nftw("new", work_remove, 16, FTW_DEPTH | FTW_PHYS);
    }
    free(what);
    free(prefix);
}

static void a_failed_allocation_is_an_error_in_words(void **state)
{
    (void)state;
    char *text = small_suite(3), *folder = work_begin(text);
    expect_run("run s.ini --jobs 1 --quiet --output done", 0, NULL, "");
    for (size_t i = 0; i < HPB_COUNT(subjects); i++) {
        char *undisturbed;
        const unsigned long n = count_allocations(&subjects[i], &undisturbed);
        assert_true(n > 10);
        nftw("new", work_remove, 16, FTW_DEPTH | FTW_PHYS);
        const unsigned long step = n > most ? n / most : 1;
        for (unsigned long at = 1 + i % step; at <= n; at += step)
            try_one(&subjects[i], at, at / step % 2 || step == 1 ? "once" : "on", undisturbed);
        for (unsigned long at = 1; step == 1 && at <= n; at++)
            try_one(&subjects[i], at, "on", undisturbed);
        free(undisturbed);
    }
    work_end(folder);
    free(text);
}

int main(int argc, char **argv)
{
    if (HAS_SANITIZER)
        return 77;
    if (argc > 1 && strcmp(argv[1], "all") == 0)
        most = UINT32_MAX;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_is_an_error_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
