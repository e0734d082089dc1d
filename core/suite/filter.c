// SPDX-License-Identifier: Apache-2.0
// --filter: some of a suite's cells, by the names and labels of their levels.
#include "suite/filter.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// * is any text and ? any character, in upper or lower case. Goes back to the last * alone, so that no pattern is slow.
static bool matches(const char *pattern, const char *text)
{
    const char *star = NULL, *begin = NULL; // the last *, and where what follows it is tried
    if (!*text)
        return false; // a default goes by no name
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            begin = text;
        } else if (*pattern == '?' ||
                   tolower((unsigned char)*pattern) == tolower((unsigned char)*text)) {
            const bool is_any = *pattern++ == '?';
            do
                text++;
            while (is_any && ((unsigned char)*text & 0xc0) == 0x80);
        } else if (star) {
            pattern = star + 1;
            text = ++begin;
        } else {
            return false;
        }
    }
    return pattern[strspn(pattern, "*")] == '\0';
}

static bool matches_choice(const char *pattern, const hpb_choice *choice)
{
    return matches(pattern, choice->name) || matches(pattern, choice->label);
}

const char *hpb_option_words(hpb_arena *arena, const char *before, const char *option,
                             const char *const *values, uint32_t n)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.=,+-/:@%";
    hpb_text text = {0};
    hpb_text_add_bytes(&text, before, strlen(before));
    for (uint32_t i = 0; i < n; i++) {
        const bool is_plain = strspn(values[i], plain) == strlen(values[i]);
        hpb_text_add(&text, " %s %s", option, is_plain ? "" : "'");
        for (const char *c = values[i]; *c; c++)
            hpb_text_add_bytes(&text, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
        hpb_text_add(&text, is_plain ? "" : "'");
    }
    const char *words = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return words;
}

// --- reading -----------------------------------------------------------------------------------------------

static hpb_exit find_axis(const char *filter, size_t length, hpb_axis *out, hpb_error *error)
{
    const char *names[HPB_AXIS_COUNT];
    for (int axis = 0; axis < HPB_AXIS_COUNT; axis++) {
        names[axis] = hpb_axis_name((hpb_axis)axis);
        if (strlen(names[axis]) == length && strncmp(names[axis], filter, length) == 0) {
            *out = (hpb_axis)axis;
            return HPB_EXIT_OK;
        }
    }
    hpb_error_set(error, HPB_EXIT_USAGE, "--filter %s: no such factor", filter);
    char *word = hpb_format("%.*s", (int)length, filter);
    const char *nearest = hpb_nearest(word, names, HPB_COUNT(names));
    free(word);
    if (nearest)
        hpb_error_hint(error, "did you mean %s%s?", nearest, filter + length);
    else
        hpb_error_hint(error,
                       "factors: protocol, data, model, fit, optimizer, schedule, initializer, "
                       "early_stopping, splitter, seeds");
    return HPB_EXIT_USAGE;
}

#define MOST_HINTED 64 // levels that the nearest is looked for among
#define MOST_LISTED 8  // that are named where none is near

static void list_levels(const hpb_suite *suite, hpb_axis axis, hpb_error *error)
{
    const uint32_t n = suite->n_choices[axis];
    hpb_text all = {0};
    for (uint32_t i = 0; i < n && i < MOST_LISTED; i++)
        hpb_text_add(&all, "%s%s", i ? ", " : "", suite->choices[axis][i].label);
    hpb_error_hint(error, "levels: %s%s", all.data, n > MOST_LISTED ? ", ..." : "");
    hpb_text_free(&all);
}

static hpb_exit check_pattern(const hpb_suite *suite, const hpb_filter *filter, const char *pattern,
                              hpb_error *error)
{
    const char *known[2 * MOST_HINTED];
    size_t n = 0;
    for (uint32_t i = 0; i < suite->n_choices[filter->axis]; i++) {
        const hpb_choice *choice = &suite->choices[filter->axis][i];
        if (matches_choice(pattern, choice))
            return HPB_EXIT_OK;
        if (i < MOST_HINTED) {
            known[n++] = choice->label;
            if (*choice->name)
                known[n++] = choice->name;
        }
    }
    hpb_error_set(error, HPB_EXIT_USAGE, "--filter %s: no level of %s is \"%s\"", filter->text,
                  hpb_axis_name(filter->axis), pattern);
    const char *nearest = hpb_nearest(pattern, known, n);
    if (nearest)
        hpb_error_hint(error, "did you mean %s?", nearest);
    else
        list_levels(suite, filter->axis, error);
    return HPB_EXIT_USAGE;
}

// The patterns between the commas of "FACTOR=PATTERN,PATTERN".
static hpb_exit read_filter(const hpb_suite *suite, const char *text, hpb_filter *out,
                            hpb_error *error)
{
    const char *equals = strchr(text, '=');
    *out = (hpb_filter){.text = hpb_arena_strdup(suite->arena, text)};
    if (!equals || equals == text || !equals[1])
        return hpb_error_set(error, HPB_EXIT_USAGE,
                             "--filter: not of the form factor=level,level; got \"%s\"", text);
    hpb_exit code = find_axis(text, (size_t)(equals - text), &out->axis, error);
    uint32_t n = 1;
    for (const char *c = equals; *c; c++)
        n += *c == ',';
    const char **patterns = hpb_arena_alloc(suite->arena, n, sizeof *patterns);
    for (const char *at = equals + 1; !code; at++) {
        const char *begin = at, *comma = at + strcspn(at, ",");
        const char *end = hpb_trim(&begin, comma);
        const char *pattern = hpb_arena_strndup(suite->arena, begin, (size_t)(end - begin));
        patterns[out->n_patterns++] = pattern;
        code = check_pattern(suite, out, pattern, error);
        at = comma;
        if (!*at)
            break;
    }
    out->patterns = patterns;
    return code;
}

hpb_exit hpb_suite_filter(hpb_suite *suite, const char *const *filters, uint32_t n,
                          hpb_error *error)
{
    hpb_exit code = HPB_EXIT_OK;
    hpb_filter *all = hpb_arena_alloc(suite->arena, n, sizeof *all);
    for (uint32_t i = 0; i < n && !code; i++)
        code = read_filter(suite, filters[i], &all[i], error);
    suite->filters = all;
    suite->n_filters = code ? 0 : n;
    if (!code)
        suite->overrides = hpb_option_words(suite->arena, suite->overrides, "--filter", filters, n);
    return code;
}

// --- asking ------------------------------------------------------------------------------------------------

bool hpb_filters_hold(const hpb_suite *suite, const hpb_choice *const choice[HPB_AXIS_COUNT])
{
    for (uint32_t i = 0; i < suite->n_filters; i++) {
        const hpb_filter *filter = &suite->filters[i];
        bool is_kept = false;
        for (uint32_t k = 0; k < filter->n_patterns && !is_kept; k++)
            is_kept = matches_choice(filter->patterns[k], choice[filter->axis]);
        if (!is_kept)
            return false;
    }
    return true;
}
