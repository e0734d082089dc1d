// SPDX-License-Identifier: Apache-2.0
// Errors as one line for the person who has to mend them.
#include "base/base.h"

#include <string.h>

hpb_exit hpb_error_set(hpb_error *error, hpb_exit code, const char *format, ...)
{
    if (!error)
        return code;
    error->code = code;
    error->hint[0] = '\0';
    va_list list;
    va_start(list, format);
    vsnprintf(error->text, sizeof error->text, format, list);
    va_end(list);
    return code;
}

void hpb_error_hint(hpb_error *error, const char *format, ...)
{
    if (!error)
        return;
    va_list list;
    va_start(list, format);
    vsnprintf(error->hint, sizeof error->hint, format, list);
    va_end(list);
}

// Text from files may hold anything: what would break the line is printed as \xNN.
static void print_line(FILE *out, const char *text)
{
    const size_t n = strlen(text);
    for (size_t i = 0; i < n;) {
        const unsigned char byte = (unsigned char)text[i];
        const size_t valid = hpb_utf8_valid(text + i, n - i);
        if (byte < 0x20 || byte == 0x7f || !valid) {
            fprintf(out, "\\x%02x", byte);
            i++;
            continue;
        }
        size_t length = 1;
        while (length < valid && ((unsigned char)text[i + length] & 0xc0) == 0x80)
            length++;
        fwrite(text + i, 1, length, out);
        i += length;
    }
    fputc('\n', out);
}

void hpb_error_print(FILE *out, const hpb_error *error)
{
    fputs("hpbench: error: ", out);
    print_line(out, error->text);
    if (error->hint[0]) {
        fputs("hint: ", out);
        print_line(out, error->hint);
    }
}

hpb_error *hpb_diagnose(hpb_diagnostics *diagnostics, hpb_place place, const char *section,
                        const char *key, const char *format, ...)
{
    if (diagnostics->count == HPB_MAX_DIAGNOSTICS) {
        diagnostics->dropped++;
        return NULL;
    }
    hpb_error *error = &diagnostics->item[diagnostics->count++];
    hpb_text text = {0};
    hpb_text_add(&text, "%s", place.file);
    if (place.line)
        hpb_text_add(&text, ":%u", place.line);
    if (place.line && place.column)
        hpb_text_add(&text, ":%u", place.column);
    hpb_text_add(&text, ": ");
    if (section)
        hpb_text_add(&text, "[%s] ", section);
    if (key)
        hpb_text_add(&text, "%s: ", key);
    else if (section)
        text.data[text.length - 1] = ':', hpb_text_add(&text, " ");
    va_list list;
    va_start(list, format);
    char message[1024];
    vsnprintf(message, sizeof message, format, list);
    va_end(list);
    hpb_error_set(error, HPB_EXIT_SUITE, "%s%s", text.data, message);
    hpb_text_free(&text);
    return error;
}

void hpb_diagnostics_print(FILE *out, const hpb_diagnostics *diagnostics)
{
    for (uint32_t i = 0; i < diagnostics->count; i++)
        hpb_error_print(out, &diagnostics->item[i]);
    if (diagnostics->dropped)
        fprintf(out, "hpbench: error: ... and %u more\n", diagnostics->dropped);
}
