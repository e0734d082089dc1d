// SPDX-License-Identifier: Apache-2.0
// What every stage of hpbench shares: memory, text, errors, files and hashes.
//
// Memory policy: hpbench is a program, not a library. When memory runs out it says so and exits with
// HPB_EXIT_INTERNAL; what the store has acknowledged is safe on disk. So no function here returns NULL
// for want of memory, and callers have one way out less to get wrong.
#ifndef HPB_BASE_H
#define HPB_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define HPB_PRINTF(string, first) __attribute__((__format__(__printf__, string, first)))
#define HPB_COUNT(array) (sizeof(array) / sizeof *(array))

// --- exit codes: promised to scripts (README, "Exit codes") ------------------------------------------

typedef enum hpb_exit {
    HPB_EXIT_OK = 0,     ///< complete; diverged trials are results
    HPB_EXIT_FAILED = 1, ///< complete, but some trials failed (crash, time limit, broken contract)
    HPB_EXIT_USAGE = 2,  ///< wrong command line
    HPB_EXIT_SUITE = 3,  ///< bad suite or data
    HPB_EXIT_PLUGIN = 4, ///< a plugin was refused
    HPB_EXIT_STORE = 5,  ///< store, file system or gnuplot
    HPB_EXIT_INCOMPLETE = 6, ///< stopped early; the same command goes on
    HPB_EXIT_BUSY = 7,       ///< another run has the store
    HPB_EXIT_UNEXPECTED = 8, ///< compare --expect was not met
    HPB_EXIT_INTERNAL = 70,  ///< a fault of hpbench's, or no memory
} hpb_exit;

// --- errors -------------------------------------------------------------------------------------------

/// One error, worded for the person who has to mend it: one line, then at most one hint.
/// Functions that can fail return HPB_EXIT_OK or the code, and fill the error.
typedef struct hpb_error {
    hpb_exit code;
    char text[1536];
    char hint[384]; ///< empty: none
} hpb_error;

/// Sets code and text, clears the hint, returns `code`. `error` may be NULL.
hpb_exit hpb_error_set(hpb_error *error, hpb_exit code, const char *format, ...) HPB_PRINTF(3, 4);
/// Adds the hint to an error that is set.
void hpb_error_hint(hpb_error *error, const char *format, ...) HPB_PRINTF(2, 3);
/// Adds a hint where the errno `fault` comes of a limit that the shell can lift: "the size of files is limited (ulimit -f)".
void hpb_error_hint_limit(hpb_error *error, int fault);
/// The same words for a RLIMIT_* of the system, or NULL where this process has no such limit.
const char *hpb_limit_text(int resource);
/// Prints "hpbench: error: TEXT" and, if there is one, "hint: HINT", to `out`, in one write.
void hpb_error_print(FILE *out, const hpb_error *error);

#define HPB_MAX_DIAGNOSTICS 20

/// All that is wrong with one file, in the order found; the first 20 are kept.
typedef struct hpb_diagnostics {
    uint32_t count;   ///< kept in `item`
    uint32_t dropped; ///< found beyond those
    hpb_error item[HPB_MAX_DIAGNOSTICS];
} hpb_diagnostics;

/// Where in which file: printed as FILE:LINE:COL. Line 0: the file as a whole; column 0: the line.
typedef struct hpb_place {
    const char *file;
    uint32_t line, column;
} hpb_place;

/// Adds "FILE:LINE:COL: [section] key: " and the text. `section` and `key` may be NULL. Returns the
/// item, for a hint, or NULL when 20 are there already. Code: HPB_EXIT_SUITE.
hpb_error *hpb_diagnose(hpb_diagnostics *diagnostics, hpb_place place, const char *section,
                        const char *key, const char *format, ...) HPB_PRINTF(5, 6);
/// Prints each as hpb_error_print does, then "... and N more" if some were dropped.
void hpb_diagnostics_print(FILE *out, const hpb_diagnostics *diagnostics);

// --- memory -------------------------------------------------------------------------------------------

/// Zeroed memory for `count` elements of `size` bytes; free() it. Exits when there is none.
void *hpb_alloc(size_t count, size_t size);
/// Zeroed, 64-byte aligned; free() it.
void *hpb_alloc_aligned(size_t bytes);
/// Makes room for `need` elements of `size` bytes, doubling; keeps what is there. Returns the array.
void *hpb_grow(void *items, size_t *capacity, size_t need, size_t size);
char *hpb_strdup(const char *text);
/// A new string, printf style; free() it.
char *hpb_format(const char *format, ...) HPB_PRINTF(1, 2);

/// Memory that is freed all at once: one owner for everything that a suite or plan points to.
typedef struct hpb_arena hpb_arena;
hpb_arena *hpb_arena_create(void);
void hpb_arena_destroy(hpb_arena *arena);                           ///< NULL is fine
void *hpb_arena_alloc(hpb_arena *arena, size_t count, size_t size); ///< zeroed, 16-byte aligned
char *hpb_arena_strdup(hpb_arena *arena, const char *text);
char *hpb_arena_strndup(hpb_arena *arena, const char *text, size_t length);
char *hpb_arena_format(hpb_arena *arena, const char *format, ...) HPB_PRINTF(2, 3);

