// SPDX-License-Identifier: Apache-2.0
// Factors first: what differs between the two readers, setting by setting. Then a reader for each corner, mixed of the two.
#include "suite/corners.h"

#include <stdlib.h>
#include <string.h>

// What one factor turns over.
typedef enum unit_kind {
    UNIT_CHOICE,     // the label on an axis, with the keys that the protocol gives to what it names
    UNIT_KEY,        // one key of [fit] or [model]
    UNIT_CANDIDATES, // the grid, and one value of what the other grid lists
    UNIT_SELECTION,  // select and scoring
    UNIT_REPORT,     // report and outer
} unit_kind;

typedef struct unit {
    unit_kind kind;
    hpb_axis axis;
    const char *key;
} unit;

typedef struct maker {
    hpb_protocol_reader *side[2];
    const hpb_protocol *protocol[2];
    unit units[HPB_MAX_FACTORS];
    hpb_factor *factors;
    uint32_t n;
} maker;

// --- what differs -------------------------------------------------------------------------------------------------

static const hpb_choice *first_choice(const maker *m, int side, hpb_axis axis)
{
    return &m->side[side]->made[axis][m->protocol[side]->levels[0][axis]];
}

static bool is_in_grid(const maker *m, const char *key)
{
    for (int side = 0; side < 2; side++)
        for (uint32_t i = 0; i < m->side[side]->n_grid; i++)
            if (strcmp(m->side[side]->grid[i].given.name, key) == 0)
                return true;
    return false;
}

// The axis whose choice a key goes with; HPB_AXIS_COUNT: it goes with the candidates, as some of them are about it.
static hpb_axis goes_with(const maker *m, const hpb_given *given)
{
    const bool is_candidates =
        is_in_grid(m, given->name) || is_in_grid(m, hpb_axis_name(given->axis));
    return is_candidates ? HPB_AXIS_COUNT : given->axis;
}

// Numbers of seeds are luck, not protocol.
static bool is_luck(hpb_axis axis, const char *key)
{
    return (axis == HPB_AXIS_SPLITTER && strcmp(key, "random_state") == 0) ||
           (axis == HPB_AXIS_SEEDS && strcmp(key, "policy") != 0) ||
           (axis == HPB_AXIS_DATA && strcmp(key, "seed") == 0);
}

static bool is_same_choice(const maker *m, hpb_axis axis)
{
    const hpb_choice *a = first_choice(m, 0, axis), *b = first_choice(m, 1, axis);
    if (a->plugin != b->plugin)
        return false;
    for (uint32_t i = 0; i < a->n_settings; i++) {
        const char *key = a->settings[i].param->name;
        const hpb_setting *other = hpb_choice_setting(b, key);
        if (!is_in_grid(m, key) && !is_luck(axis, key) &&
            (!other || strcmp(a->settings[i].text, other->text) != 0))
            return false;
    }
    return true;
}

static bool is_same_grid(const maker *m)
{
    const hpb_protocol_reader *a = m->side[0], *b = m->side[1];
    if (a->n_grid != b->n_grid)
        return false;
    for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT; axis++)
        if (is_in_grid(m, hpb_axis_name((hpb_axis)axis)) && !is_same_choice(m, (hpb_axis)axis))
            return false; // labels that stand for other things, or keys beside them
    for (uint32_t i = 0; i < a->n_grid; i++) {
        if (strcmp(a->grid[i].given.name, b->grid[i].given.name) != 0 ||
            a->grid[i].n_values != b->grid[i].n_values)
            return false;
        for (uint32_t v = 0; v < a->grid[i].n_values; v++)
            if (strcmp(a->grid[i].text[v], b->grid[i].text[v]) != 0)
                return false;
    }
    return true;
}

static bool is_test(hpb_select select)
{
    return select == HPB_SELECT_TEST || select == HPB_SELECT_CV;
}

// `test` and `cv` are one rule; scoring counts for that rule alone, and where there is a choice.
static bool is_same_selection(const hpb_protocol *a, const hpb_protocol *b)
{
    if (a->n_candidates == 1 && b->n_candidates == 1)
        return true;
    if (is_test(a->select) && is_test(b->select))
        return a->scoring == b->scoring;
    return a->select == b->select;
}

static bool is_same_report(const hpb_protocol *a, const hpb_protocol *b)
{
    return a->reports == b->reports && a->outer == b->outer;
}

// --- factors ------------------------------------------------------------------------------------------------------

// Adds a factor, with the words of the pair that goes by its name.
static bool add(maker *m, unit_kind kind, hpb_axis axis, const char *key, const char *name,
                const char *a, const char *b)
{
    if (m->n == HPB_MAX_FACTORS) {
        hpb_protocol_fault(m->side[1], m->side[1]->section->place, NULL,
                           "differs from the other protocol in more than 10 settings; expected "
                           "fewer, or some of them in a section that both name");
        return false;
    }
    m->units[m->n] = (unit){kind, axis, key};
    m->factors[m->n++] = (hpb_factor){name, {a, b}};
    return true;
}

