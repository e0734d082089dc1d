// SPDX-License-Identifier: Apache-2.0
// hpbench new TEMPLATE FILE: a shipped suite, about the user's own data.
#include "cli/cli.h"
#include "cli/template.h"
#include "stats/moments.h"
#include "suite/tables.h"

#include <libgen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FAR                                                                                        \
    1000 // a target of this size: the first gradients are as large, and biases take long to get there

typedef struct arguments {
    const char *template, *file;
    const char *data, *target, *separator, *na;
    bool force, list;
} arguments;

enum { KEY_DATA = 0x400, KEY_TARGET, KEY_SEPARATOR, KEY_NA, KEY_FORCE, KEY_LIST };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case KEY_DATA:
        args->data = arg;
        return 0;
    case KEY_TARGET:
        args->target = arg;
        return 0;
    case KEY_SEPARATOR:
        args->separator = arg;
        return 0;
    case KEY_NA:
        args->na = arg;
        return 0;
    case KEY_FORCE:
        args->force = true;
        return 0;
    case KEY_LIST:
        args->list = true;
        return 0;
    case ARGP_KEY_ARG:
        if (args->file)
            hpb_cli_usage_error(state->name, "TEMPLATE and FILE expected; got \"%s\" as well", arg);
        *(args->template ? &args->file : &args->template) = arg;
        return 0;
    case ARGP_KEY_END:
        if (args->template && !args->file && !args->list)
            hpb_cli_usage_error(state->name, "FILE is missing: hpbench new %s mine.ini",
                                args->template);
        if (args->data && !args->target)
            hpb_cli_usage_error(state->name, "--data needs --target COLUMN, what is predicted");
        if (!args->data && (args->target || args->separator || args->na))
            hpb_cli_usage_error(state->name, "--%s needs --data FILE",
                                args->target      ? "target"
                                : args->separator ? "separator"
                                                  : "na");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// --- the list -----------------------------------------------------------------------------------------

static void print_list(void)
{
    size_t n, widest = 0;
    for (size_t i = 0; i < hpb_n_templates; i++)
        if (hpb_template_is_suite(&hpb_templates[i], &n) && n > widest)
            widest = n;
    for (size_t i = 0; i < hpb_n_templates; i++) {
        if (!hpb_template_is_suite(&hpb_templates[i], &n))
            continue;
        char *question = hpb_template_question(&hpb_templates[i]);
        hpb_text text = {0};
        hpb_text_add_folded(&text, question, (int)widest + 4, HPB_TERMINAL_WIDTH);
        printf("  %-*.*s  %s\n", (int)widest, (int)n, hpb_templates[i].name, text.data);
        hpb_text_free(&text);
        free(question);
    }
    printf("\nhpbench new TEMPLATE mine.ini --data FILE.csv --target COLUMN\n");
}

static const hpb_template *find_template(const char *name)
{
    size_t n;
    const hpb_template *found = hpb_template_find(name);
    if (found && hpb_template_is_suite(found, &n))
        return found;
    char **names = hpb_alloc(hpb_n_templates, sizeof *names);
    size_t n_names = 0;
    hpb_text all = {0};
    for (size_t i = 0; i < hpb_n_templates; i++)
        if (hpb_template_is_suite(&hpb_templates[i], &n)) {
            names[n_names] = hpb_format("%.*s", (int)n, hpb_templates[i].name);
            hpb_text_add(&all, "%s%s", n_names ? ", " : "", names[n_names]);
            n_names++;
        }
    hpb_error error;
    hpb_error_set(&error, HPB_EXIT_USAGE, "unknown template \"%s\"; expected one of %s", name,
                  all.data);
    const char *nearest = hpb_nearest(name, (const char *const *)names, n_names);
    if (nearest)
        hpb_error_hint(&error, "did you mean %s?", nearest);
    else
        hpb_error_hint(&error, "hpbench new --list says what each asks");
    hpb_error_print(stderr, &error);
    for (size_t i = 0; i < n_names; i++)
        free(names[i]);
    free(names);
    hpb_text_free(&all);
    return NULL;
}

