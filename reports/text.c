// SPDX-License-Identifier: Apache-2.0
// Text of unknown origin made fit for a figure, a page and a spreadsheet.
#include "data.h"

#include <math.h>
#include <string.h>

// Decodes one code point of valid UTF-8; returns its length in bytes.
static size_t decode(const unsigned char *s, uint32_t *out)
{
    if (s[0] < 0x80) {
        *out = s[0];
        return 1;
    }
    const size_t length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    uint32_t point = s[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++)
        point = point << 6 | (s[i] & 0x3fu);
    *out = point;
    return length;
}

// Control, zero-width, direction-changing, private and variation characters: nothing a reader could see.
static bool is_invisible(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || (c >= 0xe000 && c <= 0xf8ff) ||
           (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
           c >= 0xe0000;
}

// The next piece of text as something visible: length consumed; `*c` is 0 where nothing is to be shown, U+FFFD for a
// byte that is not UTF-8.
static size_t next_visible(const char *text, size_t n, uint32_t *c)
{
    const unsigned char *s = (const unsigned char *)text;
    const size_t room = n < 4 ? n : 4;
    const size_t valid = hpb_utf8_valid(text, room);
    size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (valid < length) {
        *c = 0xfffd;
        return 1;
    }
    length = decode(s, c);
    if (*c == '\t' || *c == '\n' || *c == '\r')
        *c = ' ';
    else if (is_invisible(*c))
        *c = 0;
    return length;
}

char *hpb_clean_label(hpb_arena *arena, const char *text, size_t limit)
{
    const size_t n = strlen(text);
    hpb_text out = {0};
    size_t points = 0, at = 0;
    while (at < n) {
        uint32_t c;
        const size_t length = next_visible(text + at, n - at, &c);
        if (c && points == limit) {
            hpb_text_add(&out, "…");
            break;
        }
        // quotes and backslashes mean something in gnuplot's data files
        if (c == 0xfffd)
            hpb_text_add(&out, "?");
        else if (c == '"')
            hpb_text_add(&out, "'");
        else if (c == '\\')
            hpb_text_add(&out, "/");
        else if (c == ' ')
            hpb_text_add(&out, " ");
        else if (c)
            hpb_text_add_bytes(&out, text + at, length);
        points += c != 0;
        at += length;
    }
    char *label = hpb_arena_strndup(arena, out.data ? out.data : "", out.length);
    hpb_text_free(&out);
    return label;
}

char *hpb_signed_text(double value, int digits, char out[HPB_SIGNED_SIZE])
{
    char number[HPB_NUMBER_SIZE];
    snprintf(out, HPB_SIGNED_SIZE, "%s%s",
             value > 0   ? "+"
             : value < 0 ? "−"
                         : "",
             hpb_rounded_text(fabs(value), digits, number));
    return out;
}

void hpb_html_add(hpb_text *html, const char *text)
{
    const size_t n = strlen(text);
    for (size_t at = 0; at < n;) {
        uint32_t c;
        const bool is_space = text[at] == '\n' || text[at] == '\t';
        const size_t length = next_visible(text + at, n - at, &c);
        if (c == '&')
            hpb_text_add(html, "&amp;");
        else if (c == '<')
            hpb_text_add(html, "&lt;");
        else if (c == '>')
            hpb_text_add(html, "&gt;");
        else if (c == '"')
            hpb_text_add(html, "&quot;");
        else if (c == '\'')
            hpb_text_add(html, "&#39;");
        else if (c == 0xfffd || !c) // an invisible character is shown as one, so that nothing hides
            hpb_text_add(html, "\xef\xbf\xbd");
        else if (c == ' ' && !is_space)
            hpb_text_add(html, " ");
        else
            hpb_text_add_bytes(html, text + at, length);
        at += length;
    }
}

void hpb_base64_add(hpb_text *text, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *s = bytes;
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i;
        const uint32_t b = (uint32_t)s[i] << 16 | (left > 1 ? (uint32_t)s[i + 1] << 8 : 0) |
                           (left > 2 ? (uint32_t)s[i + 2] : 0);
        const char out[4] = {digit[b >> 18], digit[b >> 12 & 63],
                             left > 1 ? digit[b >> 6 & 63] : '=', left > 2 ? digit[b & 63] : '='};
        hpb_text_add_bytes(text, out, sizeof out);
    }
}
