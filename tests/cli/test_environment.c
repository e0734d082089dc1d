// SPDX-License-Identifier: Apache-2.0
// Where hpbench runs: locales, the dynamic linker's variables, folders that are not there, no gnuplot, gnuplot's own
// start-up files. The results are the same, or the reason is one line.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "support_environment.h"

#include <jansson.h>

// A run under `prefix` gives the bits of the plain one, and is removed.
static void expect_same_bits(const char *prefix)
{
    expect_with(prefix, "run s.ini --no-report --output other", 0, "40 of 40 trials, 0 failed");
    expect_run("compare plain other --expect same-bits", 0, "the same bits in all 40 pairs", "");
    assert_int_equal(system("rm -rf other"), 0);
}

// --- locales and variables ------------------------------------------------------------------------------

// Decimal commas, and an i that is no I's small letter. Built here, as few machines have them.
static void locales_change_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *name, *charmap; // of 8 bits, which are made in a third of the time
    } locales[] = {{"de_DE", "ISO-8859-1"}, {"tr_TR", "ISO-8859-9"}};
    for (size_t i = 0; i < HPB_COUNT(locales); i++) {
        const char *name = locales[i].name, *charmap = locales[i].charmap;
        char *make = hpb_format("localedef -i %s -f %s ./%s.%s >/dev/null 2>&1; "
                                "test -f %s.%s/LC_NUMERIC",
                                name, charmap, name, charmap, name, charmap);
        const bool is_made = system(make) == 0;
        free(make);
        if (!is_made)
            skip(); // glibc's sources of locales are not installed
        char *prefix =
            hpb_format("LOCPATH=\"$PWD\" LC_ALL=%s.%s LANG=%s.%s", name, charmap, name, charmap);
        expect_same_bits(prefix);
        // what is read and printed as well: keys, numbers, JSON, CSV
        expect_with("", "export plain --output c.csv", 0, "40 of 40");
        expect_with(prefix, "export plain --output l.csv", 0, "40 of 40");
        assert_int_equal(system("cmp -s c.csv l.csv"), 0);
        expect_with(prefix, "plan s.ini --set FIT.SHUFFLE=yes", 0, "0.001, 0.01\n");
        expect_with(prefix, "report plain --json", 0, "\"complete\": true");
        free(prefix);
    }
}

static void threads_of_libraries_change_nothing(void **state)
{
    (void)state;
    expect_same_bits("OMP_NUM_THREADS=64 OPENBLAS_NUM_THREADS=8 MKL_NUM_THREADS=3");
    expect_same_bits("HPBENCH=x HPBENCH_SEED=5 SLURM_PROCID=3 OMPI_COMM_WORLD_RANK=9");
    expect_same_bits("env -i");
}

static json_t *about_of(const char *folder)
{
    char *arguments = hpb_format("export %s --format json", folder);
    ran r = run_hpbench(arguments);
    json_t *json = json_loads(r.out, 0, NULL);
    json_t *about = json_incref(json_object_get(json, "about"));
    assert_non_null(about);
    json_decref(json);
    ran_free(&r);
    free(arguments);
    return about;
}

// Plugins come from where they are looked for, and the store says what the dynamic linker was told.
static void the_linkers_variables_are_recorded(void **state)
{
    (void)state;
    if (HAS_SANITIZER)
        skip();
    assert_int_equal(system("mkdir -p decoy && : > decoy/adam.so"), 0);
    expect_with("LD_LIBRARY_PATH=\":$PWD/decoy\" LD_PRELOAD=missing.so",
                "run s.ini --no-report --output ld", 0, "40 of 40 trials, 0 failed");
    expect_run("compare plain ld --expect same-bits", 0, NULL, "");
    json_t *about = about_of("ld"), *plain = about_of("plain");
    const char *loader = json_string_value(json_object_get(about, "loader"));
    assert_non_null(strstr(loader, "LD_PRELOAD=missing.so"));
    assert_non_null(strstr(loader, "LD_LIBRARY_PATH=:/"));
    if (!getenv("LD_LIBRARY_PATH") && !getenv("LD_PRELOAD"))
        assert_string_equal(json_string_value(json_object_get(plain, "loader")), "");
    assert_true(json_equal(json_object_get(about, "plugins"), json_object_get(plain, "plugins")));
    json_decref(about);
    json_decref(plain);
}

