// SPDX-License-Identifier: Apache-2.0
// Text of a stranger in every field of a report: nothing runs, nothing becomes markup, no spreadsheet sees a formula.
#include "support_page.h"

#include <dirent.h>

static const char *const payloads[] = {"`touch P`",
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

static json_t *json_of(const char *text)
{
    return json_stringn(text, hpb_utf8_valid(text, strlen(text)));
}

// A payload as key and as value of a setting.
static const char *spec_of(hpb_report_data *data, const char *payload, const char *rate)
{
    json_t *spec = json_object(), *optimizer = json_object(), *whose = json_object();
    json_object_set_new(optimizer, "learning_rate", json_string(rate));
    json_t *key = json_of(payload);
    json_object_set_new(optimizer, json_string_value(key), json_of(payload));
    json_object_set_new(whose, json_string_value(key), json_of(payload));
    json_object_set_new(spec, "optimizer", optimizer);
    json_object_set_new(spec, "defaults", json_pack("{s:o}", "optimizer", whose));
    char *text = json_dumps(spec, JSON_COMPACT);
    const char *out = hpb_arena_strdup(data->arena, text);
    free(text);
    json_decref(key);
    json_decref(spec);
    return out;
}

static void add_about(hpb_report_data *data, const char *payload)
{
    static const char *const facts[] = {"hpbench", "system",  "cpu",       "compiler",
                                        "sqlite",  "started", "overrides", "suite_text",
                                        "isa",     "seed",    "host"};
    static const char *const plugin[] = {"kind", "id", "version", "path", "sha256"};
    json_t *one = json_object(), *set = json_object();
    data->about = json_object();
    for (size_t i = 0; i < HPB_COUNT(facts); i++)
        json_object_set_new(data->about, facts[i], json_of(payload));
    for (size_t i = 0; i < HPB_COUNT(plugin); i++)
        json_object_set_new(one, plugin[i], json_of(payload));
    json_object_set_new(set, "label", json_of(payload));
    json_object_set_new(set, "sha256", json_of(payload));
    json_object_set_new(data->about, "plugins", json_pack("[o]", one));
    json_object_set_new(data->about, "data", json_pack("[o]", set));
}

static void add_curve(hpb_report_data *data, hpb_report_cell *cell)
{
    cell->n_epochs = 2;
    cell->n_curve_runs = 5;
    cell->curve = hpb_arena_alloc(data->arena, 2, sizeof *cell->curve);
    for (uint32_t e = 0; e < 2; e++)
        cell->curve[e] = (hpb_report_epoch){5, {1, 2, 3}, {1, 2, 3}};
}

#define SOME                                                                                       \
    6 // payloads of an optimizer: two in its levels, one in its settings, the rest in labels
#define DRAWN (HPB_REPORT_ROWS / SOME * SOME)
#define FIELDS HPB_REPORT_CAUSES // of the run alone: its causes of failure

// Three rates of an optimizer by two splitters for each six payloads, so that every kind of figure has something and
// shows all labels; the fields of the run hold those of the first six.
static void fill(hpb_report_data *data, const char *const *all, uint32_t n)
{
    static const char *const rates[] = {"0.01", "0.1", "1"};
    assert_true(n % SOME == 0 && n <= HPB_REPORT_ROWS);
    hpb_report_data_init(data);
    for (uint32_t i = 0; i < n; i++) {
        const char *const *six = all + i / SOME * SOME;
        const uint32_t rate = i % SOME / 2;
        const char *level =
            hpb_arena_format(data->arena, "%s learning_rate %s", six[0], rates[rate]);
        hpb_report_cell *cell =
            synthetic_cell(data, level, i % 2 ? six[1] : "holdout", "random", 5, i % 2 ? 5 : 1);
        synthetic_lognormal(cell, 1 + i, 0.3, i);
        cell->label = hpb_arena_format(data->arena, "%s%u", all[i], i); // a formula stays one
        cell->titles[HPB_AXIS_OPTIMIZER] = six[0];
        cell->spec = spec_of(data, six[2], rates[rate]);
        add_curve(data, cell);
        if (i < FIELDS)
            data->causes[data->n_causes++] =
                (hpb_report_cause){HPB_STATUS_CRASHED, all[i], all[i], 0, 1};
    }
    data->suite = all[3];
    data->question = all[4];
    add_about(data, all[5]);
}

// What a spreadsheet would run begins a field: = + - @ tab or CR, unless it is a number.
static void assert_no_formula(const char *csv, const char *name)
{
    bool is_quoted = false;
    for (const char *at = csv; *at; at++) {
        const bool begins = at == csv || (!is_quoted && (at[-1] == ',' || at[-1] == '\n'));
        is_quoted ^= *at == '"';
        const char *first = begins && *at == '"' ? at + 1 : at;
        char *end = NULL;
        if (!begins || !strchr("=+-@\t\r", *first))
            continue;
        strtod(first, &end);
        if (end == first || (*end != ',' && *end != '\n'))
            fail_msg("%s: a formula: %.40s", name, first);
    }
}

static void check_files(const drawn *d)
{
    DIR *folder = opendir(d->folder);
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));) {
        const char *ending = strrchr(entry->d_name, '.');
        if (entry->d_name[0] == '.')
            continue;
        size_t n;
        char *bytes = read_file(d, entry->d_name, &n);
        if (!bytes || !ending || !n) // not even an empty picture; and no file P
            fail_msg("%s is there, of %zu bytes", entry->d_name, n);
        if (strcmp(ending, ".csv") == 0)
            assert_no_formula(bytes, entry->d_name);
        else if (!hpb_picture_is_whole(bytes, n))
            fail_msg("%s is not a whole picture", entry->d_name);
        if (strcmp(ending, ".svg") == 0 && (strstr(bytes, "<script") || strstr(bytes, "<img")))
            fail_msg("%s has a tag of a label", entry->d_name);
        free(bytes);
    }
    closedir(folder);
}

