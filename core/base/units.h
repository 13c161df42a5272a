/*
 * Durations, sizes and counts with PostgreSQL's units, in and out. Pure.
 */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Parses "100ms", "10s", "5min", "1h", "2d", "250us" into milliseconds; a bare number is in `unit_ms`
 * milliseconds. "off" and "0" give 0. Units are case-sensitive as in postgresql.conf. False: *e says what is
 * wrong (ERR_USAGE); an empty text, a sign, trailing characters and overflow are errors.
 */
bool units_duration(const char *text, double unit_ms, double *ms, struct err *e) MUST_CHECK;
/* Parses "64MB", "1GB", "512kB", "100B", bare bytes into whole bytes. Otherwise as above; what is above 0 and
 * would become 0 is an error. */
bool units_size(const char *text, int64_t *bytes, struct err *e) MUST_CHECK;
/* Parses a whole number between min and max; no sign, no unit, "off" gives 0 when min is 0. */
bool units_count(const char *text, int64_t min, int64_t max, int64_t *count, struct err *e) MUST_CHECK;
/*
 * Parses "HH:MM-HH:MM" into minutes from midnight; the end may be 24:00, and before the beginning (over
 * midnight). "off" gives -1, -1.
 */
bool units_window(const char *text, int *from, int *to, struct err *e) MUST_CHECK;

/* The same value as it is given in a configuration, in the largest unit that divides it: 90s, 64MB,
 * 22:00-04:00; off. */
char *units_give_duration(double ms, char *buf, size_t size);
char *units_give_size(int64_t bytes, char *buf, size_t size);
char *units_give_window(int from, int to, char *buf, size_t size);

/* Each writes into buf (always terminated) and returns buf. */
char *units_print_count(int64_t n, char *buf, size_t size);    /* 412,118,204 */
char *units_print_size(int64_t bytes, char *buf, size_t size); /* 38 GB, as pg_size_pretty rounds */
char *units_print_duration(double seconds, char *buf,
                           size_t size); /* 0.4 s, 48:10, 1:08:20, 3 d 02:11:00; --: negative, not known */

#endif
