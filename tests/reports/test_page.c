// SPDX-License-Identifier: Apache-2.0
// Figures and page together: hostile labels, impossible data, equal bytes, what a picture-less machine gets.
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

static void draw(hpb_report_data *data, drawn *out)
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

static void discard(drawn *d)
{
    hpb_private_folder_remove(d->folder);
    free(d->folder);
    hpb_figures_free(&d->figures);
    hpb_text_free(&d->page);
}

static char *read_file(const drawn *d, const char *name, size_t *n)
{
    char *path = hpb_format("%s/%s", d->folder, name), *bytes = NULL;
    *n = 0;
    hpb_file_read(path, (size_t)16 << 20, HPB_EXIT_STORE, &bytes, n, NULL);
    free(path);
    return bytes;
}

static void assert_drawn(const drawn *d, const char *name)
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

static bool needs_gnuplot(void)
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

static uint32_t count(const char *text, const char *word)
{
    uint32_t n = 0;
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        n++;
    return n;
}

static void assert_clean(const char *page)
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

static void test_page_is_whole(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 200);
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    const char *const words[] = {"optimizers · 804 of 804 runs · 0 failed, 0 diverged · complete",
                                 "Adam is better here",
                                 "How sure is this?",
                                 "200 of 200",
                                 "<meta name=\"hpbench-store\" content=\"stamp\">",
                                 "default-src 'none'",
                                 "style-src 'sha256-",
                                 "script-src 'sha256-"};
    for (size_t i = 0; i < HPB_COUNT(words); i++)
        if (!strstr(d.page.data, words[i]))
            fail_msg("the page doesn't say: %s", words[i]);
    assert_null(strstr(d.page.data, "PARTIAL"));
    assert_null(strstr(d.page.data, "nan"));
    if (needs_gnuplot()) {
        assert_string_equal(d.note, "");
        assert_drawn(&d, "distribution");
        assert_drawn(&d, "differences");
        assert_drawn(&d, "ecdf");
        assert_int_equal(count(d.page.data, "data:image/svg+xml;base64,"), 3);
        assert_true(d.figures.items[0].svg.length < 150000);
    }
    discard(&d);
    hpb_report_data_free(&data);
}

static void test_partial_looks_partial(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 40);
    hpb_report_cell *cell = &data.cells[2];
    for (uint32_t r = 0; r < 12; r++)
        cell->mse[r] = (double)NAN;
    cell->count[HPB_STATUS_OK] = 28;
    cell->count[HPB_STATUS_DIVERGED] = 4;
    cell->count[HPB_STATUS_CRASHED] = 3; // and 5 are not there
    data.causes[0] = (hpb_report_cause){HPB_STATUS_CRASHED, "signal 11 in <update>", "<a>", 7, 3};
    data.n_causes = 1;
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    const char *const words[] = {"class=\"partial\"",
                                 "PARTIAL",
                                 "159 of 164",
                                 "3 failed: 3 crashed",
                                 "4 diverged",
                                 "35 of 40",
                                 "signal 11 in &lt;update&gt;; first in &lt;a&gt;, replicate 7"};
    for (size_t i = 0; i < HPB_COUNT(words); i++)
        if (!strstr(d.page.data, words[i]))
            fail_msg("the page doesn't say: %s", words[i]);
    if (needs_gnuplot()) {
        assert_non_null(strstr(d.figures.items[0].svg.data, "4 diverged, 3 failed"));
        assert_non_null(strstr(d.figures.items[0].svg.data, "n 28 of 40"));
    }
    size_t n;
    char *csv = read_file(&d, "distribution.csv", &n);
    assert_non_null(strstr(csv, "adam & cv5 & random,28,35,40,4,3,0,0,0,"));
    free(csv);
    discard(&d);
    hpb_report_data_free(&data);
}

// --- hostile text -----------------------------------------------------------------------------------------

