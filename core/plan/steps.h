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

struct step {
    enum phase phase;
    const char *name;
    enum step_mode mode;
    const char *missing; /* SQL */
};

extern const struct step steps[];
extern const int step_count;
/* What `abort` runs, in order; same shape. */
extern const struct step undo_steps[];
extern const int undo_step_count;

#endif
