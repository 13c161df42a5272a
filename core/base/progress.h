/*
 * How fast, how far, how long still: counters in, rates and estimate out. Pure: the caller gives the time, in
 * seconds of any clock that only goes forward.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdint.h>

#define PROGRESS_SAMPLES 64

/* Plain memory, nothing to free; read it through the functions. */
struct progress {
    struct progress_sample {
        double time;
        int64_t rows, blocks;
    } first, last, ring[PROGRESS_SAMPLES]; /* one sample a second at most */
    int count, next;
    int64_t blocks_total;
};

/* Work begins, or goes on after a stop: what was done before does not count for the rates. */
void progress_start(struct progress *p, double now, int64_t rows_done, int64_t blocks_done,
                    int64_t blocks_total);
/* What is done by now; the total may change. As often as wanted, also when nothing has moved. */
void progress_update(struct progress *p, double now, int64_t rows_done, int64_t blocks_done,
                     int64_t blocks_total);

double progress_elapsed(const struct progress *p);    /* seconds since the start */
double progress_rate(const struct progress *p);       /* rows per second over the last 10 seconds */
double progress_mean(const struct progress *p);       /* rows per second since the start */
double progress_block_rate(const struct progress *p); /* blocks per second over the last minute */
/* Seconds; negative when not known: in the first 10 seconds, and while nothing moves. */
double progress_eta(const struct progress *p);

#endif
