// SPDX-License-Identifier: Apache-2.0
// Checks an ELF file's headers against its length and against this machine.
#include "loader/elf.h"

#include <elf.h>
#include <string.h>

#if !defined(__x86_64__)
#error "hpbench runs on x86-64"
#endif

// The file under examination. Headers are copied out, so nothing depends on alignment.
typedef struct image {
    const char *path;
    const char *bytes;
    size_t n;
    hpb_error *error;
} image;

static hpb_exit refuse(const image *file, const char *reason)
{
    return hpb_error_set(file->error, HPB_EXIT_PLUGIN, "%s: %s", file->path, reason);
}

static hpb_exit refuse_truncated(const image *file, const char *part, uint64_t end)
{
    char wants[HPB_NUMBER_SIZE], has[HPB_NUMBER_SIZE];
    return hpb_error_set(file->error, HPB_EXIT_PLUGIN,
                         "%s: file is truncated: %s ends at %s, file has %s", file->path, part,
                         hpb_count_text(end, wants), hpb_count_text(file->n, has));
}

// Where a part ends; UINT64_MAX where that can't be told in 64 bits.
static uint64_t end_of(uint64_t offset, uint64_t size)
{
    return offset > UINT64_MAX - size ? UINT64_MAX : offset + size;
}

static const char *machine_name(unsigned machine)
{
    static const struct {
        unsigned machine;
        const char *name;
    } known[] = {
        {EM_AARCH64, "aarch64"}, {EM_ARM, "arm"},    {EM_386, "i386"},  {EM_RISCV, "riscv"},
        {EM_PPC64, "ppc64"},     {EM_S390, "s390x"}, {EM_MIPS, "mips"}, {EM_LOONGARCH, "loongarch"},
        {EM_SPARCV9, "sparc64"}, {EM_IA_64, "ia64"},
    };
    for (size_t i = 0; i < HPB_COUNT(known); i++)
        if (known[i].machine == machine)
            return known[i].name;
    return NULL;
}

static bool is_text(const char *bytes, size_t n)
{
    const size_t look = n < 512 ? n : 512;
    for (size_t i = 0; i < look; i++) {
        const unsigned char byte = (unsigned char)bytes[i];
        if (byte < 0x20 && !strchr("\t\n\r\f", byte))
            return false;
        if (byte == 0)
            return false;
    }
    return true;
}

static hpb_exit check_magic(const image *file)
{
    if (!file->n)
        return refuse(file, "the file is empty; expected a shared object");
    if (file->n >= 8 && memcmp(file->bytes, "!<arch>\n", 8) == 0)
        return refuse(file, "a static library, not a shared object: link it with -shared");
    const size_t n = file->n < SELFMAG ? file->n : SELFMAG;
    if (memcmp(file->bytes, ELFMAG, n) != 0)
        return refuse(file, is_text(file->bytes, file->n)
                                ? "a text file, not a shared object: compile it with -shared -fPIC"
                                : "not a shared object: no ELF signature");
    if (file->n < sizeof(Elf64_Ehdr))
        return refuse_truncated(file, "the ELF header", sizeof(Elf64_Ehdr));
    return HPB_EXIT_OK;
}

