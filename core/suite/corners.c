// SPDX-License-Identifier: Apache-2.0
// A reader for each corner, mixed of the two: whose each label, key and grid is follows from the factors that are turned over.
#include "suite/corners.h"

#include "suite/factors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// One corner under way.
typedef struct corner {
    const hpb_units *units;
    uint32_t mask;
    hpb_protocol_reader *w;
    const char *epochs; // instead of its own; NULL: its own
    bool is_nested;     // within outer folds like its own
} corner;

// Whose a unit is here; what does not differ is A's.
static int side_of(const corner *c, hpb_unit_kind kind, hpb_axis axis)
{
    for (uint32_t i = 0; i < c->units->n; i++) {
        const hpb_unit *unit = &c->units->items[i];
        if (unit->kind == kind && unit->axis == axis)
            return c->mask >> unit->factor & 1;
    }
    return 0;
}

static int candidates_side(const corner *c)
{
    return side_of(c, HPB_UNIT_CANDIDATES, HPB_AXIS_COUNT);
}

// Whose label an axis has. That of [model] stays A's, and keys that differ are set.
static int label_side(const corner *c, hpb_axis axis)
{
    return hpb_units_list(c->units, hpb_axis_name(axis)) ? candidates_side(c)
                                                         : side_of(c, HPB_UNIT_CHOICE, axis);
}

// --- parts ------------------------------------------------------------------------------------------------------

static void take_setting(const corner *c, const char *name, int side)
{
    *hpb_protocol_setting(c->w, name) = *hpb_protocol_setting(c->units->side[side], name);
}

static bool add_plain(hpb_protocol_reader *w, const hpb_given *given)
{
    if (w->n_plain == HPB_MOST_GIVEN) {
        hpb_protocol_fault(w, w->section->place, NULL, "more keys than a protocol has");
        return false;
    }
    w->plain[w->n_plain++] = *given;
    return true;
}

static void drop_plain(hpb_protocol_reader *w, hpb_axis axis, const char *key)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->n_plain; i++)
        if (w->plain[i].axis != axis || strcmp(w->plain[i].name, key) != 0)
            w->plain[kept++] = w->plain[i];
    w->n_plain = kept;
}

// Sets a key to the value that a side comes to, whoever has set it there. What has no such key goes without.
static bool set_key(const corner *c, hpb_axis axis, const char *key, int side)
{
    const hpb_setting *setting = hpb_choice_setting(hpb_units_choice(c->units, side, axis), key);
    const hpb_choice *at = hpb_units_choice(c->units, label_side(c, axis), axis);
    const hpb_place place = c->w->section->place;
    drop_plain(c->w, axis, key);
    if (!setting || !hpb_choice_setting(at, key))
        return true;
    return add_plain(c->w, &(hpb_given){.name = setting->param->name,
                                        .axis = axis,
                                        .entry = {.key = setting->param->name,
                                                  .value = setting->text,
                                                  .key_place = place,
                                                  .place = place}});
}

// Labels, and the keys that each protocol gives to what it names there.
static bool mix_choices(const corner *c)
{
    bool is_good = true;
    c->w->n_plain = 0;
    for (int i = HPB_AXIS_PROTOCOL + 1; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = (hpb_axis)i;
        const int side = label_side(c, axis);
        const hpb_protocol_reader *from = c->units->side[side];
        if (axis != HPB_AXIS_FIT)
            take_setting(c, hpb_axis_name(axis), side);
        for (uint32_t k = 0; k < from->n_plain; k++)
            if (from->plain[k].axis == axis)
                is_good &= add_plain(c->w, &from->plain[k]);
    }
    return is_good;
}

// Keys that one side alone uses, as it is trained and the other is not: they go with the solver.
static bool mix_training(const corner *c)
{
    const hpb_choice *fit = hpb_units_choice(c->units, 1, HPB_AXIS_FIT);
    bool is_good = true;
    for (uint32_t i = 0; i < fit->n_settings; i++)
        if (!hpb_units_both_use(c->units, HPB_AXIS_FIT, fit->settings[i].param->name))
            is_good &= set_key(c, HPB_AXIS_FIT, fit->settings[i].param->name, 1);
    return is_good;
}

