/*
 * Memory that is freed at once: one arena for each command (plan, report) and short ones for results.
 * Out of memory ends the program with one line: nobody could recover.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/err.h"

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is allowed */
/* Zeroed, aligned for every type. */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
char *arena_vprintf(struct arena *a, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* A text that grows piece by piece. arena_printf(a, "%s..", text, ..) would keep every length that it had: of
 * thousands of pieces the square. */
struct arena_text {
    struct arena *arena;
    char *bytes; /* NULL while there is none */
    size_t length, room;
};
void arena_text_add(struct arena_text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "" when nothing was added. Valid until more is added. */
const char *arena_text_get(const struct arena_text *t);

#endif