static void test_payloads(void **state)
{
    (void)state;
    const char *const payloads[] = {"`touch P`",
                                    "$(touch P)",
                                    "\"; system(\"touch P\") #",
                                    "'; system('touch P'); #",
                                    "it''s",
                                    "trailing \\",
                                    "a\nsystem(\"touch P\")",
                                    "a\nEOD\nsystem(\"touch P\")\n$d",
                                    "< touch P",
                                    "|touch P",
                                    "-",
                                    "'+'",
                                    "*.tsv",
                                    "@m",
                                    "{/=5000 x}",
                                    "a_{b^{c",
                                    "%s%n",
                                    "\x07",
                                    "\xe2\x80\xaegnirts",
                                    "zero\xe2\x80\x8bwidth",
                                    "\xf0\x9f\x98\x80",
                                    "a\tb",
                                    "<script>alert(1)</script>",
                                    "</title><script>alert(1)</script>",
                                    "</script>",
                                    "\"><img src=x onerror=1>",
                                    "javascript:alert(1)",
                                    "&#x3c;script&#x3e;",
                                    "]]>",
                                    "--><!--",
                                    "</svg>",
                                    "=1+1",
                                    "+1",
                                    "-1+cmd|' /C calc'!A0",
                                    "@SUM",
                                    "\t=",
                                    "\r=",
                                    "{{script}}",
                                    "\xff\xfe",
                                    ""};
    char canary[] = "P", start[4096];
    assert_non_null(getcwd(start, sizeof start));
    char *here;
    assert_int_equal(hpb_private_folder_make(&here, NULL), HPB_EXIT_OK);
    assert_int_equal(chdir(here), 0);
    for (size_t i = 0; i < HPB_COUNT(payloads); i += 4) { // four rows a figure
        hpb_report_data data;
        synthetic_optimizers(&data, 5);
        data.suite = payloads[i + 1];
        data.question = payloads[i + 2];
        data.causes[0] =
            (hpb_report_cause){HPB_STATUS_CRASHED, payloads[i + 3], payloads[i + 3], 0, 1};
        data.n_causes = 1;
        data.about = json_object();
        for (uint32_t c = 0; c < data.n_cells; c++) {
            data.cells[c].label = payloads[(i + c / 2) % HPB_COUNT(payloads)];
            data.cells[c].levels[HPB_AXIS_OPTIMIZER] = c < 4 ? data.cells[0].label : "sgd";
        }
        char *text = hpb_format("[suite]\n%s", payloads[i]);
        json_object_set_new(data.about, "suite_text",
                            json_stringn(text, hpb_utf8_valid(text, strlen(text))));
        json_object_set_new(
            data.about, "cpu",
            json_stringn(payloads[i], hpb_utf8_valid(payloads[i], strlen(payloads[i]))));
        free(text);
        drawn d;
        draw(&data, &d);
        assert_clean(d.page.data);
        if (needs_gnuplot()) {
            if (*d.note)
                fail_msg("payload %zu: %s", i, d.note);
            assert_drawn(&d, "distribution");
            assert_drawn(&d, "differences");
        }
        char *inside = hpb_format("%s/P", d.folder);
        assert_int_not_equal(access(inside, F_OK), 0);
        free(inside);
        assert_int_not_equal(access(canary, F_OK), 0);
        json_decref(data.about);
        discard(&d);
        hpb_report_data_free(&data);
    }
    assert_int_equal(chdir(start), 0);
    assert_int_equal(rmdir(here), 0); // still empty
    free(here);
}

static void test_long_labels(void **state)
{
    (void)state;
    hpb_report_data data;
    synthetic_optimizers(&data, 5);
    char *braces = hpb_arena_alloc(data.arena, 2000001, 1);
    memset(braces, '{', 2000000);
    data.cells[0].label = braces;
    drawn d;
    draw(&data, &d);
    if (needs_gnuplot()) {
        assert_string_equal(d.note, "");
        assert_drawn(&d, "distribution");
        assert_true(d.figures.items[0].svg.length < 150000);
    }
    discard(&d);
    hpb_report_data_free(&data);
}

// --- impossible data --------------------------------------------------------------------------------------

static void set_all(hpb_report_data *data, const double *values, size_t n)
{
    for (uint32_t c = 0; c < data->n_cells; c++)
        for (uint32_t r = 0; r < data->cells[c].n_planned; r++)
            data->cells[c].mse[r] = values[r % n];
}

static void test_impossible_data(void **state)
{
    (void)state;
    static const double none[] = {(double)NAN}, equal[] = {0.25}, extreme[] = {1e-308, 1e308},
                        zero[] = {0}, large[] = {1.7e308, 1.6e308},
                        one[] = {0.3,         (double)NAN, (double)NAN, (double)NAN,
                                 (double)NAN, (double)NAN, (double)NAN, (double)NAN},
                        infinite[] = {HUGE_VAL, 1};
    static const struct {
        const double *values;
        size_t n;
    } cases[] = {{none, 1},  {equal, 1}, {extreme, 2}, {zero, 1},
                 {large, 2}, {one, 8},   {infinite, 2}};
    for (size_t i = 0; i < HPB_COUNT(cases); i++) {
        hpb_report_data data;
        synthetic_optimizers(&data, 8);
        data.cells[0].truth_mse = i % 2 ? (double)NAN : 0.01;
        set_all(&data, cases[i].values, cases[i].n);
        drawn d;
        draw(&data, &d);
        assert_clean(d.page.data);
        if (needs_gnuplot()) {
            if (*d.note)
                fail_msg("case %zu: %s", i, d.note);
            assert_drawn(&d, "distribution");
            assert_drawn(&d, "differences");
            if (i == 0)
                assert_non_null(strstr(d.figures.items[0].svg.data, "no finite data"));
        }
        if (i == 0)
            assert_non_null(strstr(d.page.data, "No run has a finite MSE."));
        discard(&d);
        hpb_report_data_free(&data);
    }
}

