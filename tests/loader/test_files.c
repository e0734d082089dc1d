// SPDX-License-Identifier: Apache-2.0
// Files that are no plugin at all, made here from a good one, and files that others could write.
#include "support.h"

#include <elf.h>

typedef struct fixture {
    char *folder;
    char *good; // bytes of good_optimizer.so
    size_t n;
} fixture;

static int set_up(void **state)
{
    fixture *f = hpb_alloc(1, sizeof *f);
    f->folder = folder_make();
    good_read("good_optimizer", &f->good, &f->n);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    folder_remove(f->folder);
    free(f->good);
    free(f);
    return 0;
}

// Scans the folder, in which the one plugin is `name`, and returns why it was refused, to be freed.
static char *refusal(const fixture *f, const char *name)
{
    hpb_registry registry;
    hpb_error error;
    if (scan_folder(f->folder, false, &registry, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    char *reason = hpb_strdup(reason_of(&registry, name));
    assert_int_equal(registry.n_plugins, 0);
    hpb_registry_free(&registry);
    return reason;
}

static void expect_refusal(const fixture *f, const char *name, const char *expected)
{
    char *reason = refusal(f, name);
    assert_string_equal(reason, expected);
    free(reason);
}

// The good plugin with `n` of its bytes replaced at `offset`.
static void expect_patched(fixture *f, size_t offset, const void *bytes, size_t n,
                           const char *expected)
{
    char kept[8];
    memcpy(kept, f->good + offset, n);
    memcpy(f->good + offset, bytes, n);
    file_write(f->folder, "x.so", f->good, f->n);
    expect_refusal(f, "x.so", expected);
    memcpy(f->good + offset, kept, n);
}

static void test_not_elf(void **state)
{
    const fixture *f = *state;
    static const char text[] = "#include <hpbench/plugin.h>\n", archive[] = "!<arch>\n/  0 0 0",
                      noise[] = "\x01\x02\x03\x04\xff\xfe";
    file_write(f->folder, "x.so", "", 0);
    expect_refusal(f, "x.so", "the file is empty; expected a shared object");
    file_write(f->folder, "x.so", text, sizeof text - 1);
    expect_refusal(f, "x.so", "a text file, not a shared object: compile it with -shared -fPIC");
    file_write(f->folder, "x.so", archive, sizeof archive - 1);
    expect_refusal(f, "x.so", "a static library, not a shared object: link it with -shared");
    file_write(f->folder, "x.so", noise, sizeof noise - 1);
    expect_refusal(f, "x.so", "not a shared object: no ELF signature");
}

static void test_not_a_file(void **state)
{
    const fixture *f = *state;
    char *path = path_in(f->folder, "x.so");
    assert_int_equal(mkdir(path, 0755), 0);
    expect_refusal(f, "x.so", "not a regular file; got a folder");
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(mkfifo(path, 0644), 0);
    expect_refusal(f, "x.so", "not a regular file; got a fifo");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("nothing", path), 0);
    expect_refusal(f, "x.so", "can't be opened: No such file or directory");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("x.so", path), 0);
    expect_refusal(f, "x.so", "can't be opened: Too many levels of symbolic links");
    free(path);
}

static void test_truncated(void **state)
{
    const fixture *f = *state;
    file_write(f->folder, "x.so", f->good, 20);
    expect_refusal(f, "x.so", "file is truncated: the ELF header ends at 64, file has 20");
    file_write(f->folder, "x.so", f->good, 100);
    char *reason = refusal(f, "x.so");
    assert_contains(reason, "file is truncated: the program header table ends at ");
    free(reason);
    file_write(f->folder, "x.so", f->good, 4096);
    reason = refusal(f, "x.so");
    assert_contains(reason, "file is truncated: segment ends at ");
    assert_contains(reason, ", file has 4,096");
    free(reason);
    file_write(f->folder, "x.so", f->good, f->n - 1);
    reason = refusal(f, "x.so");
    assert_contains(reason, "file is truncated: ");
    free(reason);
}

// No length of a plugin but the whole may get as far as the dynamic linker.
static void test_every_truncation(void **state)
{
    const fixture *f = *state;
    for (size_t n = 0; n < f->n; n += 1 + f->n / 40) {
        file_write(f->folder, "x.so", f->good, n);
        char *reason = refusal(f, "x.so");
        if (!strstr(reason, "truncated") && !strstr(reason, "empty") &&
            !strstr(reason, "text file"))
            fail_msg("%zu bytes: %s", n, reason);
        free(reason);
    }
}

static void test_machine(void **state)
{
    fixture *f = *state;
    const Elf64_Half aarch64 = EM_AARCH64, nobody = 0xfe00, object = ET_REL, program = ET_EXEC;
    const unsigned char narrow = ELFCLASS32, big = ELFDATA2MSB;
    const size_t machine = offsetof(Elf64_Ehdr, e_machine), type = offsetof(Elf64_Ehdr, e_type);
    expect_patched(f, machine, &aarch64, 2, "built for aarch64, this is x86-64");
    expect_patched(f, machine, &nobody, 2,
                   "built for another machine (number 65024), this is x86-64");
    expect_patched(f, EI_CLASS, &narrow, 1,
                   "built for 32 bit, this is 64 bit (x86-64): build it without -m32");
    expect_patched(f, EI_DATA, &big, 1, "built for a big-endian machine, this is x86-64");
    expect_patched(f, type, &object, 2,
                   "an object file, not a shared object: link it with -shared");
    expect_patched(f, type, &program, 2, "a program, not a shared object: link it with -shared");
}

