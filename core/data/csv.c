// SPDX-License-Identifier: Apache-2.0
// CSV to a data set. libcsv splits fields; this file knows where they stand, and judges them.
//
// libcsv neither counts lines nor limits fields, and its callbacks can't stop it. So it is fed in
// pieces that end with the next separator, quote or line end: a callback then always comes at the
// last byte of a piece, and between pieces the reader can stop.
#include "data/groups.h"

#include <csv.h>
#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FAULTS_PER_COLUMN 3 // beyond these the column as a whole is wrong
#define SHOWN_BYTES 40      // of a field, in a message

typedef struct position {
    size_t offset, line_start;
    uint32_t line;
} position;

typedef struct field {
    size_t at, length; // in reader.row
    position start;
} field;

// What a column is for; the others' names are keys of `[data]`.
typedef enum role { FEATURE, TARGET, GROUP, TEST_FOLD, N_ROLES } role;
static const char *const role_names[N_ROLES] = {"feature", "target", "group", "test_fold"};

typedef struct reader {
    const char *path, *bytes;
    size_t n;
    const hpb_csv_options *options;
    hpb_diagnostics *diagnostics;
    hpb_dataset *out;
    char separator;
    bool stop;        // nothing that follows can be understood
    bool field_ended; // by the last piece
    bool said_utf8, said_text;
    position now, field_start, quote; // `quote` opened the field, where quote.line is not 0
    hpb_text row;                     // the fields of this row, each with its NUL
    field *fields;
    size_t n_fields, fields_capacity;
    char **names;    // [n_columns], of all roles; NULL until the header is read
    uint8_t *faults; // [n_columns]
    uint8_t *roles;  // [n_columns]
    size_t n_columns, n_features;
    size_t x_capacity, y_capacity, fold_capacity;
    hpb_text groups; // of the rows that are kept, each with its NUL
} reader;

// The column is counted in characters, as editors show it.
static hpb_place place_of(const reader *r, position where)
{
    uint32_t column = 1;
    for (size_t i = where.line_start; i < where.offset; i++)
        column += ((unsigned char)r->bytes[i] & 0xc0) != 0x80;
    return (hpb_place){r->path, where.line, column};
}

static hpb_place line_of(const reader *r, position where)
{
    return (hpb_place){r->path, where.line, 0};
}

static const char *field_text(const reader *r, size_t index)
{
    return r->row.data + r->fields[index].at;
}

// As much of a field as a message shows, cut between characters.
static int shown(const char *text)
{
    const size_t length = strlen(text);
    return (int)(length <= SHOWN_BYTES ? length : hpb_utf8_valid(text, SHOWN_BYTES));
}

// --- fields ------------------------------------------------------------------------------------------

static void check_bytes(reader *r, const field *f)
{
    const char *text = r->row.data + f->at;
    if (memchr(text, '\0', f->length)) {
        hpb_diagnose(r->diagnostics, place_of(r, f->start), NULL, NULL,
                     "a NUL byte; expected text in UTF-8");
        r->stop = true;
        return;
    }
    const size_t valid = hpb_utf8_valid(text, f->length);
    if (valid == f->length || r->said_utf8)
        return;
    r->said_utf8 = true;
    hpb_error *fault = hpb_diagnose(r->diagnostics, place_of(r, f->start), NULL, NULL,
                                    "byte 0x%02x is not UTF-8; expected text in UTF-8",
                                    (unsigned)(unsigned char)text[valid]);
    if (fault)
        hpb_error_hint(fault, "the file looks like Latin-1; save it as UTF-8");
}

static void take_field(void *bytes, size_t length, void *context)
{
    reader *r = context;
    r->field_ended = true;
    if (r->stop)
        return;
    if (r->n_fields == HPB_CSV_MAX_COLUMNS) {
        hpb_diagnose(r->diagnostics, line_of(r, r->field_start), NULL, NULL,
                     "more than %d columns; expected at most that many", HPB_CSV_MAX_COLUMNS);
        r->stop = true;
        return;
    }
    position start = r->field_start;
    while (start.offset < r->now.offset && r->bytes[start.offset] == ' ')
        start.offset++;
    r->fields = hpb_grow(r->fields, &r->fields_capacity, r->n_fields + 1, sizeof *r->fields);
    r->fields[r->n_fields] = (field){r->row.length, length, start};
    hpb_text_add_bytes(&r->row, bytes, length);
    hpb_text_add_bytes(&r->row, "", 1);
    check_bytes(r, &r->fields[r->n_fields++]);
}

