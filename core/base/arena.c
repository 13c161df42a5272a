#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks grow from the first size to the last one; a larger piece gets a block of its own. */
#define BLOCK_FIRST ((size_t)4 * 1024)
#define BLOCK_LAST  ((size_t)1024 * 1024)

struct block {
    struct block *next;
    size_t used, size;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *blocks; /* the newest first */
    size_t next_size;
};

static _Noreturn void out_of_memory(void)
{
    fputs("pgwiden: error: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}

struct arena *arena_new(void)
{
    struct arena *a = calloc(1, sizeof(*a));

    if (a == NULL)
        out_of_memory();
    a->next_size = BLOCK_FIRST;
    return a;
}

void arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    for (struct block *b = a->blocks, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

static struct block *add_block(struct arena *a, size_t size)
{
    struct block *b = size > SIZE_MAX - sizeof(*b) ? NULL : calloc(1, sizeof(*b) + size);

    if (b == NULL)
        out_of_memory();
    b->size = size;
    b->next = a->blocks;
    a->blocks = b;
    return b;
}

/* A block for one large piece goes behind the current one, whose rest stays in use. */
static struct block *add_large(struct arena *a, size_t size)
{
    struct block *current = a->blocks;
    struct block *b = add_block(a, size);

    if (current != NULL) {
        b->next = current->next;
        current->next = b;
        a->blocks = current;
    }
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    const size_t align = alignof(max_align_t);

    if (size > SIZE_MAX - align)
        out_of_memory();
    size = (size + align - 1) / align * align;
    struct block *b = a->blocks;
    if (b == NULL || b->size - b->used < size) {
        if (size > a->next_size / 4) {
            b = add_large(a, size);
        } else {
            b = add_block(a, a->next_size);
            if (a->next_size < BLOCK_LAST)
                a->next_size *= 2;
        }
    }
    void *p = b->bytes + b->used;
    b->used += size;
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
    size_t length = strnlen(s, n);
    char *copy = arena_alloc(a, length + 1);

    memcpy(copy, s, length);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s == NULL ? NULL : arena_strndup(a, s, strlen(s));
}

char *arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;

    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    size_t size = n < 0 ? 1 : (size_t)n + 1;
    char *text = arena_alloc(a, size);
    vsnprintf(text, size, fmt, ap);
    return text;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    char *text = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return text;
}
