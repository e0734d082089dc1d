// SPDX-License-Identifier: Apache-2.0
// Values from their text. Every fault says what was expected and what was found.
#include "suite/values.h"

#include "suite/layers.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// One key under way.
typedef struct reader {
    const hpb_param *param;
    const char *section;
    const hpb_ini_entry *entry;
    hpb_arena *arena;
    hpb_diagnostics *diagnostics;
    hpb_setting *items;
    size_t n, capacity;
    bool is_good;
} reader;

// --- faults -----------------------------------------------------------------------------------------------

static hpb_place place_at(const reader *r, const char *at)
{
    hpb_place place = r->entry->place;
    if (place.column) // columns count characters
        for (const char *c = r->entry->value; c < at; c++)
            place.column += ((unsigned char)*c & 0xc0) != 0x80;
    return place;
}

static hpb_error *fault(reader *r, const char *at, const char *what, const char *text)
{
    r->is_good = false;
    char *expected = hpb_param_expected(r->param);
    hpb_error *error = hpb_diagnose(r->diagnostics, place_at(r, at), r->section, r->entry->key,
                                    "%s; expected %s; got \"%s\"", what, expected, text);
    free(expected);
    return error;
}

static void add(reader *r, const hpb_setting *setting)
{
    if (r->n == HPB_MAX_LEVELS) {
        if (r->is_good)
            hpb_diagnose(r->diagnostics, r->entry->place, r->section, r->entry->key,
                         "too many levels; expected at most %u", HPB_MAX_LEVELS);
        r->is_good = false;
        return;
    }
    r->items = hpb_grow(r->items, &r->capacity, r->n + 1, sizeof *r->items);
    r->items[r->n++] = *setting;
}

// --- one value --------------------------------------------------------------------------------------------

static bool in_range(const hpb_param *param, double value)
{
    return (param->flags & HPB_PARAM_MIN_OPEN ? value > param->min : value >= param->min) &&
           (param->flags & HPB_PARAM_MAX_OPEN ? value < param->max : value <= param->max);
}

// Whether the text is a whole number, of any size.
static bool is_whole_number(const char *text)
{
    text += *text == '-' || *text == '+';
    return *text && strspn(text, "0123456789") == strlen(text);
}

static void refuse_range(reader *r, const char *at, const char *text)
{
    const bool is_seed =
        r->param->type == HPB_TYPE_INT && r->param->min == 0 && r->param->max == UINT32_MAX;
    if (!is_seed) {
        fault(r, at, "out of range", text);
        return;
    }
    hpb_error *error = fault(
        r, at, "out of range; NumPy and Keras say \"Seed must be between 0 and 2**32 - 1\"", text);
    hpb_error_hint(error, "%s",
                   r->param->flags & HPB_PARAM_FRESH
                       ? "any number in that range, or fresh: a new one for every replicate"
                       : "any number in that range, or none: [seeds] has the say");
}

// A layer of Keras in place of the units of hidden. False where the text is no layer's name.
static bool refuse_layer(reader *r, const char *at, const char *text)
{
    hpb_layer layer;
    if (r->param->type != HPB_TYPE_INTS || !hpb_layer_find(text, &layer))
        return false;
    r->is_good = false;
    hpb_error *error = layer.is_dense ? fault(r, at, "not a whole number", text)
                                      : hpb_diagnose(r->diagnostics, place_at(r, at), r->section,
                                                     r->entry->key, HPB_LAYER_FAULT, layer.name);
    hpb_error_hint(error, "%s", layer.way_out);
    return true;
}

// A real or whole number of the parameter, in its range. False with the fault said.
static bool parse_number(reader *r, const char *at, const char *text, double *out)
{
    const bool is_whole = r->param->type == HPB_TYPE_INT || r->param->type == HPB_TYPE_INTS;
    int64_t whole;
    if (is_whole ? !hpb_parse_int64(text, &whole) : !hpb_parse_double(text, out)) {
        if (is_whole && is_whole_number(text))
            refuse_range(r, at, text);
        else if (!refuse_layer(r, at, text))
            fault(r, at, is_whole ? "not a whole number" : "not a finite number", text);
        return false;
    }
    if (is_whole)
        *out = (double)whole;
    if (!in_range(r->param, *out)) {
        refuse_range(r, at, text);
        return false;
    }
    if (*out == 0)
        *out = 0; // -0 and 0 are one value
    return true;
}