static hpb_exit check_header(const image *file, const Elf64_Ehdr *header)
{
    if (header->e_ident[EI_CLASS] == ELFCLASS32)
        return refuse(file, "built for 32 bit, this is 64 bit (x86-64): build it without -m32");
    if (header->e_ident[EI_CLASS] != ELFCLASS64)
        return refuse(file, "damaged: neither a 32 bit nor a 64 bit ELF file");
    if (header->e_ident[EI_DATA] != ELFDATA2LSB)
        return refuse(file, "built for a big-endian machine, this is x86-64");
    if (header->e_machine != EM_X86_64) {
        const char *name = machine_name(header->e_machine);
        char number[48];
        snprintf(number, sizeof number, "another machine (number %u)", header->e_machine);
        return hpb_error_set(file->error, HPB_EXIT_PLUGIN, "%s: built for %s, this is x86-64",
                             file->path, name ? name : number);
    }
    switch (header->e_type) {
    case ET_DYN:
        break;
    case ET_REL:
        return refuse(file, "an object file, not a shared object: link it with -shared");
    case ET_EXEC:
        return refuse(file, "a program, not a shared object: link it with -shared");
    default:
        return refuse(file,
                      "not a shared object: its ELF type is neither of those that can be loaded");
    }
    if (header->e_phentsize != sizeof(Elf64_Phdr) || !header->e_phnum)
        return refuse(file, "damaged: no program headers");
    const uint64_t programs =
        end_of(header->e_phoff, (uint64_t)header->e_phnum * header->e_phentsize);
    if (programs > file->n)
        return refuse_truncated(file, "the program header table", programs);
    return HPB_EXIT_OK;
}

// Flags in .dynamic that tell a program, or code that must be patched to run.
static hpb_exit check_dynamic(const image *file, const Elf64_Phdr *segment)
{
    for (uint64_t at = 0; segment->p_filesz - at >= sizeof(Elf64_Dyn); at += sizeof(Elf64_Dyn)) {
        Elf64_Dyn entry;
        memcpy(&entry, file->bytes + segment->p_offset + at, sizeof entry);
        if (entry.d_tag == DT_NULL)
            break;
        if (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_PIE))
            return refuse(file, "a program (PIE), not a shared object: link it with -shared");
        if (entry.d_tag == DT_TEXTREL ||
            (entry.d_tag == DT_FLAGS && (entry.d_un.d_val & DF_TEXTREL)))
            return refuse(file, "its code must be changed to be loaded (text relocations): compile "
                                "it with -fPIC");
    }
    return HPB_EXIT_OK;
}

static hpb_exit check_segments(const image *file, const Elf64_Ehdr *header)
{
    bool has_stack = false, has_dynamic = false;
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, file->bytes + header->e_phoff + i * sizeof segment, sizeof segment);
        const uint64_t end = end_of(segment.p_offset, segment.p_filesz);
        if ((segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC) && end > file->n)
            return refuse_truncated(file, "segment", end);
        if (segment.p_type == PT_INTERP)
            return refuse(file, "a program (PIE), not a shared object: link it with -shared");
        if (segment.p_type == PT_DYNAMIC) {
            has_dynamic = true;
            const hpb_exit result = check_dynamic(file, &segment);
            if (result != HPB_EXIT_OK)
                return result;
        }
        if (segment.p_type == PT_GNU_STACK)
            has_stack = !(segment.p_flags & PF_X);
    }
    if (!has_dynamic)
        return refuse(file, "not a shared object: it has no dynamic section");
    if (!has_stack) // no PT_GNU_STACK at all means an executable stack to the linker
        return refuse(file, "asks for an executable stack: link it with -Wl,-z,noexecstack");
    return HPB_EXIT_OK;
}

hpb_exit hpb_elf_check(const char *path, const char *bytes, size_t n, hpb_error *error)
{
    const image file = {path, bytes, n, error};
    hpb_exit result = check_magic(&file);
    if (result != HPB_EXIT_OK)
        return result;
    Elf64_Ehdr header;
    memcpy(&header, bytes, sizeof header);
    result = check_header(&file, &header);
    if (result == HPB_EXIT_OK)
        result = check_segments(&file, &header);
    if (result != HPB_EXIT_OK)
        return result;
    // Nothing is loaded from the section table, but a file that has lost it has lost its end.
    const uint64_t sections = end_of(header.e_shoff, (uint64_t)header.e_shnum * header.e_shentsize);
    if (header.e_shoff && sections > n)
        return refuse_truncated(&file, "the section table", sections);
    return HPB_EXIT_OK;
}
