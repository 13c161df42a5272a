/*
 * Values as people write them: kinds, limits, text in and out. Pure.
 */
#ifndef BASE_VALUE_H
#define BASE_VALUE_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

enum value_kind {
    VALUE_FLAG,     /* bool */
    VALUE_COUNTER,  /* int, one more each time */
    VALUE_TEXT,     /* const char * */
    VALUE_NAMES,    /* const char *, joined by commas when given again */
    VALUE_INT,      /* int */
    VALUE_ROWS,     /* int64_t */
    VALUE_DURATION, /* double, milliseconds */
    VALUE_SIZE,     /* int64_t, bytes */
    VALUE_WINDOW,   /* struct swap_window */
    VALUE_PHASE,    /* enum phase */
    VALUE_FORMAT    /* enum log_format */
};

struct value_type {
    enum value_kind kind;
    double min, max; /* of _INT and _ROWS; milliseconds of _DURATION; bytes of _SIZE, which has no max */
    double unit_ms;  /* of a bare number */
    bool has_off;    /* 0 and "off" are allowed, and mean: */
    double off;
    double otherwise; /* what a field below 0 stands for: the default of one that was not asked for */
};

enum { VALUE_TEXT_MAX = 128 };

/* Sets a field of the type's kind from text (NULL: a flag on the command line). ERR_USAGE: what is wrong, and
 * what is allowed. Text lives as long as `value` or the arena. */
bool value_set(const struct value_type *type, const char *value, void *field, struct arena *a,
               struct err *e) MUST_CHECK;
/* The field's value as it could be given: "100ms", "on", "4"; "" when not set. Returns buf. */
const char *value_print(const struct value_type *type, const void *field, char *buf, size_t size);

#endif
