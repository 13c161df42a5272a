/*
 * Pauses between tries for a lock. Pure.
 */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

/* Milliseconds to wait after try number `attempt` (from 0): 50 ms doubling to 2 s, times 0.75 .. 1.25 by
 * random (0 .. 1). */
double backoff_pause(int attempt, double random);
/* What all the pauses of so many tries, each holding up others for lock_timeout, come to at most: the
 * patience of a run. */
double backoff_patience(int attempts, double lock_timeout);
/* A number from 0 to 1; seeded by the process. */
double backoff_random(void);

#endif