// --- text ---------------------------------------------------------------------------------------------

/// A string that grows. Start from {0}; `data` is NULL until something is added, then NUL-terminated.
typedef struct hpb_text {
    char *data;
    size_t length, capacity;
} hpb_text;

void hpb_text_add(hpb_text *text, const char *format, ...) HPB_PRINTF(2, 3);
void hpb_text_add_bytes(hpb_text *text, const char *bytes, size_t n);
void hpb_text_free(hpb_text *text); ///< back to {0}
/// Adds words (UTF-8, lines of their own kept) in lines of at most `width` code points; a line that was broken goes on
/// behind `indent` spaces, and the first one begins behind as many that are there already.
void hpb_text_add_folded(hpb_text *text, const char *words, int indent, int width);

/// Leaves out the spaces and tabs at both ends of begin ... end: moves *begin, returns the new end.
const char *hpb_trim(const char **begin, const char *end);

/// The whole of `text` as a decimal number in the C locale; no hexadecimal, no leading or trailing
/// space, no inf or nan. False where it is not one, or overflows or underflows (`*out` is then unset).
bool hpb_parse_double(const char *text, double *out);
/// The whole of `text` as a decimal integer, optional sign; "010" is 10.
bool hpb_parse_int64(const char *text, int64_t *out);

#define HPB_NUMBER_SIZE 32
/// The shortest decimal text that reads back as the same double. Returns `out`.
char *hpb_number_text(double value, char out[HPB_NUMBER_SIZE]);
/// The bits of a double as an integer.
uint64_t hpb_double_bits(double value);
/// An integer with thousands separators: 12,012. Returns `out`.
char *hpb_count_text(uint64_t value, char out[HPB_NUMBER_SIZE]);
/// What follows a number that says which: "st", "nd", "rd", "th".
const char *hpb_ordinal_suffix(uint64_t n);
/// `value` with `digits` significant digits and no exponent from 1e-4 up: 0.0612. Returns `out`.
char *hpb_rounded_text(double value, int digits, char out[HPB_NUMBER_SIZE]);

/// The candidate nearest to `name` (edit distance with transpositions, at most a third of its length,
/// at least 1 allowed, something in common), or NULL. ASCII case is ignored.
const char *hpb_nearest(const char *name, const char *const *candidates, size_t n);

/// Whether a file begins as UTF-16 text does: with its byte order mark, or with a zero byte in a pair.
bool hpb_looks_like_utf16(const char *bytes, size_t n);
/// Length of the valid UTF-8 prefix of the bytes; `n` when all are valid.
size_t hpb_utf8_valid(const char *bytes, size_t n);

/// Adds text as one CSV field (RFC 4180): quoted where needed; what a spreadsheet would run gets a ' in front.
void hpb_csv_add(hpb_text *csv, const char *text);

/// Seconds of a clock that never goes back: for durations.
double hpb_seconds(void);

// --- hashes -------------------------------------------------------------------------------------------

#define HPB_SHA256_TEXT 65
/// `n` bytes as 2 n hexadecimal digits and a NUL. Returns `out`.
char *hpb_hex_text(const void *bytes, size_t n, char *out);
/// SHA-256 of the bytes as 64 hexadecimal digits and a NUL. Returns `out`.
char *hpb_sha256(const void *bytes, size_t n, char out[HPB_SHA256_TEXT]);

// --- files --------------------------------------------------------------------------------------------

/// Reads a regular file whole; *out is NUL-terminated beyond *out_size and to be freed. Refuses
/// directories, fifos, devices and files over `limit` bytes, without hanging. Codes: `code` for all.
hpb_exit hpb_file_read(const char *path, size_t limit, hpb_exit code, char **out, size_t *out_size,
                       hpb_error *error);
/// Writes a file whole or not at all: a temporary beside it, fsync, rename. Code: HPB_EXIT_STORE.
hpb_exit hpb_file_write(const char *path, const void *bytes, size_t n, hpb_error *error);

/// A file that is being written: it appears under its name only when it is whole.
typedef struct hpb_new_file {
    FILE *stream;
    char *path, *temporary;
} hpb_new_file;

/// Opens a temporary file beside `path`. Refuses a path that is there and no regular file. Code: HPB_EXIT_STORE.
hpb_exit hpb_new_file_open(const char *path, hpb_new_file *out, hpb_error *error);
/// Flush, fsync, rename; where that fails, as hpb_new_file_discard. Code: HPB_EXIT_STORE.
hpb_exit hpb_new_file_commit(hpb_new_file *file, hpb_error *error);
void hpb_new_file_discard(hpb_new_file *file); ///< removes the temporary; {0} is fine

/// Makes a folder and its parents. Code: HPB_EXIT_STORE.
hpb_exit hpb_folder_create(const char *path, hpb_error *error);

#endif // HPB_BASE_H
