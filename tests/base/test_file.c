// SPDX-License-Identifier: Apache-2.0
// Files: read without hanging, written whole or not at all, and hashed.
#include "base/base.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT ((size_t)1000)

typedef struct place {
    char folder[64];
    char path[96];
} place;

static int set_up(void **state)
{
    place *p = hpb_alloc(1, sizeof *p);
    strcpy(p->folder, "/tmp/hpbench-file-XXXXXX");
    if (!mkdtemp(p->folder))
        return -1;
    snprintf(p->path, sizeof p->path, "%s/it", p->folder);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    char *command = hpb_format("rm -rf '%s'", p->folder);
    const int result = system(command);
    free(command);
    free(p);
    return result;
}

static size_t count_entries(const char *folder)
{
    DIR *open = opendir(folder);
    assert_non_null(open);
    size_t n = 0;
    for (struct dirent *e; (e = readdir(open));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(open);
    return n;
}

static void refused(const char *path, const char *reason)
{
    hpb_error error = {0};
    char *bytes = NULL;
    size_t n = 0;
    assert_int_equal(hpb_file_read(path, LIMIT, HPB_EXIT_SUITE, &bytes, &n, &error),
                     HPB_EXIT_SUITE);
    assert_null(bytes);
    assert_int_equal(strncmp(error.text, path, strlen(path)), 0);
    if (!strstr(error.text, reason))
        fail_msg("%s: expected the words: %s", error.text, reason);
}

static void test_what_is_written_is_read(void **state)
{
    const place *p = *state;
    char content[1000];
    for (size_t i = 0; i < sizeof content; i++)
        content[i] = (char)(i * 7);
    static const size_t sizes[] = {0, 1, 999, 1000};
    for (size_t i = 0; i < HPB_COUNT(sizes); i++) {
        char *bytes;
        size_t n;
        assert_int_equal(hpb_file_write(p->path, content, sizes[i], NULL), 0);
        assert_int_equal(hpb_file_read(p->path, LIMIT, HPB_EXIT_SUITE, &bytes, &n, NULL), 0);
        assert_int_equal(n, sizes[i]);
        assert_memory_equal(bytes, content, n);
        assert_int_equal(bytes[n], 0);
        free(bytes);
    }
    assert_int_equal(count_entries(p->folder), 1); // no temporary is left
}

static void test_reading_refuses_what_is_no_plain_file(void **state)
{
    const place *p = *state;
    char content[1001] = {0};
    refused(p->path, "No such file");
    refused(p->folder, "not a regular file; got a folder");
    refused("/dev/zero", "not a regular file; got a device");
    assert_int_equal(mkfifo(p->path, 0600), 0);
    refused(p->path, "not a regular file; got a fifo"); // and does not wait for a writer
    unlink(p->path);
    assert_int_equal(hpb_file_write(p->path, content, sizeof content, NULL), 0);
    refused(p->path, "too large; expected at most 1,000 bytes");
    assert_int_equal(truncate(p->path, (off_t)1 << 40), 0); // 1 TB, of which nothing is there
    refused(p->path, "too large");
    unlink(p->path);
    assert_int_equal(symlink("it", p->path), 0);
    refused(p->path, "symbolic links");
}

static void test_files_that_hide_their_size_are_read(void **state)
{
    (void)state;
    char *bytes;
    size_t n;
    assert_int_equal(hpb_file_read("/proc/self/stat", 100000, HPB_EXIT_STORE, &bytes, &n, NULL), 0);
    assert_true(n > 10);
    free(bytes);
}

static void test_an_old_file_stays_until_the_new_one_is_whole(void **state)
{
    const place *p = *state;
    char *bytes;
    size_t n;
    hpb_new_file file;
    assert_int_equal(hpb_file_write(p->path, "old", 3, NULL), 0);
    assert_int_equal(hpb_new_file_open(p->path, &file, NULL), 0);
    fputs("new, and longer", file.stream);
    fflush(file.stream);
    hpb_file_read(p->path, LIMIT, HPB_EXIT_STORE, &bytes, &n, NULL);
    assert_string_equal(bytes, "old");
    free(bytes);
    hpb_new_file_discard(&file);
    hpb_new_file_discard(&file); // {0} by now
    assert_int_equal(count_entries(p->folder), 1);

    assert_int_equal(hpb_new_file_open(p->path, &file, NULL), 0);
    fputs("new, and longer", file.stream);
    assert_int_equal(hpb_new_file_commit(&file, NULL), 0);
    hpb_file_read(p->path, LIMIT, HPB_EXIT_STORE, &bytes, &n, NULL);
    assert_string_equal(bytes, "new, and longer");
    free(bytes);
    assert_int_equal(count_entries(p->folder), 1);
}

static void test_writing_refuses_what_is_no_plain_file(void **state)
{
    const place *p = *state;
    hpb_error error = {0};
    assert_int_equal(hpb_file_write(p->folder, "x", 1, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "not a regular file"));
    assert_int_equal(hpb_file_write("/dev/null", "x", 1, &error), HPB_EXIT_STORE);
    struct stat status;
    assert_true(stat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode)); // still there
    char *nowhere = hpb_format("%s/none/it", p->folder);
    assert_int_equal(hpb_file_write(nowhere, "x", 1, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "can't be written: No such file or directory"));
    free(nowhere);
}

