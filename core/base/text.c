// SPDX-License-Identifier: Apache-2.0
// Strings that grow, and numbers to and from text. hpbench never calls setlocale(), so strtod and
// printf are in the C locale in every process.
#include "base/base.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void hpb_text_add_bytes(hpb_text *text, const char *bytes, size_t n)
{
    text->data = hpb_grow(text->data, &text->capacity, text->length + n + 1, 1);
    if (n)
        memcpy(text->data + text->length, bytes, n);
    text->length += n;
    text->data[text->length] = '\0';
}

void hpb_text_add(hpb_text *text, const char *format, ...)
{
    va_list list, again;
    va_start(list, format);
    va_copy(again, list);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length >= 0) {
        const size_t size = (size_t)length + 1;
        text->data = hpb_grow(text->data, &text->capacity, text->length + size, 1);
        vsnprintf(text->data + text->length, size, format, list);
        text->length += (size_t)length;
    }
    va_end(list);
}

void hpb_text_add_folded(hpb_text *text, const char *words, int indent, int width)
{
    int column = indent;
    bool is_first = true; // of its line
    while (*words) {
        const size_t n = strcspn(words, " \n");
        int length = 0;
        for (size_t i = 0; i < n; i++)
            length += ((unsigned char)words[i] & 0xC0) != 0x80;
        if (!is_first && column + 1 + length > width) {
            hpb_text_add(text, "\n%*s", indent, "");
            column = indent;
            is_first = true;
        }
        hpb_text_add(text, "%s%.*s", is_first ? "" : " ", (int)n, words);
        column += !is_first + length;
        is_first = false;
        words += n;
        if (*words == '\n') {
            hpb_text_add(text, "\n");
            column = 0;
            is_first = true;
        }
        words += *words != '\0';
    }
}

void hpb_text_free(hpb_text *text)
{
    free(text->data);
    *text = (hpb_text){0};
}

