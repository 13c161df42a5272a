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
    const bool is_new = t->conversion.id == 0;
    bool ok = state_functions_ahead(g->session, e) && session_script(g->session, g->arena, "BEGIN", NULL, e);

    if (is_new)
        ok = ok && state_create_temporary(g->session, e) && state_begin(g->session, &narrow, patience, e);
    else
        ok = ok && state_capture(g->session, relid, patience, e);
    ok = ok && catalog_rehearsal(g->session, g->arena, g->settings, relid, &t->findings, e);
    state_roll_back(g->session, is_new);
    t->rehearsed = ok;
    return ok;
}

bool rehearse_later(const struct engine *g, const struct table *t)
{
    const enum command command = g->request->command;

    return (g->table_count == 1 || !t->named) && !g->settings->dry_run && t->conversion.id == 0 &&
           (command == COMMAND_RUN || command == COMMAND_PREPARE);
}

bool rehearse_opened(struct engine *g, struct table *t, struct err *e)
{
    int told = t->findings.count;

    if (t->rehearsed)
        return true;
    if (!catalog_rehearsal(g->session, g->arena, g->settings, t->targets[0].relid, &t->findings, e))
        return false;
    for (int i = told; i < t->findings.count; i++)
        tell_finding(g, t->name, &t->findings.list[i], false);
    return targets_check_refusals(t, e);
}