static bool mix_keys(const corner *c)
{
    bool is_good = true;
    for (uint32_t i = 0; i < c->units->n; i++) {
        const hpb_unit *unit = &c->units->items[i];
        if (unit->kind != HPB_UNIT_KEY || !(c->mask >> unit->factor & 1))
            continue;
        is_good &= set_key(c, unit->axis, unit->key, 1);
        if (strcmp(unit->key, "solver") == 0)
            is_good &= mix_training(c);
    }
    return is_good;
}

// The grid, and of the keys that the other side alone lists the one value that they have.
static bool mix_grids(const corner *c)
{
    const int side = candidates_side(c);
    const hpb_protocol_reader *from = c->units->side[side], *other = c->units->side[!side];
    bool is_good = true;
    memcpy(c->w->grid, from->grid, sizeof from->grid);
    c->w->n_grid = from->n_grid;
    for (uint32_t i = 0; i < from->n_grid; i++)
        drop_plain(c->w, from->grid[i].given.axis, from->grid[i].given.name);
    for (uint32_t i = 0; i < other->n_grid; i++) {
        const hpb_given *given = &other->grid[i].given;
        if (!other->grid[i].is_axis && label_side(c, given->axis) != side &&
            !hpb_protocol_varies(c->units->protocol[side], given->name))
            is_good &= set_key(c, given->axis, given->name, side);
    }
    return is_good;
}

// What trains longer has another number of epochs, and no more.
static bool set_epochs(const corner *c)
{
    const hpb_place place = c->w->section->place;
    if (!c->epochs)
        return true;
    drop_plain(c->w, HPB_AXIS_FIT, "epochs");
    return add_plain(
        c->w,
        &(hpb_given){
            .name = "epochs",
            .axis = HPB_AXIS_FIT,
            .entry = {.key = "epochs", .value = c->epochs, .key_place = place, .place = place}});
}

// The same search once more inside folds of its own kind: what it chose is fitted again, and scored on rows that chose nothing.
// False: its folds have no name.
static bool nest(const corner *c)
{
    hpb_setting *report = hpb_protocol_setting(c->w, "report"),
                *outer = hpb_protocol_setting(c->w, "outer");
    if (!c->is_nested)
        return true;
    report->value.number = HPB_REPORTS_REFIT;
    report->text = "refit";
    outer->text = hpb_protocol_setting(c->w, "splitter")->text;
    return *outer->text != '\0';
}

static const char *corner_title(const corner *c)
{
    const hpb_units *u = c->units;
    const uint32_t mask = c->mask;
    const char *a = u->side[0]->choice->title, *b = u->side[1]->choice->title;
    hpb_arena *arena = u->side[0]->reader->arena;
    if (mask == 0 || mask == (1u << u->n_factors) - 1)
        return c->epochs ? hpb_arena_format(arena, "%s with epochs=%s", mask ? b : a, c->epochs)
               : c->is_nested ? hpb_arena_format(arena, "%s within outer folds", mask ? b : a)
                              : hpb_arena_format(arena, "%s, fresh seeds", mask ? b : a);
    hpb_text text = {0};
    hpb_text_add(&text, "%s with %s's", a, b);
    for (uint32_t i = 0, n = 0; i < u->n_factors; i++)
        if (mask >> i & 1)
            hpb_text_add(&text, "%s %s", n++ ? "," : "", u->factors[i].name);
    const char *title = hpb_arena_strdup(arena, text.data);
    hpb_text_free(&text);
    return title;
}

// Whether a rule watches val_loss where nothing is kept back: it never acts, and the corner is trained as without it.
static bool is_idle(const corner *c, const hpb_protocol *made)
{
    const hpb_suite *suite = c->w->suite;
    if (!suite->is_named[HPB_AXIS_FIT] || !suite->is_named[HPB_AXIS_EARLY_STOPPING] ||
        hpb_units_list(c->units, hpb_axis_name(HPB_AXIS_EARLY_STOPPING)))
        return false;
    for (uint32_t i = 0; i < made->n_candidates; i++)
        if (hpb_choice_number(&c->w->made[HPB_AXIS_FIT][made->levels[i][HPB_AXIS_FIT]],
                              "validation_split") > 0)
            return false;
    const hpb_choice *rule =
        &c->w->made[HPB_AXIS_EARLY_STOPPING][made->levels[0][HPB_AXIS_EARLY_STOPPING]];
    const hpb_setting *monitor = hpb_choice_setting(rule, "monitor");
    return !rule->also && monitor && strcmp(monitor->text, "val_loss") == 0;
}