// Offsets that wrap around must not look as if they were inside the file.
static void test_wild_headers(void **state)
{
    fixture *f = *state;
    const uint64_t far = UINT64_MAX - 8;
    memcpy(f->good + offsetof(Elf64_Ehdr, e_phoff), &far, sizeof far);
    file_write(f->folder, "x.so", f->good, f->n);
    char *reason = refusal(f, "x.so");
    assert_contains(reason, "file is truncated: the program header table ends at "
                            "18,446,744,073,709,551,615, file has ");
    free(reason);
}

// Every byte of the headers wrong in turn: some of it loads, none of it takes the scan down.
static void test_damaged_headers(void **state)
{
    const fixture *f = *state;
    Elf64_Ehdr header;
    memcpy(&header, f->good, sizeof header);
    const size_t end = header.e_phoff + (size_t)header.e_phnum * sizeof(Elf64_Phdr);
    uint32_t n_files = 0;
    for (size_t at = 0; at < end; at += 5) {
        char name[32];
        snprintf(name, sizeof name, "damaged_%04zu.so", at);
        f->good[at] ^= (char)0xa5;
        file_write(f->folder, name, f->good, f->n);
        f->good[at] ^= (char)0xa5;
        n_files++;
    }
    hpb_registry registry;
    hpb_error error;
    assert_int_equal(scan_folder(f->folder, false, &registry, &error), HPB_EXIT_OK);
    assert_int_equal(registry.n_plugins, 0); // what loads has another id than its file
    assert_int_equal(registry.n_refusals, n_files);
    hpb_registry_free(&registry);
}

static void test_program(void **state)
{
    const fixture *f = *state;
    char *bytes;
    size_t n;
    file_read("/proc/self/exe", &bytes, &n); // the tests are position independent programs
    file_write(f->folder, "x.so", bytes, n);
    free(bytes);
    char *reason = refusal(f, "x.so");
    assert_contains(reason, "a program");
    free(reason);
}

static void test_world_writable(void **state)
{
    const fixture *f = *state;
    hpb_registry registry;
    hpb_error error;
    char *path = path_in(f->folder, "good_optimizer.so");
    file_write(f->folder, "good_optimizer.so", f->good, f->n);
    assert_int_equal(chmod(path, 0666), 0);
    char *expected = hpb_format("the file may be written by anyone: chmod o-w %s, or "
                                "--allow-insecure-plugin",
                                path);
    expect_refusal(f, "good_optimizer.so", expected);
    free(expected);
    assert_int_equal(scan_folder(f->folder, true, &registry, &error), HPB_EXIT_OK);
    assert_int_equal(registry.n_plugins, 1);
    hpb_registry_free(&registry);

    // a symbolic link is as safe as what it leads to
    char *link_folder = folder_make(), *link = path_in(link_folder, "good_optimizer.so");
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(scan_folder(link_folder, false, &registry, &error), HPB_EXIT_OK);
    assert_contains(reason_of(&registry, "good_optimizer.so"), "chmod o-w");
    hpb_registry_free(&registry);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(f->folder, 01777), 0);
    assert_int_equal(scan_folder(link_folder, false, &registry, &error), HPB_EXIT_OK);
    assert_contains(reason_of(&registry, "good_optimizer.so"),
                    "its folder may be written by anyone");
    hpb_registry_free(&registry);
    free(link);
    folder_remove(link_folder);

    // a folder that the user names: sticky or not, files can be added to it
    assert_int_equal(scan_folder(f->folder, false, &registry, &error), HPB_EXIT_PLUGIN);
    assert_contains(error.text, "the folder may be written by anyone: chmod o-w ");
    assert_int_equal(scan_folder(f->folder, true, &registry, &error), HPB_EXIT_OK);
    assert_int_equal(registry.n_plugins, 1);
    hpb_registry_free(&registry);

    // group-writable is the owner's decision
    assert_int_equal(chmod(f->folder, 0775), 0);
    assert_int_equal(chmod(path, 0664), 0);
    assert_int_equal(scan_folder(f->folder, false, &registry, &error), HPB_EXIT_OK);
    assert_int_equal(registry.n_plugins, 1);
    hpb_registry_free(&registry);
    free(path);
}

static void test_other_owner(void **state)
{
    const fixture *f = *state;
    char *path = path_in(f->folder, "good_optimizer.so");
    file_write(f->folder, "good_optimizer.so", f->good, f->n);
    if (geteuid() != 0 || chown(path, 12345, 12345) != 0) {
        free(path);
        skip(); // only root can give a file away
    }
    expect_refusal(f, "good_optimizer.so",
                   "the file belongs to another user (uid 12345): take it over with chown, or "
                   "--allow-insecure-plugin");
    free(path);
}

int main(int argc, char **argv)
{
    PROBE_MAIN(argc, argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_not_elf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_truncation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_machine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wild_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_headers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_program, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_world_writable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_owner, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
