// SPDX-License-Identifier: Apache-2.0
// gnuplot as a process: what it leaves is checked, and nothing it does hangs or hurts.
#include "reports/canvas.h"
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void write_text(const char *folder, const char *name, const char *text, mode_t mode)
{
    char *path = hpb_format("%s/%s", folder, name);
    assert_int_equal(hpb_file_write(path, text, strlen(text), NULL), HPB_EXIT_OK);
    assert_int_equal(chmod(path, mode), 0);
    free(path);
}

// Runs a gnuplot made of these shell commands; the picture is picture.png.
static hpb_exit run_fake(const char *commands, char **bytes, size_t *n, hpb_error *error)
{
    char *folder;
    assert_int_equal(hpb_private_folder_make(&folder, error), HPB_EXIT_OK);
    char *script = hpb_format("#!/bin/sh\n%s\n", commands), *path = hpb_format("%s/fake", folder);
    write_text(folder, "fake", script, 0755);
    hpb_gnuplot gnuplot;
    assert_int_equal(hpb_gnuplot_start(path, folder, "script.gp", "picture.png", &gnuplot, error),
                     HPB_EXIT_OK);
    const hpb_exit code = hpb_gnuplot_finish(&gnuplot, bytes, n, error);
    hpb_private_folder_remove(folder);
    assert_int_not_equal(access(folder, F_OK), 0);
    free(script);
    free(path);
    free(folder);
    return code;
}

// A PNG of one chunk of data, whole.
static size_t make_png(unsigned char *png, size_t data)
{
    static const unsigned char signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    memset(png, 'x', data + 32);
    memcpy(png, signature, 8);
    const unsigned char length[] = {0, 0, (unsigned char)(data >> 8), (unsigned char)data};
    memcpy(png + 8, length, 4);
    memcpy(png + 12, "IDAT", 4);
    unsigned char *end = png + 8 + 12 + data;
    memset(end, 0, 12);
    memcpy(end + 4, "IEND", 4);
    return (size_t)(end - png) + 12;
}

static void test_whole_png(void **state)
{
    (void)state;
    unsigned char png[2100];
    const size_t n = make_png(png, 2000);
    assert_true(hpb_picture_is_whole(png, n));
    for (size_t cut = 0; cut < n; cut++)
        if (hpb_picture_is_whole(png, cut))
            fail_msg("a PNG cut after %zu of %zu bytes passes for whole", cut, n);
    png[1] = 'X';
    assert_false(hpb_picture_is_whole(png, n));
}

static void test_whole_svg(void **state)
{
    (void)state;
    char svg[1000];
    memset(svg, ' ', sizeof svg);
    memcpy(svg, "<?xml version=\"1.0\"?>", 21);
    memcpy(svg + sizeof svg - 8, "</svg>\n", 7);
    assert_true(hpb_picture_is_whole(svg, sizeof svg));
    assert_false(hpb_picture_is_whole(svg, sizeof svg - 4));
    memcpy(svg, "<html", 5);
    assert_false(hpb_picture_is_whole(svg, sizeof svg));
    assert_false(hpb_picture_is_whole("", 0));
}

static void test_failures_are_told(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    hpb_error error;
    assert_int_equal(run_fake("echo no terminal >&2; exit 3", &bytes, &n, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "exit code 3"));
    assert_non_null(strstr(error.text, "no terminal"));
    assert_int_equal(run_fake("echo warning >&2", &bytes, &n, &error),
                     HPB_EXIT_STORE); // silence is part of it
    assert_non_null(strstr(error.text, "warning"));
    assert_int_equal(run_fake(":", &bytes, &n, &error), HPB_EXIT_STORE); // no picture
    assert_int_equal(run_fake(": > picture.png", &bytes, &n, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "incomplete picture"));
    assert_int_equal(run_fake("kill -9 $$", &bytes, &n, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "137"));
}

