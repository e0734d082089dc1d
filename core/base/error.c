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
static void add_line(hpb_text *out, const char *head, const char *text)
{
    hpb_text_add(out, "%s", head);
    for (size_t left = strlen(text), valid = hpb_utf8_valid(text, left); left; text++, left--) {
        const unsigned char byte = (unsigned char)*text;
        if (!valid || byte < 0x20 || byte == 0x7f)
            hpb_text_add(out, "\\x%02x", byte);
        else
            hpb_text_add_bytes(out, text, 1);
        valid = valid ? valid - 1 : hpb_utf8_valid(text + 1, left - 1);
    }
    hpb_text_add_bytes(out, "\n", 1);
}

void hpb_error_print(FILE *out, const hpb_error *error)
{
    hpb_text lines = {0};
    add_line(&lines, "hpbench: error: ", error->text);
    if (error->hint[0])
        add_line(&lines, "hint: ", error->hint);
    fwrite(lines.data, 1, lines.length, out); // at once: others may write to the same stream
    hpb_text_free(&lines);
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
        hpb_text_add(&text, "[%s]%s ", section, key ? "" : ":");
    if (key)
        hpb_text_add(&text, "%s: ", key);
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
