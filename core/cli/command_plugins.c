// SPDX-License-Identifier: Apache-2.0
// hpbench plugins list | show ID: what suites can name, from the plugins' own descriptors.
#include "cli/cli.h"
#include "suite/values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_KIND = 0x200, KEY_MARKDOWN };

typedef struct arguments {
    hpb_options options;
    const char *action, *id;
    uint32_t kind; // 0: any
    bool markdown;
} arguments;

// --- the command line --------------------------------------------------------------------------------------

static uint32_t kind_number(const char *name, size_t n)
{
    for (uint32_t kind = 1; kind <= HPB_KIND_LAST; kind++)
        if (strlen(hpb_kind_name(kind)) == n && strncmp(hpb_kind_name(kind), name, n) == 0)
            return kind;
    return 0;
}

static void take_kind(arguments *args, const char *name, struct argp_state *state)
{
    args->kind = kind_number(name, strlen(name));
    if (!args->kind)
        hpb_cli_usage_error(state->name,
                            "--kind: expected optimizer, initializer, splitter, early_stopping or "
                            "schedule; got \"%s\"",
                            name);
}

static void take_word(arguments *args, const char *word, struct argp_state *state)
{
    if (!args->action) {
        if (strcmp(word, "list") != 0 && strcmp(word, "show") != 0)
            hpb_cli_usage_error(state->name, "expected list or show ID; got \"%s\"", word);
        args->action = word;
    } else if (strcmp(args->action, "show") == 0 && !args->id) {
        args->id = word;
    } else {
        hpb_cli_usage_error(state->name, "one word too many: \"%s\"", word);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    arguments *args = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        hpb_cli_share(state, &args->options);
        return 0;
    case KEY_KIND:
        take_kind(args, arg, state);
        return 0;
    case KEY_MARKDOWN:
        args->markdown = true;
        return 0;
    case ARGP_KEY_ARG:
        take_word(args, arg, state);
        return 0;
    case ARGP_KEY_END:
        if (!args->action)
            hpb_cli_usage_error(state->name, "expected list or show ID");
        if (strcmp(args->action, "show") == 0 && !args->id)
            hpb_cli_usage_error(state->name, "show: ID is missing");
        if (args->markdown && args->options.json)
            hpb_cli_usage_error(state->name, "--markdown and --json exclude each other");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"kind", KEY_KIND, "KIND", 0,
     "optimizer, initializer, splitter, early_stopping or schedule alone", 0},
    {"markdown", KEY_MARKDOWN, NULL, 0, "Print a page of reference", 0},
    {0}};
static const struct argp_child children[] = {
    {&hpb_argp_plugins, 0, NULL, 0}, {&hpb_argp_output, 0, NULL, 0}, {0}};
static const struct argp argp = {
    options,
    parse,
    "list\nshow ID",
    "What plugins suites can name, and what each takes. ID may be given as kind/id.\v"
    "Plugins are looked for in the folders of --plugin-dir, in those of HPBENCH_PLUGIN_PATH, in "
    "~/.local/lib/hpbench/plugins, and beside the program.",
    children,
    NULL,
    NULL};

// --- values as a suite spells them -------------------------------------------------------------------------

static void print_default(FILE *out, const hpb_param *p)
{
    char number[HPB_NUMBER_SIZE];
    size_t n = 0;
    if (p->type == HPB_TYPE_REALS && !(p->flags & HPB_PARAM_REQUIRED))
        return;
    if (p->flags & HPB_PARAM_REQUIRED) {
        fputs("required", out);
    } else if (isnan(p->value)) {
        fputs("none", out);
    } else if (p->type == HPB_TYPE_FLAG) {
        fputs(p->value != 0 ? "yes" : "no", out);
    } else if (p->type == HPB_TYPE_CHOICE) {
        const char *word = hpb_choice_word(p->choices, (uint32_t)p->value, &n);
        fprintf(out, "%.*s", (int)n, word ? word : "");
    } else {
        fputs(hpb_number_text(p->value, number), out);
    }
}

static void print_bounds(FILE *out, const hpb_param *p)
{
    char min[HPB_NUMBER_SIZE], max[HPB_NUMBER_SIZE];
    const char *above = p->flags & HPB_PARAM_MIN_OPEN ? ">" : ">=";
    const char *below = p->flags & HPB_PARAM_MAX_OPEN ? "<" : "<=";
    hpb_number_text(p->min, min);
    hpb_number_text(p->max, max);
    if (isfinite(p->min) && isfinite(p->max))
        fprintf(out, "%s %s, %s %s", above, min, below, max);
    else if (isfinite(p->min))
        fprintf(out, "%s %s", above, min);
    else if (isfinite(p->max))
        fprintf(out, "%s %s", below, max);
    else
        fputs("any", out);
}

