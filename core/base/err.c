#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void err_clear(struct err *e)
{
    *e = (struct err){.kind = ERR_NONE};
}

/* Appends to a part, on a line of its own; what does not fit is cut. */
static void append(char *part, size_t size, const char *fmt, va_list ap) PRINTF_LIKE(3, 0);

static void append(char *part, size_t size, const char *fmt, va_list ap)
{
    size_t used = strlen(part);

    if (used > 0 && used + 1 < size)
        part[used++] = '\n';
    vsnprintf(part + used, size - used, fmt, ap);
}

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
    struct err new = {.kind = kind};
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(new.primary, sizeof(new.primary), fmt, ap);
    va_end(ap);
    *e = new; /* the arguments may point into *e */
    return false;
}

bool err_detail(struct err *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    append(e->detail, sizeof(e->detail), fmt, ap);
    va_end(ap);
    return false;
}

bool err_hint(struct err *e, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    append(e->hint, sizeof(e->hint), fmt, ap);
    va_end(ap);
    return false;
}

bool err_code(struct err *e, const char *code)
{
    snprintf(e->code, sizeof(e->code), "%s", code);
    return false;
}

bool err_prefix(struct err *e, const char *fmt, ...)
{
    char old[sizeof(e->primary)];
    va_list ap;

    memcpy(old, e->primary, sizeof(old));
    va_start(ap, fmt);
    vsnprintf(e->primary, sizeof(e->primary), fmt, ap);
    va_end(ap);
    size_t used = strlen(e->primary);
    size_t rest = sizeof(e->primary) - used;
    size_t n = (size_t)snprintf(e->primary + used, rest, ": ");
    if (n < rest)
        snprintf(e->primary + used + n, rest - n, "%s", old);
    return false;
}
