/*
 * Sends what is missing, so that nobody waits for us (DESIGN.md promise 3): strong locks in short tries,
 * everything else without a lock timeout but with a watch that names whom we wait for.
 */
#ifndef PLAN_APPLY_H
#define PLAN_APPLY_H

#include "base/event.h"
#include "base/settings.h"
#include "plan/plan.h"

/* What is asked from elsewhere while it runs. Functions may be NULL. */
struct steering {
    /* Before a statement: waits while it is paused. False: a stop, in *e. */
    bool (*gate)(void *context, const char *object, struct err *e);
    /* May the swap be tried at this moment? Else *e says why not, code "held". */
    bool (*goes)(void *context, struct err *e);
    void *context;
};

/* One conversion being worked on; lives as long as its table is. */
struct apply {
    struct loop *loop;
    struct session *session; /* does the work, holds the advisory lock */
    struct session *watch;   /* looks at blockers and at our trigger while `session` is busy */
    const struct settings *settings;
    event_listener *listener;
    void *context;
    const char *target;   /* for the events */
    const char *relation; /* schema.table, quoted */
    uint32_t relid;
    int conversion;
    enum phase phase;
    struct steering steering;
    unsigned has;                      /* plan_has: steps that need something else are not asked */
    double swap_budget;                /* ms that the swap's message may hold its lock */
    double lock_held_ms, lock_wait_ms; /* of the last strong lock */
    int attempts;
    int taken_back;    /* swaps so far that ran out of their time */
    bool standbys_lag; /* one did not follow in time: none is waited for any more */
    int applied;       /* rows of steps that had to be sent, so far */
};

/*
 * Applies one step until its query returns no row (three rounds). ERR_LOCK: gave up; ERR_STOPPED: the loop is
 * stopping; code "trigger-broken": the copy trigger no longer does its work while a CHECK is validated.
 * Not for STEP_SWAP (apply_swap), STEP_BACKFILL and STEP_SWEEP (the engine's).
 */
bool apply_step(struct apply *a, const struct step *step, struct err *e) MUST_CHECK;

enum { FINGERPRINT_SIZE = 1024 };
/* Hashes of what the plan stands on, by kind of object (sql/fingerprint.sql): hex digits, words, colons,
 * spaces. */
bool apply_fingerprint(struct apply *a, char out[FINGERPRINT_SIZE], struct err *e) MUST_CHECK;

/*
 * The swap: all STEP_SWAP steps as one message, if they have anything to do. `fingerprint` was taken before
 * the last look at what is missing; it is compared under the lock. Code "plan-changed" when it differs (look
 * again, no try is counted), "over-budget" when the message ran out of its time, "held" when its go was taken
 * back before the lock was granted; nothing was changed then.
 */
bool apply_swap(struct apply *a, const char *fingerprint, bool *swapped, struct err *e) MUST_CHECK;
/*
 * The same message, rolled back; the phase's steps before it, which a swap commits one by one (foreign keys
 * are exchanged), are part of it. a->lock_held_ms is the time up to the ROLLBACK.
 */
bool apply_swap_rehearsed(struct apply *a, const char *fingerprint, bool *rehearsed,
                          struct err *e) MUST_CHECK;

#endif