void hpb_print_words(FILE *out, const char *words)
{
    for (const char *c = words; *c; c++)
        if (*c != ' ')
            fprintf(out, *c == ',' ? "%c " : "%c", *c);
}

static void print_doc(FILE *out, const hpb_param *p)
{
    fputs(p->doc, out);
    if (!p->aliases)
        return;
    fputs(" Also: ", out);
    hpb_print_words(out, p->aliases);
    putc('.', out);
}

static void print_range(FILE *out, const hpb_param *p)
{
    if (p->type == HPB_TYPE_FLAG)
        fputs("no, yes", out);
    else if (p->type == HPB_TYPE_CHOICE)
        hpb_print_words(out, p->choices);
    else
        print_bounds(out, p);
    if (p->flags & HPB_PARAM_OPTIONAL)
        fputs(" or none", out);
}

// --- a table whose columns are as wide as they must be -------------------------------------------------------

enum { COLUMNS = 6 };

typedef struct table {
    char *cell[257][COLUMNS]; // a plugin has at most 256 parameters; the first row is the head
    uint32_t n_rows, n_columns;
} table;

static void table_print(const table *t, const char *indent)
{
    size_t width[COLUMNS] = {0};
    for (uint32_t row = 0; row < t->n_rows; row++)
        for (uint32_t column = 0; column < t->n_columns; column++)
            if (strlen(t->cell[row][column]) > width[column])
                width[column] = strlen(t->cell[row][column]);
    for (uint32_t row = 0; row < t->n_rows; row++) {
        int gap = (int)strlen(indent); // printed with the next text, so that no line ends in spaces
        for (uint32_t column = 0; column < t->n_columns; column++) {
            const char *text = t->cell[row][column];
            if (*text) {
                printf("%*s%s", gap, "", text);
                gap = 0;
            }
            if (width[column])
                gap += (int)(width[column] - strlen(text)) + 2;
        }
        putchar('\n');
    }
}

static void table_free(table *t)
{
    for (uint32_t row = 0; row < t->n_rows; row++)
        for (uint32_t column = 0; column < t->n_columns; column++)
            free(t->cell[row][column]);
    free(t);
}

// What `print` says of the parameter, to be freed.
static char *cell_text(void (*print)(FILE *out, const hpb_param *p), const hpb_param *p)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    if (!out)
        return hpb_strdup("?");
    print(out, p);
    fclose(out);
    return text;
}

// --- show ----------------------------------------------------------------------------------------------------

static const char *const type_names[] = {"", "real", "int", "flag", "choice", "reals"};

static void show_params(const hpb_plugin_info *plugin)
{
    if (!plugin->n_params)
        return;
    table *t = hpb_alloc(1, sizeof *t);
    static const char *const head[COLUMNS] = {"parameter", "type", "default", "range", "unit", ""};
    t->n_columns = COLUMNS;
    bool has_unit = false;
    for (uint32_t i = 0; i < plugin->n_params; i++)
        has_unit = has_unit || plugin->params[i].unit;
    for (uint32_t column = 0; column < COLUMNS; column++)
        t->cell[0][column] = hpb_strdup(column == 4 && !has_unit ? "" : head[column]);
    for (uint32_t i = 0; i < plugin->n_params && i < 256; i++) {
        const hpb_param *p = &plugin->params[i];
        char **row = t->cell[i + 1];
        row[0] = hpb_strdup(p->name);
        row[1] = hpb_strdup(type_names[p->type]);
        row[2] = cell_text(print_default, p);
        row[3] = cell_text(print_range, p);
        row[4] = hpb_strdup(p->unit ? p->unit : "");
        row[5] = cell_text(print_doc, p);
    }
    t->n_rows = (plugin->n_params < 256 ? plugin->n_params : 256) + 1;
    putchar('\n');
    table_print(t, "  ");
    table_free(t);
}

const char *hpb_slot_size(const hpb_slot *slot)
{
    return slot->scope == HPB_SLOT_PARAMETER ? "4 bytes a parameter" : "8 bytes a fit";
}