static const char *words_of(const hpb_choice *choice)
{
    return choice->plugin ? choice->plugin->id : choice->title;
}

static bool add_keys(maker *m, hpb_axis axis)
{
    const hpb_choice *a = first_choice(m, 0, axis), *b = first_choice(m, 1, axis);
    for (uint32_t i = 0; i < a->n_settings; i++) {
        const char *key = a->settings[i].param->name;
        const char *text[2] = {a->settings[i].text, hpb_choice_text(b, key)};
        if (!is_in_grid(m, key) && strcmp(text[0], text[1]) != 0 &&
            !add(m, UNIT_KEY, axis, key, key, text[0], text[1]))
            return false;
    }
    return true;
}

static const char *grid_words(const maker *m, int side)
{
    const hpb_protocol_reader *w = m->side[side];
    hpb_text text = {0};
    for (uint32_t i = 0; i < w->n_grid; i++) {
        hpb_text_add(&text, "%s%s", i ? "; " : "", w->grid[i].given.name);
        for (uint32_t v = 0; v < w->grid[i].n_values; v++)
            hpb_text_add(&text, "%s %s", v ? "," : "", w->grid[i].text[v]);
    }
    const char *words = hpb_arena_strdup(w->reader->arena, text.length ? text.data : "one");
    hpb_text_free(&text);
    return words;
}

static const char *selection_words(hpb_protocol_reader *w)
{
    return hpb_arena_format(w->reader->arena, "%s by %s", hpb_protocol_setting(w, "select")->text,
                            hpb_protocol_setting(w, "scoring")->text);
}

static bool find_factors(maker *m)
{
    const bool *is_named = m->side[0]->suite->is_named;
    for (int i = HPB_AXIS_PROTOCOL + 1; i < HPB_AXIS_COUNT; i++) {
        const hpb_axis axis = (hpb_axis)i;
        if (!is_named[axis])
            continue;
        if (is_in_grid(m, hpb_axis_name(axis)))
            continue;
        if (axis == HPB_AXIS_FIT || axis == HPB_AXIS_MODEL) {
            if (!add_keys(m, axis))
                return false;
        } else if (!is_same_choice(m, axis) &&
                   !add(m, UNIT_CHOICE, axis, NULL, hpb_axis_name(axis),
                        words_of(first_choice(m, 0, axis)), words_of(first_choice(m, 1, axis)))) {
            return false;
        }
    }
    if (!is_same_grid(m) && !add(m, UNIT_CANDIDATES, HPB_AXIS_COUNT, NULL, "candidates",
                                 grid_words(m, 0), grid_words(m, 1)))
        return false;
    if (!is_same_selection(m->protocol[0], m->protocol[1]) &&
        !add(m, UNIT_SELECTION, HPB_AXIS_COUNT, NULL, "selection", selection_words(m->side[0]),
             selection_words(m->side[1])))
        return false;
    return is_same_report(m->protocol[0], m->protocol[1]) ||
           add(m, UNIT_REPORT, HPB_AXIS_COUNT, NULL, "report",
               hpb_protocol_setting(m->side[0], "report")->text,
               hpb_protocol_setting(m->side[1], "report")->text);
}

// --- corners ------------------------------------------------------------------------------------------------------

static void take_setting(hpb_protocol_reader *to, hpb_protocol_reader *from, const char *name)
{
    *hpb_protocol_setting(to, name) = *hpb_protocol_setting(from, name);
}

static void drop_plain(hpb_protocol_reader *w, hpb_axis axis, const char *key)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->n_plain; i++)
        if (w->plain[i].axis != axis || (key && strcmp(w->plain[i].name, key) != 0))
            w->plain[kept++] = w->plain[i];
    w->n_plain = kept;
}

static bool add_plain(hpb_protocol_reader *w, const hpb_given *given)
{
    if (w->n_plain == HPB_MOST_GIVEN)
        return false;
    w->plain[w->n_plain++] = *given;
    return true;
}

// The other's keys in place of its own: those that go with the choice on an axis, or (HPB_AXIS_COUNT) with the candidates.
static bool take_plain(const maker *m, hpb_protocol_reader *to, const hpb_protocol_reader *from,
                       hpb_axis axis)
{
    bool is_good = true;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < to->n_plain; i++)
        if (goes_with(m, &to->plain[i]) != axis)
            to->plain[kept++] = to->plain[i];
    to->n_plain = kept;
    for (uint32_t i = 0; i < from->n_plain; i++)
        if (goes_with(m, &from->plain[i]) == axis)
            is_good &= add_plain(to, &from->plain[i]);
    return is_good;
}

