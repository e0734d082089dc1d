// SPDX-License-Identifier: Apache-2.0
// System calls that fail, and kills in the middle of writing, each at its number: nothing that was stored is lost,
// nothing half written has its final name, and the same command goes on to the same bits.
// `test_faults_syscalls all` tries every call (without: a share of them). Needs strace.
#include "faults/support_faults.h"

static uint32_t most = 3; // calls tried of each kind

#define RUN "run s.ini --no-report --quiet --jobs 1 --output "

// How often the parent makes a system call. Its children, under -f, count each for itself.
static uint32_t count_calls(const char *call, const char *arguments)
{
    char *prefix = hpb_format("strace -qq -o calls.txt -e trace=%s", call);
    ran r = run_under(prefix, arguments);
    assert_int_equal(r.code, 0);
    ran_free(&r);
    free(prefix);
    char *calls = ran_text("calls.txt");
    uint32_t n = 0;
    for (const char *at = calls; (at = strchr(at, '\n')); at++)
        n++;
    free(calls);
    return n;
}

static ran run_injected(const char *call, const char *fault, uint32_t when, const char *arguments)
{
    char *prefix = hpb_format("strace -qq -o /dev/null -e trace=%s -e inject=%s:%s:when=%u", call,
                              call, fault, when);
    const ran r = run_under(prefix, arguments);
    free(prefix);
    return r;
}

static void remove_folder(const char *path)
{
    nftw(path, work_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static void go_on(const char *what)
{
    ran r = run_hpbench(RUN "new");
    if (r.code != 0)
        fail_msg("%s: run again: exit %d\n%s", what, r.code, r.err);
    ran_free(&r);
    expect_same_results("clean", "new");
    remove_folder("new");
}

static void killed_at_any_call_it_goes_on(void **state)
{
    (void)state;
    static const char *const calls[] = {"pwrite64", "fdatasync", "rename",
                                        "unlink",   "ftruncate", "fsync"};
    char *text = small_suite(10), *folder = work_begin(text);
    expect_run(RUN "clean", 0, NULL, "");
    for (size_t i = 0; i < HPB_COUNT(calls); i++) {
        const uint32_t n = count_calls(calls[i], RUN "new");
        remove_folder("new");
        const uint32_t step = n > most ? n / most : 1;
        for (uint32_t when = 1; when <= n; when += step) {
            char *what = hpb_format("killed at %s %u of %u", calls[i], when, n);
            ran r = run_injected(calls[i], "signal=SIGKILL", when, RUN "new");
            ran_free(&r);
            expect_sound("new", 0, what);
            go_on(what);
            free(what);
        }
    }
    work_end(folder);
    free(text);
}

// The store of the first 2 x 10 trials; then 2 x 30 are asked for and something fails.
static void failed_call_ends_the_run_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *call, *fault, *words;
    } faults[] = {
        {"pwrite64", "error=ENOSPC", "No space left on device"},
        {"pwrite64", "error=EIO", "Input/output error"},
        {"fdatasync", "error=EIO", "Input/output error"},
        {"fdatasync", "error=ENOSPC", "No space left on device"},
    };
    char *text = small_suite(10), *folder = work_begin(text), *longer = small_suite(30);
    hpb_error error;
    for (size_t i = 0; i < HPB_COUNT(faults); i++) {
        assert_int_equal(hpb_file_write("s.ini", longer, strlen(longer), &error), HPB_EXIT_OK);
        expect_run("run s.ini --no-report --quiet --fresh --output clean", 0, NULL, "");
        const uint32_t n = count_calls(faults[i].call, RUN "new");
        remove_folder("new");
        const uint32_t step = n > most ? n / most : 1;
        for (uint32_t when = 1; when <= n; when += step) {
            char *what = hpb_format("%s at %s %u", faults[i].fault, faults[i].call, when);
            assert_int_equal(hpb_file_write("s.ini", text, strlen(text), &error), HPB_EXIT_OK);
            expect_run(RUN "new", 0, NULL, "");
            assert_int_equal(hpb_file_write("s.ini", longer, strlen(longer), &error), HPB_EXIT_OK);
            ran r = run_injected(faults[i].call, faults[i].fault, when, RUN "new");
            const uint64_t stored = expect_sound("new", 20, what);
            if (r.code == 0 ? stored != 60 // the call was not made so often this time
                            : r.code != HPB_EXIT_STORE || !strstr(r.err, faults[i].words) ||
                                  !strstr(r.err, "new/"))
                fail_msg("%s: exit %d, %llu trials\n%s", what, r.code, (unsigned long long)stored,
                         r.err);
            ran_free(&r);
            go_on(what);
            free(what);
        }
    }
    work_end(folder);
    free(longer);
    free(text);
}