static void add_number(reader *r, const char *at, double value)
{
    char text[HPB_NUMBER_SIZE];
    const hpb_setting setting = {.param = r->param,
                                 .value = {.number = value},
                                 .text = hpb_arena_strdup(r->arena, hpb_value_text(value, text)),
                                 .place = place_at(r, at)};
    add(r, &setting);
}

static void read_list(reader *r, const char *at, const char *text)
{
    double parts[HPB_MAX_PARTS];
    uint32_t n = 0;
    hpb_text canonical = {0};
    char *copy = hpb_strdup(text), *rest = NULL;
    bool is_good = true;
    for (char *part = strtok_r(copy, " \t", &rest); part && is_good;
         part = strtok_r(NULL, " \t", &rest)) {
        if (n == HPB_MAX_PARTS) {
            fault(r, at, "too many parts", text);
            is_good = false;
        } else if ((is_good = parse_number(r, at + (part - copy), part, &parts[n]))) {
            char number[HPB_NUMBER_SIZE];
            hpb_text_add(&canonical, "%s%s", n ? " " : "", hpb_value_text(parts[n], number));
            n++;
        }
    }
    free(copy);
    if (is_good) {
        double *list = hpb_arena_alloc(r->arena, n, sizeof *list);
        memcpy(list, parts, n * sizeof *list);
        const hpb_setting setting = {.param = r->param,
                                     .value = {.number = n, .list = list, .count = n},
                                     .text = hpb_arena_strdup(r->arena, canonical.data),
                                     .place = place_at(r, at)};
        add(r, &setting);
    }
    hpb_text_free(&canonical);
}

static void read_choice(reader *r, const char *at, const char *text)
{
    const char *words[64], *word; // to find the nearest among
    size_t n, n_words = 0;
    for (uint32_t i = 0; (word = hpb_choice_word(r->param->choices, i, &n)); i++) {
        const char *copy = hpb_arena_strndup(r->arena, word, n);
        if (strcasecmp(copy, text) == 0) {
            const hpb_setting setting = {
                .param = r->param, .value = {.number = i}, .text = copy, .place = place_at(r, at)};
            add(r, &setting);
            return;
        }
        if (n_words < HPB_COUNT(words))
            words[n_words++] = copy;
    }
    hpb_error *error = fault(r, at, "unknown word", text);
    const char *nearest = hpb_nearest(text, words, n_words);
    if (nearest)
        hpb_error_hint(error, "did you mean %s?", nearest);
}

static void read_scalar(reader *r, const char *at, const char *text)
{
    const uint32_t flags = r->param->flags;
    hpb_setting setting = {.param = r->param, .place = place_at(r, at)};
    double number;
    if ((flags & HPB_PARAM_OPTIONAL) && strcasecmp(text, "none") == 0) {
        setting.value.number = (double)NAN;
        setting.text = "none";
        add(r, &setting);
        return;
    }
    if ((flags & HPB_PARAM_FRESH) && strcasecmp(text, "fresh") == 0) {
        setting.value.number = (double)NAN;
        setting.text = "fresh";
        setting.is_fresh = true;
        add(r, &setting);
        return;
    }
    switch (r->param->type) {
    case HPB_TYPE_REAL:
    case HPB_TYPE_INT:
        if (parse_number(r, at, text, &number))
            add_number(r, at, number);
        return;
    case HPB_TYPE_REALS:
    case HPB_TYPE_INTS:
        read_list(r, at, text);
        return;
    case HPB_TYPE_CHOICE:
        read_choice(r, at, text);
        return;
    case HPB_TYPE_FLAG:
        if (strcasecmp(text, "yes") != 0 && strcasecmp(text, "no") != 0) {
            fault(r, at, "neither yes nor no", text);
            return;
        }
        setting.value.number = strcasecmp(text, "yes") == 0;
        setting.text = setting.value.number != 0 ? "yes" : "no";
        break;
    default:
        setting.text = hpb_arena_strdup(r->arena, text);
    }
    add(r, &setting);
}

// --- several values at once --------------------------------------------------------------------------

// Adds a computed level, held to the same type and range as a typed one.
static bool add_computed(reader *r, const char *at, const char *call, double value)
{
    if (r->param->type == HPB_TYPE_INT && value != floor(value)) {
        fault(r, at, "gives numbers that are not whole", call);
        return false;
    }
    if (!isfinite(value) || !in_range(r->param, value)) {
        fault(r, at, "gives a number out of range", call);
        return false;
    }
    add_number(r, at, value == 0 ? 0 : value);
    return r->is_good;
}

