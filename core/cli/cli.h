// SPDX-License-Identifier: Apache-2.0
// The command line: one function a command, all options declared with argp.
//
// Every command is `int hpb_command_<name>(int argc, char **argv)`, argv[0] being "hpbench <name>"; it
// returns an exit code of base.h. Options that several commands share are declared once, in options.c.
#ifndef HPB_CLI_H
#define HPB_CLI_H

#include "base/base.h"
#include "loader/probe.h"
#include "suite/plan.h"

#include <argp.h>

int hpb_cli_main(int argc, char **argv);

int hpb_command_run(int argc, char **argv);
int hpb_command_report(int argc, char **argv);
int hpb_command_export(int argc, char **argv);
int hpb_command_validate(int argc, char **argv);
int hpb_command_plan(int argc, char **argv);
int hpb_command_diff(int argc, char **argv);
int hpb_command_variance(int argc, char **argv);
int hpb_command_explain(int argc, char **argv);
int hpb_command_status(int argc, char **argv);
int hpb_command_compare(int argc, char **argv);
int hpb_command_keras(int argc, char **argv);
int hpb_command_new(int argc, char **argv);
int hpb_command_splits(int argc, char **argv);
int hpb_command_plugins(int argc, char **argv);

/// The options that several commands share; each command's argp takes the children it needs.
typedef struct hpb_options {
    const char **plugin_dirs; ///< --plugin-dir DIR, any number
    uint32_t n_plugin_dirs;
    bool allow_insecure;    ///< --allow-insecure-plugin
    const char **overrides; ///< --set section.key=value, any number
    uint32_t n_overrides;
    const char **filters; ///< --filter factor=level,level; any number
    uint32_t n_filters;
    const char *output; ///< --output DIR; NULL: hpbench-results/SUITE
    uint32_t jobs;      ///< --jobs N; 0: one a core
    bool quiet, json;   ///< --quiet, --json
    const char *isa;    ///< --isa; NULL: auto
    bool fresh, retry_failed;
    double max_seconds; ///< --max-time; 0: none
} hpb_options;

/// Adds a `--set section.key=value` that a command means; the text stays the caller's.
void hpb_options_set(hpb_options *options, const char *override);
void hpb_options_free(hpb_options *options); ///< its lists

extern const struct argp hpb_argp_plugins; ///< --plugin-dir, --allow-insecure-plugin
extern const struct argp hpb_argp_suite;   ///< --set, --filter
extern const struct argp
    hpb_argp_run; ///< --jobs, --isa, --output, --fresh, --retry-failed, --max-time
extern const struct argp hpb_argp_output;       ///< --quiet, --json
extern const struct argp_child hpb_argp_runs[]; ///< all of these: of a command that runs a suite

/// Parses with argp: children take an hpb_options as their input. Exits by itself for --help (0) and usage errors (2).
void hpb_cli_parse(const struct argp *argp, int argc, char **argv, void *input);
/// For ARGP_KEY_INIT of a command's parser: gives all its children `options`.
void hpb_cli_share(struct argp_state *state, hpb_options *options);
/// Of a command that runs a suite and only reads a run: a usage error where an option is given that a run has no use for.
void hpb_cli_only_read(const char *command, const char *run, const hpb_options *options);
/// For ARGP_KEY_ARG and ARGP_KEY_END of a command that takes one argument: keeps it in *slot, or ends with
/// a usage error that calls it `name` ("SUITE").
error_t hpb_cli_argument(int key, char *arg, const char *name, const char **slot,
                         struct argp_state *state);
/// Prints "hpbench: error: ..." and a hint at COMMAND --help, and exits with HPB_EXIT_USAGE.
_Noreturn void hpb_cli_usage_error(const char *command, const char *format, ...) HPB_PRINTF(2, 3);

/// Ends with a usage error where `output` (NULL: none) is the file `input`: what is read is not written over.
void hpb_cli_keep_input(const char *command, const char *output, const char *input);

/// Raises the limit of open files to what a command needs, 0 workers or more. Code: HPB_EXIT_STORE where the
/// system does not allow it. With 0 workers, at the start: sees to it that a limit of processor time ends in words.
#define HPB_OUT_OF_TIME "all processor time is used up: it is limited (ulimit -t)"
hpb_exit hpb_check_limits(uint32_t n_workers, hpb_error *error);

/// Everything up to the plan: scan, read, parse, cross. Prints what is wrong to stderr and returns its
/// code; on HPB_EXIT_OK all members are there.
typedef struct hpb_session {
    hpb_registry registry;
    hpb_probe *probe;
    char *suite_bytes;
    hpb_suite suite;
    hpb_plan plan;
} hpb_session;
hpb_exit hpb_session_open(const hpb_options *options, const char *suite_path, hpb_session *out);
void hpb_session_close(hpb_session *session);
/// hpb_cli_keep_input for the suite and its data.
void hpb_session_keep_inputs(const char *command, const char *output, const hpb_session *session);

/// Prints "8 cells, 4,004 trials, 12,012 fits" to stdout.
void hpb_print_counts(const hpb_plan *plan);
#define HPB_TERMINAL_WIDTH 80 // columns, where it is not known
#define HPB_WIDEST_LINE 100   // columns: longer ones are hard to read
/// Columns of a line on stdout: the terminal's, within reason.
int hpb_print_width(void);
int hpb_points(const char *text); ///< code points
/// To stdout, with spaces up to `width` code points behind.
void hpb_print_padded(const char *text, int width);
/// Sentences, one a line, to stdout: a terminal gets them in lines that fit it.
void hpb_print_sentences(const char *sentences);
const char *hpb_plural(uint64_t n); ///< what follows a noun: "" or "s"
/// Prints to stdout, indented, and releases it.
void hpb_print_json(json_t *json);

/// A plugin's section of docs/plugins.md, and the whole page: the plugins of one kind, or of all (0).
void hpb_plugin_print_markdown(const hpb_plugin_info *plugin);
void hpb_plugins_print_markdown(const hpb_registry *registry, uint32_t kind);
/// Words with commas between them, and a space behind each.
void hpb_print_words(FILE *out, const char *words);
/// Text of several lines, each indented, and broken at spaces where it is longer than a line, to stdout.
void hpb_print_indented(const char *text, int indent);
const char *hpb_slot_size(const hpb_slot *slot); ///< "4 bytes a parameter", "8 bytes a fit"

/// FOLDER of a run: the argument itself, that of a FOLDER/run.sqlite, or hpbench-results/NAME where that exists and NAME
/// does not. free() it.
char *hpb_run_folder(const char *argument);
/// Whether an argument SUITE|RUN is a suite: a file that is no store, or what is called so and is not there.
bool hpb_is_suite(const char *argument);

#endif // HPB_CLI_H
