// SPDX-License-Identifier: Apache-2.0
// Options that several commands share, and usage errors in hpbench's own words: argp's are getopt's,
// which name no nearest option. What argp would refuse is found before it runs.
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY_PLUGIN_DIR = 0x100,
    KEY_ALLOW_INSECURE,
    KEY_SET,
    KEY_FILTER,
    KEY_ISA,
    KEY_FRESH,
    KEY_RETRY,
    KEY_MAX_TIME,
    KEY_JSON,
};

#define MAX_JOBS 1024
#define MOST_SECONDS 1e9 // --max-time: 30 years

void hpb_cli_usage_error(const char *command, const char *format, ...)
{
    hpb_error error = {0};
    va_list list;
    va_start(list, format);
    vsnprintf(error.text, sizeof error.text, format, list);
    va_end(list);
    hpb_error_hint(&error, "%s --help", command);
    hpb_error_print(stderr, &error);
    exit(HPB_EXIT_USAGE);
}

void hpb_cli_share(struct argp_state *state, hpb_options *options)
{
    // glibc wraps a command's argp into one of its own, which has --help and --version beside it
    const struct argp *root = state->root_argp;
    const struct argp_child *child = (root->parser ? root : root->children[0].argp)->children;
    for (size_t i = 0; child && child[i].argp; i++)
        state->child_inputs[i] = options;
}

