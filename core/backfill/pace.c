#include "backfill/pace.h"

#include <stdlib.h>
#include <string.h>

/* Within this share of the target the size is left alone: it would swing for nothing. */
#define PACE_LOW 0.7

void pace_init(struct pace *p, double target_ms, int64_t blocks, int64_t max)
{
    *p = (struct pace){.target = target_ms, .blocks = blocks, .max = max};
}

void pace_aim(struct pace *p, double target_ms, int64_t max)
{
    p->target = target_ms;
    p->max = max < 1 ? 1 : max;
    if (p->blocks > p->max)
        p->blocks = p->max;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The second largest of ten. */
static double ninetieth(const struct pace *p)
{
    double sorted[PACE_SAMPLES];

    memcpy(sorted, p->ms, sizeof(sorted));
    qsort(sorted, PACE_SAMPLES, sizeof(sorted[0]), compare);
    return sorted[PACE_SAMPLES - 2];
}

static void resize(struct pace *p, double factor)
{
    double blocks = (double)p->blocks * factor;

    p->count = 0;
    p->blocks = blocks < 1 ? 1 : blocks > (double)p->max ? p->max : (int64_t)blocks;
}

void pace_add(struct pace *p, double ms)
{
    double factor;

    p->ms[p->count++] = ms;
    /* two far too long ones are no accident, and eight more would be felt */
    if (p->count >= 2 && p->ms[p->count - 1] > 2 * p->target && p->ms[p->count - 2] > 2 * p->target) {
        p->p90 = ms;
        resize(p, 0.5);
        return;
    }
    if (p->count < PACE_SAMPLES)
        return;
    p->p90 = ninetieth(p);
    p->count = 0;
    if (p->p90 >= p->target * PACE_LOW && p->p90 <= p->target)
        return;
    factor = p->p90 > 0 ? p->target * (1 + PACE_LOW) / 2 / p->p90 : 2;
    /* one block more where the factor rounds to nothing */
    if (factor > 1 && (double)p->blocks * (factor - 1) < 1)
        factor = 1 + 1.0 / (double)p->blocks;
    resize(p, factor > 2 ? 2 : factor);
}
