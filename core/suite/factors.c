// SPDX-License-Identifier: Apache-2.0
// Two protocols side by side as they were read: each setting that differs is a unit, each unit or group of them a factor.
#include "suite/factors.h"

#include <string.h>

const hpb_choice *hpb_units_choice(const hpb_units *u, int side, hpb_axis axis)
{
    return &u->side[side]->made[axis][u->protocol[side]->levels[0][axis]];
}

bool hpb_units_list(const hpb_units *u, const char *key)
{
    return hpb_protocol_varies(u->protocol[0], key) || hpb_protocol_varies(u->protocol[1], key);
}

static void add(hpb_units *u, hpb_unit_kind kind, hpb_axis axis, const char *name, const char *a,
                const char *b)
{
    u->items[u->n++] = (hpb_unit){kind, axis, kind == HPB_UNIT_KEY ? name : NULL, name, {a, b}, 0};
}

// --- choices ------------------------------------------------------------------------------------------------------

static bool is_same_setting(const hpb_units *u, const hpb_choice *a, const hpb_choice *b,
                            const char *key)
{
    return hpb_units_list(u, key) || hpb_key_is_luck(u->side[0]->suite, a->axis, key) ||
           strcmp(hpb_choice_text(a, key), hpb_choice_text(b, key)) == 0;
}

static bool is_same_choice(const hpb_units *u, const hpb_choice *a, const hpb_choice *b)
{
    bool is_same = a->plugin == b->plugin;
    for (uint32_t i = 0; i < a->n_settings && is_same; i++)
        is_same = is_same_setting(u, a, b, a->settings[i].param->name);
    return is_same;
}

// "sgd", and beside the same plugin "sgd(momentum 0.9)": what differs.
static const char *words_of(const hpb_units *u, const hpb_choice *choice, const hpb_choice *other)
{
    if (choice->axis == HPB_AXIS_SEEDS && !is_same_setting(u, choice, other, "policy"))
        return hpb_choice_text(choice, "policy");
    if (!choice->plugin)
        return choice->title;
    if (choice->plugin != other->plugin)
        return choice->plugin->id;
    hpb_text text = {0};
    hpb_text_add(&text, "%s(", choice->plugin->id);
    for (uint32_t i = 0, n = 0; i < choice->n_settings; i++) {
        const hpb_setting *setting = &choice->settings[i];
        if (!is_same_setting(u, choice, other, setting->param->name))
            hpb_text_add(&text, "%s%s %s", n++ ? ", " : "", setting->param->name, setting->text);
    }
    hpb_text_add(&text, ")");
    const char *words = hpb_arena_strdup(u->side[0]->reader->arena, text.data);
    hpb_text_free(&text);
    return words;
}

static void add_choice(hpb_units *u, hpb_axis axis)
{
    const hpb_choice *a = hpb_units_choice(u, 0, axis), *b = hpb_units_choice(u, 1, axis);
    if (!is_same_choice(u, a, b))
        add(u, HPB_UNIT_CHOICE, axis, hpb_axis_name(axis), words_of(u, a, b), words_of(u, b, a));
}

bool hpb_units_both_use(const hpb_units *u, hpb_axis axis, const char *key)
{
    const hpb_choice *a = hpb_units_choice(u, 0, axis), *b = hpb_units_choice(u, 1, axis);
    return hpb_setting_is_used(a, hpb_choice_setting(a, key)) &&
           hpb_setting_is_used(b, hpb_choice_setting(b, key));
}

static void add_keys(hpb_units *u, hpb_axis axis)
{
    const hpb_choice *a = hpb_units_choice(u, 0, axis), *b = hpb_units_choice(u, 1, axis);
    for (uint32_t i = 0; i < a->n_settings; i++) {
        const char *key = a->settings[i].param->name;
        if (!is_same_setting(u, a, b, key) && hpb_units_both_use(u, axis, key))
            add(u, HPB_UNIT_KEY, axis, key, a->settings[i].text, hpb_choice_text(b, key));
    }
}

// --- candidates, selection, report --------------------------------------------------------------------------------

static bool is_same_key(const hpb_grid_key *a, const hpb_grid_key *b)
{
    bool is_same = strcmp(a->given.name, b->given.name) == 0 && a->n_values == b->n_values;
    for (uint32_t v = 0; v < a->n_values && is_same; v++)
        is_same = strcmp(a->text[v], b->text[v]) == 0;
    return is_same;
}

static bool is_same_grid(const hpb_units *u)
{
    const hpb_protocol_reader *a = u->side[0], *b = u->side[1];
    bool is_same = a->n_grid == b->n_grid;
    for (uint32_t i = 0; i < a->n_grid && is_same; i++)
        is_same = is_same_key(&a->grid[i], &b->grid[i]);
    for (uint32_t i = 0; i < a->n_grid && is_same; i++) // and the keys beside listed labels
        if (a->grid[i].is_axis)
            is_same = is_same_choice(u, hpb_units_choice(u, 0, a->grid[i].given.axis),
                                     hpb_units_choice(u, 1, a->grid[i].given.axis));
    return is_same;
}

