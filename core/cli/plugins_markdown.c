// SPDX-License-Identifier: Apache-2.0
// The reference of plugins as Markdown, from their descriptors: docs/plugins.md is what `list --markdown` printed.
// Nothing of the machine is in it: no path, no instruction set.
#include "cli/cli.h"
#include "suite/values.h"

#include <stdlib.h>
#include <string.h>

static const char *const titles[HPB_KIND_LAST + 1] = {
    [HPB_KIND_OPTIMIZER] = "Optimizers",
    [HPB_KIND_INITIALIZER] = "Initializers",
    [HPB_KIND_SPLITTER] = "Splitters",
    [HPB_KIND_EARLY_STOPPING] = "Early stopping",
    [HPB_KIND_SCHEDULE] = "Schedules of the learning rate",
};

// Text on one line, with nothing that Markdown would take for markup.
static void print_escaped(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("\\`*<>[]|", *c))
            putchar('\\');
        putchar(*c == '\n' ? ' ' : *c);
    }
}

static void print_params(const hpb_plugin_info *plugin)
{
    if (!plugin->n_params)
        return;
    hpb_arena *arena = hpb_arena_create();
    puts("\n| parameter | takes | default | meaning |\n|---|---|---|---|");
    for (uint32_t i = 0; i < plugin->n_params; i++) {
        const hpb_param *p = &plugin->params[i];
        const char *text = hpb_setting_default(p, arena).text;
        char *expected = hpb_param_expected(p);
        printf("| `%s` | %s", p->name, expected);
        printf(p->unit ? " (%s) | " : " | ", p->unit);
        if (p->flags & HPB_PARAM_REQUIRED)
            fputs("required | ", stdout);
        else
            printf(*text ? "`%s` | " : "%s | ", text);
        print_escaped(p->doc);
        if (p->aliases) {
            fputs(" Also: ", stdout);
            hpb_print_words(stdout, p->aliases);
            putchar('.');
        }
        puts(" |");
        free(expected);
    }
    hpb_arena_destroy(arena);
}

static void print_state(const hpb_plugin_info *plugin)
{
    if (plugin->n_slots)
        puts("\n| state | size | what it is |\n|---|---|---|");
    for (uint32_t i = 0; i < plugin->n_slots; i++) {
        const hpb_slot *slot = &plugin->slots[i];
        printf("| `%s` | %s | ", slot->name, hpb_slot_size(slot));
        print_escaped(slot->doc ? slot->doc : "");
        puts(" |");
    }
}

void hpb_plugin_print_markdown(const hpb_plugin_info *plugin)
{
    printf("### %s %s\n\n", hpb_kind_name(plugin->kind), plugin->id);
    print_escaped(plugin->summary);
    putchar('\n');
    if (plugin->docs) {
        putchar('\n');
        hpb_print_indented(plugin->docs, 4);
    }
    print_params(plugin);
    print_state(plugin);
    if (plugin->references) {
        fputs("\nReferences: ", stdout);
        print_escaped(plugin->references);
        puts(".");
    }
}

// The plugins of one kind, each leading to its section.
static void print_contents(const hpb_registry *registry, uint32_t kind)
{
    const char *separator = "";
    printf("- [%s](#%s): ", titles[kind], hpb_kind_folder(kind));
    for (uint32_t i = 0; i < registry->n_plugins; i++) {
        const char *id = registry->plugins[i].id;
        if (registry->plugins[i].kind != kind)
            continue;
        printf("%s[%s](#%s-%s)", separator, id, hpb_kind_name(kind), id);
        separator = ", ";
    }
    putchar('\n');
}

static bool has_kind(const hpb_registry *registry, uint32_t kind)
{
    for (uint32_t i = 0; i < registry->n_plugins; i++)
        if (registry->plugins[i].kind == kind)
            return true;
    return false;
}

void hpb_plugins_print_markdown(const hpb_registry *registry, uint32_t kind)
{
    puts("<!-- Printed by hpbench plugins list --markdown: change the plugins, not this page. -->\n"
         "# Plugins\n\n"
         "What the sections of a suite can name, and what each takes. `hpbench plugins show ID` "
         "prints "
         "the same of any plugin,\nyours included, and a section to paste. All sections of a kind "
         "share "
         "the keys that [suites.md](suites.md) has for it:\nevery optimizer has weight decay, "
         "clipping "
         "and averaging of weights. How to write one: [abi.md](abi.md).\n");
    for (uint32_t k = 1; k <= HPB_KIND_LAST; k++)
        if ((!kind || kind == k) && has_kind(registry, k))
            print_contents(registry, k);
    for (uint32_t k = 1; k <= HPB_KIND_LAST; k++) {
        if ((kind && kind != k) || !has_kind(registry, k))
            continue;
        printf("\n<a id=\"%s\"></a>\n\n## %s\n", hpb_kind_folder(k), titles[k]);
        for (uint32_t i = 0; i < registry->n_plugins; i++)
            if (registry->plugins[i].kind == k) {
                putchar('\n');
                hpb_plugin_print_markdown(&registry->plugins[i]);
            }
    }
}
