// SPDX-License-Identifier: Apache-2.0
// Which command: hpbench COMMAND ..., and what is said where it is none of them.
#include "cli/cli.h"
#include "worker/pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct command {
    const char *name, *arguments, *summary;
    int (*function)(int argc, char **argv);
} command;

static const command commands[] = {
    {"new", "TEMPLATE FILE", "write a commented suite for your own data", hpb_command_new},
    {"run", "SUITE", "run a suite, or go on with it, and write its report", hpb_command_run},
    {"report", "RUN", "write the report of a run again", hpb_command_report},
    {"export", "RUN", "print the trials of a run as CSV or JSON", hpb_command_export},
    {"validate", "SUITE...", "find every error of a suite; run nothing", hpb_command_validate},
    {"plan", "SUITE", "what would run, and every effective value", hpb_command_plan},
    {"explain", "SUITE|RUN", "why two protocols report two numbers", hpb_command_explain},
    {"diff", "SUITE [A B]", "in what two protocols differ; run nothing", hpb_command_diff},
    {"variance", "SUITE|RUN", "where the luck comes from, and what to repeat next",
     hpb_command_variance},
    {"status", "RUN", "how far a run is", hpb_command_status},
    {"compare", "BASE RUN", "whether two runs have the same results, MSE and time",
     hpb_command_compare},
    {"keras", "SUITE", "one run as a script for Keras and scikit-learn", hpb_command_keras},
    {"splits", "SUITE", "the rows of every fold, as CSV or NumPy arrays", hpb_command_splits},
    {"plugins", "list | show ID", "the plugins that suites can name", hpb_command_plugins},
};

static void print_help(FILE *out)
{
    fputs("Usage: hpbench COMMAND [OPTION...] [ARGUMENT...]\n"
          "MSE and time as distributions: optimizers, initializers, splits, stopping rules.\n"
          "\n"
          "Commands:\n",
          out);
    for (size_t i = 0; i < HPB_COUNT(commands); i++)
        fprintf(out, "  %-9s %-15s %s\n", commands[i].name, commands[i].arguments,
                commands[i].summary);
    fputs("\n"
          "hpbench COMMAND --help tells a command's options, hpbench --version the version.\n"
          "A SUITE is an INI file; a RUN its results, a folder or a name in hpbench-results\n"
          "Exit codes: 0 complete; 1 some trials failed; 2 usage; 3 bad suite or data;\n"
          "4 plugin refused; 5 store, files or gnuplot; 6 incomplete: type the same again;\n"
          "7 store in use; 8 not as compare expects; 70 internal.\n",
          out);
}

// What did not reach its reader was not printed: a full disk behind `> file` is an error. At exit, since argp
// exits by itself after --help.
static void check_output(int code, void *unused)
{
    (void)unused;
    const bool is_flushed = fflush(stdout) == 0;
    if (is_flushed && !ferror(stdout))
        return;
    // a stream remembers that it failed, not why: a line more to what is broken already says it again
    if (is_flushed && write(STDOUT_FILENO, "\n", 1) == 1)
        errno = EIO;
    hpb_error error;
    hpb_error_set(&error, HPB_EXIT_STORE, "standard output: %s", strerror(errno));
    hpb_error_print(stderr, &error);
    const bool is_answer = code == HPB_EXIT_OK || code == HPB_EXIT_FAILED ||
                           code == HPB_EXIT_INCOMPLETE || code == HPB_EXIT_UNEXPECTED;
    _exit(is_answer ? HPB_EXIT_STORE : code);
}

static error_t parse_top(int key, char *arg, struct argp_state *state)
{
    (void)arg, (void)state;
    if (key != '?')
        return ARGP_ERR_UNKNOWN;
    print_help(stdout);
    exit(HPB_EXIT_OK);
}

static const command *find_command(const char *name)
{
    for (size_t i = 0; i < HPB_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[HPB_COUNT(commands)];
    for (size_t i = 0; i < HPB_COUNT(commands); i++)
        names[i] = commands[i].name;
    hpb_error error;
    const char *nearest = hpb_nearest(name, names, HPB_COUNT(commands));
    hpb_error_set(&error, HPB_EXIT_USAGE, "unknown command \"%s\"", name);
    if (nearest)
        hpb_error_hint(&error, "did you mean hpbench %s?", nearest);
    else
        hpb_error_hint(&error, "hpbench --help lists the commands");
    hpb_error_print(stderr, &error);
    return HPB_EXIT_USAGE;
}

// jansson's memory is there or ends the program, as ours: half of a text must not pass for all of it.
static void *json_memory(size_t size)
{
    return hpb_alloc(1, size);
}

int hpb_cli_main(int argc, char **argv)
{
    json_set_alloc_funcs(json_memory, free);
    signal(SIGXFSZ, SIG_IGN); // a file that grows too large is an error like a full disk
    static char program[] = "hpbench";
    if (argc == 2 && strcmp(argv[1], "--probe") == 0)
        return hpb_probe_main();
    if (argc == 2 && strcmp(argv[1], "--worker") == 0)
        return hpb_worker_main();
    on_exit(check_output, NULL);
    if (getuid() != geteuid() || getgid() != getegid()) {
        // its plugins, and what it writes, would have rights that its user has not
        fputs("hpbench: error: set-user-id and set-group-id programs don't load plugins: "
              "chmod ug-s\n",
              stderr);
        return HPB_EXIT_USAGE;
    }
    argp_program_version = "hpbench " HPB_VERSION;
    if (argc < 2) {
        print_help(stderr);
        return HPB_EXIT_USAGE;
    }
    if (argv[1][0] == '-' && argv[1][1] && strcmp(argv[1], "--") != 0) {
        static const struct argp_option options[] = {{"help", '?', NULL, 0, NULL, 0}, {0}};
        static const struct argp argp = {options, parse_top, NULL, NULL, NULL, NULL, NULL};
        char *words[] = {program, argv[1], NULL};
        hpb_cli_parse(&argp, 2, words, NULL); // exits: what is no option is an error
    }
    const command *found = find_command(argv[1]);
    if (!found)
        return unknown_command(argv[1]);
    hpb_error error;
    const hpb_exit limits = hpb_check_limits(0, &error);
    if (limits != HPB_EXIT_OK) {
        hpb_error_print(stderr, &error);
        return limits;
    }
    char *name = hpb_format("hpbench %s", found->name);
    argv[1] = name; // argp speaks of the command as argv[0]
    const int code = found->function(argc - 1, argv + 1);
    free(name);
    return code;
}