static void folders_of_plugins_are_absolute(void **state)
{
    (void)state;
    static const struct {
        const char *value, *words;
        int code;
    } values[] = {
        {"", "no errors", 0}, // as if it were not set
        {"::",
         "HPBENCH_PLUGIN_PATH: element 1 is empty; expected absolute folders with ':' between", 4},
        {":/", "HPBENCH_PLUGIN_PATH: element 1 is empty", 4},
        {"/:", "HPBENCH_PLUGIN_PATH: element 2 is empty", 4},
        {".", "HPBENCH_PLUGIN_PATH: element 1 is relative; expected an absolute folder; got .\n",
         4},
        {"plugins", "element 1 is relative; expected an absolute folder; got plugins\n", 4},
        {"/nonexistent", "element 1 (/nonexistent): can't be read: No such file or directory", 4},
        {"/dev/null", "element 1 (/dev/null): not a folder", 4},
    };
    for (size_t i = 0; i < HPB_COUNT(values); i++) {
        char *prefix = hpb_format("HPBENCH_PLUGIN_PATH='%s'", values[i].value);
        expect_with(prefix, "validate s.ini", values[i].code, values[i].words);
        free(prefix);
    }
    // ten thousand of them, the last one wrong, are read in a moment
    assert_int_equal(system("mkdir -p /tmp/hpbench-p.$PPID"), 0);
    expect_with("HPBENCH_PLUGIN_PATH=$(yes /tmp/hpbench-p.$PPID | head -n 5000 | tr '\\n' ':')x",
                "validate s.ini", 4, "element 5001 is relative");
    assert_int_equal(system("rmdir /tmp/hpbench-p.$PPID"), 0);
}

// --- folders, gnuplot ---------------------------------------------------------------------------------------

static void a_home_is_not_needed(void **state)
{
    (void)state;
    expect_same_bits("env -u HOME");
    expect_same_bits("HOME=/nonexistent");
    if (has_gnuplot())
        expect_with("env -u HOME", "report plain", 0, "report: plain/report.html");
}

// Without gnuplot a run is as good as its trials, and a report says what it lacks.
static void no_gnuplot_no_figures(void **state)
{
    (void)state;
    unlink("plain/report.html");
    expect_with("PATH=", "report plain", 5, "gnuplot not found");
    expect_in_file("plain/report.html", "</html>");
    assert_int_equal(access("plain/figures/distribution.csv", R_OK), 0);
    expect_with("PATH=/nonexistent", "run s.ini --output bare", 0,
                "note: gnuplot not found: page written, no figures");
    assert_int_equal(access("bare/figures/distribution.png", F_OK), -1);
}

static void no_room_for_figures(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    expect_with("TMPDIR=/nonexistent", "report plain", 5, "/nonexistent");
    expect_in_file("plain/report.html", "</html>");
    expect_with("TMPDIR=/nonexistent", "run s.ini --output plain", 0, "report: plain/report.html");
    expect_with("TMPDIR=/dev/full", "report plain", 5, "/dev/full");
    expect_with("", "report plain", 0, "report: plain/report.html");
}

// gnuplot's start-up files could run commands: ours reads none of them.
static void gnuplots_own_files_are_not_read(void **state)
{
    (void)state;
    if (!has_gnuplot())
        skip();
    hpb_error error;
    char *script = hpb_format("system('touch \"%s/run-by-gnuplot\"')\n", (const char *)*state);
    assert_int_equal(mkdir("home", 0700), 0);
    assert_int_equal(hpb_file_write("home/.gnuplot", script, strlen(script), &error), 0);
    assert_int_equal(hpb_file_write(".gnuplot", script, strlen(script), &error), 0);
    assert_int_equal(hpb_file_write("home/gnuplotrc", script, strlen(script), &error), 0);
    expect_with("HOME=\"$PWD/home\" GNUPLOT_LIB=\"$PWD/home\" GNUPLOT_SHARE_DIR=\"$PWD/home\" "
                "XDG_CONFIG_HOME=\"$PWD/home\"",
                "report plain", 0, "report: plain/report.html");
    assert_int_equal(access("run-by-gnuplot", F_OK), -1);
    free(script);
}

// --- root -----------------------------------------------------------------------------------------------------

// Plugins run with the rights of who runs hpbench: root is told, once a run.
static void root_is_warned(void **state)
{
    (void)state;
    const int is_root = geteuid() == 0;
    run_with("", "run s.ini --no-report --output plain");
    char *said = ran_text("said.txt");
    assert_int_equal(
        strstr(said, "warning: run by root: plugins have all of root's rights\n") != NULL, is_root);
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locales_change_nothing),
        cmocka_unit_test(threads_of_libraries_change_nothing),
        cmocka_unit_test(the_linkers_variables_are_recorded),
        cmocka_unit_test(folders_of_plugins_are_absolute),
        cmocka_unit_test(a_home_is_not_needed),
        cmocka_unit_test(no_gnuplot_no_figures),
        cmocka_unit_test(no_room_for_figures),
        cmocka_unit_test(gnuplots_own_files_are_not_read),
        cmocka_unit_test(root_is_warned),
    };
    return cmocka_run_group_tests_name("environment", tests, set_up, tear_down);
}
