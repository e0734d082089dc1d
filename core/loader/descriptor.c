// SPDX-License-Identifier: Apache-2.0
// The descriptor's fields, each with its own message: the reader is the plugin's author.
#include "loader/descriptor.h"

#include <math.h>
#include <string.h>

#define LARGEST_STRUCT ((uint32_t)65536)
#define MOST_ITEMS 256u
#define LONGEST_NAME 63u
#define LONGEST_LINE 1000u
#define LONGEST_TEXT 65536u

typedef struct check {
    const char *path;
    hpb_arena *arena;
    hpb_error *error;
} check;

static hpb_exit refuse(const check *c, const char *format, ...) HPB_PRINTF(2, 3);
static hpb_exit refuse(const check *c, const char *format, ...)
{
    char reason[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(reason, sizeof reason, format, list);
    va_end(list);
    return hpb_error_set(c->error, HPB_EXIT_PLUGIN, "%s: %s", c->path, reason);
}

// --- text ---------------------------------------------------------------------------------------------

static bool is_name(const char *text, size_t n)
{
    if (!n || n > LONGEST_NAME || text[0] < 'a' || text[0] > 'z')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", text[i]))
            return false;
    return true;
}

// Valid UTF-8 of bounded length, in one line unless `lines`.
static bool is_text(const char *text, size_t limit, bool lines)
{
    const size_t n = strnlen(text, limit + 1);
    if (n > limit || hpb_utf8_valid(text, n) != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 && !(lines && strchr("\n\t", text[i])))
            return false;
    return true;
}

// Copies a text field; `*out` stays NULL for an optional one that is not there.
static hpb_exit copy_text(const check *c, const char *field, const char *text, bool required,
                          size_t limit, const char **out)
{
    if (!text || !*text) {
        *out = NULL;
        return required ? refuse(c, "%s: empty; expected a text", field) : HPB_EXIT_OK;
    }
    if (!is_text(text, limit, limit > LONGEST_LINE))
        return refuse(c, "%s: not a text of at most %zu bytes of UTF-8%s", field, limit,
                      limit > LONGEST_LINE ? "" : " in one line");
    *out = hpb_arena_strdup(c->arena, text);
    return HPB_EXIT_OK;
}

// The next word of a list separated by commas, spaces around it dropped. False: no more.
static bool next_word(const char **at, const char **word, size_t *n)
{
    if (!*at)
        return false;
    const char *comma = strchr(*at, ',');
    *word = *at + strspn(*at, " ");
    *n = comma ? (size_t)(comma - *word) : strlen(*word);
    while (*n && (*word)[*n - 1] == ' ')
        --*n;
    *at = comma ? comma + 1 : NULL;
    return true;
}

// As copy_text, for a list of words: copied without the spaces around them, so that every reader finds each word
// between two commas.
static hpb_exit copy_words(const check *c, const char *field, const char *text, const char **out)
{
    const hpb_exit result = copy_text(c, field, text, false, LONGEST_LINE, out);
    if (result != HPB_EXIT_OK || !*out)
        return result;
    const char *at = *out, *word;
    char *to = hpb_arena_strdup(c->arena, at);
    size_t n;
    *out = to;
    while (next_word(&at, &word, &n)) {
        memcpy(to, word, n);
        to += n;
        *to++ = at ? ',' : '\0';
    }
    return HPB_EXIT_OK;
}

// How often a word is in a list.
static uint32_t word_count(const char *list, const char *word, size_t n)
{
    uint32_t count = 0;
    const char *other;
    size_t other_n;
    while (next_word(&list, &other, &other_n))
        count += other_n == n && memcmp(other, word, n) == 0;
    return count;
}

// --- parameters -----------------------------------------------------------------------------------------

static hpb_exit check_array(const check *c, const char *what, hpb_array array, size_t size)
{
    if (!array.count)
        return HPB_EXIT_OK;
    if (!array.items)
        return refuse(c, "%s: %u announced, but the pointer is NULL", what, array.count);
    if (array.count > MOST_ITEMS)
        return refuse(c, "%s: %u announced; expected at most %u", what, array.count, MOST_ITEMS);
    if (array.stride < size || array.stride > LARGEST_STRUCT)
        return refuse(c, "%s: stride is %u; expected %zu: use HPB_ARRAY()", what, array.stride,
                      size);
    return HPB_EXIT_OK;
}

static bool is_in_range(const hpb_param *p, double value)
{
    const bool above = (p->flags & HPB_PARAM_MIN_OPEN) ? value > p->min : value >= p->min;
    const bool below = (p->flags & HPB_PARAM_MAX_OPEN) ? value < p->max : value <= p->max;
    return above && below;
}

static hpb_exit check_number(const check *c, const hpb_param *p)
{
    char value[HPB_NUMBER_SIZE], min[HPB_NUMBER_SIZE], max[HPB_NUMBER_SIZE];
    if (isnan(p->min) || isnan(p->max) || p->min > p->max)
        return refuse(c, "parameter %s: range %s to %s is empty; no bound is HUGE_VAL", p->name,
                      hpb_number_text(p->min, min), hpb_number_text(p->max, max));
    if (p->type == HPB_TYPE_REALS || p->flags & HPB_PARAM_REQUIRED)
        return HPB_EXIT_OK;
    if (isnan(p->value))
        return p->flags & HPB_PARAM_OPTIONAL
                   ? HPB_EXIT_OK
                   : refuse(c,
                            "parameter %s: default is NaN (none), but it is not HPB_PARAM_OPTIONAL",
                            p->name);
    if (isinf(p->value))
        return refuse(c, "parameter %s: default is infinite; expected a finite number", p->name);
    if (p->type == HPB_TYPE_INT && (p->value != floor(p->value) || fabs(p->value) > 0x1p53))
        return refuse(c, "parameter %s: default %s is not an integer", p->name,
                      hpb_number_text(p->value, value));
    if (!is_in_range(p, p->value))
        return refuse(c, "parameter %s: default %s is outside its range %s%s, %s%s", p->name,
                      hpb_number_text(p->value, value), p->flags & HPB_PARAM_MIN_OPEN ? "(" : "[",
                      hpb_number_text(p->min, min), hpb_number_text(p->max, max),
                      p->flags & HPB_PARAM_MAX_OPEN ? ")" : "]");
    return HPB_EXIT_OK;
}

static hpb_exit check_choices(const check *c, const hpb_param *p)
{
    uint32_t count = 0;
    const char *at = p->choices, *word;
    size_t n;
    while (next_word(&at, &word, &n)) {
        if (!is_name(word, n))
            return refuse(c, "parameter %s: choice '%.*s' is not a word of a-z, 0-9 and _", p->name,
                          (int)n, word);
        if (word_count(p->choices, word, n) > 1)
            return refuse(c, "parameter %s: choice '%.*s' is there twice", p->name, (int)n, word);
        count++;
    }
    if (p->value != floor(p->value) || !(p->value >= 0 && p->value < count)) {
        char value[HPB_NUMBER_SIZE];
        return refuse(c, "parameter %s: default %s is not the index of one of %u choices", p->name,
                      hpb_number_text(p->value, value), count);
    }
    return HPB_EXIT_OK;
}

static hpb_exit check_param(const check *c, const hpb_param *p)
{
    const uint32_t flags =
        HPB_PARAM_MIN_OPEN | HPB_PARAM_MAX_OPEN | HPB_PARAM_OPTIONAL | HPB_PARAM_REQUIRED;
    if (p->flags & ~flags)
        return refuse(c, "parameter %s: unknown flags 0x%x", p->name, p->flags & ~flags);
    if ((p->type == HPB_TYPE_CHOICE) != (p->choices != NULL))
        return refuse(c, "parameter %s: %s", p->name,
                      p->choices ? "has choices, but its type is not HPB_TYPE_CHOICE"
                                 : "a choice without choices");
    switch (p->type) {
    case HPB_TYPE_REAL:
    case HPB_TYPE_INT:
    case HPB_TYPE_REALS:
        return check_number(c, p);
    case HPB_TYPE_FLAG:
        return p->value == 0 || p->value == 1
                   ? HPB_EXIT_OK
                   : refuse(c, "parameter %s: default of a flag is 0 or 1", p->name);
    case HPB_TYPE_CHOICE:
        return check_choices(c, p);
    default:
        return refuse(c, "parameter %s: unknown type %u", p->name, p->type);
    }
}

// All names by which a suite may set the parameter: none taken by another, nor by every section.
static hpb_exit check_names(const check *c, uint32_t kind, const hpb_param *params, uint32_t i)
{
    const char *taken = kind == HPB_KIND_EARLY_STOPPING ? "plugin,label,also" : "plugin,label";
    const char *lists[] = {params[i].name, params[i].aliases};
    for (size_t k = 0; k < HPB_COUNT(lists); k++) {
        const char *at = lists[k], *word;
        size_t n;
        while (next_word(&at, &word, &n)) {
            const int length = (int)(n < LONGEST_NAME ? n : LONGEST_NAME);
            if (!is_name(word, n))
                return refuse(
                    c, "parameter %u: name '%.*s' is not lower snake case of at most %u characters",
                    i + 1, length, word, LONGEST_NAME);
            if (word_count(taken, word, n))
                return refuse(c, "parameter %u: name '%.*s' is a key that every section has", i + 1,
                              length, word);
            uint32_t uses = 0;
            for (uint32_t j = 0; j <= i; j++)
                uses +=
                    word_count(params[j].name, word, n) + word_count(params[j].aliases, word, n);
            if (uses > 1)
                return refuse(c, "two parameters have the name '%.*s'", length, word);
        }
    }
    return HPB_EXIT_OK;
}

static hpb_exit copy_params(const check *c, hpb_array array, hpb_plugin_info *info)
{
    hpb_exit result = check_array(c, "params", array, sizeof(hpb_param));
    hpb_param *params =
        hpb_arena_alloc(c->arena, array.count <= MOST_ITEMS ? array.count : 0, sizeof *params);
    for (uint32_t i = 0; i < array.count && result == HPB_EXIT_OK; i++) {
        hpb_param *p = &params[i];
        memcpy(p, (const char *)array.items + (size_t)i * array.stride, sizeof *p);
        char field[64];
        snprintf(field, sizeof field, "name of parameter %u", i + 1);
        result = copy_text(c, field, p->name, true, LONGEST_LINE, &p->name);
        if (result == HPB_EXIT_OK)
            result = copy_words(c, "aliases", p->aliases, &p->aliases);
        if (result == HPB_EXIT_OK)
            result = check_names(c, info->kind, params, i);
        if (result != HPB_EXIT_OK)
            break;
        snprintf(field, sizeof field, "parameter %.40s: doc", p->name);
        result = copy_text(c, field, p->doc, true, LONGEST_LINE, &p->doc);
        if (result == HPB_EXIT_OK)
            result = copy_text(c, "unit", p->unit, false, LONGEST_NAME, &p->unit);
        if (result == HPB_EXIT_OK)
            result = copy_words(c, "choices", p->choices, &p->choices);
        if (result == HPB_EXIT_OK)
            result = check_param(c, p);
        if (p->type == HPB_TYPE_FLAG || p->type == HPB_TYPE_CHOICE) {
            p->min = -HUGE_VAL; // whatever the table says: what they may be is known
            p->max = HUGE_VAL;
        }
    }
    info->params = params;
    info->n_params = array.count;
    return result;
}

// --- slots ----------------------------------------------------------------------------------------------

static hpb_exit copy_slots(const check *c, uint32_t kind, hpb_array array, hpb_plugin_info *info)
{
    if (array.count && kind != HPB_KIND_OPTIMIZER)
        return refuse(c, "slots: only an optimizer has state slots");
    hpb_exit result = check_array(c, "slots", array, sizeof(hpb_slot));
    hpb_slot *slots =
        hpb_arena_alloc(c->arena, array.count <= MOST_ITEMS ? array.count : 0, sizeof *slots);
    for (uint32_t i = 0; i < array.count && result == HPB_EXIT_OK; i++) {
        hpb_slot *slot = &slots[i];
        memcpy(slot, (const char *)array.items + (size_t)i * array.stride, sizeof *slot);
        result = copy_text(c, "name of a slot", slot->name, true, LONGEST_LINE, &slot->name);
        if (result == HPB_EXIT_OK)
            result = copy_text(c, "doc of a slot", slot->doc, false, LONGEST_LINE, &slot->doc);
        if (result != HPB_EXIT_OK)
            break;
        if (!is_name(slot->name, strlen(slot->name)))
            return refuse(c, "slot %u: name '%.63s' is not lower snake case", i + 1, slot->name);
        if (slot->scope != HPB_SLOT_PARAMETER && slot->scope != HPB_SLOT_LANE)
            return refuse(c, "slot %s: unknown scope %u", slot->name, slot->scope);
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(slots[j].name, slot->name) == 0)
                return refuse(c, "two slots have the name '%s'", slot->name);
    }
    info->slots = slots;
    info->n_slots = array.count;
    return result;
}

