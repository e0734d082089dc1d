// SPDX-License-Identifier: Apache-2.0
// Memory that is there or ends the program, and arenas that free it all at once.
#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static _Noreturn void out_of_memory(void)
{
    static const char message[] = "hpbench: error: out of memory\n";
    static const char limited[] = "hpbench: error: out of memory: it is limited (ulimit -v)\n";
    const bool is_limited = hpb_limit_text(RLIMIT_AS);
    fwrite(is_limited ? limited : message, 1, is_limited ? sizeof limited - 1 : sizeof message - 1,
           stderr);
    _Exit(HPB_EXIT_INTERNAL);
}

void *hpb_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        out_of_memory();
    return memory;
}

void *hpb_alloc_aligned(size_t bytes)
{
    if (bytes > SIZE_MAX - 64)
        out_of_memory();
    const size_t rounded =
        bytes ? (bytes + 63) / 64 * 64 : 64; // aligned_alloc wants whole multiples
    void *memory = aligned_alloc(64, rounded);
    if (!memory)
        out_of_memory();
    return memset(memory, 0, rounded);
}

void *hpb_grow(void *items, size_t *capacity, size_t need, size_t size)
{
    if (need <= *capacity)
        return items;
    size_t grown = *capacity ? *capacity : 16;
    while (grown < need) {
        if (grown > SIZE_MAX / 2)
            out_of_memory();
        grown *= 2;
    }
    const size_t bytes = size ? size : 1;
    if (grown > SIZE_MAX / bytes)
        out_of_memory();
    void *moved = realloc(items, grown * bytes);
    if (!moved)
        out_of_memory();
    *capacity = grown;
    return moved;
}

char *hpb_strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    return memcpy(hpb_alloc(size, 1), text, size);
}

static char *format_list(hpb_arena *arena, const char *format, va_list list)
{
    va_list again;
    va_copy(again, list);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    const size_t size = length < 0 ? 1 : (size_t)length + 1;
    char *text = arena ? hpb_arena_alloc(arena, size, 1) : hpb_alloc(size, 1);
    if (length >= 0)
        vsnprintf(text, size, format, list);
    return text;
}

char *hpb_format(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = format_list(NULL, format, list);
    va_end(list);
    return text;
}

#define BLOCK_SIZE ((size_t)16384)

typedef struct block {
    struct block *next;
    size_t used, size; // bytes of data[]
    _Alignas(16) unsigned char data[];
} block;

struct hpb_arena {
    block *blocks; // the first one is being filled
};

hpb_arena *hpb_arena_create(void)
{
    return hpb_alloc(1, sizeof(hpb_arena));
}

void hpb_arena_destroy(hpb_arena *arena)
{
    if (!arena)
        return;
    for (block *b = arena->blocks; b;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(arena);
}

void *hpb_arena_alloc(hpb_arena *arena, size_t count, size_t size)
{
    if (size && count > (SIZE_MAX - BLOCK_SIZE) / size)
        out_of_memory();
    const size_t bytes = (count * size + 15) / 16 * 16;
    block *b = arena->blocks;
    if (!b || b->size - b->used < bytes) {
        const size_t room = bytes > BLOCK_SIZE ? bytes : BLOCK_SIZE;
        b = hpb_alloc(1, sizeof *b + room);
        b->size = room;
        b->next = arena->blocks;
        arena->blocks = b;
    }
    void *memory = b->data + b->used;
    b->used += bytes;
    return memory;
}

char *hpb_arena_strndup(hpb_arena *arena, const char *text, size_t length)
{
    char *copy = hpb_arena_alloc(arena, length + 1, 1);
    return memcpy(copy, text, length);
}

char *hpb_arena_strdup(hpb_arena *arena, const char *text)
{
    return hpb_arena_strndup(arena, text, strlen(text));
}

char *hpb_arena_format(hpb_arena *arena, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    char *text = format_list(arena, format, list);
    va_end(list);
    return text;
}
