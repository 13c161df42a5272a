/*
 * Asks the steps' queries for the statements that are still missing.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "base/arena.h"
#include "base/err.h"
#include "io/session.h"
#include "plan/steps.h"

#include <stdint.h>

/* A row of a step's query: one transaction, or a single statement that can't run in one. NULL where SQL gave
 * NULL. */
struct statement {
    const char *object;   /* "index public.orders_customer_idx" */
    const char *text;     /* one or more statements, separated by ; */
    const char *lock;     /* lock mode as in pg_locks' documentation: "ACCESS EXCLUSIVE" */
    const char *relation; /* what to lock first, quoted */
    const char *also;     /* other relations, joined with ", ONLY " */
};
struct statements {
    int count;
    const struct statement *list;
};

/* What is still missing of one step for a table. */
bool plan_step(struct session *s, struct arena *a, const struct step *step, uint32_t relid,
               struct statements *out, struct err *e) MUST_CHECK;
/* What the open conversion of a table has, of enum step_needs: asked again whenever its definitions were
 * captured. */
bool plan_has(struct session *s, uint32_t relid, unsigned *has, struct err *e) MUST_CHECK;
/* Can the step have anything to do there? */
bool plan_concerns(const struct step *step, unsigned has);
/* Does anybody who reads or writes wait behind this lock mode? (SHARE ROW EXCLUSIVE and above) */
bool plan_lock_is_strong(const char *lock);

#endif