// --- functions --------------------------------------------------------------------------------------------

static hpb_exit check_optimizer(const check *c, const hpb_optimizer_ops *ops, hpb_plugin_info *info)
{
    if (!ops->update[HPB_ISA_BASELINE])
        return refuse(c, "ops: function update[HPB_ISA_BASELINE] is NULL");
    const uint32_t flags = HPB_OPTIMIZER_ELEMENTWISE | HPB_OPTIMIZER_DECAYS;
    if (ops->flags & ~flags)
        return refuse(c, "ops: unknown flags 0x%x", ops->flags & ~flags);
    info->flags = ops->flags & HPB_OPTIMIZER_ELEMENTWISE; // the other is between it and the engine
    bool has_decay = false;
    for (uint32_t i = 0; i < info->n_params; i++)
        has_decay |= strcmp(info->params[i].name, "weight_decay") == 0;
    if (ops->flags & HPB_OPTIMIZER_DECAYS && !has_decay)
        return refuse(c, "ops: HPB_OPTIMIZER_DECAYS, but there is no parameter weight_decay");
    for (uint32_t isa = 0; isa < HPB_ISA_COUNT; isa++)
        info->isa |= ops->update[isa] ? 1u << isa : 0;
    for (uint32_t i = 0; i < info->n_params; i++)
        if (strcmp(info->params[i].name, "learning_rate") == 0)
            return info->params[i].type == HPB_TYPE_REAL &&
                           !(info->params[i].flags & HPB_PARAM_OPTIONAL)
                       ? HPB_EXIT_OK
                       : refuse(c, "parameter learning_rate: expected a real that is not optional");
    return refuse(c, "no parameter learning_rate: an optimizer must declare it");
}

