/*
 * The texts that the swap will run again are tried before anything is touched (sql/capture/70_replica.sql),
 * in a transaction that is rolled back: nothing of it is left, and no lock is taken that a client could
 * notice.
 */
#include "engine/context.h"

bool rehearse_texts(struct engine *g, struct table *t, struct err *e)
{
    const struct target_list narrow = targets_narrow(g, t);
    uint32_t relid = t->targets[0].relid;
    double patience = begin_patience(g);
    struct err ignored;
    bool ok = session_script(g->session, g->arena, "BEGIN", NULL, e);

    if (t->conversion.id == 0)
        ok = ok && state_create_temporary(g->session, e) && state_begin(g->session, &narrow, patience, e);
    else
        ok = ok && state_capture(g->session, relid, patience, e);
    ok = ok && catalog_rehearsal(g->session, g->arena, g->settings, relid, &t->findings, e);
    (void)!session_script(g->session, g->arena, "ROLLBACK; DISCARD PLANS", NULL, &ignored);
    return ok;
}
