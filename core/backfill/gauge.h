/*
 * One signal against its limit, with hysteresis: it holds from the limit on, until it has fallen well below
 * it. What can't be measured for long holds as well, when it was asked for. Pure; times are milliseconds.
 */
#ifndef BACKFILL_GAUGE_H
#define BACKFILL_GAUGE_H

#include <stdbool.h>

#define GAUGE_BLIND_MS 30000 /* so long without a measurement */

struct gauge {
    bool wanted;        /* it is measured */
    bool over;          /* the limit was passed */
    bool blind;         /* not measured for long */
    bool known;         /* value is filled */
    double value;       /* the last one */
    double measured_at; /* of the last one, or since when it is wanted */
};

/* Is it measured from now on? One that is not holds nothing. */
void gauge_want(struct gauge *g, double now, bool wanted);
void gauge_measure(struct gauge *g, double now, double value);
/* With the limit of this moment; below release * limit it holds no more. True: it holds. asked: the limit is
 * no default. */
bool gauge_judge(struct gauge *g, double now, double limit, double release, bool asked);

#endif