static void test_files_have_the_users_mode(void **state)
{
    const place *p = *state;
    static const mode_t masks[] = {022, 077, 002};
    for (size_t i = 0; i < HPB_COUNT(masks); i++) {
        const mode_t before = umask(masks[i]);
        assert_int_equal(hpb_file_write(p->path, "x", 1, NULL), 0);
        assert_int_equal(umask(before), masks[i]); // left as it was
        struct stat status;
        assert_int_equal(stat(p->path, &status), 0);
        assert_int_equal(status.st_mode & 0777, 0666 & ~masks[i]);
    }
}

// Where the disk ends at 4 kB, the old file stays and nothing else is left behind.
static void test_a_failed_write_changes_nothing(void **state)
{
    const place *p = *state;
    assert_int_equal(hpb_file_write(p->path, "old", 3, NULL), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        const struct rlimit limit = {4096, 4096};
        setrlimit(RLIMIT_FSIZE, &limit);
        char *large = hpb_alloc(1 << 20, 1);
        hpb_error error = {0};
        const hpb_exit whole = hpb_file_write(p->path, large, 1 << 20, &error);
        bool is_good = whole == HPB_EXIT_STORE && strstr(error.text, strerror(EFBIG));
        hpb_new_file file; // the fault shows only when the last buffer goes out
        is_good = is_good && hpb_new_file_open(p->path, &file, NULL) == HPB_EXIT_OK;
        is_good = is_good && fwrite(large, 1, 4097, file.stream) > 0 &&
                  hpb_new_file_commit(&file, &error) == HPB_EXIT_STORE;
        free(large);
        _exit(is_good ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    char *bytes;
    size_t n;
    assert_int_equal(hpb_file_read(p->path, LIMIT, HPB_EXIT_STORE, &bytes, &n, NULL), 0);
    assert_string_equal(bytes, "old");
    free(bytes);
    assert_int_equal(count_entries(p->folder), 1);
}

static void test_folders(void **state)
{
    const place *p = *state;
    hpb_error error = {0};
    static const char *const tails[] = {"a", "a", "b/c/d", "b/c/d/", "b//e", "./f"};
    for (size_t i = 0; i < HPB_COUNT(tails); i++) {
        char *path = hpb_format("%s/%s", p->folder, tails[i]);
        struct stat status;
        assert_int_equal(hpb_folder_create(path, &error), 0);
        assert_true(stat(path, &status) == 0 && S_ISDIR(status.st_mode));
        free(path);
    }
    assert_int_equal(hpb_file_write(p->path, "x", 1, NULL), 0);
    char *below = hpb_format("%s/g", p->path), *dangling = hpb_format("%s/dangling", p->folder);
    assert_int_equal(hpb_folder_create(p->path, &error), HPB_EXIT_STORE);
    assert_non_null(strstr(error.text, "not a folder"));
    assert_int_equal(hpb_folder_create(below, &error), HPB_EXIT_STORE);
    assert_int_equal(symlink("nowhere", dangling), 0);
    assert_int_equal(hpb_folder_create(dangling, &error), HPB_EXIT_STORE);
    assert_int_equal(hpb_folder_create("/proc/none", &error), HPB_EXIT_STORE);
    assert_int_equal(hpb_folder_create("", &error), HPB_EXIT_STORE);
    assert_int_equal(hpb_folder_create("/", &error), 0);
    free(below);
    free(dangling);
}

// FIPS 180-4's examples
static void test_sha256(void **state)
{
    (void)state;
    char text[HPB_SHA256_TEXT];
    assert_string_equal(hpb_sha256("", 0, text),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(hpb_sha256("abc", 3, text),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *million = hpb_alloc(1000000, 1);
    memset(million, 'a', 1000000);
    assert_string_equal(hpb_sha256(million, 1000000, text),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(million);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading_refuses_what_is_no_plain_file, set_up,
                                        tear_down),
        cmocka_unit_test(test_files_that_hide_their_size_are_read),
        cmocka_unit_test_setup_teardown(test_an_old_file_stays_until_the_new_one_is_whole, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_writing_refuses_what_is_no_plain_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_files_have_the_users_mode, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_failed_write_changes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folders, set_up, tear_down),
        cmocka_unit_test(test_sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
