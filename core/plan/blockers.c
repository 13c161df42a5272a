#include "plan/blockers.h"

#include "base/clock.h"
#include "sql.h"

/* Columns of sql/preflight/blockers.sql and blockers_of.sql. */
enum { PID, APPLICATION, USER, STATE, QUERY, SECONDS, CALLER };

const struct blocker *blockers_read(struct arena *arena, const struct rows *rows)
{
    struct blocker *list = arena_alloc(arena, (size_t)(rows->count + 1) * sizeof *list);

    for (int i = 0; i < rows->count; i++)
        list[i] = (struct blocker){.pid = (int)rows_int(rows, i, PID),
                                   .application = rows_text(rows, i, APPLICATION),
                                   .user = rows_text(rows, i, USER),
                                   .state = rows_text(rows, i, STATE),
                                   .query = rows_text(rows, i, QUERY),
                                   .seconds = rows_double(rows, i, SECONDS)};
    return list;
}

static const char *text_of(struct arena *arena, const struct rows *rows)
{
    const struct blocker *list = blockers_read(arena, rows);
    const char *text = "";

    for (int i = 0; i < rows->count; i++)
        text = arena_printf(arena, "%s%spid %d (%s%s%s, %s for %.0f s): %s", text, i ? "; " : "", list[i].pid,
                            list[i].user, *list[i].application ? ", " : "", list[i].application,
                            list[i].state, list[i].seconds, list[i].query);
    return text;
}

void blockers_explain(struct arena *arena, const struct rows *rows, struct err *e)
{
    if (rows->count == 0)
        return;
    err_detail(e, "In the way: %s.", text_of(arena, rows));
    for (int i = 0; i < rows->count; i++)
        if (rows_bool(rows, i, CALLER)) {
            err_code(e, "caller-transaction");
            err_hint(
                e,
                "pid %s was in its transaction before this pgwiden came, from the same host: if it waits for "
                "pgwiden to end (a migration), run pgwiden outside of that transaction.",
                rows_text(rows, i, PID));
            return;
        }
}

/* Inside a transaction pg_stat_activity stays as it was at the first look, unless it is told to look anew.
 * The separator counts outside of quotes: what is between the commas is quoted names, or none of these
 * characters. */
static const char *const oids =
    "SELECT (SELECT array_agg(to_regclass(regexp_replace(r[1], '^ ONLY ', ''))::oid) "
    "FROM regexp_matches($1, '((?:\"[^\"]*\"|[^\",])+)', 'g') AS r)::text, pg_stat_clear_snapshot()";

/* What fails here fails in the transaction of the tries, between two of them, where nothing may be lost. */
static bool ask(struct apply *a, struct arena *arena, const char *relations, struct rows *rows)
{
    struct err ignored;

    if (relations == NULL)
        return false;
    if (session_query(a->session, arena, oids, 1, &relations, rows, &ignored) &&
        session_query(a->session, arena, sql_preflight_blockers, 1, (const char *[]){rows_text(rows, 0, 0)},
                      rows, &ignored))
        return true;
    *rows = (struct rows){0};
    (void)!session_script(a->session, arena, "ROLLBACK TO SAVEPOINT pgwiden", NULL, &ignored);
    return false;
}

static const char *join(struct arena *arena, const char *list, const char *relation)
{
    if (!relation)
        return list;
    return list ? arena_printf(arena, "%s, ONLY %s", list, relation) : relation;
}

/* On all that the message locks: whoever was there first may not be where the others are. False when it can't
 * be known. */
static bool find(struct apply *a, struct arena *arena, const struct strong *strong, struct rows *rows)
{
    const char *all = join(arena, strong->relation, strong->also);

    for (int i = 0; i < strong->before.count; i++)
        all = join(arena, all, strong->before.list[i].relation);
    return ask(a, arena, all, rows);
}

void blockers_tell(struct apply *a, struct arena *arena, const struct strong *strong, int attempt,
                   double pause)
{
    struct event event = {.kind = EVENT_LOCK_WAIT, .target = a->target, .time = clock_unix()};
    struct rows rows = {0};

    find(a, arena, strong, &rows);
    event.u.lock_wait.relation = strong->relation ? strong->relation : strong->object;
    event.u.lock_wait.lock_mode = strong->lock;
    event.u.lock_wait.attempt = attempt;
    event.u.lock_wait.attempts = a->settings->lock_retries;
    event.u.lock_wait.next_ms = pause;
    event.u.lock_wait.count = rows.count;
    event.u.lock_wait.blockers = blockers_read(arena, &rows);
    a->listener(a->context, &event);
}

void blockers_detail(struct apply *a, struct arena *arena, const struct strong *strong, struct err *e)
{
    struct rows rows = {0};

    if (find(a, arena, strong, &rows))
        blockers_explain(arena, &rows, e);
}
