/*
 * When the swap's lock was released, seen from a second session: nothing that the swapping session says after
 * its COMMIT tells, because it unlinks the old indexes' files first, with the locks gone already.
 */
#ifndef PLAN_RELEASED_H
#define PLAN_RELEASED_H

#include "plan/apply.h"

struct released {
    struct apply *apply;
    bool idle, ended;
    double at; /* ms of Unix time; 0: not seen */
    char pid[16], relid[16];
    const char *params[2];
};

/* Begins to look, each millisecond or two, through a->watch. r must live until released_end. */
void released_begin(struct released *r, struct apply *a);
/* Ends it. After a swap a->lock_held_ms is corrected when the lock was seen to be gone earlier. */
void released_end(struct released *r, bool swapped);

#endif
