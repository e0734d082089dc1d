// SPDX-License-Identifier: Apache-2.0
// A shipped suite with other data: lines are kept, left out or put in; comments stay with what they are about.
#include "cli/template.h"

#include "suite/ini.h"

#include <stdlib.h>
#include <string.h>

#define MAX_VALUE 900 // bytes: a line of a suite has at most 1,000

// A template as lines; line numbers count from 1.
typedef struct page {
    char *text; // line ends are NULs
    char **line;
    uint32_t n;
    bool *is_left_out; // [n + 1]
    hpb_arena *arena;
    hpb_ini ini;
} page;

const hpb_template *hpb_template_find(const char *name)
{
    char *with = hpb_format("%s.ini", name);
    const hpb_template *found = NULL;
    for (size_t i = 0; i < hpb_n_templates && !found; i++)
        if (strcmp(hpb_templates[i].name, name) == 0 || strcmp(hpb_templates[i].name, with) == 0)
            found = &hpb_templates[i];
    free(with);
    return found;
}

bool hpb_template_is_suite(const hpb_template *template, size_t *n)
{
    const size_t length = strlen(template->name);
    *n = length > 4 ? length - 4 : 0;
    return *n && strcmp(template->name + *n, ".ini") == 0;
}

// --- lines --------------------------------------------------------------------------------------------

static void page_open(const hpb_template *template, page *out)
{
    *out = (page){.arena = hpb_arena_create(), .text = hpb_strdup(template->text)};
    size_t capacity = 0;
    for (char *c = out->text; c && *c;) {
        out->line = hpb_grow(out->line, &capacity, out->n + 2u, sizeof *out->line);
        out->line[++out->n] = c;
        c = strchr(c, '\n');
        if (c)
            *c++ = '\0';
    }
    out->is_left_out = hpb_alloc(out->n + 1u, sizeof *out->is_left_out);
    hpb_diagnostics *diagnostics = hpb_alloc(1, sizeof *diagnostics);
    hpb_ini_read(template->name, template->text, template->size, out->arena, &out->ini,
                 diagnostics);
    free(diagnostics); // there are none: every shipped suite is tested
}

static void page_close(page *p)
{
    hpb_ini_free(&p->ini);
    hpb_arena_destroy(p->arena);
    free(p->is_left_out);
    free(p->line);
    free(p->text);
}

char *hpb_template_question(const hpb_template *template)
{
    page p;
    page_open(template, &p);
    const hpb_ini_entry *entry = hpb_ini_find_entry(hpb_ini_find(&p.ini, "suite"), "question");
    char *value = hpb_strdup(entry ? entry->value : "");
    page_close(&p);
    return value;
}

static bool is_comment(const char *line)
{
    return *line == '#' || *line == ';';
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r")] == '\0';
}

// The lines of a section: the comment right above it, its values, and the comment right below them, unless that
// belongs to the next section.
static void extent(const page *p, const hpb_ini_section *section, uint32_t *first, uint32_t *last)
{
    *first = *last = section->place.line;
    for (uint32_t i = 0; i < section->n_entries; i++)
        *last = section->entries[i].place.line;
    while (*first > 1 && is_comment(p->line[*first - 1]))
        --*first;
    uint32_t below = *last;
    while (below < p->n && is_comment(p->line[below + 1]))
        below++;
    if (below == p->n || is_blank(p->line[below + 1]))
        *last = below;
}

static bool is_data(const char *section)
{
    return strcmp(section, "data") == 0 || strncmp(section, "data.", 5) == 0;
}

bool hpb_template_reads(const hpb_template *template, const char *file)
{
    page p;
    bool reads = false;
    page_open(template, &p);
    for (uint32_t i = 0; i < p.ini.n_sections; i++) {
        const hpb_ini_entry *entry = hpb_ini_find_entry(&p.ini.sections[i], "file");
        reads |= is_data(p.ini.sections[i].name) && entry && strcmp(entry->value, file) == 0;
    }
    page_close(&p);
    return reads;
}

// Leaves the data out; returns the line that the new ones go before.
static uint32_t leave_out_data(page *p)
{
    uint32_t first, last, at = 0;
    for (uint32_t i = 0; i < p->ini.n_sections; i++) {
        if (!is_data(p->ini.sections[i].name))
            continue;
        extent(p, &p->ini.sections[i], &first, &last);
        at = at ? at : first;
        for (uint32_t line = first; line <= last; line++)
            p->is_left_out[line] = true;
        // one blank line is enough between what stays
        if (at != first && is_blank(p->line[first - 1]))
            p->is_left_out[first - 1] = true;
    }
    if (at)
        return at;
    extent(p, &p->ini.sections[0], &first, &last); // [suite] comes first
    return last + 1;
}

// --- labels of data that are no longer there ----------------------------------------------------------

static bool is_data_label(const page *p, const char *word, size_t n)
{
    bool is_data_axis = false, is_other = false;
    for (uint32_t i = 0; i < p->ini.n_sections; i++) {
        const char *dot = strchr(p->ini.sections[i].name, '.');
        if (!dot || strlen(dot + 1) != n || strncasecmp(dot + 1, word, n) != 0)
            continue;
        is_data_axis |= is_data(p->ini.sections[i].name);
        is_other |= !is_data(p->ini.sections[i].name);
    }
    return is_data_axis && !is_other;
}