static hpb_exit check_schedule(const check *c, const hpb_schedule_ops *ops, hpb_plugin_info *info)
{
    if (ops->flags & ~HPB_SCHEDULE_CONSTANT)
        return refuse(c, "ops: unknown flags 0x%x", ops->flags & ~HPB_SCHEDULE_CONSTANT);
    info->flags = ops->flags;
    return ops->rate ? HPB_EXIT_OK : refuse(c, "ops: function rate is NULL");
}

static hpb_exit check_early_stopping(const check *c, const hpb_early_stopping_ops *ops,
                                     hpb_plugin_info *info)
{
    if (ops->flags & ~HPB_EARLY_STOPPING_RATE)
        return refuse(c, "ops: unknown flags 0x%x", ops->flags & ~HPB_EARLY_STOPPING_RATE);
    info->flags = ops->flags;
    info->n_state = ops->n_state;
    if (info->n_state > LARGEST_STRUCT)
        return refuse(c, "ops: n_state is %u; expected at most %u", info->n_state, LARGEST_STRUCT);
    return ops->observe ? HPB_EXIT_OK : refuse(c, "ops: function observe is NULL");
}

static hpb_exit check_ops(const check *c, const hpb_plugin *plugin, hpb_plugin_info *info)
{
    static const size_t sizes[] = {0,
                                   sizeof(hpb_optimizer_ops),
                                   sizeof(hpb_initializer_ops),
                                   sizeof(hpb_splitter_ops),
                                   sizeof(hpb_early_stopping_ops),
                                   sizeof(hpb_schedule_ops)};
    if (!plugin->ops)
        return refuse(c, "ops is NULL; expected the functions of its kind, %s",
                      hpb_kind_name(plugin->kind));
    union {
        uint32_t struct_size;
        hpb_optimizer_ops optimizer;
        hpb_initializer_ops initializer;
        hpb_splitter_ops splitter;
        hpb_early_stopping_ops early_stopping;
        hpb_schedule_ops schedule;
    } ops = {0};
    memcpy(&ops, plugin->ops, sizeof ops.struct_size);
    const size_t size = sizes[plugin->kind];
    if (ops.struct_size < size || ops.struct_size > LARGEST_STRUCT)
        return refuse(c, "ops: struct_size is %u; expected %zu: use sizeof", ops.struct_size, size);
    memcpy(&ops, plugin->ops, size);
    switch (plugin->kind) {
    case HPB_KIND_OPTIMIZER:
        return check_optimizer(c, &ops.optimizer, info);
    case HPB_KIND_INITIALIZER:
        if (ops.initializer.flags & ~HPB_INITIALIZER_FIXED)
            return refuse(c, "ops: unknown flags 0x%x",
                          ops.initializer.flags & ~HPB_INITIALIZER_FIXED);
        info->flags = ops.initializer.flags;
        return ops.initializer.fill ? HPB_EXIT_OK : refuse(c, "ops: function fill is NULL");
    case HPB_KIND_SPLITTER:
        if (ops.splitter.flags & ~HPB_SPLITTER_FIXED)
            return refuse(c, "ops: unknown flags 0x%x", ops.splitter.flags & ~HPB_SPLITTER_FIXED);
        info->flags = ops.splitter.flags;
        if (!ops.splitter.count)
            return refuse(c, "ops: function count is NULL");
        return ops.splitter.split ? HPB_EXIT_OK : refuse(c, "ops: function split is NULL");
    case HPB_KIND_SCHEDULE:
        return check_schedule(c, &ops.schedule, info);
    default:
        return check_early_stopping(c, &ops.early_stopping, info);
    }
}

