// SPDX-License-Identifier: Apache-2.0
// From a command line to a plan, and what else commands have in common: limits, counts, JSON, where runs are.
#include "cli/cli.h"
#include "store/store.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static hpb_exit check_values(void *context, const hpb_plugin_info *splitter,
                             const hpb_value *values, const hpb_rows *rows, uint32_t *out,
                             hpb_error *error)
{
    return hpb_probe_check_values(context, splitter, values, rows, out, error);
}

static void out_of_time(int number)
{
    (void)number;
    static const char text[] = "hpbench: error: " HPB_OUT_OF_TIME "\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        _exit(HPB_EXIT_INTERNAL);
    _exit(HPB_EXIT_STORE); // what is written appears whole, or not at all
}

// Shells set both limits alike, and the second kills without a word: so we are told a little before.
static void watch_processor_time(void)
{
    struct rlimit limit;
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGXCPU};
    if (getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return;
    const struct itimerspec at = {
        .it_value = {limit.rlim_cur ? (time_t)limit.rlim_cur - 1 : 0, 700000000}};
    signal(SIGXCPU, out_of_time);
    if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &timer) == 0)
        timer_settime(timer, 0, &at, NULL);
}

hpb_exit hpb_check_limits(uint32_t n_workers, hpb_error *error)
{
    // four descriptors a worker, those that workers move out of plugins' way, and some for the rest
    const rlim_t needed = n_workers ? 256 + 4 * (rlim_t)n_workers : 32;
    struct rlimit limit;
    if (!n_workers)
        watch_processor_time();
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= needed)
        return HPB_EXIT_OK;
    limit.rlim_cur = limit.rlim_max < needed ? limit.rlim_max : needed;
    if (limit.rlim_cur >= needed && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return HPB_EXIT_OK;
    return hpb_error_set(
        error, HPB_EXIT_STORE,
        "open files: too few are allowed; expected at least %llu (ulimit -n); got %llu",
        (unsigned long long)needed, (unsigned long long)limit.rlim_cur);
}

// The fault goes where those of the suite are.
static bool filter(const hpb_options *options, hpb_suite *suite, hpb_diagnostics *diagnostics)
{
    hpb_error error = {0};
    if (!hpb_suite_filter(suite, options->filters, options->n_filters, &error))
        return true;
    diagnostics->item[diagnostics->count++] = error;
    return false;
}

// Of the first fault; where all that is wrong stands in --set, the command line is, and not the suite.
static hpb_exit code_of(const hpb_diagnostics *diagnostics)
{
    bool is_usage = diagnostics->count > 0;
    for (uint32_t i = 0; i < diagnostics->count; i++)
        is_usage = is_usage && diagnostics->item[i].code == HPB_EXIT_SUITE &&
                   strncmp(diagnostics->item[i].text, "--set ", 6) == 0;
    return is_usage             ? HPB_EXIT_USAGE
           : diagnostics->count ? diagnostics->item[0].code
                                : HPB_EXIT_SUITE;
}

hpb_exit hpb_session_open(const hpb_options *options, const char *suite_path, hpb_session *out)
{
    *out = (hpb_session){0};
    hpb_error error = {0};
    size_t size;
    const hpb_search search = {options->plugin_dirs, options->n_plugin_dirs,
                               options->allow_insecure};
    hpb_exit code = hpb_file_read(suite_path, HPB_SUITE_LIMIT, HPB_EXIT_SUITE, &out->suite_bytes,
                                  &size, &error);
    if (!code)
        code = hpb_probe_scan(&search, &out->registry, &error);
    if (code) {
        char *with = hpb_format("%s.ini", suite_path);
        if (!out->suite_bytes && access(suite_path, F_OK) != 0 && access(with, F_OK) == 0)
            hpb_error_hint(&error, "did you mean %s?", with);
        free(with);
        hpb_error_print(stderr, &error);
        hpb_session_close(out);
        return code;
    }
    hpb_diagnostics *diagnostics = hpb_alloc(1, sizeof *diagnostics); // 40 kB: not for the stack
    const bool is_good =
        hpb_suite_parse(suite_path, out->suite_bytes, size, options->overrides,
                        options->n_overrides, &out->registry, &out->suite, diagnostics) &&
        filter(options, &out->suite, diagnostics) &&
        hpb_plan_make(&out->suite, check_values, &out->probe, &out->plan, diagnostics);
    if (!is_good) {
        hpb_diagnostics_print(stderr, diagnostics);
        code = code_of(diagnostics);
        hpb_session_close(out);
    } else if (out->plan.left_out && !options->quiet) {
        fprintf(stderr,
                "hpbench: note: --filter leaves out the reference, \"%s\"; compared with \"%s\"\n",
                out->plan.left_out, out->plan.cells[out->plan.reference].label);
    }
    free(diagnostics);
    return code;
}