// What a failed report leaves is the earlier one, whole, or none.
static void failed_call_leaves_no_half_report(void **state)
{
    (void)state;
    static const struct {
        const char *call, *fault, *words;
    } faults[] = {
        {"write", "error=ENOSPC", "No space left on device"},
        {"write", "error=EIO", "Input/output error"},
        {"openat", "error=EMFILE", "Too many open files"},
        {"openat", "error=EACCES", "Permission denied"},
        {"rename", "error=EIO", "Input/output error"},
        {"fsync", "error=EIO", "Input/output error"},
    };
    char *text = small_suite(3), *folder = work_begin(text);
    expect_run("run s.ini --quiet --output done", 0, NULL, "");
    char *page = ran_text("done/report.html"), *json = ran_text("done/report.json");
    for (size_t i = 0; i < HPB_COUNT(faults); i++) {
        expect_run("report done --quiet", 0, NULL, "");
        const uint32_t n = count_calls(faults[i].call, "report done --quiet");
        const uint32_t step = n > most ? n / most : 1;
        for (uint32_t when = 1; when <= n; when += step) {
            char *what = hpb_format("%s at %s %u of %u", faults[i].fault, faults[i].call, when, n);
            unlink("done/report.html");
            unlink("done/report.json");
            ran r = run_injected(faults[i].call, faults[i].fault, when, "report done --quiet");
            // a library that can't be opened ends the loader (127), before hpbench begins
            if (r.code != 0 && r.code != HPB_EXIT_STORE && r.code != 127)
                fail_msg("%s: exit %d\n%s", what, r.code, r.err);
            if (r.code == HPB_EXIT_STORE && !strstr(r.err, "hpbench: "))
                fail_msg("%s: exit 5 without a word\n%s", what, r.err);
            const bool has_page = access("done/report.html", F_OK) == 0;
            if ((r.code == 0 && !is_same_file("done/report.html", page)) ||
                (r.code == 0 && !is_same_file("done/report.json", json)) ||
                (has_page && r.code == 127))
                fail_msg("%s: exit %d with another report\n%s", what, r.code, r.err);
            if (has_page) { // with a note in it perhaps, but whole
                char *now = ran_text("done/report.html");
                const size_t length = strlen(now);
                if (length < 16 || !strstr(now + length - 16, "</html>"))
                    fail_msg("%s: half a page", what);
                free(now);
            }
            expect_sound("done", 6, what);
            ran_free(&r);
            free(what);
        }
    }
    free(page);
    free(json);
    work_end(folder);
    free(text);
}

// strace is there, and may trace (containers often forbid it).
static bool can_trace(void)
{
    return system(
               "strace -qq -o /dev/null -e inject=fsync:error=EIO:when=1 true >/dev/null 2>&1") ==
           0;
}

int main(int argc, char **argv)
{
    if (HAS_SANITIZER || !can_trace())
        return 77;
    if (argc > 1 && strcmp(argv[1], "all") == 0)
        most = UINT32_MAX;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_any_call_it_goes_on),
        cmocka_unit_test(failed_call_ends_the_run_in_words),
        cmocka_unit_test(failed_call_leaves_no_half_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
