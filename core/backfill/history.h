/*
 * When the server's WAL had come how far, for some minutes back: how old is what a standby has not got yet?
 * Pure.
 */
#ifndef BACKFILL_HISTORY_H
#define BACKFILL_HISTORY_H

#include <stdint.h>

enum { HISTORY_SIZE = 512 };

struct history {
    double ms[HISTORY_SIZE];
    int64_t lsn[HISTORY_SIZE];
    int count, next; /* a ring; next: where the next one goes */
};

void history_add(struct history *h, double ms, int64_t lsn);
/* Seconds that WAL beyond lsn is there at the last sample: at least, and at most (INFINITY: older than all
 * that is kept). 0: there is none. */
double history_at_least(const struct history *h, int64_t lsn);
double history_at_most(const struct history *h, int64_t lsn);

#endif