// Makes the protocol that a corner has come to. False with the fault said.
static bool finish(const corner *c, bool is_end, hpb_protocol *out)
{
    if (!hpb_protocol_make(c->w, out))
        return false;
    if (is_end || !is_idle(c, out)) // an end is what its protocol says
        return true;
    hpb_setting *rule = hpb_protocol_setting(c->w, hpb_axis_name(HPB_AXIS_EARLY_STOPPING));
    rule->text = "none";
    rule->source = NULL;
    return hpb_protocol_make(c->w, out);
}

// Reads one corner, whose `w` it makes, into *out; its choice on HPB_AXIS_PROTOCOL into *choice. False with the
// fault in `reader`.
static bool make_corner(corner c, hpb_suite_reader *reader, hpb_choice *choice, hpb_protocol *out)
{
    const hpb_units *u = c.units;
    const uint32_t mask = c.mask;
    const hpb_protocol_reader *a = u->side[0];
    const bool is_b = mask && mask == (1u << u->n_factors) - 1;
    hpb_protocol_reader *w = c.w = hpb_alloc(1, sizeof *w);
    *w = *a;
    w->reader = reader;
    w->is_corner = true;
    *choice = *a->choice;
    choice->name = hpb_arena_format(reader->arena, "%s %u",
                                    c.epochs      ? "longer"
                                    : c.is_nested ? "nested"
                                                  : "corner",
                                    mask);
    choice->title = choice->label = corner_title(&c);
    w->settings = hpb_arena_alloc(reader->arena, choice->n_settings, sizeof *w->settings);
    memcpy(w->settings, a->settings, choice->n_settings * sizeof *w->settings);
    choice->settings = w->settings;
    w->choice = choice;
    take_setting(&c, "preset", is_b);
    take_setting(&c, "select", side_of(&c, HPB_UNIT_SELECTION, HPB_AXIS_COUNT));
    take_setting(&c, "scoring", side_of(&c, HPB_UNIT_SELECTION, HPB_AXIS_COUNT));
    take_setting(&c, "report", side_of(&c, HPB_UNIT_REPORT, HPB_AXIS_COUNT));
    take_setting(&c, "outer", side_of(&c, HPB_UNIT_REPORT, HPB_AXIS_COUNT));
    const bool is_good = mix_choices(&c) && nest(&c) && mix_keys(&c) && mix_grids(&c) &&
                         set_epochs(&c) && finish(&c, is_b || !mask, out);
    free(w);
    return is_good;
}

// --- what can't be --------------------------------------------------------------------------------------------------

// Whether a corner fails even where factors that go together are turned over together.
static bool fails(const hpb_explain *explain, const bool *is_failed, const uint32_t *together,
                  uint32_t c)
{
    const uint32_t mask = explain->masks[c];
    bool is_corner = is_failed[c];
    for (uint32_t i = 0; i < explain->n_factors; i++)
        is_corner &= (mask >> i & 1) == (mask >> together[i] & 1);
    return is_corner;
}

// Puts the two together that stand apart in the most corners that fail. False: none fails, or no two would help.
static bool join_two(const hpb_explain *explain, const bool *is_failed, uint32_t *together)
{
    const uint32_t k = explain->n_factors;
    uint32_t best = 0, from = 0, to = 0;
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = i + 1; j < k; j++) {
            uint32_t n = 0;
            for (uint32_t c = 0; c < explain->n_masks; c++)
                n += (explain->masks[c] >> i & 1) != (explain->masks[c] >> j & 1) &&
                     fails(explain, is_failed, together, c);
            if (n <= best)
                continue;
            best = n;
            from = together[j];
            to = together[i];
        }
    for (uint32_t i = 0; i < k; i++)
        together[i] = together[i] == from ? to : together[i];
    return best > 0;
}

