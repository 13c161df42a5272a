/*
 * Standbys replay every ACCESS EXCLUSIVE lock of ours: a query on the table holds up all replay there, and
 * new queries queue behind it. So the next one is not taken before the standbys have replayed the last.
 */
#ifndef PLAN_STANDBY_H
#define PLAN_STANDBY_H

#include "plan/apply.h"

/*
 * Waits until every streaming standby has replayed what was written so far, at most 5 s; a standby that takes
 * longer (a query on it, a delay on purpose) is told once, and none is waited for after that. Without the
 * right to see standbys (pg_monitor) there is no wait.
 */
bool standby_wait(struct apply *a, struct err *e) MUST_CHECK;

#endif