// --- the header --------------------------------------------------------------------------------------

static void hint_at_comment(const reader *r, hpb_error *fault)
{
    if (fault && *field_text(r, 0) == '#')
        hpb_error_hint(fault, "comment lines are not supported");
}

static void check_separator(reader *r)
{
    const char *found = strpbrk(field_text(r, 0), ",;\t|");
    const hpb_place place = line_of(r, r->fields[0].start);
    if (!found) {
        hpb_error *fault =
            hpb_diagnose(r->diagnostics, place, NULL, NULL,
                         "one column found; expected the target and at least one feature");
        hint_at_comment(r, fault);
        return;
    }
    hpb_error *fault = hpb_diagnose(r->diagnostics, place, NULL, NULL,
                                    "one column found; the separator looks like \"%s%.*s\"",
                                    *found == '\t' ? "tab" : "", *found != '\t', found);
    if (fault && *found != '|')
        hpb_error_hint(fault, "set `separator = %s`",
                       *found == ','   ? "comma"
                       : *found == ';' ? "semicolon"
                                       : "tab");
}

static void check_names(reader *r)
{
    for (size_t i = 0; i < r->n_columns; i++) {
        if (!*r->names[i]) {
            hpb_diagnose(r->diagnostics, place_of(r, r->fields[i].start), NULL, NULL,
                         "column %zu has no name; expected one name a column", i + 1);
            continue;
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(r->names[i], r->names[k]) != 0)
                continue;
            hpb_diagnose(r->diagnostics, place_of(r, r->fields[i].start), NULL, NULL,
                         "column \"%.*s\" appears twice; expected different names",
                         shown(r->names[i]), r->names[i]);
            break;
        }
    }
}

static void report_absent(reader *r, role which, const char *name)
{
    hpb_text available = {0};
    for (size_t i = 0; i < r->n_columns && available.length < 400; i++)
        hpb_text_add(&available, "%s%.*s", i ? ", " : "", shown(r->names[i]), r->names[i]);
    hpb_error *fault = hpb_diagnose(r->diagnostics, line_of(r, r->fields[0].start), NULL, NULL,
                                    "no column for the %s; expected one of %s; got \"%s\"",
                                    role_names[which], available.data, name);
    const char *nearest = hpb_nearest(name, (const char *const *)r->names, r->n_columns);
    if (fault && nearest)
        hpb_error_hint(fault, "did you mean `%s = %s`?", role_names[which], nearest);
    else
        hint_at_comment(r, fault);
    hpb_text_free(&available);
}

static void find_column(reader *r, role which, const char *name)
{
    size_t i = 0;
    while (i < r->n_columns && strcmp(r->names[i], name) != 0)
        i++;
    if (i == r->n_columns) {
        report_absent(r, which, name);
    } else if (r->roles[i] != FEATURE) {
        hpb_diagnose(r->diagnostics, place_of(r, r->fields[i].start), NULL, NULL,
                     "column \"%.*s\" is the %s and the %s; expected different columns",
                     shown(name), name, role_names[r->roles[i]], role_names[which]);
    } else {
        r->roles[i] = (uint8_t)which;
        r->n_features--;
    }
}

static void find_columns(reader *r)
{
    const hpb_csv_options *options = r->options;
    r->n_features = r->n_columns;
    find_column(r, TARGET, options->target ? options->target : "");
    if (options->group)
        find_column(r, GROUP, options->group);
    if (options->test_fold)
        find_column(r, TEST_FOLD, options->test_fold);
    if (!r->n_features)
        hpb_diagnose(r->diagnostics, line_of(r, r->fields[0].start), NULL, NULL,
                     "no column is left for a feature; expected at least one");
}

