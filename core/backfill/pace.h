/*
 * How many blocks the next chunk takes, so that nine of ten chunks last no longer than the time aimed at.
 * Pure.
 */
#ifndef BACKFILL_PACE_H
#define BACKFILL_PACE_H

#include <stdint.h>

enum { PACE_SAMPLES = 10 };

struct pace {
    double target; /* ms */
    int64_t blocks, max;
    double ms[PACE_SAMPLES];
    int count;  /* of ms since the size was changed */
    double p90; /* of the last full set, 0 before it */
};

void pace_init(struct pace *p, double target_ms, int64_t blocks, int64_t max);
/* Another aim, another limit; nothing else changes. */
void pace_aim(struct pace *p, double target_ms, int64_t max);
/* A chunk of p->blocks blocks took this long; may change p->blocks (1 .. max). */
void pace_add(struct pace *p, double ms);

#endif
