/*
 * What holds the backfill up: one limit of the settings that is passed, or a pause by hand. Pure.
 */
#ifndef BASE_THROTTLE_H
#define BASE_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>

enum { THROTTLE_TEXT_MAX = 512 };

struct throttle {
    const char *signal;  /* the option's name: "max-lag"; "pause" by hand, "wraparound" */
    double value, limit; /* NAN: not known, or not a number */
    const char *unit;    /* s, ms, B, B/s, rows/s, files, sessions; "" for none */
    double since;        /* Unix time */
    const char *detail;  /* "standby2", "not measurable: needs pg_monitor"; "" */
};

/* Is the backfill only slower by it? It stands still by any other. */
bool throttle_paces(const struct throttle *t);
/* "max-lag 12.4s >= 10s (standby2)", "max-rate 498 rows/s of 500 rows/s" into buf (always terminated);
 * returns buf. */
char *throttle_print(const struct throttle *t, char *buf, size_t size);

#endif
