// SPDX-License-Identifier: Apache-2.0
// A strict scan of INI text, compared value by value with what iniparser reads.
#include "suite/ini.h"

#include <errno.h>
#include <iniparser.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// What one pass over the text works with.
typedef struct scan {
    const char *path;
    hpb_arena *arena;
    hpb_diagnostics *diagnostics;
    hpb_ini *ini;
    hpb_text clean;   // the text as iniparser gets it: LF, no comment lines
    uint32_t line;    // from 1
    uint32_t section; // 1 + index of the open one; 0: none; UINT32_MAX: one that was refused
    bool is_good;
} scan;

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static char *fold(hpb_arena *arena, const char *text, size_t n)
{
    char *folded = hpb_arena_strndup(arena, text, n);
    for (char *c = folded; *c; c++)
        if (*c >= 'A' && *c <= 'Z') // ASCII alone, whatever the locale says of I
            *c = (char)(*c - 'A' + 'a');
    return folded;
}

// The place of `at` in `line`; columns count characters, not bytes.
static hpb_place place_of(const scan *s, const char *line, const char *at)
{
    uint32_t column = 1;
    for (const char *c = line; c < at; c++)
        column += ((unsigned char)*c & 0xc0) != 0x80;
    return (hpb_place){s->path, s->line, column};
}

static const char *open_section(const scan *s)
{
    return s->section && s->section != UINT32_MAX ? s->ini->sections[s->section - 1].name : NULL;
}

#define FAULT(s, at, section, key, ...)                                                            \
    ((s)->is_good = false,                                                                         \
     hpb_diagnose((s)->diagnostics, place_of((s), line, (at)), (section), (key), __VA_ARGS__))

const hpb_ini_section *hpb_ini_find(const hpb_ini *ini, const char *name)
{
    for (uint32_t i = 0; i < ini->n_sections; i++)
        if (strcmp(ini->sections[i].name, name) == 0)
            return &ini->sections[i];
    return NULL;
}

hpb_ini_entry *hpb_ini_find_entry(const hpb_ini_section *section, const char *key)
{
    for (uint32_t i = 0; section && i < section->n_entries; i++)
        if (strcmp(section->entries[i].key, key) == 0)
            return &section->entries[i];
    return NULL;
}

static hpb_ini_section *add_section(hpb_ini *ini, const char *name, hpb_place place)
{
    ini->sections =
        hpb_grow(ini->sections, &ini->capacity, ini->n_sections + 1u, sizeof *ini->sections);
    hpb_ini_section *section = &ini->sections[ini->n_sections++];
    *section = (hpb_ini_section){.name = name, .place = place};
    return section;
}

static void add_entry(hpb_ini_section *section, const hpb_ini_entry *entry)
{
    section->entries = hpb_grow(section->entries, &section->capacity, section->n_entries + 1u,
                                sizeof *section->entries);
    section->entries[section->n_entries++] = *entry;
}

// The first character of [begin, end) that a name can't have, or `end`.
static const char *bad_character(const char *begin, const char *end, bool allow_utf8)
{
    for (const char *c = begin; c < end; c++) {
        const bool is_word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                             (*c >= '0' && *c <= '9') || strchr("_.-+", *c);
        if (!is_word && !(allow_utf8 && (unsigned char)*c >= 0x80))
            return c;
    }
    return end;
}

// [begin, end) starts with '[' and has no space at either end.
static void scan_section(scan *s, const char *line, const char *begin, const char *end)
{
    s->section = UINT32_MAX;
    const char *close = memchr(begin, ']', (size_t)(end - begin));
    if (!close) {
        FAULT(s, end, NULL, NULL, "\"]\" is missing; expected [section]; got \"%.*s\"",
              (int)(end - begin), begin);
        return;
    }
    const char *after = close + 1;
    while (after < end && is_space(*after))
        after++;
    if (after < end && *after != '#' && *after != ';') {
        FAULT(s, after, NULL, NULL,
              "text behind a section's name; expected %.*s alone; got \"%.*s\"",
              (int)(close + 1 - begin), begin, (int)(end - after), after);
        return;
    }
    const char *name = begin + 1, *name_end = close;
    while (name < name_end && is_space(*name))
        name++;
    while (name_end > name && is_space(name_end[-1]))
        name_end--;
    if (name == name_end) {
        FAULT(s, begin, NULL, NULL, "section without a name; expected [suite], [data], ...");
        return;
    }
    const char *bad = bad_character(name, name_end, true);
    if (bad < name_end) {
        FAULT(s, bad, NULL, NULL,
              "unknown section [%.*s]; a section's name has letters, digits and _ . - + alone",
              (int)(name_end - name), name);
        return;
    }
    char *folded = fold(s->arena, name, (size_t)(name_end - name));
    const hpb_ini_section *earlier = hpb_ini_find(s->ini, folded);
    if (earlier) {
        FAULT(s, begin, folded, NULL, "duplicate section, first at line %u", earlier->place.line);
        return;
    }
    add_section(s->ini, folded, place_of(s, line, begin));
    s->section = s->ini->n_sections;
    hpb_text_add(&s->clean, "[%s]", folded);
}