// --- the descriptor -----------------------------------------------------------------------------------------

// The frozen preamble, and nothing beyond it: until it fits, the rest can't be read.
static hpb_exit check_preamble(const check *c, const hpb_plugin *preamble)
{
    if (preamble->magic != HPB_MAGIC)
        return refuse(c,
                      "not an hpbench plugin: hpbench_plugin() returned a descriptor that starts "
                      "with 0x%08x; expected HPB_PREAMBLE (0x%08x)",
                      preamble->magic, HPB_MAGIC);
    const unsigned major = preamble->abi_major, minor = preamble->abi_minor;
    // Before 1.0 every minor may differ in anything; from then on a minor only adds.
    const bool is_newer =
        major > HPB_ABI_MAJOR || (major == HPB_ABI_MAJOR && minor > HPB_ABI_MINOR);
    if (is_newer || major != HPB_ABI_MAJOR || (HPB_ABI_MAJOR == 0 && minor != HPB_ABI_MINOR))
        return refuse(c,
                      "speaks ABI %u.%u, this hpbench speaks %d.%d: %srebuild it against this "
                      "hpbench's headers",
                      major, minor, HPB_ABI_MAJOR, HPB_ABI_MINOR,
                      is_newer ? "use a newer hpbench, or " : "");
    if (preamble->pointer_size != sizeof(void *))
        return refuse(c, "pointer_size is %u; expected %zu: use HPB_PREAMBLE",
                      preamble->pointer_size, sizeof(void *));
    if (preamble->struct_size < sizeof(hpb_plugin) || preamble->struct_size > LARGEST_STRUCT)
        return refuse(c, "struct_size is %u; expected %zu: use HPB_PREAMBLE", preamble->struct_size,
                      sizeof(hpb_plugin));
    if (preamble->fast_math)
        return refuse(c, "compiled with -ffast-math, which changes results: compile it without "
                         "-ffast-math and -Ofast");
    return HPB_EXIT_OK;
}