// numpy.linspace(start, stop, n)[i], operation for operation.
static double linspace(double start, double stop, int64_t n, int64_t i)
{
    if (n == 1)
        return 0 * (stop - start) + start;
    const double step = (stop - start) / (double)(n - 1);
    if (i == n - 1)
        return stop;
    return step == 0 ? (double)i / (double)(n - 1) * (stop - start) + start
                     : (double)i * step + start;
}

// numpy.geomspace(start, stop, n)[i] for numbers of one sign: end points exact, else 10 ** linspace of the
// logarithms. In long double and rounded once, so that the C library's choice of instructions has no say.
static double geomspace(double start, double stop, int64_t n, int64_t i)
{
    if (i == 0)
        return start;
    if (i == n - 1)
        return stop;
    const long double first = (long double)fabs(start), last = (long double)fabs(stop);
    const double exponent = linspace((double)log10l(first), (double)log10l(last), n, i);
    return copysign((double)powl(10, (long double)exponent), start);
}

static void read_space(reader *r, const char *at, const char *call, bool is_geometric,
                       const char *const *arguments, size_t n_arguments)
{
    double start, stop;
    int64_t n = 50; // NumPy's default
    if (n_arguments < 2 || n_arguments > 3 || !hpb_parse_double(arguments[0], &start) ||
        !hpb_parse_double(arguments[1], &stop) ||
        (n_arguments == 3 && !hpb_parse_int64(arguments[2], &n))) {
        hpb_error *error = fault(r, at, "not a call that is known", call);
        hpb_error_hint(error, "%s(start, stop, count)", is_geometric ? "geomspace" : "linspace");
        return;
    }
    if (is_geometric && (start == 0 || stop == 0 || (start < 0) != (stop < 0))) {
        fault(r, at, "geomspace goes between two numbers of one sign, neither 0", call);
        return;
    }
    if (n < 1 || n > HPB_MAX_LEVELS) {
        fault(r, at, n < 1 ? "gives no levels" : "gives too many levels", call);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        if (!add_computed(r, at, call,
                          is_geometric ? geomspace(start, stop, n, i)
                                       : linspace(start, stop, n, i)))
            return;
}

// Python's range(stop), range(start, stop), range(start, stop, step).
static void read_range(reader *r, const char *at, const char *call, const char *const *arguments,
                       size_t n_arguments)
{
    const int64_t limit = (int64_t)1 << 53;
    int64_t value[3];
    bool is_good = n_arguments >= 1 && n_arguments <= 3;
    for (size_t i = 0; is_good && i < n_arguments; i++)
        is_good = hpb_parse_int64(arguments[i], &value[i]) && value[i] > -limit && value[i] < limit;
    if (!is_good) {
        hpb_error_hint(fault(r, at, "not a call that is known", call),
                       "range(start, stop): whole numbers from start up to, not including, stop");
        return;
    }
    const int64_t start = n_arguments > 1 ? value[0] : 0;
    const int64_t stop = n_arguments > 1 ? value[1] : value[0];
    const int64_t step = n_arguments > 2 ? value[2] : 1;
    const int64_t span = step > 0 ? stop - start : start - stop;
    const int64_t size = step > 0 ? step : -step;
    const int64_t n = step == 0 || span <= 0 ? 0 : (span - 1) / size + 1;
    if (n < 1 || n > HPB_MAX_LEVELS) {
        fault(r, at, n < 1 ? "gives no levels" : "gives too many levels", call);
        return;
    }
    for (int64_t i = 0; i < n; i++)
        if (!add_computed(r, at, call, (double)(start + i * step)))
            return;
}

// Cuts the spaces behind a text, and returns its first character that is none.
static char *strip(char *text)
{
    const char *begin = text;
    const size_t n = (size_t)(hpb_trim(&begin, text + strlen(text)) - begin);
    text += begin - text;
    text[n] = '\0';
    return text;
}

// NAME(ARGUMENT, ...), where the parameter is a number.
static void read_call(reader *r, const char *at, const char *call)
{
    static const char *const names[] = {"geomspace", "linspace", "range"};
    char *copy = hpb_strdup(call);
    char *open = strchr(copy, '(');
    *open = '\0';
    copy[strlen(call) - 1] = '\0'; // the closing parenthesis
    const char *arguments[4];
    size_t n = 0;
    for (char *word = open + 1; word && n < HPB_COUNT(arguments);) {
        char *comma = strchr(word, ',');
        if (comma)
            *comma = '\0';
        arguments[n++] = strip(word);
        word = comma ? comma + 1 : NULL;
    }
    strip(copy);
    if (strcasecmp(copy, "range") == 0) {
        read_range(r, at, call, arguments, n);
    } else if (strcasecmp(copy, "geomspace") == 0 || strcasecmp(copy, "linspace") == 0) {
        read_space(r, at, call, tolower((unsigned char)*copy) == 'g', arguments, n);
    } else {
        const char *nearest = hpb_nearest(copy, names, HPB_COUNT(names));
        hpb_error_hint(fault(r, at, "no such function", call), "%s%s%s",
                       nearest ? "did you mean " : "geomspace, linspace and range are known",
                       nearest ? nearest : "", nearest ? "?" : "");
    }
    free(copy);
}

static void read_element(reader *r, const char *begin, const char *end)
{
    end = hpb_trim(&begin, end);
    char *text = hpb_arena_strndup(r->arena, begin, (size_t)(end - begin));
    if (!*text) {
        fault(r, begin, strchr(r->entry->value, ',') ? "empty element of a list" : "no value", "");
        return;
    }
    const bool is_number = r->param->type == HPB_TYPE_REAL || r->param->type == HPB_TYPE_INT;
    if (is_number && strchr(text, '(') && end[-1] == ')')
        read_call(r, begin, text);
    else
        read_scalar(r, begin, text);
}

// A comma between two plain digits may be German (0,01), a thousand (1,000) or a list: ask.
static bool has_ambiguous_comma(reader *r)
{
    const uint32_t type = r->param->type;
    if (type != HPB_TYPE_REAL && type != HPB_TYPE_INT && type != HPB_TYPE_REALS &&
        type != HPB_TYPE_INTS)
        return false;
    const char *value = r->entry->value;
    if (strspn(value, "+-0123456789, \t") != strlen(value))
        return false; // a point, an exponent or a call says what is meant
    for (const char *c = strchr(value, ','); c; c = strchr(c + 1, ',')) {
        if (c == value || !isdigit((unsigned char)c[-1]) || !isdigit((unsigned char)c[1]))
            continue;
        hpb_error *error = fault(r, c, "a comma between digits", value);
        char *point = hpb_strdup(value);
        point[c - value] = '.';
        hpb_error_hint(
            error, "use a point for decimals, %s; a space behind each comma between levels", point);
        free(point);
        return true;
    }
    return false;
}

// Equal levels would be counted as two.
static void refuse_duplicates(reader *r)
{
    if (r->n > 1000)
        return; // a computed list; quadratic is too slow
    for (size_t i = 1; i < r->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(r->items[i].text, r->items[k].text) == 0) {
                r->is_good = false;
                hpb_diagnose(r->diagnostics, r->items[i].place, r->section, r->entry->key,
                             "duplicate value; expected each level once; got \"%s\" twice",
                             r->items[i].text);
                return;
            }
}

bool hpb_levels_parse(const hpb_param *param, const char *section, const hpb_ini_entry *entry,
                      hpb_arena *arena, hpb_levels *out, hpb_diagnostics *diagnostics)
{
    reader r = {.param = param,
                .section = section,
                .entry = entry,
                .arena = arena,
                .diagnostics = diagnostics,
                .is_good = true};
    const char *begin = entry->value;
    if (entry->is_refused && param->type != HPB_TYPE_TEXT)
        return false; // one fault is enough
    if (!has_ambiguous_comma(&r)) {
        int depth = 0;
        for (const char *c = begin;; c++) {
            depth += (*c == '(') - (*c == ')');
            if (*c && (*c != ',' || depth > 0 || entry->is_quoted))
                continue;
            read_element(&r, begin, c);
            begin = c + 1;
            if (!*c)
                break;
        }
        if (r.is_good)
            refuse_duplicates(&r);
    }
    out->n = (uint32_t)r.n;
    out->items = hpb_arena_alloc(arena, r.n, sizeof *out->items);
    if (r.n)
        memcpy(out->items, r.items, r.n * sizeof *out->items);
    free(r.items);
    return r.is_good;
}