void hpb_session_close(hpb_session *session)
{
    hpb_plan_free(&session->plan);
    hpb_suite_free(&session->suite);
    hpb_probe_close(session->probe);
    hpb_registry_free(&session->registry);
    free(session->suite_bytes);
    *session = (hpb_session){0};
}

void hpb_cli_keep_input(const char *command, const char *output, const char *input)
{
    struct stat a, b;
    if (output && stat(output, &a) == 0 && stat(input, &b) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino)
        hpb_cli_usage_error(command, "%s is read here and would be written over", output);
}

void hpb_session_keep_inputs(const char *command, const char *output, const hpb_session *session)
{
    hpb_cli_keep_input(command, output, session->suite.path);
    for (uint32_t i = 0; i < session->plan.n_data; i++) {
        const char *file = hpb_choice_text(session->plan.data[i].choice, "file");
        char *path = *file ? hpb_suite_file(session->suite.path, file) : NULL;
        if (path)
            hpb_cli_keep_input(command, output, path);
        free(path);
    }
}

const char *hpb_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

int hpb_print_width(void)
{
    struct winsize size;
    const int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    if (columns <= 0)
        return HPB_TERMINAL_WIDTH;
    const int least = HPB_TERMINAL_WIDTH / 2, most = HPB_WIDEST_LINE;
    return columns < least ? least : columns > most ? most : columns;
}

int hpb_points(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void hpb_print_padded(const char *text, int width)
{
    printf("%s%*s", text, width > hpb_points(text) ? width - hpb_points(text) : 0, "");
}

void hpb_print_sentences(const char *sentences)
{
    hpb_text text = {0};
    if (isatty(STDOUT_FILENO))
        hpb_text_add_folded(&text, sentences, 0, hpb_print_width());
    else
        hpb_text_add(&text, "%s", sentences);
    fwrite(text.data, 1, text.length, stdout);
    hpb_text_free(&text);
}

void hpb_print_counts(const hpb_plan *plan)
{
    char cells[HPB_NUMBER_SIZE], trials[HPB_NUMBER_SIZE], fits[HPB_NUMBER_SIZE];
    printf("%s cell%s, %s trial%s, %s fit%s", hpb_count_text(plan->n_cells, cells),
           hpb_plural(plan->n_cells), hpb_count_text(plan->n_trials, trials),
           hpb_plural(plan->n_trials), hpb_count_text(plan->n_fits, fits),
           hpb_plural(plan->n_fits));
}

void hpb_print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    putchar('\n');
    json_decref(json);
}

char *hpb_run_folder(const char *argument)
{
    struct stat status;
    const char *slash = strrchr(argument, '/');
    if (strcmp(slash ? slash + 1 : argument, HPB_STORE_FILE) == 0 && stat(argument, &status) == 0 &&
        S_ISREG(status.st_mode))
        return slash ? hpb_format("%.*s", slash > argument ? (int)(slash - argument) : 1, argument)
                     : hpb_strdup(".");
    char *named = hpb_format("hpbench-results/%s", argument);
    // one that is in neither place is missed where runs are looked for
    const bool is_name = *argument && !strchr(argument, '/') && stat(argument, &status) != 0;
    if (is_name)
        return named;
    free(named);
    return hpb_strdup(argument);
}

bool hpb_is_suite(const char *argument)
{
    struct stat status;
    const size_t n = strlen(argument);
    const bool is_store = n >= 7 && strcmp(argument + n - 7, ".sqlite") == 0;
    return stat(argument, &status) == 0 ? S_ISREG(status.st_mode) && !is_store
                                        : n >= 4 && strcmp(argument + n - 4, ".ini") == 0;
}