static void show_state(const hpb_plugin_info *plugin)
{
    if (plugin->kind == HPB_KIND_OPTIMIZER)
        printf("\nState:%s\n", plugin->n_slots ? "" : " none");
    size_t width = 0;
    for (uint32_t i = 0; i < plugin->n_slots; i++)
        if (strlen(plugin->slots[i].name) > width)
            width = strlen(plugin->slots[i].name);
    for (uint32_t i = 0; i < plugin->n_slots; i++) {
        const hpb_slot *slot = &plugin->slots[i];
        printf("  %-*s  %s%s%s\n", (int)width, slot->name, hpb_slot_size(slot),
               slot->doc ? "  " : "", slot->doc ? slot->doc : "");
    }
    if (plugin->n_state)
        printf("\nState: %u bytes a fit\n", plugin->n_state * 8);
}

static void show_isas(const hpb_plugin_info *plugin)
{
    if (!plugin->isa)
        return;
    const char *separator = "Instruction sets: ";
    for (uint32_t isa = 0; isa < HPB_ISA_COUNT; isa++)
        if (plugin->isa & (1u << isa)) {
            printf("%s%s", separator, hpb_isa_name(isa));
            separator = ", ";
        }
    putchar('\n');
}

// All defaults, to be pasted into a suite and changed.
static void show_stanza(const hpb_plugin_info *plugin)
{
    printf("\nIn a suite:\n  [%s.%s]\n", hpb_kind_name(plugin->kind), plugin->id);
    for (uint32_t i = 0; i < plugin->n_params; i++) {
        const hpb_param *p = &plugin->params[i];
        const bool is_required = p->flags & HPB_PARAM_REQUIRED;
        if (p->type == HPB_TYPE_REALS || is_required) {
            char *expected = hpb_param_expected(p);
            printf("  %s%s = %s\n", is_required ? "" : "# ", p->name, expected);
            free(expected);
            continue;
        }
        printf("  %s = ", p->name);
        print_default(stdout, p);
        putchar('\n');
    }
}

enum { TEXT_WIDTH = 100 };

void hpb_print_indented(const char *text, int indent)
{
    const size_t width = TEXT_WIDTH - (size_t)indent;
    while (*text) {
        const size_t line = strcspn(text, "\n");
        size_t n = line;
        if (n > width) {
            for (n = width; n > 0 && text[n] != ' ';)
                n--;
            if (n == 0) // one long word
                n = strcspn(text, " \n");
        }
        printf("%*s%.*s\n", n ? indent : 0, "", (int)n, text);
        text += n;
        text += n < line ? strspn(text, " ") : *text == '\n';
    }
}

static void show_plugin(const hpb_plugin_info *plugin)
{
    printf("%s %s %s, results revision %u\n%s\n", hpb_kind_name(plugin->kind), plugin->id,
           plugin->version, plugin->results_revision, plugin->summary);
    if (plugin->docs) {
        putchar('\n');
        hpb_print_indented(plugin->docs, 2);
    }
    show_params(plugin);
    show_state(plugin);
    putchar('\n');
    show_isas(plugin);
    if (plugin->references) {
        puts("References:");
        hpb_print_indented(plugin->references, 2);
    }
    printf("File: %s\nSHA-256: %s\nABI: %u.%u\n", plugin->path, plugin->sha256, plugin->abi_major,
           plugin->abi_minor);
    show_stanza(plugin);
}

// No such plugin: it may have been refused, or be one letter off.
static int unknown_plugin(const hpb_registry *registry, const arguments *args, const char *id)
{
    hpb_error error;
    char *file = hpb_format("%s.so", id);
    for (uint32_t i = 0; i < registry->n_refusals; i++) {
        const char *slash = strrchr(registry->refusals[i].path, '/');
        if (slash && strcmp(slash + 1, file) == 0) {
            free(file);
            hpb_error_set(&error, HPB_EXIT_PLUGIN, "%s: %s", registry->refusals[i].path,
                          registry->refusals[i].reason);
            hpb_error_print(stderr, &error);
            return HPB_EXIT_PLUGIN;
        }
    }
    free(file);
    const char **names = hpb_alloc(registry->n_plugins, sizeof *names);
    uint32_t n_names = 0;
    const hpb_plugin_info *other = NULL; // the same id in another kind
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        const hpb_plugin_info *plugin = &registry->plugins[i];
        if (!args->kind || plugin->kind == args->kind)
            names[n_names++] = plugin->id;
        else if (strcmp(plugin->id, id) == 0)
            other = plugin;
    }
    const char *nearest = hpb_nearest(id, names, n_names);
    hpb_error_set(&error, HPB_EXIT_USAGE, "no %s is called \"%s\"",
                  args->kind ? hpb_kind_name(args->kind) : "plugin", id);
    if (other)
        hpb_error_hint(&error, "it is of another kind: %s", hpb_kind_name(other->kind));
    else if (nearest)
        hpb_error_hint(&error, "did you mean %s?", nearest);
    else
        hpb_error_hint(&error, "hpbench plugins list names them all");
    hpb_error_print(stderr, &error);
    free(names);
    return HPB_EXIT_USAGE;
}