// Adds one term, a & b, without labels of data to `out`. True: there were some.
static bool add_term(const page *p, const char *term, size_t n, hpb_text *out)
{
    hpb_text kept = {0};
    bool has_label = false;
    for (const char *end = term + n; term < end;) {
        const char *stop = memchr(term, '&', (size_t)(end - term));
        stop = stop ? stop : end;
        const char *word = term, *word_end = hpb_trim(&word, stop);
        const bool is_label = word < word_end && is_data_label(p, word, (size_t)(word_end - word));
        has_label |= is_label;
        if (word < word_end && !is_label)
            hpb_text_add(&kept, "%s%.*s", kept.length ? " & " : "", (int)(word_end - word), word);
        term = stop + 1;
    }
    if (kept.length)
        hpb_text_add(out, "%s%s", out->length ? ", " : "", kept.data);
    hpb_text_free(&kept);
    return has_label;
}

// Takes labels of data out of one value of [cross] or [report].
static void mend_entry(page *p, const hpb_ini_entry *entry)
{
    bool has_label = false;
    hpb_text value = {0};
    for (const char *at = entry->value; *at;) {
        const size_t n = strcspn(at, ",");
        has_label |= add_term(p, at, n, &value);
        at += n + (at[n] != 0);
    }
    const uint32_t line = entry->place.line;
    char *old = strstr(p->line[line], entry->value);
    if (has_label && !value.length)
        p->is_left_out[line] = true;
    else if (has_label && old)
        p->line[line] = hpb_arena_format(p->arena, "%.*s%s%s", (int)(old - p->line[line]),
                                         p->line[line], value.data, old + strlen(entry->value));
    hpb_text_free(&value);
}

static void mend_references(page *p)
{
    const hpb_ini_section *cross = hpb_ini_find(&p->ini, "cross");
    for (uint32_t i = 0; cross && i < cross->n_entries; i++) {
        if (strcmp(cross->entries[i].key, "data") == 0)
            p->is_left_out[cross->entries[i].place.line] = true;
        else
            mend_entry(p, &cross->entries[i]);
    }
    const hpb_ini_section *report = hpb_ini_find(&p->ini, "report");
    for (uint32_t i = 0; report && i < report->n_entries; i++)
        if (strcmp(report->entries[i].key, "reference") == 0)
            mend_entry(p, &report->entries[i]);
}

// --- the user's data ----------------------------------------------------------------------------------

// A value as a suite takes it, in quotes where it needs them; free() it. NULL: it can't stand there.
static char *quoted(const char *value)
{
    const size_t n = strlen(value);
    for (const char *c = value; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return NULL;
    if (!n || n > MAX_VALUE || hpb_utf8_valid(value, n) != n)
        return NULL;
    if (!strpbrk(value, "#;,\"'") && *value != ' ' && value[n - 1] != ' ')
        return hpb_strdup(value);
    const char quote = strchr(value, '"') ? '\'' : '"';
    return strchr(value, quote) ? NULL : hpb_format("%c%s%c", quote, value, quote);
}

static hpb_exit add_data(const hpb_template_data *data, hpb_text *out, hpb_error *error)
{
    const struct {
        const char *name, *value, *comment;
    } keys[] = {
        {"file", data->file, "relative to this file"},
        {"target", data->target, data->scale},
        {"separator", data->separator, NULL},
        {"na", data->na, "rows with it, or with an empty field, are left out"},
    };
    hpb_text_add(out, "# %s\n[data]\n", data->about);
    for (size_t i = 0; i < HPB_COUNT(keys); i++) {
        if (!keys[i].value)
            continue;
        char *value = quoted(keys[i].value);
        if (!value)
            return hpb_error_set(error, HPB_EXIT_USAGE,
                                 "%s can't stand in a suite; expected UTF-8 of at least a "
                                 "character, without control characters and without both kinds "
                                 "of quotes; got \"%.200s\"",
                                 keys[i].name, keys[i].value);
        if (keys[i].comment)
            hpb_text_add(out, "%-11s = %-12s  # %s\n", keys[i].name, value, keys[i].comment);
        else
            hpb_text_add(out, "%-11s = %s\n", keys[i].name, value);
        free(value);
    }
    hpb_text_add(
        out, "%-11s = %-12s  # %s\n", "standardise", "train",
        "features to mean 0 and SD 1, by the training rows of each fold; none; all (leaks)");
    if (!data->na)
        hpb_text_add(out,
                     "# na        = NA            # the text of a missing value; rows with one "
                     "are left out\n");
    return HPB_EXIT_OK;
}

// --- the whole ----------------------------------------------------------------------------------------

// Adds a line; in a comment the template's own name becomes `path`'s.
static void add_line(const char *line, const hpb_template *template, const char *path,
                     hpb_text *out)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    char *in_folder = hpb_format("suites/%s", template->name);
    const char *at = is_comment(line) ? strstr(line, in_folder) : NULL;
    if (at) {
        hpb_text_add(out, "%.*s%s%s\n", (int)(at - line), line, path, at + strlen(in_folder));
    } else if (is_comment(line) && (at = strstr(line, template->name))) {
        hpb_text_add(out, "%.*s%s%s\n", (int)(at - line), line, base, at + strlen(template->name));
    } else {
        hpb_text_add(out, "%s\n", line);
    }
    free(in_folder);
}

hpb_exit hpb_template_write(const hpb_template *template, const char *path,
                            const hpb_template_data *data, hpb_text *out, hpb_error *error)
{
    page p;
    page_open(template, &p);
    hpb_exit code = HPB_EXIT_OK;
    uint32_t at = 0;
    if (strcmp(path, "-") == 0) // on standard output it keeps its name
        path = template->name;
    if (data) {
        mend_references(&p);
        at = leave_out_data(&p);
    }
    for (uint32_t line = 1; line <= p.n && !code; line++) {
        const bool is_own = line == at;
        const bool is_between = is_own && !p.is_left_out[line];
        if (is_between)
            hpb_text_add(out, "\n");
        if (is_own)
            code = add_data(data, out, error);
        if (!p.is_left_out[line])
            add_line(p.line[line], template, path, out);
    }
    page_close(&p);
    return code;
}
