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

static void make_room(struct arena_text *t, size_t wanted)
{
    char *larger;

    if (wanted <= t->room)
        return;
    larger = arena_alloc(t->arena, 2 * wanted);
    if (t->length > 0)
        memcpy(larger, t->bytes, t->length);
    t->bytes = larger;
    t->room = 2 * wanted;
}

void arena_text_add(struct arena_text *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) /* above 2 GB */
        out_of_memory();
    make_room(t, t->length + (size_t)n + 1);
    va_start(ap, fmt);
    vsnprintf(t->bytes + t->length, t->room - t->length, fmt, ap);
    va_end(ap);
    t->length += (size_t)n;
}

const char *arena_text_get(const struct arena_text *t)
{
    return t->length == 0 ? "" : t->bytes;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    char *text = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return text;
}