// Draws one report and checks its files and page; the page goes to `pages`.
static void check(const char *const *all, uint32_t n, const char *pages, size_t number)
{
    hpb_report_data data;
    fill(&data, all, n);
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    check_files(&d);
    assert_true(d.figures.n >= 5); // at least one of each kind that such cells can have
    if (needs_gnuplot() && *d.note)
        fail_msg("payload %zu: %s", number, d.note);
    char *path = hpb_format("%s/%zu.html", pages, number);
    assert_int_equal(hpb_file_write(path, d.page.data, d.page.length, NULL), HPB_EXIT_OK);
    free(path);
    json_decref(data.about);
    discard(&d);
    hpb_report_data_free(&data);
}

// Each in all fields at once, without pictures; and as many as a figure has rows for in the fields of a report that is
// drawn. The pages are also parsed by Python's html.parser, where there is a Python.
static void test_every_field(void **state)
{
    (void)state;
    char start[4096], *here, *pages;
    assert_non_null(getcwd(start, sizeof start));
    assert_int_equal(hpb_private_folder_make(&here, NULL), HPB_EXIT_OK);
    assert_int_equal(hpb_private_folder_make(&pages, NULL), HPB_EXIT_OK);
    assert_int_equal(chdir(here), 0);
    size_t number = 0;
    for (size_t i = 0; i < HPB_COUNT(payloads); i += DRAWN) {
        const char *some[DRAWN];
        for (size_t k = 0; k < DRAWN; k++)
            some[k] = payloads[(i + k) % HPB_COUNT(payloads)];
        check(some, DRAWN, pages, number++);
    }
    char *path = hpb_strdup(getenv("PATH"));
    char *command =
        hpb_format("python3 '%s/reports/check_page.py' %s/*.html", HPB_TEST_SOURCE, pages);
    setenv("PATH", "/nonexistent", 1);
    for (size_t i = 0; i < HPB_COUNT(payloads); i++) {
        const char *const six[SOME] = {payloads[i], payloads[i], payloads[i],
                                       payloads[i], payloads[i], payloads[i]};
        check(six, SOME, pages, number++);
    }
    setenv("PATH", path, 1);
    if (system("command -v python3 >/dev/null") == 0 && system(command) != 0)
        fail_msg("an element or attribute of a page is its data's");
    assert_int_equal(chdir(start), 0);
    assert_int_equal(rmdir(here), 0); // still empty: no file P
    hpb_private_folder_remove(pages);
    free(command);
    free(path);
    free(pages);
    free(here);
}

// Two megabytes of braces in every field: readable, clipped, and no larger a picture for it.
static void test_long_text(void **state)
{
    (void)state;
    char *braces = hpb_alloc(2000001, 1);
    memset(braces, '{', 2000000);
    const char *const six[] = {braces, braces, "c", braces, braces, braces};
    hpb_report_data data;
    fill(&data, six, SOME);
    drawn d;
    draw(&data, &d);
    assert_clean(d.page.data);
    if (needs_gnuplot()) {
        assert_string_equal(d.note, "");
        for (uint32_t i = 0; i < d.figures.n; i++)
            assert_in_range(d.figures.items[i].svg.length, 1000, 150000);
    }
    json_decref(data.about);
    discard(&d);
    hpb_report_data_free(&data);
    free(braces);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field),
        cmocka_unit_test(test_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
