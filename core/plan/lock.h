/*
 * Transactions under a strong lock (DESIGN.md promise 3), and the watch over statements that take none.
 */
#ifndef PLAN_LOCK_H
#define PLAN_LOCK_H

#include "plan/apply.h"

/* A transaction that needs a lock which stops writers. */
struct strong {
    const char *object;       /* for messages */
    const char *lock;         /* ACCESS EXCLUSIVE, SHARE ROW EXCLUSIVE */
    const char *relation;     /* NULL: the body takes its own lock (a sequence) */
    const char *also;         /* NULL: none */
    struct statements before; /* each takes the lock on its relation, all before the first relation's */
    const char *body;         /* statements; "" is allowed */
    bool rolled_back;         /* a rehearsal: measured, and undone */
};

/* Runs it in as many tries as --lock-retries allows. *out gets the last rows of the message, in arena. */
bool lock_run(struct apply *a, struct arena *arena, const struct strong *strong, struct rows *out,
              struct err *e) MUST_CHECK;

/*
 * Runs one message that nobody waits behind, with lock_timeout = 0. Who it waits for is told each second;
 * after the patience of --lock-retries it is cancelled (ERR_LOCK). A stop cancels it (ERR_STOPPED).
 */
bool lock_run_gently(struct apply *a, const struct statement *statement, struct err *e) MUST_CHECK;

#endif