error_t hpb_cli_argument(int key, char *arg, const char *name, const char **slot,
                         struct argp_state *state)
{
    if (key == ARGP_KEY_ARG) {
        if (*slot)
            hpb_cli_usage_error(state->name, "one %s expected; got \"%s\" and \"%s\"", name, *slot,
                                arg);
        *slot = arg;
        return 0;
    }
    if (key == ARGP_KEY_END) {
        if (!*slot)
            hpb_cli_usage_error(state->name, "%s is missing", name);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

// --- the shared options ---------------------------------------------------------------------------

static void append(const char ***items, uint32_t *n, const char *item)
{
    const char **grown = hpb_alloc(*n + 1u, sizeof *grown);
    if (*n)
        memcpy(grown, *items, *n * sizeof *grown);
    grown[(*n)++] = item;
    free(*items);
    *items = grown;
}

void hpb_options_free(hpb_options *options)
{
    free(options->plugin_dirs);
    free(options->overrides);
    free(options->filters);
    options->plugin_dirs = options->overrides = options->filters = NULL;
    options->n_plugin_dirs = options->n_overrides = options->n_filters = 0;
}

void hpb_cli_only_read(const char *command, const char *run, const hpb_options *options)
{
    const struct {
        const char *name;
        bool is_given;
    } all[] = {
        {"set", options->n_overrides > 0},       {"filter", options->n_filters > 0},
        {"output", options->output != NULL},     {"fresh", options->fresh},
        {"retry-failed", options->retry_failed}, {"max-time", options->max_seconds > 0},
    };
    for (size_t i = 0; i < HPB_COUNT(all); i++)
        if (all[i].is_given)
            hpb_cli_usage_error(command,
                                "--%s: \"%s\" is a run, which is only read; give its suite",
                                all[i].name, run);
}

void hpb_options_set(hpb_options *options, const char *override)
{
    append(&options->overrides, &options->n_overrides, override);
}

static error_t parse_plugins(int key, char *arg, struct argp_state *state)
{
    hpb_options *options = state->input;
    if (key == KEY_PLUGIN_DIR)
        append(&options->plugin_dirs, &options->n_plugin_dirs, arg);
    else if (key == KEY_ALLOW_INSECURE)
        options->allow_insecure = true;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static error_t parse_suite(int key, char *arg, struct argp_state *state)
{
    hpb_options *options = state->input;
    if (key != KEY_SET && key != KEY_FILTER)
        return ARGP_ERR_UNKNOWN;
    const char *equals = strchr(arg, '=');
    if (key == KEY_FILTER) {
        if (!equals || equals == arg || !equals[1])
            hpb_cli_usage_error(state->name,
                                "--filter: not of the form factor=level,level; got \"%s\"", arg);
        append(&options->filters, &options->n_filters, arg);
        return 0;
    }
    const char *dot = equals ? memrchr(arg, '.', (size_t)(equals - arg)) : NULL;
    if (!dot || dot == arg || dot + 1 == equals)
        hpb_cli_usage_error(state->name, "--set: not of the form section.key=value; got \"%s\"",
                            arg);
    append(&options->overrides, &options->n_overrides, arg);
    return 0;
}

// "90s", "10m", "2h" or seconds.
static bool parse_time(const char *text, double *out)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}};
    const size_t n = strlen(text);
    double scale = 0;
    for (size_t i = 0; i < HPB_COUNT(units) && n; i++)
        scale = text[n - 1] == units[i].unit ? units[i].seconds : scale;
    char *number = hpb_format("%.*s", (int)(scale > 0 ? n - 1 : n), text);
    const bool is_number = hpb_parse_double(number, out);
    free(number);
    *out *= scale > 0 ? scale : 1;
    return is_number && *out >= 1 && *out <= MOST_SECONDS;
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
    hpb_options *options = state->input;
    int64_t jobs;
    switch (key) {
    case 'j':
        if (!hpb_parse_int64(arg, &jobs) || jobs < 1 || jobs > MAX_JOBS)
            hpb_cli_usage_error(state->name,
                                "--jobs: expected a whole number from 1 to %d; got \"%s\"",
                                MAX_JOBS, arg);
        options->jobs = (uint32_t)jobs;
        return 0;
    case 'o':
        if (!*arg)
            hpb_cli_usage_error(state->name, "--output: expected a folder; got nothing");
        options->output = arg;
        return 0;
    case KEY_ISA:
        options->isa = arg;
        return 0;
    case KEY_FRESH:
        options->fresh = true;
        return 0;
    case KEY_RETRY:
        options->retry_failed = true;
        return 0;
    case KEY_MAX_TIME:
        if (!parse_time(arg, &options->max_seconds))
            hpb_cli_usage_error(
                state->name,
                "--max-time: expected a time of at least 1 s: 90s, 10m or 2h; got \"%s\"", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    hpb_options *options = state->input;
    if (key == 'q')
        options->quiet = true;
    else if (key == KEY_JSON)
        options->json = true;
    else
        return ARGP_ERR_UNKNOWN;
    return 0;
}

static const struct argp_option plugins_options[] = {
    {"plugin-dir", KEY_PLUGIN_DIR, "DIR", 0, "Look for plugins in DIR first; may be repeated", 0},
    {"allow-insecure-plugin", KEY_ALLOW_INSECURE, NULL, 0,
     "Take plugins that other users of this machine could replace", 0},
    {0}};
const struct argp hpb_argp_plugins = {plugins_options, parse_plugins, NULL, NULL, NULL, NULL, NULL};

static const struct argp_option suite_options[] = {
    {"set", KEY_SET, "SECTION.KEY=VALUE", 0,
     "As if the suite said so: --set suite.replicates=50; may be repeated", 0},
    {"filter", KEY_FILTER, "FACTOR=LEVEL,...", 0,
     "Only cells with such a level: --filter optimizer=adam,'sgd*'; may be repeated, then all must "
     "hold",
     0},
    {0}};
const struct argp hpb_argp_suite = {suite_options, parse_suite, NULL, NULL, NULL, NULL, NULL};

static const struct argp_option run_options[] = {
    {"jobs", 'j', "N", 0, "Worker processes (default: one a core)", 0},
    {"output", 'o', "DIR", 0, "Folder of the results (default: hpbench-results/SUITE)", 0},
    {"isa", KEY_ISA, "ISA", 0,
     "auto, baseline, x86-64-v3 or x86-64-v4; results are the same with all", 0},
    {"fresh", KEY_FRESH, NULL, 0, "Forget what is stored and start over", 0},
    {"retry-failed", KEY_RETRY, NULL, 0, "Run failed trials again", 0},
    {"max-time", KEY_MAX_TIME, "TIME", 0, "Stop in order after TIME (90s, 10m, 2h): exit code 6",
     0},
    {0}};
const struct argp hpb_argp_run = {run_options, parse_run, NULL, NULL, NULL, NULL, NULL};

static const struct argp_option output_options[] = {
    {"quiet", 'q', NULL, 0, "Print errors and the result alone", 0},
    {"json", KEY_JSON, NULL, 0, "Print JSON", 0},
    {0}};
const struct argp hpb_argp_output = {output_options, parse_output, NULL, NULL, NULL, NULL, NULL};

const struct argp_child hpb_argp_runs[] = {{&hpb_argp_run, 0, NULL, 0},
                                           {&hpb_argp_suite, 0, NULL, 0},
                                           {&hpb_argp_plugins, 0, NULL, 0},
                                           {&hpb_argp_output, 0, NULL, 0},
                                           {0}};

// --- unknown and incomplete options, before argp sees them --------------------------------------------

// The options of a command and its children, argp's own included.
typedef struct known_options {
    const struct argp_option *item[64];
    size_t n;
} known_options;

static const struct argp_option standard_options[] = {{"help", '?', NULL, 0, NULL, 0},
                                                      {"usage", 0x1000, NULL, 0, NULL, 0},
                                                      {"version", 'V', NULL, 0, NULL, 0},
                                                      {0}};

static void collect(const struct argp_option *option, known_options *known)
{
    for (; option && (option->name || option->key || option->doc); option++)
        if (!(option->flags & OPTION_DOC) && known->n < HPB_COUNT(known->item))
            known->item[known->n++] = option;
}

static void collect_all(const struct argp *argp, known_options *known)
{
    collect(argp->options, known);
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        collect_all(child->argp, known);
}

// The option of that name or unique beginning, as getopt_long finds it; NULL after counting `*n` of them.
static const struct argp_option *find_long(const known_options *known, const char *name,
                                           size_t length, size_t *n)
{
    const struct argp_option *found = NULL;
    *n = 0;
    for (size_t i = 0; i < known->n; i++) {
        const char *candidate = known->item[i]->name;
        if (!candidate || strncmp(candidate, name, length) != 0)
            continue;
        found = known->item[i];
        if (strlen(candidate) == length) {
            *n = 1;
            return found;
        }
        ++*n;
    }
    return *n == 1 ? found : NULL;
}

static _Noreturn void unknown_option(const char *command, const known_options *known,
                                     const char *name)
{
    const char *names[HPB_COUNT(known->item)];
    size_t n = 0;
    for (size_t i = 0; i < known->n; i++)
        if (known->item[i]->name)
            names[n++] = known->item[i]->name;
    const char *nearest = strcmp(name, "h") == 0 ? "help" : hpb_nearest(name, names, n);
    hpb_error error;
    const char *dashes = name[1] ? "--" : "-";
    if (nearest) {
        hpb_error_set(&error, HPB_EXIT_USAGE, "unknown option %s%s", dashes, name);
        hpb_error_hint(&error, "did you mean --%s?", nearest);
        hpb_error_print(stderr, &error);
        exit(HPB_EXIT_USAGE);
    }
    hpb_cli_usage_error(command, "unknown option %s%s", dashes, name);
}

// Checks argv[i], a long option; returns how many words it takes.
static int check_long(const known_options *known, int argc, char **argv, int i)
{
    const char *name = argv[i] + 2;
    const size_t length = strcspn(name, "=");
    size_t n;
    const struct argp_option *option = find_long(known, name, length, &n);
    if (n > 1)
        hpb_cli_usage_error(argv[0], "--%.*s is short for more than one option", (int)length, name);
    if (!option) {
        char *word = hpb_format("%.*s", (int)length, name);
        unknown_option(argv[0], known, word); // exits
    }
    if (name[length] && !option->arg)
        hpb_cli_usage_error(argv[0], "--%s takes no value; got \"%s\"", option->name,
                            name + length + 1);
    if (name[length] || !option->arg)
        return 1;
    if (i + 1 == argc)
        hpb_cli_usage_error(argv[0], "--%s needs a value: --%s %s", option->name, option->name,
                            option->arg);
    return 2;
}

// Checks argv[i], a word of short options; returns how many words it takes.
static int check_short(const known_options *known, int argc, char **argv, int i)
{
    for (const char *c = argv[i] + 1; *c; c++) {
        const struct argp_option *option = NULL;
        for (size_t k = 0; k < known->n && !option; k++)
            if (known->item[k]->key == *c)
                option = known->item[k];
        if (!option)
            unknown_option(argv[0], known, (char[]){*c, '\0'});
        if (!option->arg)
            continue;
        if (!c[1] && i + 1 == argc)
            hpb_cli_usage_error(argv[0], "-%c needs a value: -%c %s", *c, *c, option->arg);
        return c[1] ? 1 : 2;
    }
    return 1;
}

void hpb_cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    known_options known = {0};
    collect(standard_options, &known);
    collect_all(argp, &known);
    for (int i = 1; i < argc;) {
        if (strcmp(argv[i], "--") == 0)
            break;
        if (argv[i][0] != '-' || !argv[i][1])
            i++;
        else
            i += argv[i][1] == '-' ? check_long(&known, argc, argv, i)
                                   : check_short(&known, argc, argv, i);
    }
    argp_err_exit_status = HPB_EXIT_USAGE;
    const error_t fault = argp_parse(argp, argc, argv, 0, NULL, input);
    if (!fault)
        return;
    fprintf(stderr, "hpbench: error: the command line: %s\n", strerror(fault)); // no memory
    exit(HPB_EXIT_INTERNAL);
}