static bool take_candidates(const maker *m, hpb_protocol_reader *to, hpb_protocol_reader *from)
{
    memcpy(to->grid, from->grid, sizeof to->grid);
    to->n_grid = from->n_grid;
    for (int axis = HPB_AXIS_PROTOCOL + 1; axis < HPB_AXIS_COUNT; axis++)
        if (is_in_grid(m, hpb_axis_name((hpb_axis)axis)))
            take_setting(to, from, hpb_axis_name((hpb_axis)axis));
    return take_plain(m, to, from, HPB_AXIS_COUNT);
}

// The effective value of one key, whoever has set it.
static bool take_key(const maker *m, hpb_protocol_reader *to, const unit *what)
{
    const hpb_setting *setting = hpb_choice_setting(first_choice(m, 1, what->axis), what->key);
    const hpb_given given = {.name = what->key,
                             .axis = what->axis,
                             .entry = {.key = what->key,
                                       .value = setting->text,
                                       .key_place = to->section->place,
                                       .place = to->section->place}};
    drop_plain(to, what->axis, what->key);
    return add_plain(to, &given);
}

static bool turn_over(const maker *m, hpb_protocol_reader *to, const unit *what)
{
    hpb_protocol_reader *from = m->side[1];
    switch (what->kind) {
    case UNIT_CHOICE:
        take_setting(to, from, hpb_axis_name(what->axis));
        return take_plain(m, to, from, what->axis);
    case UNIT_KEY:
        return take_key(m, to, what);
    case UNIT_CANDIDATES:
        return take_candidates(m, to, from);
    case UNIT_SELECTION:
        take_setting(to, from, "select");
        take_setting(to, from, "scoring");
        return true;
    default:
        take_setting(to, from, "report");
        take_setting(to, from, "outer");
        return true;
    }
}

static const char *corner_title(const maker *m, uint32_t mask)
{
    const char *a = m->side[0]->choice->title, *b = m->side[1]->choice->title;
    if (mask == 0 || mask == (1u << m->n) - 1)
        return hpb_arena_format(m->side[0]->reader->arena, "%s, fresh seeds", mask ? b : a);
    hpb_text text = {0};
    hpb_text_add(&text, "%s with %s's", a, b);
    for (uint32_t i = 0, n = 0; i < m->n; i++)
        if (mask >> i & 1)
            hpb_text_add(&text, "%s %s", n++ ? "," : "", m->factors[i].name);
    const char *title = hpb_arena_strdup(m->side[0]->reader->arena, text.data);
    hpb_text_free(&text);
    return title;
}

// Reads one corner into *out; its choice on HPB_AXIS_PROTOCOL into *choice.
static bool make_corner(const maker *m, uint32_t mask, hpb_choice *choice, hpb_protocol *out)
{
    hpb_protocol_reader *a = m->side[0], *w = hpb_alloc(1, sizeof *w);
    hpb_arena *arena = a->reader->arena;
    *w = *a;
    w->is_corner = true;
    *choice = *a->choice;
    choice->name = hpb_arena_format(arena, "corner %u", mask);
    choice->title = choice->label = corner_title(m, mask);
    w->settings = hpb_arena_alloc(arena, choice->n_settings, sizeof *w->settings);
    memcpy(w->settings, a->settings, choice->n_settings * sizeof *w->settings);
    choice->settings = w->settings;
    w->choice = choice;
    bool is_good = true;
    for (uint32_t i = 0; i < m->n; i++)
        if (mask >> i & 1)
            is_good &= turn_over(m, w, &m->units[i]);
    is_good = is_good && hpb_protocol_make(w, out);
    free(w);
    return is_good;
}

void hpb_corners_make(hpb_protocol_reader *a, hpb_protocol_reader *b, hpb_protocol *protocols,
                      uint32_t *n)
{
    hpb_suite *suite = a->suite;
    hpb_arena *arena = a->reader->arena;
    maker m = {.side = {a, b},
               .protocol = {&protocols[suite->compare[0]], &protocols[suite->compare[1]]}};
    m.factors = hpb_arena_alloc(arena, HPB_MAX_FACTORS, sizeof *m.factors);
    if (!find_factors(&m))
        return;
    const uint32_t n_corners = 1u << m.n, n_before = *n;
    hpb_choice *choices = hpb_arena_alloc(arena, n_before + n_corners, sizeof *choices);
    memcpy(choices, suite->choices[HPB_AXIS_PROTOCOL], n_before * sizeof *choices);
    for (uint32_t mask = 0; mask < n_corners; mask++, ++*n)
        if (!make_corner(&m, mask, &choices[*n], &protocols[*n]))
            return;
    suite->choices[HPB_AXIS_PROTOCOL] = choices;
    suite->n_choices[HPB_AXIS_PROTOCOL] = *n;
    suite->explain = (hpb_explain){.factors = m.factors, .n_factors = m.n, .first = n_before};
}