// "a + b, c + d": the groups that there are, and those without which no corner would fail.
static char *groups_needed(const hpb_explain *explain, const bool *is_failed)
{
    const uint32_t k = explain->n_factors;
    uint32_t together[HPB_MOST_UNITS];
    hpb_text text = {0};
    for (uint32_t i = 0; i < k; i++)
        together[i] = i;
    while (join_two(explain, is_failed, together))
        continue;
    for (uint32_t first = 0; first < k; first++) {
        uint32_t n = 0;
        for (uint32_t i = 0; i < k; i++)
            n += together[i] == first;
        if (n < 2 && !(n == 1 && strchr(explain->factors[first].name, '+')))
            continue;
        hpb_text_add(&text, "%s", text.length ? ", " : "");
        for (uint32_t i = 0, is_next = 0; i < k; i++)
            if (together[i] == first)
                hpb_text_add(&text, "%s%s", is_next++ ? " + " : "", explain->factors[i].name);
    }
    return text.data;
}

// What stands behind "FILE:LINE:COL: [protocol.LABEL] ", which is not where it can be mended.
static const char *reason_of(const hpb_suite *suite, const hpb_error *error)
{
    const size_t n = strlen(suite->path);
    const char *reason = error->text;
    if (strncmp(reason, suite->path, n) == 0 && strstr(reason + n, ": "))
        reason = strstr(reason + n, ": ") + 2;
    if (strncmp(reason, "[protocol.", 10) == 0 && strchr(reason, ']'))
        reason = strchr(reason, ']') + 1 + strspn(strchr(reason, ']') + 1, ": ");
    return reason;
}

void hpb_corners_refuse(const hpb_suite *suite, const char *title, const hpb_error *why,
                        const bool *is_failed, hpb_diagnostics *diagnostics)
{
    const hpb_explain *explain = &suite->explain;
    char *groups = groups_needed(explain, is_failed);
    hpb_error *error = hpb_diagnose(diagnostics, explain->place, "explain", NULL,
                                    "%s can't be run: %s", title, reason_of(suite, why));
    if (groups)
        hpb_error_hint(error, "[explain] group = %s: one cause, turned over as one", groups);
    free(groups);
}

// --- all of them ----------------------------------------------------------------------------------------------------

// Makes the corners, into `protocols` and `choices` from `first` on. False with the fault said: the first corner that can't be.
static bool make_all(const hpb_units *u, const hpb_suite *suite, hpb_choice *choices,
                     hpb_protocol *protocols)
{
    hpb_suite_reader *reader = u->side[0]->reader;
    const uint32_t n = suite->explain.n_masks, first = suite->explain.first;
    hpb_diagnostics *why = hpb_alloc(2, sizeof *why); // of the first, and of one more
    bool *is_failed = hpb_alloc(n, sizeof *is_failed);
    uint32_t n_failed = 0;
    const char *title = NULL;
    for (uint32_t c = 0; c < n; c++) {
        hpb_suite_reader quiet = *reader;
        quiet.diagnostics = &why[n_failed > 0];
        quiet.diagnostics->count = 0;
        const corner kind = {.units = u, .mask = suite->explain.masks[c]};
        is_failed[c] = !make_corner(kind, &quiet, &choices[first + c], &protocols[first + c]);
        if (is_failed[c] && !n_failed++)
            title = choices[first + c].title;
    }
    if (n_failed)
        hpb_corners_refuse(suite, title, &why->item[0], is_failed, reader->diagnostics);
    reader->is_good &= n_failed == 0;
    free(is_failed);
    free(why);
    return n_failed == 0;
}

// HPB_LONGER times the epochs that a side has; NULL where it trains by none, or its candidates by several numbers.
static const char *longer_epochs(const hpb_units *u, int side)
{
    const hpb_choice *fit = hpb_units_choice(u, side, HPB_AXIS_FIT);
    int64_t epochs;
    return hpb_choice_trains(fit) && !hpb_protocol_varies(u->protocol[side], "epochs") &&
                   hpb_parse_int64(hpb_choice_text(fit, "epochs"), &epochs)
               ? hpb_arena_format(u->side[0]->reader->arena, "%" PRId64, HPB_LONGER * epochs)
               : NULL;
}