static void take_header(reader *r)
{
    const uint32_t faults = r->diagnostics->count + r->diagnostics->dropped;
    r->n_columns = r->n_fields;
    r->names = hpb_alloc(r->n_columns, sizeof *r->names);
    r->faults = hpb_alloc(r->n_columns, sizeof *r->faults);
    r->roles = hpb_alloc(r->n_columns, sizeof *r->roles);
    for (size_t i = 0; i < r->n_columns; i++)
        r->names[i] = hpb_strdup(field_text(r, i));
    if (r->n_columns == 1) {
        check_separator(r);
    } else {
        check_names(r);
        find_columns(r);
    }
    r->stop = r->stop || r->diagnostics->count + r->diagnostics->dropped > faults;
}

// --- the rows ----------------------------------------------------------------------------------------

static bool means_missing(const char *text)
{
    static const char *const words[] = {"",     "na", "n/a", "nan", "null",   "nil",
                                        "none", "?",  "-",   ".",   "missing"};
    for (size_t i = 0; i < HPB_COUNT(words); i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static bool is_out_of_range(const char *text)
{
    char *end = NULL;
    strtod(text, &end);
    return !*end && strspn(text, "+-.0123456789eE") == strlen(text);
}

static void report_value(reader *r, size_t index, const char *text)
{
    if (r->faults[index] == FAULTS_PER_COLUMN)
        return;
    r->faults[index]++;
    static const char *const expected[N_ROLES] = {
        "a number", "a number", "a group", "a whole number from -1 (never tested) to 2147483647"};
    const role which = r->roles[index];
    const char *what = which == TEST_FOLD ? "not a fold" : "not a number";
    const char *wanted = expected[which];
    char hint[112] = "";
    if (means_missing(text)) {
        what = "missing value";
        snprintf(hint, sizeof hint, "set `na = %s` to leave out rows with %s", *text ? text : "NA",
                 *text ? "it or an empty field" : "NA or an empty field");
    } else if (which != TEST_FOLD && is_out_of_range(text)) {
        what = "out of range";
        wanted = "a number that float32 can hold";
    } else if (strchr(text, ',') && strspn(text, "+-,0123456789eE") == strlen(text)) {
        snprintf(hint, sizeof hint, "use a point for decimals");
    } else if (index == 0 && *text == '#') {
        snprintf(hint, sizeof hint, "comment lines are not supported");
    } else if (which == FEATURE && !r->said_text && isalpha((unsigned char)*text) &&
               strncasecmp(text, "inf", 3) != 0) {
        r->said_text = true;
        snprintf(
            hint, sizeof hint,
            "other columns than the target are features: code them as numbers or take them out");
    }
    const char *name = r->names[index];
    hpb_error *fault = hpb_diagnose(r->diagnostics, place_of(r, r->fields[index].start), NULL, NULL,
                                    "column \"%.*s\": %s; expected %s; got \"%.*s\"", shown(name),
                                    name, what, wanted, shown(text), text);
    if (fault && *hint)
        hpb_error_hint(fault, "%s", hint);
}

static void report_ragged(reader *r)
{
    hpb_error *fault = hpb_diagnose(r->diagnostics, line_of(r, r->fields[0].start), NULL, NULL,
                                    "%zu field%s, header has %zu", r->n_fields,
                                    r->n_fields == 1 ? "" : "s", r->n_columns);
    if (!fault)
        return;
    if (r->n_fields == r->n_columns + 1 && !*field_text(r, r->n_fields - 1))
        hpb_error_hint(fault, "the line ends in a separator");
    else
        hint_at_comment(r, fault);
}

// The number in a field; a fault where it has none that its column can use.
static double number_of(reader *r, size_t index, const char *text)
{
    double value = 0;
    int64_t fold = 0;
    const bool is_good = r->roles[index] == TEST_FOLD
                             ? hpb_parse_int64(text, &fold) && fold >= -1 && fold <= INT32_MAX
                             : hpb_parse_double(text, &value) && fabs(value) <= (double)FLT_MAX;
    if (is_good)
        return r->roles[index] == TEST_FOLD ? (double)fold : value;
    report_value(r, index, text);
    return 0;
}

// Room for one row more; the columns that the file does not have stay NULL.
static void grow(reader *r)
{
    hpb_dataset *out = r->out;
    const size_t n = out->n_rows + (size_t)1;
    out->x = hpb_grow(out->x, &r->x_capacity, n * r->n_features, sizeof *out->x);
    out->y = hpb_grow(out->y, &r->y_capacity, n, sizeof *out->y);
    if (r->options->test_fold)
        out->test_fold = hpb_grow(out->test_fold, &r->fold_capacity, n, sizeof *out->test_fold);
}

static void take_values(reader *r)
{
    hpb_dataset *out = r->out;
    const size_t row = out->n_rows, groups = r->groups.length;
    bool is_left_out = false;
    grow(r);
    double *x = out->x + row * r->n_features;
    for (size_t i = 0; i < r->n_columns; i++) {
        const char *text = field_text(r, i);
        const bool is_missing = r->options->na && (!*text || strcmp(text, r->options->na) == 0);
        is_left_out |= is_missing;
        if (r->roles[i] == GROUP) {
            if (!r->options->na && means_missing(text))
                report_value(r, i, text);
            hpb_text_add_bytes(&r->groups, text, strlen(text) + 1);
            continue;
        }
        const double value = is_missing ? 0 : number_of(r, i, text);
        if (r->roles[i] == TARGET)
            out->y[row] = value;
        else if (r->roles[i] == TEST_FOLD)
            out->test_fold[row] = (int32_t)value;
        else
            *x++ = value;
    }
    if (is_left_out) {
        r->groups.length = groups;
        out->n_left_out++;
    } else if (out->n_rows == INT32_MAX) {
        hpb_diagnose(r->diagnostics, line_of(r, r->fields[0].start), NULL, NULL,
                     "more than %d rows; expected at most that many", INT32_MAX);
        r->stop = true;
    } else {
        out->n_rows++;
    }
}

static void take_row(int terminator, void *context)
{
    (void)terminator;
    reader *r = context;
    if (!r->stop && r->n_fields) {
        if (!r->names)
            take_header(r);
        else if (r->n_fields != r->n_columns)
            report_ragged(r);
        else
            take_values(r);
    }
    r->n_fields = 0;
    r->row.length = 0;
}

// --- the file ----------------------------------------------------------------------------------------

static void report_syntax(reader *r, position where)
{
    r->stop = true;
    if (!r->quote.line) {
        hpb_error *fault = hpb_diagnose(r->diagnostics, place_of(r, where), NULL, NULL,
                                        "a quote inside a field that does not begin with one");
        if (fault)
            hpb_error_hint(fault,
                           "put the whole field in quotes and write \"\" for each of its own");
        return;
    }
    const hpb_place quote = place_of(r, r->quote);
    hpb_diagnose(r->diagnostics, place_of(r, where), NULL, NULL,
                 "text after the closing quote of the field that a quote opened at %u:%u",
                 quote.line, quote.column);
}

static void report_long_field(reader *r)
{
    r->stop = true;
    if (r->quote.line)
        hpb_diagnose(r->diagnostics, place_of(r, r->quote), NULL, NULL,
                     "quote not closed within %d bytes; expected a closing quote",
                     HPB_CSV_MAX_FIELD);
    else
        hpb_diagnose(r->diagnostics, place_of(r, r->field_start), NULL, NULL,
                     "a field of more than %d bytes; expected at most that many",
                     HPB_CSV_MAX_FIELD);
}

// Where the next piece ends: behind the next separator, quote or line end, but never far away.
static size_t piece_end(const reader *r, size_t from)
{
    const size_t limit = r->n - from > HPB_CSV_MAX_FIELD + 1 ? from + HPB_CSV_MAX_FIELD + 1 : r->n;
    for (size_t i = from; i < limit; i++) {
        const char c = r->bytes[i];
        if (c == r->separator || c == '"' || c == '\n' || c == '\r')
            return i + 1;
    }
    return limit;
}

// After a piece: where the next field and line begin.
static void advance(reader *r, size_t end)
{
    const char last = r->bytes[end - 1];
    const position here = {end - 1, r->now.line_start, r->now.line};
    r->now.offset = end;
    if (last == '"' && !r->field_ended && !r->quote.line)
        r->quote = here;
    const bool ends_line = last == '\n' || (last == '\r' && (end == r->n || r->bytes[end] != '\n'));
    if (ends_line) {
        r->now.line++;
        r->now.line_start = end;
    }
    const bool is_blank = (last == '\n' || last == '\r') && !r->quote.line;
    if (r->field_ended || is_blank) {
        r->field_start = r->now;
        r->quote = (position){0};
    }
    r->field_ended = false;
}

static void read_pieces(reader *r, struct csv_parser *parser)
{
    while (!r->stop && r->now.offset < r->n) {
        const size_t from = r->now.offset, end = piece_end(r, from);
        if (end - r->field_start.offset > HPB_CSV_MAX_FIELD + 1) {
            report_long_field(r);
            return;
        }
        const size_t parsed =
            csv_parse(parser, r->bytes + from, end - from, take_field, take_row, r);
        if (parsed != end - from) {
            report_syntax(r, (position){from + parsed, r->now.line_start, r->now.line});
            return;
        }
        advance(r, end);
    }
    if (!r->stop && csv_fini(parser, take_field, take_row, r) != 0) {
        hpb_diagnose(r->diagnostics, place_of(r, r->quote), NULL, NULL,
                     "quote opened here is never closed; expected a closing quote");
        r->stop = true;
    }
}

// libcsv has no way to say that memory ran out, so it never learns of it.
static void *grow_or_exit(void *memory, size_t size)
{
    size_t capacity = 0;
    return hpb_grow(memory, &capacity, size, 1);
}

static void check_whole(reader *r)
{
    const hpb_place file = {r->path, 0, 0};
    if (!r->names)
        hpb_diagnose(r->diagnostics, file, NULL, NULL,
                     "empty; expected a header line and at least 2 rows");
    else if (r->out->n_rows < 2)
        hpb_diagnose(r->diagnostics, file, NULL, NULL,
                     "too few rows; expected at least 2%s; got %u",
                     r->out->n_left_out ? " without a missing value" : "", r->out->n_rows);
}

// Hands the names of the features to the data set.
static void keep_names(reader *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_columns; i++)
        if (r->roles[i] == FEATURE)
            r->names[n++] = r->names[i];
        else
            free(r->names[i]);
    r->out->names = r->names;
    r->out->n_features = (uint32_t)n;
    r->names = NULL;
}

bool hpb_dataset_read_csv(const char *path, const char *bytes, size_t n,
                          const hpb_csv_options *options, hpb_dataset *out,
                          hpb_diagnostics *diagnostics)
{
    *out = (hpb_dataset){0};
    const uint32_t faults = diagnostics->count + diagnostics->dropped;
    if (hpb_looks_like_utf16(bytes, n)) {
        hpb_diagnose(diagnostics, (hpb_place){path, 0, 0}, NULL, NULL,
                     "looks like UTF-16; expected text in UTF-8");
        return false;
    }
    const size_t mark = n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    reader r = {
        .path = path,
        .bytes = bytes + mark,
        .n = n - mark,
        .options = options,
        .diagnostics = diagnostics,
        .out = out,
        .separator = (char)(options->separator ? options->separator : ','),
        .now.line = 1,
        .field_start.line = 1,
    };
    struct csv_parser parser;
    csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&parser, (unsigned char)r.separator);
    csv_set_realloc_func(&parser, grow_or_exit);
    read_pieces(&r, &parser);
    csv_free(&parser);
    if (diagnostics->count + diagnostics->dropped == faults)
        check_whole(&r);
    const bool is_good = diagnostics->count + diagnostics->dropped == faults;
    if (is_good) {
        keep_names(&r);
        hpb_dataset_number_groups(r.groups.data, out);
    } else {
        hpb_dataset_free(out);
    }
    for (size_t i = 0; r.names && i < r.n_columns; i++)
        free(r.names[i]);
    free(r.names);
    free(r.faults);
    free(r.roles);
    free(r.fields);
    hpb_text_free(&r.groups);
    hpb_text_free(&r.row);
    return is_good;
}