// Finds the end of an unquoted value: whitespace and # or ; begin a comment.
static const char *plain_end(scan *s, const char *line, const char *value, const char *end,
                             const char *key)
{
    for (const char *c = value; c < end; c++) {
        if (*c != '#' && *c != ';')
            continue;
        if (c > value && !is_space(c[-1])) {
            hpb_error *error =
                FAULT(s, c, open_section(s), key,
                      "'%c' needs quotes; expected \"...\" around the value; got %.*s", *c,
                      (int)(end - value), value);
            hpb_error_hint(error, "a comment begins with a space and %c", *c);
            break; // the whole of it, so that no other fault follows from this one
        }
        end = c;
    }
    while (end > value && is_space(end[-1]))
        end--;
    return end;
}

// Finds the end of a value whose quote opens at `quote`: that of the closing quote.
static const char *quoted_end(scan *s, const char *line, const char *quote, const char *end,
                              const char *key)
{
    const char *close = memchr(quote + 1, *quote, (size_t)(end - quote - 1));
    if (!close) {
        FAULT(s, quote, open_section(s), key,
              "quote is never closed; expected %c at the end; got %.*s", *quote, (int)(end - quote),
              quote);
        return end;
    }
    const char *after = close + 1;
    while (after < end && is_space(*after))
        after++;
    if (after < end && *after != '#' && *after != ';') {
        FAULT(s, after, open_section(s), key,
              "text behind the closing quote; expected a comment or nothing; got %.*s",
              (int)(end - after), after);
    }
    return close;
}

static void scan_value(scan *s, const char *line, const char *begin, const char *end)
{
    const char *equals = memchr(begin, '=', (size_t)(end - begin));
    if (!equals) {
        FAULT(s, begin, NULL, NULL,
              "neither a section nor a value; expected [section] or key = value; got \"%.*s\"",
              (int)(end - begin), begin);
        return;
    }
    const char *key_end = equals;
    while (key_end > begin && is_space(key_end[-1]))
        key_end--;
    if (key_end == begin || bad_character(begin, key_end, false) < key_end) {
        FAULT(s, begin, open_section(s), NULL,
              "no name of a key; expected letters, digits and _ . - +; got \"%.*s\"",
              (int)(key_end - begin), begin);
        return;
    }
    char *key = fold(s->arena, begin, (size_t)(key_end - begin));
    if (!s->section) {
        FAULT(s, begin, NULL, key, "stands before the first section; expected [suite] above it");
        return;
    }
    const char *value = equals + 1;
    while (value < end && is_space(*value))
        value++;
    const bool is_quoted = value < end && (*value == '"' || *value == '\'');
    const uint32_t n_faults = s->diagnostics->count + s->diagnostics->dropped;
    const char *value_end =
        is_quoted ? quoted_end(s, line, value, end, key) : plain_end(s, line, value, end, key);
    if (s->section == UINT32_MAX)
        return;
    value += is_quoted;
    hpb_ini_section *section = &s->ini->sections[s->section - 1];
    const hpb_ini_entry *earlier = hpb_ini_find_entry(section, key);
    if (earlier) {
        FAULT(s, begin, section->name, key, "duplicate key, first at line %u",
              earlier->key_place.line);
        return;
    }
    const hpb_ini_entry entry = {
        .key = key,
        .value = hpb_arena_strndup(s->arena, value, (size_t)(value_end - value)),
        .is_quoted = is_quoted,
        .is_refused = n_faults != s->diagnostics->count + s->diagnostics->dropped,
        .key_place = place_of(s, line, begin),
        .place = place_of(s, line, value)};
    add_entry(section, &entry);
    // " #" keeps iniparser from joining a line that ends in a backslash with the next
    hpb_text_add(&s->clean, "%.*s%s", (int)(end - begin), begin, end[-1] == '\\' ? " #" : "");
}