static void test_no_cells(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    data.suite = "empty";
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    assert_non_null(strstr(d.page.data, "No run is stored yet."));
    assert_string_equal(d.note, "");
    discard(&d);
    hpb_report_data_free(&data);
}

static void test_single_run(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    hpb_report_cell *cell = synthetic_cell(&data, "adam", "holdout", "fixed", 1, 1);
    cell->mse[0] = 0.25;
    cell->count[HPB_STATUS_OK] = 1;
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    for (uint32_t i = 0; i < d.figures.n; i++)
        assert_string_not_equal(d.figures.items[i].name, "differences");
    if (needs_gnuplot()) {
        assert_drawn(&d, "distribution");
        assert_non_null(strstr(d.figures.items[0].svg.data, "one run: 0.250"));
    }
    discard(&d);
    hpb_report_data_free(&data);
}

static void test_hundred_cells(void **state)
{
    (void)state;
    hpb_report_data data;
    hpb_report_data_init(&data);
    for (uint32_t i = 0; i < 100; i++) {
        char *name = hpb_arena_format(data.arena, "o%u", i);
        synthetic_lognormal(synthetic_cell(&data, name, "holdout", "random", 30, 1), 1 + i, 0.1, i);
    }
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    assert_non_null(strstr(d.figures.items[0].caption.data,
                           "the best 10, the reference and the worst 3 by median; 87 more"));
    assert_non_null(strstr(d.page.data, "32 more")); // effects beyond the first 8 of 40
    if (needs_gnuplot())
        assert_drawn(&d, "distribution");
    discard(&d);
    hpb_report_data_free(&data);
}

// --- equal bytes, and no gnuplot --------------------------------------------------------------------------

static void test_same_data_same_bytes(void **state)
{
    (void)state;
    static const char *const files[] = {"distribution.png", "distribution.svg", "distribution.csv",
                                        "differences.png",  "differences.svg",  "differences.csv"};
    hpb_report_data a, b;
    drawn x, y;
    synthetic_optimizers(&a, 300);
    synthetic_optimizers(&b, 300);
    draw(&a, &x);
    setenv("TZ", "Asia/Kathmandu", 1);
    setenv("LC_ALL", "de_DE.UTF-8", 1);
    setenv("SOURCE_DATE_EPOCH", "1", 1);
    draw(&b, &y);
    unsetenv("TZ");
    unsetenv("LC_ALL");
    unsetenv("SOURCE_DATE_EPOCH");
    assert_string_equal(x.page.data, y.page.data);
    for (size_t i = 0; i < HPB_COUNT(files); i++) {
        if (!needs_gnuplot() && !strstr(files[i], "csv"))
            continue;
        size_t n, m;
        char *first = read_file(&x, files[i], &n), *second = read_file(&y, files[i], &m);
        assert_non_null(first);
        assert_int_equal(n, m);
        assert_memory_equal(first, second, n);
        free(first);
        free(second);
    }
    discard(&x);
    discard(&y);
    hpb_report_data_free(&a);
    hpb_report_data_free(&b);
}

static void test_without_gnuplot(void **state)
{
    (void)state;
    char *kept = hpb_strdup(getenv("PATH"));
    setenv("PATH", "/nonexistent", 1);
    hpb_report_data data;
    synthetic_optimizers(&data, 20);
    drawn d;
    draw(&data, &d);
    setenv("PATH", kept, 1);
    free(kept);
    assert_non_null(strstr(d.note, "gnuplot not found"));
    assert_non_null(strstr(d.page.data, "gnuplot not found"));
    assert_non_null(strstr(d.page.data, "Adam is better here"));
    assert_null(strstr(d.page.data, "<figure>"));
    size_t n;
    char *csv = read_file(&d, "distribution.csv", &n);
    assert_true(n > 0);
    free(csv);
    char *png = read_file(&d, "distribution.png", &n);
    assert_null(png);
    discard(&d);
    hpb_report_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_is_whole),
        cmocka_unit_test(test_partial_looks_partial),
        cmocka_unit_test(test_payloads),
        cmocka_unit_test(test_long_labels),
        cmocka_unit_test(test_impossible_data),
        cmocka_unit_test(test_no_cells),
        cmocka_unit_test(test_single_run),
        cmocka_unit_test(test_hundred_cells),
        cmocka_unit_test(test_same_data_same_bytes),
        cmocka_unit_test(test_without_gnuplot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