void hpb_csv_add(hpb_text *csv, const char *text)
{
    const bool is_formula = *text && strchr("=+-@\t\r", *text);
    if (!is_formula && !strpbrk(text, ",\"\r\n")) {
        hpb_text_add(csv, "%s", text);
        return;
    }
    hpb_text_add(csv, is_formula ? "\"'" : "\"");
    for (const char *at = text; *at; at++)
        hpb_text_add_bytes(csv, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    hpb_text_add(csv, "\"");
}

double hpb_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool hpb_parse_double(const char *text, double *out)
{
    const size_t n = strlen(text);
    if (!n || strspn(text, "+-.0123456789eE") != n)
        return false; // no space, hexadecimal, inf or nan
    char *end = NULL;
    errno = 0;
    const double value = strtod(text, &end);
    if (*end || errno == ERANGE)
        return false;
    *out = value;
    return true;
}

bool hpb_parse_int64(const char *text, int64_t *out)
{
    const char *digits = text + (*text == '+' || *text == '-');
    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return false;
    errno = 0;
    const long long value = strtoll(text, NULL, 10);
    if (errno == ERANGE)
        return false;
    *out = value;
    return true;
}

// 1e-07 is 1e-7.
static char *shorten_exponent(char *number)
{
    char *exponent = strchr(number, 'e');
    if (exponent && exponent[2] == '0')
        memmove(exponent + 2, exponent + 3, strlen(exponent + 3) + 1);
    return number;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

const char *hpb_trim(const char **begin, const char *end)
{
    while (*begin < end && is_blank(**begin))
        ++*begin;
    while (end > *begin && is_blank(end[-1]))
        end--;
    return end;
}

uint64_t hpb_double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

char *hpb_number_text(double value, char out[HPB_NUMBER_SIZE])
{
    if (isnan(value))
        return memcpy(out, "nan", sizeof "nan"); // printf would show its sign
    // 15 digits, less trailing zeros, are the shortest where they suffice; subnormal numbers have fewer
    for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
        snprintf(out, HPB_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return shorten_exponent(out);
}

const char *hpb_ordinal_suffix(uint64_t n)
{
    static const char *const suffixes[] = {"th", "st", "nd", "rd"};
    const bool is_teen = n % 100 / 10 == 1;
    return suffixes[is_teen || n % 10 > 3 ? 0 : n % 10];
}

char *hpb_count_text(uint64_t value, char out[HPB_NUMBER_SIZE])
{
    char digits[24];
    const int n = snprintf(digits, sizeof digits, "%" PRIu64, value);
    char *to = out;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
    return out;
}

char *hpb_rounded_text(double value, int digits, char out[HPB_NUMBER_SIZE])
{
    const double size = fabs(value);
    if (isnan(value))
        return memcpy(out, "nan", sizeof "nan");
    if (value == 0 || !isfinite(value)) {
        snprintf(out, HPB_NUMBER_SIZE, "%g", value);
        return out;
    }
    if (size < 1e-4 || size >= 1e7) {
        snprintf(out, HPB_NUMBER_SIZE, "%.*e", digits - 1, value);
        return shorten_exponent(out);
    }
    snprintf(out, HPB_NUMBER_SIZE, "%.*e", digits - 1,
             value); // rounds, and says where the point is
    const int exponent = (int)strtol(strchr(out, 'e') + 1, NULL, 10);
    const int decimals = digits - 1 - exponent;
    snprintf(out, HPB_NUMBER_SIZE, "%.*f", decimals > 0 ? decimals : 0, strtod(out, NULL));
    return out;
}

// Optimal string alignment distance of two short strings, case ignored; SIZE_MAX for long ones.
static size_t edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 63 };
    const size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return SIZE_MAX;
    size_t row[3][LONGEST + 1]; // rows i-2, i-1 and i of the table, by i % 3
    for (size_t i = 0; i <= n; i++) {
        size_t *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            if (i == 0) {
                now[j] = j;
                continue;
            }
            const int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            size_t best = last[j - 1] + (x != y);
            if (last[j] + 1 < best)
                best = last[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && x == tolower((unsigned char)b[j - 2]) &&
                y == tolower((unsigned char)a[i - 2]) && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            now[j] = best;
        }
    }
    return row[n % 3][m];
}

const char *hpb_nearest(const char *name, const char *const *candidates, size_t n)
{
    const size_t length = strlen(name);
    size_t limit = length / 3 ? length / 3 : 1;
    const char *nearest = NULL;
    for (size_t i = 0; i < n; i++) {
        const size_t distance = edit_distance(name, candidates[i]);
        const size_t other = strlen(candidates[i]);
        if (distance >= (length > other ? length : other))
            continue; // nothing in common
        if (distance <= limit && (!nearest || distance < limit)) {
            nearest = candidates[i];
            limit = distance;
        }
    }
    return nearest;
}

size_t hpb_utf8_valid(const char *bytes, size_t n)
{
    const unsigned char *s = (const unsigned char *)bytes;
    size_t i = 0;
    while (i < n) {
        if (s[i] < 0x80) {
            i++;
            continue;
        }
        const size_t more = s[i] >= 0xf0 ? 3 : s[i] >= 0xe0 ? 2 : 1;
        if (s[i] < 0xc2 || s[i] > 0xf4 || n - i <= more)
            return i;
        for (size_t k = 1; k <= more; k++)
            if ((s[i + k] & 0xc0) != 0x80)
                return i;
        // overlong forms, surrogates and code points beyond U+10FFFF
        if ((s[i] == 0xe0 && s[i + 1] < 0xa0) || (s[i] == 0xed && s[i + 1] > 0x9f) ||
            (s[i] == 0xf0 && s[i + 1] < 0x90) || (s[i] == 0xf4 && s[i + 1] > 0x8f))
            return i;
        i += more + 1;
    }
    return n;
}

bool hpb_looks_like_utf16(const char *bytes, size_t n)
{
    const unsigned char *s = (const unsigned char *)bytes;
    return n >= 2 &&
           ((s[0] == 0xff && s[1] == 0xfe) || (s[0] == 0xfe && s[1] == 0xff) || !s[0] != !s[1]);
}