// --- the data -----------------------------------------------------------------------------------------

// The way from one folder to a file, both absolute and without links; free() it.
static char *relative(const char *folder, const char *file)
{
    size_t same = 0;
    for (size_t i = 0; folder[i] && folder[i] == file[i]; i++)
        if (folder[i + 1] == '/' || (!folder[i + 1] && file[i + 1] == '/'))
            same = i + 1;
    hpb_text text = {0};
    for (const char *c = folder + same; *c; c++)
        if (*c == '/' && c[1])
            hpb_text_add(&text, "../");
    hpb_text_add(&text, "%s", file + same + 1);
    return text.data;
}

// The folder of a path, absolute and without links; free() it. NULL: not there.
static char *real_folder(const char *path)
{
    char *copy = hpb_strdup(path), *folder = realpath(dirname(copy), NULL);
    free(copy);
    return folder;
}

// `data` as the suite `file` has to name it; free() it.
static hpb_exit name_from(const char *file, const char *data, char **out, hpb_error *error)
{
    char *from = strcmp(file, "-") == 0 ? realpath(".", NULL) : real_folder(file);
    char *to = real_folder(data);
    hpb_exit code = HPB_EXIT_OK;
    if (from && to) {
        const char *slash = strrchr(data, '/');
        char *whole = hpb_format("%s/%s", strcmp(to, "/") == 0 ? "" : to, slash ? slash + 1 : data);
        *out = relative(strcmp(from, "/") == 0 ? "" : from, whole);
        free(whole);
    } else {
        code = hpb_error_set(error, HPB_EXIT_STORE, "%s: its folder is not there", file);
    }
    free(from);
    free(to);
    return code;
}

// There is no suite yet: what a hint would set in one is an option here.
static void name_option(hpb_error *error)
{
    char value[32];
    if (sscanf(error->hint, "set `separator = %31[^`]", value) == 1)
        hpb_error_hint(error, "--separator %s", value);
    else if (sscanf(error->hint, "set `na = %31[^`]", value) == 1)
        hpb_error_hint(error, "--na %s leaves out rows with it or an empty field", value);
}

static hpb_exit read_data(const arguments *args, hpb_dataset *out, hpb_error *error)
{
    const char separators[] = HPB_SEPARATORS, *const words[] = {"comma", "semicolon", "tab"};
    hpb_csv_options options = {.target = args->target, .separator = ',', .na = args->na};
    if (args->separator) {
        size_t i = 0;
        while (i < HPB_COUNT(words) && strcmp(words[i], args->separator) != 0)
            i++;
        if (i == HPB_COUNT(words))
            return hpb_error_set(error, HPB_EXIT_USAGE,
                                 "--separator: expected comma, semicolon or tab; got \"%s\"",
                                 args->separator);
        options.separator = separators[i];
    }
    char *bytes;
    size_t n;
    const hpb_exit code =
        hpb_file_read(args->data, HPB_CSV_LIMIT, HPB_EXIT_SUITE, &bytes, &n, error);
    if (code)
        return code;
    hpb_diagnostics *diagnostics = hpb_alloc(1, sizeof *diagnostics);
    const bool is_good = hpb_dataset_read_csv(args->data, bytes, n, &options, out, diagnostics);
    for (uint32_t i = 0; i < diagnostics->count; i++)
        name_option(&diagnostics->item[i]);
    hpb_diagnostics_print(stderr, diagnostics);
    free(diagnostics);
    free(bytes);
    return is_good ? HPB_EXIT_OK : HPB_EXIT_SUITE;
}

// --- writing ------------------------------------------------------------------------------------------

