/*
 * Tables that were dropped in mid-run. No name finds them any more, so the next command that works closes
 * their conversions before it does anything else.
 */
#include "engine/context.h"
#include "sql.h"

#include <string.h>

/* Columns of sql/undo/dropped.sql. */
enum { ID, RELID, SCHEMA, TABLE, STATEMENT };

static bool close_one(struct engine *g, int i, struct err *e)
{
    const struct rows *all = &g->dropped;

    if (!session_script(g->session, g->arena, rows_text(all, i, STATEMENT), NULL, e) ||
        !state_finish(g->session, (int)rows_int(all, i, ID), "aborted", e))
        return false;
    tell_notice(g, NULL, "table %s.%s was dropped: its conversion is closed", rows_text(all, i, SCHEMA),
                rows_text(all, i, TABLE));
    return !g->settings->forget || state_forget(g->session, (uint32_t)rows_int(all, i, RELID), e);
}

bool dropped_close(struct engine *g, struct err *e)
{
    static const double patience = 1000; /* ms, for who works on the same row */
    bool ok = session_query(g->session, g->arena, sql_undo_dropped, 0, NULL, &g->dropped, e);

    if (!ok || g->dropped.count == 0)
        return ok;
    ok = catalog_limit_lock_waits(g->session, patience, e);
    for (int i = 0; ok && i < g->dropped.count; i++)
        ok = close_one(g, i, e);
    catalog_lift_lock_limit(g->session);
    return ok;
}

static bool is_called(const struct engine *g, int i, const char *schema, const char *table)
{
    return (schema == NULL || strcmp(schema, rows_text(&g->dropped, i, SCHEMA)) == 0) &&
           strcmp(table, rows_text(&g->dropped, i, TABLE)) == 0;
}

bool dropped_was(const struct engine *g, const struct target_name *name)
{
    const char *const *parts = name->parts;

    for (int i = 0; i < g->dropped.count; i++)
        if ((name->count < 3 && is_called(g, i, NULL, parts[0])) ||
            (name->count > 1 && is_called(g, i, parts[0], parts[1])))
            return true;
    return false;
}
