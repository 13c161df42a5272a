#include "backfill/history.h"

#include <math.h>

void history_add(struct history *h, double ms, int64_t lsn)
{
    h->ms[h->next] = ms;
    h->lsn[h->next] = lsn;
    h->next = (h->next + 1) % HISTORY_SIZE;
    if (h->count < HISTORY_SIZE)
        h->count++;
}

/* Sample number i from the newest one, which is 0. */
static int at(const struct history *h, int i)
{
    return (h->next - 1 - i + 2 * HISTORY_SIZE) % HISTORY_SIZE;
}

/* The newest sample at which the WAL was not beyond lsn; count: there is none. */
static int newest_within(const struct history *h, int64_t lsn)
{
    int i = 0;

    while (i < h->count && h->lsn[at(h, i)] > lsn)
        i++;
    return i;
}

static double seconds(const struct history *h, int i)
{
    return (h->ms[at(h, 0)] - h->ms[at(h, i)]) / 1000;
}

double history_at_least(const struct history *h, int64_t lsn)
{
    int i = newest_within(h, lsn);

    return i == 0 ? 0 : seconds(h, i - 1);
}

double history_at_most(const struct history *h, int64_t lsn)
{
    int i = newest_within(h, lsn);

    return i == h->count ? (double)INFINITY : seconds(h, i);
}
