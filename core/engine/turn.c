/*
 * Backfills come before index builds. An index build and a proof hold a snapshot for as long as they read the
 * table, and meanwhile no backfill in the database can prune pages: its updates are HOT no more. So a table
 * whose own backfill is done lets the others finish theirs. It waits no longer than its own took: a small
 * table does not wait for a large one.
 */
#include "base/units.h"
#include "engine/context.h"
#include "sql.h"

#include <string.h>

enum { LOOK_EACH = 250 }; /* ms */

/* Told and written down when it changes. */
static bool note(struct engine *g, const struct table *t, const char *others, double left_ms, struct err *e)
{
    struct arena *a = arena_new();
    bool ok;

    if (*others) {
        char left[32];

        tell_notice(g, t->name,
                    "its index builds wait for the backfill of %s, which they would slow down; %s at most",
                    others, units_print_duration(left_ms / 1000, left, sizeof left));
    }
    ok = control_wait(g->session, t->conversion.id,
                      *others ? arena_printf(a, "the backfill of %s", others) : NULL, false, e);
    arena_free(a);
    return ok;
}

/* *goes: nobody is waited for any more. */
static bool look(struct engine *g, struct table *t, const char **told, double until, bool *goes,
                 struct err *e)
{
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%d", t->conversion.id)};
    double now = loop_now(g->loop);
    struct rows rows;
    bool ok = session_query(g->session, a, sql_index_others, 1, params, &rows, e);

    if (ok) {
        const char *others = now < until ? rows_text(&rows, 0, 0) : "";

        if (strcmp(others, *told) != 0) {
            *told = arena_strdup(g->arena, others);
            ok = note(g, t, others, until - now, e);
        }
        *goes = *others == '\0';
    }
    arena_free(a);
    return ok;
}

bool turn_await(struct engine *g, struct table *t, struct err *e)
{
    double until = loop_now(g->loop) + t->backfill_ms;
    const char *told = "";
    bool goes = false;

    while (look(g, t, &told, until, &goes, e)) {
        if (goes)
            return true;
        if (loop_stopping(g->loop))
            return err_set(e, ERR_STOPPED, "stopped while it waited for the backfill of %s", told);
        loop_sleep(g->loop, LOOK_EACH);
    }
    return false;
}