static hpb_exit refuse_existing(const arguments *args, const char *path, hpb_error *error)
{
    if (args->force || access(path, F_OK) != 0)
        return HPB_EXIT_OK;
    hpb_error_set(error, HPB_EXIT_STORE, "%s exists already", path);
    hpb_error_hint(error, "another name, or --force to replace it");
    return HPB_EXIT_STORE;
}

static hpb_exit write_text(const arguments *args, const hpb_text *text, hpb_error *error)
{
    if (strcmp(args->file, "-") == 0) {
        fwrite(text->data, 1, text->length, stdout);
        return HPB_EXIT_OK;
    }
    return hpb_file_write(args->file, text->data, text->length, error);
}

static uint32_t count_lines(const hpb_text *text)
{
    uint32_t n = 0;
    for (size_t i = 0; i < text->length; i++)
        n += text->data[i] == '\n';
    return n;
}

// What was written and what comes next: to stderr where the suite itself goes to stdout.
static void say(const arguments *args, const hpb_text *text, const char *about)
{
    const bool is_stdout = strcmp(args->file, "-") == 0;
    FILE *out = is_stdout ? stderr : stdout;
    if (!is_stdout)
        fprintf(out, "%s written (%u lines, commented). ", args->file, count_lines(text));
    fprintf(out, "%s\n", about);
    if (!is_stdout)
        fprintf(out, "next: hpbench run %s\n", args->file);
}

static hpb_exit write_with_data(const arguments *args, const hpb_template *template,
                                hpb_error *error)
{
    hpb_dataset dataset = {0};
    char *file = NULL;
    hpb_exit code = read_data(args, &dataset, error);
    if (!code)
        code = name_from(args->file, args->data, &file, error);
    if (code) {
        hpb_dataset_free(&dataset);
        return code;
    }
    double mean, sd;
    char rows[HPB_NUMBER_SIZE], a[HPB_NUMBER_SIZE], b[HPB_NUMBER_SIZE], c[HPB_NUMBER_SIZE];
    hpb_moments(dataset.y, dataset.n_rows, &mean, &sd);
    hpb_rounded_text(mean, 3, a);
    hpb_rounded_text(sd, 3, b);
    hpb_rounded_text(sd * sd, 3, c);
    const char *slash = strrchr(args->data, '/');
    char *size = hpb_format("%s: %s rows, %u feature%s", slash ? slash + 1 : args->data,
                            hpb_count_text(dataset.n_rows, rows), dataset.n_features,
                            hpb_plural(dataset.n_features));
    if (dataset.n_left_out) {
        char *more = hpb_format("%s, %u left out for a missing value", size, dataset.n_left_out);
        free(size);
        size = more;
    }
    char *about = hpb_format("%s. All columns but the target are features.", size);
    char *scale = hpb_format("mean %s, SD %s: predicting the mean has an MSE of %s", a, b, c);
    const hpb_template_data data = {file, args->target, args->separator, args->na, about, scale};
    hpb_text text = {0};
    code = hpb_template_write(template, args->file, &data, &text, error);
    if (!code)
        code = write_text(args, &text, error);
    if (!code) {
        const bool is_far = fmax(fabs(mean), sd) > FAR;
        char *summary = hpb_format("%s, target %s (mean %s, SD %s).%s", size, args->target, a, b,
                                   is_far ? "\nThat is far from 0, where a network starts: if runs "
                                            "diverge or learn nothing,\ndivide the column."
                                          : "");
        say(args, &text, summary);
        free(summary);
    }
    hpb_text_free(&text);
    hpb_dataset_free(&dataset);
    free(file);
    free(size);
    free(about);
    free(scale);
    return code;
}

