// SPDX-License-Identifier: Apache-2.0
// CSV read back, as RFC 4180 has it. Include after cmocka.h.
#ifndef HPB_TEST_SUPPORT_CSV_H
#define HPB_TEST_SUPPORT_CSV_H

#include <stdbool.h>
#include <string.h>

#define MOST_COLUMNS 48

typedef struct csv_row {
    char *cell[MOST_COLUMNS];
    int n;
} csv_row;

/// Splits one line in place; returns what follows it.
static inline char *csv_read(char *text, csv_row *out)
{
    out->n = 0;
    for (;;) {
        assert_true(out->n < MOST_COLUMNS);
        char *to = text;
        out->cell[out->n++] = text;
        if (*text == '"') {
            for (text++; *text != '"' || text[1] == '"'; text++) {
                assert_true(*text != '\0');
                text += *text == '"';
                *to++ = *text;
            }
            text++;
        } else {
            while (!strchr(",\r\n\"", *text))
                *to++ = *text++;
        }
        const char end = *text;
        const bool is_last = end == '\r' && text[1] == '\n';
        assert_true(end == ',' || is_last);
        text += is_last ? 2 : 1;
        *to = '\0';
        if (is_last)
            return text;
    }
}

/// What a row has in the column of this name, which there must be.
static inline const char *csv_value(const csv_row *header, const csv_row *r, const char *name)
{
    for (int i = 0; i < header->n; i++)
        if (strcmp(header->cell[i], name) == 0)
            return r->cell[i];
    fail_msg("no column %s", name);
    return NULL;
}

#endif // HPB_TEST_SUPPORT_CSV_H
