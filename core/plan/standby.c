#include "plan/standby.h"

#include "base/clock.h"
#include "sql.h"

static const double patience = 5000; /* ms */
static const double pause = 50;

static void tell_lag(struct apply *a, const char *who)
{
    struct event event = {.kind = EVENT_WARNING, .target = a->target, .time = clock_unix()};
    struct arena *arena = arena_new();

    event.u.message.code = "standby-queries";
    event.u.message.message =
        arena_printf(arena,
                     "standby %s has not replayed our last lock within %.0f s (a query on the "
                     "table, or a delay on purpose); no standby is waited for from here on",
                     who, patience / 1000);
    a->listener(a->context, &event);
    arena_free(arena);
}

bool standby_wait(struct apply *a, struct err *e)
{
    struct arena *arena = arena_new();
    double until = loop_now(a->loop) + patience;
    struct rows lsn, behind;
    bool ok = a->standbys_lag ||
              session_query(a->session, arena, "SELECT pg_current_wal_insert_lsn()", 0, NULL, &lsn, e);

    while (ok && !a->standbys_lag) {
        const char *params[] = {rows_text(&lsn, 0, 0)};

        ok = session_query(a->session, arena, sql_facts_standbys_behind, 1, params, &behind, e);
        if (!ok || behind.count == 0 || loop_stopping(a->loop))
            break;
        if (loop_now(a->loop) >= until) {
            a->standbys_lag = true;
            tell_lag(a, rows_text(&behind, 0, 0));
        } else {
            loop_sleep(a->loop, pause);
        }
    }
    arena_free(arena);
    return ok;
}