// The first control character but tab, or NULL.
static const char *control_character(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7f)
            return &text[i];
    return NULL;
}

static void scan_line(scan *s, const char *line, size_t n)
{
    if (n > HPB_INI_MAX_LINE) {
        FAULT(s, line + HPB_INI_MAX_LINE, NULL, NULL, "line of %zu bytes; expected at most %u", n,
              HPB_INI_MAX_LINE);
        return;
    }
    const size_t valid = hpb_utf8_valid(line, n);
    if (valid < n) {
        hpb_error *error = FAULT(s, line + valid, NULL, NULL, "byte 0x%02x is not UTF-8",
                                 (unsigned)(unsigned char)line[valid]);
        hpb_error_hint(error, "save the file as UTF-8");
        return;
    }
    const char *control = control_character(line, n);
    if (control) {
        FAULT(s, control, NULL, NULL, "control character 0x%02x; expected text",
              (unsigned)(unsigned char)*control);
        return;
    }
    const char *begin = line, *end = line + n;
    while (begin < end && is_space(*begin))
        begin++;
    while (end > begin && is_space(end[-1]))
        end--;
    if (begin == end || *begin == '#' || *begin == ';')
        return;
    if (*begin == '[')
        scan_section(s, line, begin, end);
    else
        scan_value(s, line, begin, end);
}

// iniparser prints what is wrong to stderr; the scan has said it already, or says that they disagree.
static int be_silent(const char *format, ...)
{
    (void)format;
    return 0;
}

// iniparser reads files alone: the text as one that no folder holds. -1 with errno set.
static int write_to_memory(const hpb_text *text)
{
    const int fd = memfd_create("suite", MFD_CLOEXEC);
    for (size_t written = 0; fd >= 0 && written < text->length;) {
        const ssize_t n = write(fd, text->data + written, text->length - written);
        if (n > 0) {
            written += (size_t)n;
        } else if (errno != EINTR) {
            const int fault = errno;
            close(fd);
            errno = fault;
            return -1;
        }
    }
    return fd;
}

// NULL with errno set.
static dictionary *load_with_iniparser(const hpb_text *text)
{
    const int fd = write_to_memory(text);
    if (fd < 0)
        return NULL;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    free(hpb_alloc(4, text->length + 65536)); // it crashes where it gets no memory: end here then
    iniparser_set_error_callback(be_silent);
    errno = EINVAL; // where it refuses the text itself
    dictionary *dict = iniparser_load(path);
    const int fault = errno;
    iniparser_set_error_callback(NULL);
    close(fd);
    errno = fault;
    return dict;
}

static void compare_section(scan *s, const dictionary *dict, const hpb_ini_section *section)
{
    for (uint32_t k = 0; k < section->n_entries; k++) {
        const hpb_ini_entry *entry = &section->entries[k];
        char *name = hpb_format("%s:%s", section->name, entry->key);
        const char *other = iniparser_getstring(dict, name, NULL);
        if (!other || strcmp(other, entry->value) != 0) {
            s->is_good = false;
            hpb_diagnose(s->diagnostics, entry->place, section->name, entry->key,
                         "can be read in two ways, \"%s\" and \"%s\"; expected \"...\" around it",
                         entry->value, other ? other : "");
        }
        free(name);
    }
}

static void compare_with_iniparser(scan *s)
{
    dictionary *dict = load_with_iniparser(&s->clean);
    if (!dict) {
        s->is_good = false;
        const int fault = errno;
        hpb_error *error = hpb_diagnose(s->diagnostics, (hpb_place){s->path, 0, 0}, NULL, NULL,
                                        "can't be read as an INI file: %s", strerror(fault));
        if (error && fault != EINVAL)
            error->code = HPB_EXIT_STORE;
        hpb_error_hint_limit(error, fault);
        return;
    }
    for (uint32_t i = 0; i < s->ini->n_sections; i++)
        compare_section(s, dict, &s->ini->sections[i]);
    iniparser_freedict(dict);
}

