// SPDX-License-Identifier: Apache-2.0
// Every plugin that was built exports hpbench_plugin and nothing else, and keeps no variable that it could
// write to: state belongs to the host, or lanes and workers would share it.
#include "base/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <elf.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

// What the compiler's own start-up files put into every shared object.
static bool is_startup(const char *name)
{
    static const char *const names[] = {"completed.0", "__dso_handle", "__TMC_END__", "_DYNAMIC",
                                        "_GLOBAL_OFFSET_TABLE_"};
    for (size_t i = 0; i < HPB_COUNT(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

// Constants that hold addresses are written by the linker and then protected.
static bool is_protected(const char *section)
{
    return strncmp(section, ".data.rel.ro", 12) == 0 || strcmp(section, ".init_array") == 0 ||
           strcmp(section, ".fini_array") == 0 || strcmp(section, ".dynamic") == 0 ||
           strcmp(section, ".got") == 0;
}

typedef struct found {
    uint32_t exports, variables;
    char names[1024]; // of what should not be there
} found;

static void note(found *f, const char *name)
{
    strncat(f->names, name, sizeof f->names - strlen(f->names) - 2);
    strcat(f->names, " ");
}

static void read_symbols(const char *bytes, const Elf64_Ehdr *header, const Elf64_Shdr *sections,
                         const Elf64_Shdr *table, found *f)
{
    const char *strings = bytes + sections[table->sh_link].sh_offset;
    const char *section_names = bytes + sections[header->e_shstrndx].sh_offset;
    for (uint64_t at = 0; at < table->sh_size; at += sizeof(Elf64_Sym)) {
        Elf64_Sym symbol;
        memcpy(&symbol, bytes + table->sh_offset + at, sizeof symbol);
        const char *name = strings + symbol.st_name;
        if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= header->e_shnum)
            continue;
        if (table->sh_type == SHT_DYNSYM) {
            f->exports++;
            if (strcmp(name, "hpbench_plugin") != 0)
                note(f, name);
            continue;
        }
        const Elf64_Shdr *section = &sections[symbol.st_shndx];
        if (ELF64_ST_TYPE(symbol.st_info) == STT_OBJECT && (section->sh_flags & SHF_WRITE) &&
            !is_protected(section_names + section->sh_name) && !is_startup(name)) {
            f->variables++;
            note(f, name);
        }
    }
}

static found inspect(const char *path)
{
    hpb_error error = {0};
    char *bytes;
    size_t n;
    if (hpb_file_read(path, (size_t)1 << 28, HPB_EXIT_PLUGIN, &bytes, &n, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    Elf64_Ehdr header;
    memcpy(&header, bytes, sizeof header);
    Elf64_Shdr *sections = hpb_alloc(header.e_shnum, sizeof *sections);
    memcpy(sections, bytes + header.e_shoff, header.e_shnum * sizeof *sections);
    found f = {0};
    for (unsigned i = 0; i < header.e_shnum; i++)
        if (sections[i].sh_type == SHT_DYNSYM || sections[i].sh_type == SHT_SYMTAB)
            read_symbols(bytes, &header, sections, &sections[i], &f);
    free(sections);
    free(bytes);
    return f;
}

static void test_plugins(void **state)
{
    (void)state;
    if (IS_SANITIZED)
        skip(); // sanitizers add symbols and variables of their own
    glob_t paths;
    assert_int_equal(glob(HPB_TEST_BINARY "/plugins/*/*.so", 0, NULL, &paths), 0);
    size_t wrong = 0;
    for (size_t i = 0; i < paths.gl_pathc; i++) {
        const found f = inspect(paths.gl_pathv[i]);
        if (f.exports == 1 && !f.variables && !f.names[0])
            continue;
        print_error("%s: %u exports, %u variables: %s\n", paths.gl_pathv[i], f.exports, f.variables,
                    f.names);
        wrong++;
    }
    globfree(&paths);
    assert_int_equal(wrong, 0);
}

// The check itself: a plugin that counts its calls is found out.
static void test_finds_variables(void **state)
{
    (void)state;
    if (IS_SANITIZED)
        skip();
    const found f = inspect(HPB_TEST_BINARY "/bad_plugins/entry_changes.so");
    assert_int_equal(f.variables, 1);
    assert_string_equal(f.names, "calls ");
    assert_string_equal(inspect(HPB_TEST_BINARY "/bad_plugins/no_entry.so").names, "answer ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_plugins),
                                       cmocka_unit_test(test_finds_variables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