static int show(const hpb_registry *registry, arguments *args)
{
    const char *id = args->id, *slash = strchr(id, '/');
    if (slash && kind_number(id, (size_t)(slash - id))) {
        args->kind = kind_number(id, (size_t)(slash - id));
        id = slash + 1;
    }
    uint32_t n_shown = 0;
    json_t *shown = json_array();
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        const hpb_plugin_info *plugin = &registry->plugins[i];
        if (strcmp(plugin->id, id) != 0 || (args->kind && plugin->kind != args->kind))
            continue;
        if (args->options.json) {
            json_array_append_new(shown, hpb_plugin_to_json(plugin));
        } else {
            if (n_shown)
                putchar('\n');
            if (args->markdown)
                hpb_plugin_print_markdown(plugin);
            else
                show_plugin(plugin);
        }
        n_shown++;
    }
    if (n_shown && args->options.json)
        hpb_print_json(json_pack("{s:O}", "plugins", shown));
    json_decref(shown);
    return n_shown ? HPB_EXIT_OK : unknown_plugin(registry, args, id);
}

// --- list ----------------------------------------------------------------------------------------------------

// Whether the file lies in a folder that the command line names: then its refusal is the answer.
static bool is_asked_for(const hpb_options *from, const char *path)
{
    bool is_inside = false;
    for (uint32_t i = 0; i < from->n_plugin_dirs && !is_inside; i++) {
        char *real = realpath(from->plugin_dirs[i], NULL);
        const size_t n = real ? strlen(real) : 0;
        is_inside = real && strncmp(path, real, n) == 0 && path[n] == '/';
        free(real);
    }
    return is_inside;
}

static void list_text(const hpb_registry *registry, uint32_t kind)
{
    size_t id_width = strlen("id"), version_width = strlen("version");
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        const hpb_plugin_info *plugin = &registry->plugins[i];
        if (strlen(plugin->id) > id_width)
            id_width = strlen(plugin->id);
        if (strlen(plugin->version) > version_width)
            version_width = strlen(plugin->version);
    }
    printf("%-14s  %-*s  %-*s  %s\n", "kind", (int)id_width, "id", (int)version_width, "version",
           "summary");
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        const hpb_plugin_info *plugin = &registry->plugins[i];
        if (!kind || plugin->kind == kind)
            printf("%-14s  %-*s  %-*s  %s\n", hpb_kind_name(plugin->kind), (int)id_width,
                   plugin->id, (int)version_width, plugin->version, plugin->summary);
    }
}

static void list_json(const hpb_registry *registry, uint32_t kind)
{
    json_t *json = hpb_registry_to_json(registry), *plugins = json_object_get(json, "plugins");
    for (size_t i = registry->n_plugins; i-- > 0;)
        if (kind && registry->plugins[i].kind != kind)
            json_array_remove(plugins, i);
    hpb_print_json(json);
}

static int list(const hpb_registry *registry, const arguments *args)
{
    if (args->options.json)
        list_json(registry, args->kind);
    else if (args->markdown)
        hpb_plugins_print_markdown(registry, args->kind);
    else
        list_text(registry, args->kind);
    fflush(stdout); // before what stderr says of the rest
    if (!registry->n_plugins)
        fputs("hint: no plugin was found; hpbench plugins --help says where they are looked for\n",
              stderr);
    int code = HPB_EXIT_OK;
    for (uint32_t i = 0; i < registry->n_refusals; i++) {
        hpb_error error;
        hpb_error_set(&error, HPB_EXIT_PLUGIN, "%s: %s", registry->refusals[i].path,
                      registry->refusals[i].reason);
        hpb_error_print(stderr, &error);
        if (is_asked_for(&args->options, registry->refusals[i].path))
            code = HPB_EXIT_PLUGIN;
    }
    return code;
}

int hpb_command_plugins(int argc, char **argv)
{
    arguments args = {0};
    hpb_cli_parse(&argp, argc, argv, &args);
    const hpb_search search = {args.options.plugin_dirs, args.options.n_plugin_dirs,
                               args.options.allow_insecure};
    hpb_registry registry;
    hpb_error error = {0};
    int code = (int)hpb_probe_scan(&search, &registry, &error);
    if (code) {
        hpb_error_print(stderr, &error);
    } else {
        code = args.id ? show(&registry, &args) : list(&registry, &args);
        hpb_registry_free(&registry);
    }
    hpb_options_free(&args.options);
    return code;
}
