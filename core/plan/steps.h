/*
 * THE TABLE of phases and steps. A step is a query that returns the statements still missing (sql/README.md).
 */
#ifndef PLAN_STEPS_H
#define PLAN_STEPS_H

#include "base/phase.h"

enum step_mode {
    STEP_ALONE,    /* a row is a transaction of its own */
    STEP_TOGETHER, /* all rows are one transaction and one message */
    STEP_LOCK,     /* of the swap's message too: locks taken before the table's, a row each */
    STEP_SWAP,     /* TOGETHER, with fingerprint, time budget and the lock's time measured */
    STEP_BACKFILL, /* the query says which block ranges are left; core/backfill does them */
    STEP_SWEEP     /* the last sweep of verify */
};

/* What must be there for a step to have anything to do; most of a small table's time goes into asking. */
enum step_needs { NEEDS_KEYS = 1, NEEDS_MATVIEWS = 2, NEEDS_TREE = 4 };

struct step {
    enum phase phase;
    const char *name;
    enum step_mode mode;
    const char *missing; /* SQL */
    unsigned needs;      /* of enum step_needs, joined */
};

extern const struct step steps[];
extern const int step_count;
/* What `abort` runs, in order; same shape. */
extern const struct step undo_steps[];
extern const int undo_step_count;

#endif
