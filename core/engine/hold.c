/*
 * Index builds and proofs can't be held while they run, but the next one need not begin while a standby lags.
 */
#include "backfill/backfill.h"
#include "engine/context.h"

bool hold_gate(struct engine *g, const char *object, struct err *e)
{
    const struct table *t = g->held;
    struct backfill_request request;

    if (t == NULL || (g->ear.phase != PHASE_INDEX && g->ear.phase != PHASE_VERIFY))
        return true;
    table_backfill(g, t, &request);
    return backfill_hold(&request, g->ear.phase, object, e);
}