// Makes both ends with more epochs. False where there is no such thing: it is a check, which nobody has asked for.
static bool make_longer(const hpb_units *u, hpb_choice *choices, hpb_protocol *protocols)
{
    hpb_suite_reader quiet = *u->side[0]->reader;
    bool is_good = u->side[0]->suite->is_named[HPB_AXIS_FIT] && u->n_factors;
    quiet.diagnostics = hpb_alloc(1, sizeof *quiet.diagnostics);
    for (int side = 0; side < 2 && is_good; side++) {
        const char *epochs = longer_epochs(u, side);
        const corner kind = {
            .units = u, .mask = side ? (1u << u->n_factors) - 1 : 0, .epochs = epochs};
        is_good = epochs && make_corner(kind, &quiet, &choices[side], &protocols[side]);
    }
    free(quiet.diagnostics);
    return is_good;
}

// Makes the nested searches of the sides that search among the folds of a KFold, from number *n on: it splits the training
// rows of an outer fold as it splits all rows.
static void make_nested(const hpb_units *u, hpb_suite *suite, hpb_choice *choices,
                        hpb_protocol *protocols, uint32_t *n)
{
    hpb_suite_reader quiet = *u->side[0]->reader;
    quiet.diagnostics = hpb_alloc(1, sizeof *quiet.diagnostics);
    for (int side = 0; side < 2 && suite->has_truth && u->n_factors; side++) {
        const corner kind = {
            .units = u, .mask = side ? (1u << u->n_factors) - 1 : 0, .is_nested = true};
        const hpb_protocol *of = u->protocol[side];
        if (of->n_candidates == 1 || of->outer >= 0 ||
            strcmp(hpb_units_choice(u, side, HPB_AXIS_SPLITTER)->plugin->id, "kfold") != 0 ||
            !make_corner(kind, &quiet, &choices[*n], &protocols[*n]))
            continue;
        suite->explain.nested[side] = (*n)++;
    }
    free(quiet.diagnostics);
}

void hpb_corners_make(hpb_protocol_reader *a, hpb_protocol_reader *b,
                      const hpb_explain_settings *settings, hpb_protocol **protocols, uint32_t *n)
{
    hpb_suite *suite = a->suite;
    hpb_arena *arena = a->reader->arena;
    const hpb_place place = settings->compare->place;
    hpb_units u = {
        .side = {a, b},
        .protocol = {&(*protocols)[suite->compare[0]], &(*protocols)[suite->compare[1]]}};
    hpb_units_find(&u, &settings->groups);
    hpb_factor *factors = hpb_arena_alloc(arena, u.n_factors, sizeof *factors);
    memcpy(factors, u.factors, u.n_factors * sizeof *factors);
    suite->explain = (hpb_explain){.factors = factors,
                                   .n_factors = u.n_factors,
                                   .first = *n,
                                   .place = place.file ? place : a->section->place};
    hpb_corners_list(suite, settings->n_orders);
    const uint32_t n_all = *n + suite->explain.n_masks; // and 2 longer, and 2 nested
    hpb_choice *choices = hpb_arena_alloc(arena, n_all + 4, sizeof *choices);
    hpb_protocol *all = hpb_arena_alloc(arena, n_all + 4, sizeof *all);
    memcpy(choices, suite->choices[HPB_AXIS_PROTOCOL], *n * sizeof *choices);
    memcpy(all, *protocols, *n * sizeof *all);
    if (!make_all(&u, suite, choices, all))
        return;
    suite->choices[HPB_AXIS_PROTOCOL] = choices;
    *protocols = all;
    suite->explain.has_longer = make_longer(&u, choices + n_all, all + n_all);
    *n = n_all + (suite->explain.has_longer ? 2 : 0);
    make_nested(&u, suite, choices, all, n);
    suite->n_choices[HPB_AXIS_PROTOCOL] = *n;
}
