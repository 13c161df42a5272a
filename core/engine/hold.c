/*
 * Index builds and proofs can't be held while they run, but the next one need not begin while a standby lags.
 */
#include "backfill/backfill.h"
#include "engine/context.h"

bool hold_gate(struct engine *g, const char *object, struct err *e)
{
    const struct table *t = g->held;
    bool held = t && (g->ear.phase == PHASE_INDEX || g->ear.phase == PHASE_VERIFY);

    if (!held)
        return true;

    const struct backfill_request request = {.loop = g->loop,
                                             .signals = t->signals,
                                             .control = g->session,
                                             .settings = g->settings,
                                             .relid = t->targets[0].relid,
                                             .conversion = t->conversion.id,
                                             .relation = t->targets[0].relation,
                                             .application = g->ear.application,
                                             .session_listener = &g->session_listener,
                                             .listener = g->request->listener,
                                             .context = g->request->context,
                                             .target = t->name};

    return backfill_hold(&request, g->ear.phase, object, e);
}
