#include "backfill/rate.h"

#include <math.h>

/* What may be saved up while nothing is done: a tenth of a second's work, but one piece at least. */
static double brim(const struct bucket *b)
{
    return fmax(b->rate / 10, 1);
}

static void fill(struct bucket *b, double now)
{
    b->level = fmin(b->level + (now - b->at) / 1000 * b->rate, brim(b));
    b->at = now;
}

void bucket_set(struct bucket *b, double now, double rate)
{
    if (rate <= 0) {
        *b = (struct bucket){.rate = 0};
        return;
    }
    if (b->rate <= 0)
        *b = (struct bucket){.rate = rate, .level = 1, .at = now};
    fill(b, now);
    b->rate = rate;
}

double bucket_wait(struct bucket *b, double now)
{
    if (b->rate <= 0)
        return 0;
    fill(b, now);
    return b->level > 0 ? 0 : (1e-3 - b->level) / b->rate * 1000;
}

void bucket_take(struct bucket *b, double amount)
{
    if (b->rate > 0)
        b->level -= amount;
}

double rate_govern(double rate, double measured, double limit, bool binding)
{
    const double low = 0.9, aim = 0.95, fastest_fall = 0.25, fastest_rise = 1.5, slowest = 1;
    double factor = measured > 0 ? limit * aim / measured : fastest_rise;

    if (measured >= limit * low && measured <= limit)
        return rate;
    if (factor > 1 && !binding)
        return rate;
    return fmax(rate * fmin(fmax(factor, fastest_fall), fastest_rise), slowest);
}