// A file of the template's own data goes where the suite looks for it, unless it is there.
static hpb_exit write_own_data(const arguments *args, const hpb_template *file, hpb_error *error)
{
    const char *slash = strrchr(args->file, '/');
    char *path =
        hpb_format("%.*s%s", (int)(slash ? slash + 1 - args->file : 0), args->file, file->name);
    char *folder = hpb_strdup(path), *bytes = NULL;
    size_t n = 0;
    const bool is_there = !hpb_file_read(path, HPB_CSV_LIMIT, HPB_EXIT_STORE, &bytes, &n, NULL) &&
                          n == file->size && memcmp(bytes, file->text, n) == 0;
    hpb_exit code = HPB_EXIT_OK;
    if (!is_there) {
        code = refuse_existing(args, path, error);
        if (!code)
            code = hpb_folder_create(dirname(folder), error);
        if (!code)
            code = hpb_file_write(path, file->text, file->size, error);
    }
    free(bytes);
    free(folder);
    free(path);
    return code;
}

static hpb_exit write_as_it_is(const arguments *args, const hpb_template *template,
                               hpb_error *error)
{
    hpb_text text = {0}, about = {0};
    const bool is_stdout = strcmp(args->file, "-") == 0;
    hpb_exit code = hpb_template_write(template, args->file, NULL, &text, error);
    for (size_t i = 0; i < hpb_n_templates && !code; i++) {
        if (!hpb_template_reads(template, hpb_templates[i].name))
            continue;
        hpb_text_add(&about, "%s%s", about.length ? ", " : "Its data: ", hpb_templates[i].name);
        if (!is_stdout)
            code = write_own_data(args, &hpb_templates[i], error);
    }
    if (!code)
        code = write_text(args, &text, error);
    if (about.length)
        hpb_text_add(&about, is_stdout ? ", which is not written." : ", beside it.");
    else
        hpb_text_add(&about, "Its data are generated.");
    if (!code)
        say(args, &text, about.data);
    hpb_text_free(&about);
    hpb_text_free(&text);
    return code;
}

// --- the command --------------------------------------------------------------------------------------

// Said now and not at the first run: a name that no suite may have, four rows and five folds.
static hpb_exit check(const arguments *args)
{
    const hpb_options options = {0};
    hpb_session session;
    if (strcmp(args->file, "-") == 0)
        return HPB_EXIT_OK;
    const hpb_exit code = hpb_session_open(&options, args->file, &session);
    if (!code)
        hpb_session_close(&session);
    return code;
}

int hpb_command_new(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"data", KEY_DATA, "FILE", 0,
         "A CSV file with a header: your data, in place of the template's", 0},
        {"target", KEY_TARGET, "COLUMN", 0, "The column of it that is predicted", 0},
        {"separator", KEY_SEPARATOR, "WORD", 0,
         "comma (default), semicolon or tab: what stands between its columns", 0},
        {"na", KEY_NA, "TEXT", 0, "The text of a missing value; rows with one are left out", 0},
        {"force", KEY_FORCE, NULL, 0, "Replace FILE if it exists", 0},
        {"list", KEY_LIST, NULL, 0, "List the templates", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "[TEMPLATE FILE]",
        "Writes a complete, commented suite: a shipped one, about your data. Without arguments: "
        "the "
        "templates and what each asks.\v"
        "FILE names the suite; - is standard output. The data stay where they are: FILE has the "
        "way "
        "to them from its own folder. Without --data the template is written as it is, its data "
        "beside it.",
        NULL,
        NULL,
        NULL};
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    if (args.list || !args.template) {
        print_list();
        return HPB_EXIT_OK;
    }
    const hpb_template *template = find_template(args.template);
    if (!template)
        return HPB_EXIT_USAGE;
    hpb_error error = {0};
    if (args.data)
        hpb_cli_keep_input(argv[0], args.file, args.data);
    hpb_exit code =
        strcmp(args.file, "-") == 0 ? HPB_EXIT_OK : refuse_existing(&args, args.file, &error);
    if (!code)
        code = args.data ? write_with_data(&args, template, &error)
                         : write_as_it_is(&args, template, &error);
    if (*error.text)
        hpb_error_print(stderr, &error);
    return code ? code : check(&args);
}
