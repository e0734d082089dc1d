// SPDX-License-Identifier: Apache-2.0
// A report drawn into a folder of its own, and what must hold for every page.
#ifndef HPB_TEST_SUPPORT_PAGE_H
#define HPB_TEST_SUPPORT_PAGE_H

#include "reports/page.h"
#include "reports/ranking.h"
#include "reports/synthetic.h"

#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct drawn {
    char *folder;
    hpb_figures figures;
    char note[256];
    hpb_text page;
} drawn;

static inline void draw(hpb_report_data *data, drawn *out)
{
    *out = (drawn){0};
    hpb_error error = {0};
    hpb_report_summarise(data);
    hpb_report_rank(data);
    hpb_report_answer(data);
    assert_int_equal(hpb_private_folder_make(&out->folder, &error), HPB_EXIT_OK);
    if (hpb_figures_draw(data, out->folder, &out->figures, out->note, &error) != HPB_EXIT_OK)
        fail_msg("%s", error.text);
    hpb_page_write(data, &out->figures, out->note, "stamp", &out->page);
}

static inline void discard(drawn *d)
{
    hpb_private_folder_remove(d->folder);
    free(d->folder);
    hpb_figures_free(&d->figures);
    hpb_text_free(&d->page);
}

static inline char *read_file(const drawn *d, const char *name, size_t *n)
{
    char *path = hpb_format("%s/%s", d->folder, name), *bytes = NULL;
    *n = 0;
    hpb_file_read(path, (size_t)16 << 20, HPB_EXIT_STORE, &bytes, n, NULL);
    free(path);
    return bytes;
}

static inline void assert_drawn(const drawn *d, const char *name)
{
    static const char *const endings[] = {"png", "svg"};
    for (size_t i = 0; i < HPB_COUNT(endings); i++) {
        char *file = hpb_format("%s.%s", name, endings[i]);
        size_t n;
        char *bytes = read_file(d, file, &n);
        if (!bytes || !hpb_picture_is_whole(bytes, n))
            fail_msg("%s is not a whole picture; note: %s", file, d->note);
        free(bytes);
        free(file);
    }
}

static inline bool needs_gnuplot(void)
{
    char *gnuplot = hpb_gnuplot_find();
    const bool is_there = gnuplot != NULL;
    free(gnuplot);
    return is_there;
}

// --- the page ---------------------------------------------------------------------------------------------

// Tags, attributes and entities are the template's alone: walks the page and returns the first tag that it doesn't know.
static const char *unknown_tag(const char *page, char name[32])
{
    static const char *const known[] = {
        "!doctype", "html",   "head",    "meta",  "title",      "style",   "script", "body", "main",
        "header",   "footer", "section", "p",     "h1",         "h2",      "h3",     "b",    "span",
        "code",     "pre",    "table",   "thead", "tbody",      "tr",      "th",     "td",   "ul",
        "li",       "figure", "img",     "div",   "figcaption", "details", "summary"};
    for (const char *at = strchr(page, '<'); at; at = strchr(at + 1, '<')) {
        const char *start = at + 1 + (at[1] == '/');
        size_t n = 0;
        while (n < 31 && start[n] && !strchr(" >\n", start[n])) {
            name[n] = start[n] >= 'A' && start[n] <= 'Z' ? (char)(start[n] + 32) : start[n];
            n++;
        }
        name[n] = '\0';
        bool is_known = false;
        for (size_t i = 0; i < HPB_COUNT(known); i++)
            is_known |= strcmp(name, known[i]) == 0;
        if (!is_known)
            return at;
        if (strcmp(name, "style") == 0 ||
            strcmp(name, "script") == 0) // no tags inside; ours end once
            at = strstr(at, strcmp(name, "style") == 0 ? "</style" : "</script");
        else if (!strchr(at, '>'))
            return at;
    }
    return NULL;
}

static inline uint32_t count(const char *text, const char *word)
{
    uint32_t n = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        n++;
    return n;
}

static inline void assert_clean(const char *page)
{
    char name[32];
    const char *at = unknown_tag(page, name);
    if (at)
        fail_msg("a tag <%s> that is not the template's: %.80s", name, at);
    assert_int_equal(count(page, "<script"), 1);
    assert_int_equal(count(page, "<style"), 1);
    assert_int_equal(count(page, "<title"), 1);
    assert_int_equal(count(page, " style="), 0); // the policy blocks it
    assert_int_equal(count(page, "http://"), 0); // nothing to fetch
    assert_int_equal(count(page, "https://"), 0);
    assert_int_equal(count(page, "onerror=1>"), 0);
    assert_int_equal(count(page, "{{answer}}") + count(page, "{{cells}}"), 0);
}

#endif