bool hpb_ini_read(const char *path, const char *bytes, size_t n, hpb_arena *arena, hpb_ini *out,
                  hpb_diagnostics *diagnostics)
{
    *out = (hpb_ini){0};
    scan s = {
        .path = path, .arena = arena, .diagnostics = diagnostics, .ini = out, .is_good = true};
    if (hpb_looks_like_utf16(bytes, n)) {
        hpb_diagnose(diagnostics, (hpb_place){path, 0, 0}, NULL, NULL,
                     "looks like UTF-16; save as UTF-8");
        return false;
    }
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        bytes += 3, n -= 3;
    for (size_t i = 0; i < n;) {
        size_t length = 0;
        while (i + length < n && bytes[i + length] != '\n' && bytes[i + length] != '\r')
            length++;
        if (++s.line > HPB_INI_MAX_LINES) {
            hpb_diagnose(diagnostics, (hpb_place){path, s.line, 0}, NULL, NULL,
                         "too long; expected at most %u lines", HPB_INI_MAX_LINES);
            s.is_good = false;
            break;
        }
        scan_line(&s, bytes + i, length);
        hpb_text_add_bytes(&s.clean, "\n", 1);
        i += length;
        if (i < n)
            i += bytes[i] == '\r' && i + 1 < n && bytes[i + 1] == '\n' ? 2 : 1;
    }
    if (s.is_good && s.clean.length)
        compare_with_iniparser(&s);
    hpb_text_free(&s.clean);
    return s.is_good;
}

// The section of a --set option whose last point stands between name and key; takes "grid" from the one to the other.
static hpb_ini_section *overridden(const hpb_ini *ini, char *name, const char **key,
                                   hpb_arena *arena)
{
    const hpb_ini_section *section = hpb_ini_find(ini, name);
    char *grid = strrchr(name, '.');
    if (!section && grid && strchr(name, '.') < grid && strcmp(grid, ".grid") == 0) {
        *key = hpb_arena_format(arena, HPB_GRID "%s", *key);
        *grid = '\0';
        section = hpb_ini_find(ini, name);
    }
    return (hpb_ini_section *)section;
}

static void diagnose_no_section(const hpb_ini *ini, hpb_place place, const char *name,
                                hpb_diagnostics *diagnostics)
{
    const char **names = hpb_alloc(ini->n_sections, sizeof *names);
    for (uint32_t i = 0; i < ini->n_sections; i++)
        names[i] = ini->sections[i].name;
    const char *nearest = hpb_nearest(name, names, ini->n_sections);
    hpb_error *error =
        hpb_diagnose(diagnostics, place, name, NULL, "the suite has no such section");
    if (nearest)
        hpb_error_hint(error, "did you mean %s?", nearest);
    free(names);
}

bool hpb_ini_override(hpb_ini *ini, const char *option, hpb_arena *arena,
                      hpb_diagnostics *diagnostics)
{
    const hpb_place place = {hpb_arena_format(arena, "--set %s", option), 0, 0};
    const char *equals = strchr(option, '=');
    const char *dot = equals ? memrchr(option, '.', (size_t)(equals - option)) : NULL;
    if (!dot || dot == option || dot + 1 == equals) {
        hpb_diagnose(diagnostics, place, NULL, NULL, "expected section.key=value");
        return false;
    }
    const char *key_end = equals;
    while (key_end > dot + 1 && is_space(key_end[-1]))
        key_end--;
    char *name = fold(arena, option, (size_t)(dot - option));
    const char *key = fold(arena, dot + 1, (size_t)(key_end - dot - 1));
    const bool is_utf8 = hpb_utf8_valid(option, strlen(option)) == strlen(option);
    if (!is_utf8 || control_character(option, strlen(option))) {
        hpb_diagnose(diagnostics, place, NULL, NULL, "%s; expected one line of text",
                     is_utf8 ? "has a control character" : "is not UTF-8");
        return false;
    }
    hpb_ini_section *section = overridden(ini, name, &key, arena);
    if (!section && strchr(name, '.')) {
        diagnose_no_section(ini, place, name, diagnostics);
        return false;
    }
    if (!section)
        section = add_section(ini, name, place);
    const char *value = equals + 1, *end = value + strlen(value);
    while (is_space(*value))
        value++;
    while (end > value && is_space(end[-1]))
        end--;
    const bool is_quoted =
        end - value >= 2 && (*value == '"' || *value == '\'') && end[-1] == *value;
    const hpb_ini_entry entry = {
        .key = key,
        .value = hpb_arena_strndup(arena, value + is_quoted, (size_t)(end - value) - 2 * is_quoted),
        .is_quoted = is_quoted,
        .key_place = place,
        .place = place};
    hpb_ini_entry *earlier = hpb_ini_find_entry(section, key);
    if (earlier)
        *earlier = entry;
    else
        add_entry(section, &entry);
    return true;
}

void hpb_ini_free(hpb_ini *ini)
{
    for (uint32_t i = 0; i < ini->n_sections; i++)
        free(ini->sections[i].entries);
    free(ini->sections);
    *ini = (hpb_ini){0};
}