static hpb_exit check_identity(const check *c, const hpb_plugin *plugin)
{
    if (!hpb_kind_name(plugin->kind))
        return refuse(c, "unknown kind %u; expected 1 to %u", plugin->kind, HPB_KIND_LAST);
    if (!plugin->id || !is_name(plugin->id, strnlen(plugin->id, LONGEST_NAME + 1)))
        return refuse(c, "id '%.63s' is not lower snake case of at most %u characters",
                      plugin->id ? plugin->id : "", LONGEST_NAME);
    const char *slash = strrchr(c->path, '/');
    const char *file = slash ? slash + 1 : c->path;
    const size_t n = strlen(plugin->id);
    if (strncmp(file, plugin->id, n) != 0 || strcmp(file + n, ".so") != 0)
        return refuse(c, "its id is '%s', but the file is named '%s': name it %s.so", plugin->id,
                      file, plugin->id);
    if (!plugin->results_revision)
        return refuse(c, "results_revision is 0; expected 1 or more");
    return HPB_EXIT_OK;
}

static hpb_exit copy_identity(const check *c, const hpb_plugin *plugin, hpb_plugin_info *info)
{
    info->kind = plugin->kind;
    info->results_revision = plugin->results_revision;
    info->abi_major = plugin->abi_major;
    info->abi_minor = plugin->abi_minor;
    const struct {
        const char *field, *text;
        bool required;
        size_t limit;
        const char **out;
    } texts[] = {
        {"id", plugin->id, true, LONGEST_LINE, &info->id},
        {"version", plugin->version, true, LONGEST_NAME, &info->version},
        {"summary", plugin->summary, true, LONGEST_LINE, &info->summary},
        {"docs", plugin->docs, false, LONGEST_TEXT, &info->docs},
        {"references", plugin->references, false, LONGEST_TEXT, &info->references},
    };
    hpb_exit result = HPB_EXIT_OK;
    for (size_t i = 0; i < HPB_COUNT(texts) && result == HPB_EXIT_OK; i++)
        result = copy_text(c, texts[i].field, texts[i].text, texts[i].required, texts[i].limit,
                           texts[i].out);
    return result;
}

hpb_exit hpb_descriptor_check(const char *path, const hpb_plugin *plugin, hpb_arena *arena,
                              hpb_plugin_info *info, const void **ops, hpb_error *error)
{
    const check c = {path, arena, error};
    hpb_plugin copy = {0};
    memcpy(&copy, plugin, offsetof(hpb_plugin, kind));
    hpb_exit result = check_preamble(&c, &copy);
    if (result != HPB_EXIT_OK)
        return result;
    memcpy(&copy, plugin, sizeof copy);
    result = check_identity(&c, &copy);
    if (result == HPB_EXIT_OK)
        result = copy_identity(&c, &copy, info);
    if (result == HPB_EXIT_OK)
        result = copy_params(&c, copy.params, info);
    if (result == HPB_EXIT_OK)
        result = copy_slots(&c, copy.kind, copy.slots, info);
    if (result == HPB_EXIT_OK)
        result = check_ops(&c, &copy, info);
    *ops = copy.ops;
    return result;
}
