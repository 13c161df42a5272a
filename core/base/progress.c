#include "base/progress.h"

#include <math.h>

#define SPACING     1.0  /* seconds between two samples that are kept */
#define RATE_WINDOW 10.0 /* what a person means by "now" */
#define ETA_WINDOW  60.0 /* long enough that a checkpoint does not make the estimate jump */
#define ETA_FIRST   10.0

static void remember(struct progress *p)
{
    p->ring[p->next] = p->last;
    p->next = (p->next + 1) % PROGRESS_SAMPLES;
    if (p->count < PROGRESS_SAMPLES)
        p->count++;
}

void progress_start(struct progress *p, double now, int64_t rows_done, int64_t blocks_done,
                    int64_t blocks_total)
{
    *p = (struct progress){
        .first = {now, rows_done, blocks_done},
          .blocks_total = blocks_total
    };
    p->last = p->first;
    remember(p);
}

/* The i-th newest sample, 0 the newest. */
static const struct progress_sample *sample(const struct progress *p, int i)
{
    return &p->ring[(p->next + PROGRESS_SAMPLES - 1 - i) % PROGRESS_SAMPLES];
}

void progress_update(struct progress *p, double now, int64_t rows_done, int64_t blocks_done,
                     int64_t blocks_total)
{
    p->last = (struct progress_sample){fmax(now, p->last.time), rows_done, blocks_done};
    p->blocks_total = blocks_total;
    if (p->last.time - sample(p, 0)->time >= SPACING)
        remember(p);
}

double progress_elapsed(const struct progress *p)
{
    return p->last.time - p->first.time;
}

/* The newest sample that is as old as the window, else the oldest one. */
static const struct progress_sample *window_start(const struct progress *p, double window)
{
    int i = 0;

    while (i < p->count - 1 && p->last.time - sample(p, i)->time < window)
        i++;
    return sample(p, i);
}

/* Work that began anew (the table was rewritten) has no negative rate. */
static double per_second(int64_t from, int64_t to, double seconds)
{
    return seconds > 0 && to > from ? (double)(to - from) / seconds : 0;
}

double progress_rate(const struct progress *p)
{
    const struct progress_sample *from = window_start(p, RATE_WINDOW);

    return per_second(from->rows, p->last.rows, p->last.time - from->time);
}

double progress_mean(const struct progress *p)
{
    return per_second(p->first.rows, p->last.rows, progress_elapsed(p));
}

double progress_block_rate(const struct progress *p)
{
    const struct progress_sample *from = window_start(p, ETA_WINDOW);

    return per_second(from->blocks, p->last.blocks, p->last.time - from->time);
}

double progress_eta(const struct progress *p)
{
    int64_t left = p->blocks_total - p->last.blocks;
    double rate = progress_block_rate(p);

    if (left <= 0)
        return 0;
    return progress_elapsed(p) < ETA_FIRST || rate <= 0 ? -1 : (double)left / rate;
}
