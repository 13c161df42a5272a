/*
 * Errors are values: filled once where the failure happens, printed once at the top.
 * Floor 0: knows nothing but libc.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* The kind is the exit status (CLI.md). */
enum err_kind {
    ERR_NONE = 0,
    ERR_FAILED = 1,
    ERR_USAGE = 2,
    ERR_REFUSED = 3,
    ERR_LOCK = 4,
    ERR_STOPPED = 5,
    ERR_DECISION = 6
};

struct err {
    enum err_kind kind;
    char sqlstate[6];  /* "" when the error is not the server's */
    char code[48];     /* stable kebab-case name, "" when it has none */
    char primary[512]; /* PostgreSQL's message style: lower case, no full stop */
    char detail[2048]; /* full sentences; what was and was not changed */
    char hint[768];    /* full sentences; the next command */
};

/* Fills kind and primary; clears the other parts. Always returns false: `return err_set(e, ...)`. */
bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Each appends to its part, on a line of its own when it is not empty. They return false as well. */
bool err_detail(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
bool err_code(struct err *e, const char *code);
/* Puts "text: " before the primary message: what was being done when it failed. */
bool err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_clear(struct err *e);

#endif
