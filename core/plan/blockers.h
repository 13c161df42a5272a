/*
 * Who is in the way of a lock: asked from the server, told as an event or put into an error.
 */
#ifndef PLAN_BLOCKERS_H
#define PLAN_BLOCKERS_H

#include "plan/lock.h"

/* An EVENT_LOCK_WAIT for the try that has just failed; the next one comes in pause ms. */
void blockers_tell(struct apply *a, struct arena *arena, const struct strong *strong, int attempt,
                   double pause);
/* Who they are, in the error. */
void blockers_detail(struct apply *a, struct arena *arena, const struct strong *strong, struct err *e);
/* Turns a result of sql/preflight/blockers*.sql into blockers (in the arena; strings are the result's). */
const struct blocker *blockers_read(struct arena *arena, const struct rows *rows);
/* The same list as detail of an error: "pid 23117 (reporting, idle in transaction for 252 s): SELECT ..".
 * Code "caller-transaction" when one of them seems to have started us. */
void blockers_explain(struct arena *arena, const struct rows *rows, struct err *e);

#endif
