/*
 * Clients that read while something is changed: each repeats its queries, one transaction each.
 */
#ifndef TESTS_SUPPORT_READERS_H
#define TESTS_SUPPORT_READERS_H

#include "support.h"

struct readers;

struct readers_report {
    long done;       /* queries */
    long errors;     /* of any kind */
    double longest;  /* milliseconds of one query */
    char first[512]; /* of the errors */
};

/* Starts so many threads, each with a session; reader i repeats query i % query_count. */
struct readers *readers_start(const struct db *db, int count, const char *const *queries, int query_count);
/* Lets each end its query, and frees all. */
void readers_stop(struct readers *r, struct readers_report *report);

#endif