// 5.4.4 exits 0 on a full disk and leaves half a picture.
static void test_half_a_picture(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    hpb_error error;
    assert_int_equal(
        run_fake("{ printf '\\211PNG\\r\\n\\032\\n'; head -c 3000 /dev/zero; } > picture.png",
                 &bytes, &n, &error),
        HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "is the disk full?"));
}

static void test_environment_is_empty(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    hpb_error error = {0};
    setenv("GNUTERM", "x11", 1);
    setenv("HPB_SECRET", "1", 1);
    const char *commands =
        "[ -z \"$HPB_SECRET$GNUTERM\" ] && [ \"$HOME\" = /nonexistent ] && [ \"$#\" = 2 ] && "
        "[ \"$1\" = -d ] || exit 9\n"
        "{ echo '<?xml'; head -c 900 /dev/zero; echo '</svg>'; } > picture.png";
    assert_int_equal(run_fake(commands, &bytes, &n, &error), HPB_EXIT_OK);
    assert_true(n > 900);
    free(bytes);
    unsetenv("GNUTERM");
    unsetenv("HPB_SECRET");
}

// Fontconfig can't keep its cache where HOME is not writable; the picture is fine, and no other remark is.
static void test_one_remark_is_harmless(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    hpb_error error = {0};
#define PICTURE "{ echo '<?xml'; head -c 900 /dev/zero; echo '</svg>'; } > picture.png\n"
#define REMARK "echo 'Fontconfig error: No writable cache directories' >&2\n"
    assert_int_equal(run_fake(REMARK REMARK PICTURE, &bytes, &n, &error), HPB_EXIT_OK);
    free(bytes);
    assert_int_equal(run_fake(REMARK "echo other >&2\n" PICTURE, &bytes, &n, &error),
                     HPB_EXIT_STORE);
    assert_null(strstr(error.text, "Fontconfig"));
    assert_non_null(strstr(error.text, "other"));
}

static void test_a_huge_picture_is_stopped(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    hpb_error error;
    assert_int_equal(run_fake("exec head -c 40000000 /dev/zero > picture.png", &bytes, &n, &error),
                     HPB_EXIT_STORE);
}

// The limit is 10 s; this test takes that long, so the process sleeps instead of working.
static void test_a_hang_ends(void **state)
{
    (void)state;
    char *bytes = NULL;
    size_t n = 0;
    hpb_error error;
    const time_t start = time(NULL);
    assert_int_equal(run_fake("exec sleep 60", &bytes, &n, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "more than 10 s"));
    assert_true(time(NULL) - start < 30);
}

static void test_found_in_path_alone(void **state)
{
    (void)state;
    char *kept = hpb_strdup(getenv("PATH")), *folder;
    assert_int_equal(hpb_private_folder_make(&folder, NULL), HPB_EXIT_OK);
    char *path = hpb_format("relative:.::%s", folder), *expected = hpb_format("%s/gnuplot", folder);
    setenv("PATH", path, 1);
    assert_null(hpb_gnuplot_find());
    write_text(folder, "gnuplot", "#!/bin/sh\n", 0644);
    assert_null(hpb_gnuplot_find()); // not executable
    write_text(folder, "gnuplot", "#!/bin/sh\n", 0755);
    char *found = hpb_gnuplot_find();
    assert_string_equal(found, expected);
    setenv("PATH", kept, 1);
    hpb_private_folder_remove(folder);
    free(found);
    free(expected);
    free(path);
    free(folder);
    free(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_png),
        cmocka_unit_test(test_whole_svg),
        cmocka_unit_test(test_failures_are_told),
        cmocka_unit_test(test_half_a_picture),
        cmocka_unit_test(test_environment_is_empty),
        cmocka_unit_test(test_one_remark_is_harmless),
        cmocka_unit_test(test_a_huge_picture_is_stopped),
        cmocka_unit_test(test_a_hang_ends),
        cmocka_unit_test(test_found_in_path_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