// The values that a side tries of its own keys, and the one value of each that the other alone lists.
static const char *grid_words(const hpb_units *u, int side)
{
    const hpb_protocol_reader *w = u->side[side], *other = u->side[!side];
    hpb_text text = {0};
    for (uint32_t i = 0; i < w->n_grid; i++) {
        hpb_text_add(&text, "%s%s", text.length ? "; " : "", w->grid[i].given.name);
        for (uint32_t v = 0; v < w->grid[i].n_values; v++)
            hpb_text_add(&text, "%s %s", v ? "," : "", w->grid[i].text[v]);
    }
    for (uint32_t i = 0; i < other->n_grid; i++) {
        const hpb_given *given = &other->grid[i].given;
        const hpb_choice *choice = hpb_units_choice(u, side, given->axis);
        const hpb_setting *setting =
            other->grid[i].is_axis ? NULL : hpb_choice_setting(choice, given->name);
        if (!hpb_protocol_varies(u->protocol[side], given->name) &&
            (setting || other->grid[i].is_axis))
            hpb_text_add(&text, "%s%s %s", text.length ? "; " : "", given->name,
                         setting ? setting->text : choice->title);
    }
    for (uint32_t i = 0; i < w->n_plain; i++)
        if (hpb_units_list(u, hpb_axis_name(w->plain[i].axis)) &&
            !hpb_units_list(u, w->plain[i].name))
            hpb_text_add(&text, "%s%s %s", text.length ? "; " : "", w->plain[i].name,
                         w->plain[i].entry.value);
    const char *words = hpb_arena_strdup(w->reader->arena, text.length ? text.data : "one");
    hpb_text_free(&text);
    return words;
}

static bool is_test(hpb_select select)
{
    return select == HPB_SELECT_TEST || select == HPB_SELECT_CV;
}

// `test` and `cv` are one rule; scoring counts for that rule alone, and a rule where there is a choice.
static bool is_same_selection(const hpb_protocol *a, const hpb_protocol *b)
{
    if (a->n_candidates == 1 && b->n_candidates == 1)
        return true;
    if (is_test(a->select) && is_test(b->select))
        return a->scoring == b->scoring;
    return a->select == b->select;
}

static const char *selection_words(const hpb_units *u, int side)
{
    hpb_protocol_reader *w = u->side[side];
    const char *select = hpb_protocol_setting(w, "select")->text;
    if (!is_test(u->protocol[side]->select))
        return select;
    return hpb_arena_format(w->reader->arena, "%s by %s", select,
                            hpb_protocol_setting(w, "scoring")->text);
}

static const hpb_choice *outer_of(const hpb_units *u, int side)
{
    const int32_t outer = u->protocol[side]->outer;
    return outer < 0 ? NULL : &u->side[side]->made[HPB_AXIS_SPLITTER][outer];
}

static bool is_same_report(const hpb_units *u)
{
    const hpb_choice *a = outer_of(u, 0), *b = outer_of(u, 1);
    return u->protocol[0]->reports == u->protocol[1]->reports &&
           (a && b ? is_same_choice(u, a, b) : a == b);
}

static const char *report_words(const hpb_units *u, int side)
{
    hpb_protocol_reader *w = u->side[side];
    const char *report = hpb_protocol_setting(w, "report")->text;
    const hpb_choice *outer = outer_of(u, side), *other = outer_of(u, !side);
    if (!outer)
        return report;
    return hpb_arena_format(w->reader->arena, "%s outside %s", report,
                            other ? words_of(u, outer, other) : outer->plugin->id);
}

// --- all of them, and groups ----------------------------------------------------------------------------------------

static void list(hpb_units *u)
{
    for (int i = HPB_AXIS_PROTOCOL + 1; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = (hpb_axis)i;
        if (!u->side[0]->suite->is_named[axis] || hpb_units_list(u, hpb_axis_name(axis)))
            continue;
        if (axis == HPB_AXIS_FIT || axis == HPB_AXIS_MODEL)
            add_keys(u, axis);
        else
            add_choice(u, axis);
    }
    if (!is_same_grid(u))
        add(u, HPB_UNIT_CANDIDATES, HPB_AXIS_COUNT, "candidates", grid_words(u, 0),
            grid_words(u, 1));
    if (!is_same_selection(u->protocol[0], u->protocol[1]))
        add(u, HPB_UNIT_SELECTION, HPB_AXIS_COUNT, "selection", selection_words(u, 0),
            selection_words(u, 1));
    if (!is_same_report(u))
        add(u, HPB_UNIT_REPORT, HPB_AXIS_COUNT, "report", report_words(u, 0), report_words(u, 1));
}

static uint32_t group_of(const hpb_explain_groups *groups, const char *name)
{
    for (uint32_t i = 0; i < groups->n; i++)
        if (strcmp(groups->names[i], name) == 0)
            return groups->group[i];
    return UINT32_MAX;
}

static const char *joined(const hpb_units *u, const char *before, const char *after)
{
    return before ? hpb_arena_format(u->side[0]->reader->arena, "%s + %s", before, after) : after;
}

void hpb_units_find(hpb_units *u, const hpb_explain_groups *groups)
{
    uint32_t factor[HPB_MOST_UNITS]; // of each group
    memset(factor, 0xff, sizeof factor);
    list(u);
    for (uint32_t i = 0; i < u->n; i++) {
        hpb_unit *unit = &u->items[i];
        const uint32_t group = group_of(groups, unit->name);
        unit->factor = group < HPB_MOST_UNITS ? factor[group] : UINT32_MAX;
        if (unit->factor == UINT32_MAX) {
            unit->factor = u->n_factors++;
            u->factors[unit->factor] = (hpb_factor){0};
            if (group < HPB_MOST_UNITS)
                factor[group] = unit->factor;
        }
        hpb_factor *out = &u->factors[unit->factor];
        out->name = joined(u, out->name, unit->name);
        for (int side = 0; side < 2; side++)
            out->value[side] = joined(u, out->value[side], unit->value[side]);
    }
}
