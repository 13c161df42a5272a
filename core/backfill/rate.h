/*
 * Pacing: a bucket that fills with time and is emptied by work, and the rate that keeps a measured quantity
 * (WAL) below its limit. Pure; times are milliseconds, rates per second.
 */
#ifndef BACKFILL_RATE_H
#define BACKFILL_RATE_H

#include <stdbool.h>

struct bucket {
    double rate;  /* 0: no limit */
    double level; /* below 0: work that was done ahead of its time */
    double at;
};

/* The rate of this moment; a new one counts from now on. */
void bucket_set(struct bucket *b, double now, double rate);
/* How long until the next piece of work may begin; 0: at once. */
double bucket_wait(struct bucket *b, double now);
void bucket_take(struct bucket *b, double amount);

/*
 * The next rate of our work, when with the present one so much was measured. Within a tenth below the limit
 * it stays; it rises only when our work was held up by it (binding).
 */
double rate_govern(double rate, double measured, double limit, bool binding);

#endif
