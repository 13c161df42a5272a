#include "facts/sample.h"

#include "facts/catalog.h"
#include "facts/state.h"
#include "sql.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_BLOCKS = 20, LEAST_FILLFACTOR = 10 };
static const double client_gone = 10000; /* ms in which the server ends a killed client's session */
static const double moment = 1000;       /* ms that a command waits to take away what another one left */
static const char *const no_privilege = "42501";
static const char *const made_for_it = "made for a rehearsal"; /* also in sql/rehearsal/drop.sql */

/* What fills the copy, to be sent again when it does not come out as dense as the table. */
struct load {
    struct session *session;
    struct arena *arena;
    struct sample *sample;
    const char *statement;
    int fillfactor;
    double blocks, total; /* that are read; that the table has */
};

static bool script(struct session *s, struct arena *a, struct err *e, const char *sql)
{
    return session_script(s, a, sql, NULL, e);
}

/* Schema, copy, mark and lock in one transaction: whoever sees the copy can tell whether it is worked on. */
static bool create(struct load *l, uint32_t leaf, struct err *e)
{
    struct session *s = l->session;
    struct arena *a = l->arena;
    const char *params[] = {arena_printf(a, "%u", leaf), l->sample->name};
    struct rows rows, made;
    bool there;

    if (!script(s, a, e, "BEGIN; SELECT pg_advisory_xact_lock(1885828969, 0)") ||
        !state_exists(s, &there, e) || !state_create(s, e) ||
        !session_query(s, a, sql_rehearsal_make, 2, params, &rows, e))
        return false;
    if (rows.count == 0)
        return err_set(e, ERR_FAILED, "the table does not exist any more");
    l->fillfactor = (int)rows_int(&rows, 0, 1);
    l->sample->logged = rows_bool(&rows, 0, 2);
    if (!there && !script(s, a, e, arena_printf(a, "COMMENT ON SCHEMA pgwiden IS '%s'", made_for_it)))
        return false;

    const char *owner[] = {l->sample->name, arena_printf(a, "%s %d", state_client_host(a), (int)getpid())};

    if (!script(s, a, e, rows_text(&rows, 0, 0)) ||
        !session_query(s, a, sql_rehearsal_mark, 2, owner, &made, e) ||
        !script(s, a, e, rows_text(&made, 0, 0)))
        return false;
    l->sample->relid = (uint32_t)rows_int(&made, 0, 1); /* the answer to COMMIT may be lost */
    return script(s, a, e, "COMMIT");
}

static bool fill(struct load *l, double *blocks, struct err *e)
{
    struct rows rows, size;
    const char *params[] = {arena_printf(l->arena, "%u", l->sample->relid)};

    if (!session_query(l->session, l->arena, l->statement, 0, NULL, &rows, e) ||
        !session_query(l->session, l->arena,
                       "SELECT pg_relation_size($1::oid) / current_setting('block_size')::float8", 1, params,
                       &size, e))
        return false;
    l->sample->rows = rows.affected;
    *blocks = rows_double(&size, 0, 0);
    return true;
}

/* As many rows on a page as the table has: loaded once more with another fillfactor when it is not so. */
static bool fill_alike(struct load *l, struct err *e)
{
    const char *name = l->sample->name;
    double blocks;
    int fillfactor;

    if (!fill(l, &blocks, e))
        return false;
    if (l->blocks < LEAST_BLOCKS || blocks < 1 || fabs(blocks / l->blocks - 1) < 0.03)
        return true;
    fillfactor = (int)(l->fillfactor * blocks / l->blocks);
    if (fillfactor > 100)
        fillfactor = 100;
    if (fillfactor < LEAST_FILLFACTOR)
        fillfactor = LEAST_FILLFACTOR;
    if (fillfactor == l->fillfactor)
        return true;
    return script(l->session, l->arena, e,
                  arena_printf(l->arena, "TRUNCATE pgwiden.%s; ALTER TABLE pgwiden.%s SET (fillfactor = %d)",
                               name, name, fillfactor)) &&
           fill(l, &blocks, e) &&
           script(
               l->session, l->arena, e,
               arena_printf(l->arena, "ALTER TABLE pgwiden.%s SET (fillfactor = %d)", name, l->fillfactor));
}

/* Reads the table's own size; its rows are those of all leaves, as many as there are blocks. */
static bool look(struct load *l, uint32_t relid, uint32_t *leaf, double *share, struct err *e)
{
    const char *params[] = {arena_printf(l->arena, "%u", relid)};
    struct rows rows;

    if (!session_query(l->session, l->arena, sql_rehearsal_leaf, 1, params, &rows, e))
        return false;
    l->sample->nothing = rows.count == 0;
    if (l->sample->nothing)
        return true;
    *leaf = (uint32_t)rows_int(&rows, 0, 0);
    l->sample->leaves = (int)rows_int(&rows, 0, 1);
    *share = rows_double(&rows, 0, 2) > 0 ? rows_double(&rows, 0, 3) / rows_double(&rows, 0, 2) : 1;
    l->sample->foreign_keys = (int)rows_int(&rows, 0, 4);
    l->sample->views = (int)rows_int(&rows, 0, 5);
    return true;
}

static bool choose(struct load *l, uint32_t leaf, int64_t wanted, double rows_of_leaf, struct err *e)
{
    const char *params[] = {arena_printf(l->arena, "%u", leaf), l->sample->name,
                            arena_printf(l->arena, "%lld", (long long)wanted),
                            arena_printf(l->arena, "%.0f", rows_of_leaf)};
    struct rows rows;

    if (!session_query(l->session, l->arena, sql_rehearsal_load, 4, params, &rows, e))
        return false;
    if (rows.count == 0)
        return err_set(e, ERR_FAILED, "the table does not exist any more");
    l->statement = rows_text(&rows, 0, 0);
    l->blocks = rows_double(&rows, 0, 1);
    l->total = rows_double(&rows, 0, 2);
    l->sample->whole = l->blocks >= l->total;
    return true;
}

/* Indexes as built, not as grown by the load; statistics. The table is what a VACUUM leaves. */
static bool settle(struct load *l, struct err *e)
{
    const char *name = l->sample->name;

    return script(l->session, l->arena, e, arena_printf(l->arena, "REINDEX TABLE pgwiden.%s", name)) &&
           script(l->session, l->arena, e, arena_printf(l->arena, "VACUUM (ANALYZE) pgwiden.%s", name));
}

static bool make(struct load *l, const struct sample_request *r, struct err *e)
{
    struct err ignored;
    uint32_t leaf = 0;
    double share = 1;

    if (!look(l, r->relid, &leaf, &share, e))
        return false;
    if (l->sample->nothing)
        return true;
    if (!create(l, leaf, e)) {
        (void)!script(l->session, l->arena, &ignored, "ROLLBACK");
        return false;
    }
    if (!choose(l, leaf, r->wanted, (double)r->table_rows * share, e) || !fill_alike(l, e) || !settle(l, e))
        return false;
    l->sample->factor = (l->blocks > 0 ? l->total / l->blocks : 1) / (share > 0 ? share : 1);
    return true;
}

static void tick(void *context)
{
    const struct sample_request *r = context;

    if (loop_stopping(r->loop))
        session_cancel(r->session);
}

bool sample_make(const struct sample_request *r, struct arena *a, struct sample *out, struct err *e)
{
    struct sample_request request = *r; /* the tick's */
    struct load l = {.session = r->session, .arena = a, .sample = out};
    bool ok;

    *out = (struct sample){.name = arena_printf(a, "sample_%u_%d", r->relid, session_pid(r->session))};
    if (!catalog_limit_lock_waits(r->session, r->patience, e))
        return false;
    loop_on_tick(r->loop, tick, &request);
    ok = make(&l, r, e);
    loop_off_tick(r->loop, tick, &request);
    catalog_lift_lock_limit(r->session);
    return ok;
}

bool sample_silence(struct session *s, struct arena *a, const char **awake, struct err *e)
{
    bool asleep = session_query(s, NULL, sql_backfill_replica, 0, NULL, NULL, e);
    const char *params[] = {asleep ? "{A,R}" : "{O,A}"};
    struct rows rows;

    *awake = NULL;
    if (!asleep && strcmp(e->sqlstate, no_privilege) != 0)
        return false;
    err_clear(e);
    if (!session_query(s, a, sql_rehearsal_firing, 1, params, &rows, e))
        return false;
    if (!rows_is_null(&rows, 0, 0))
        *awake = rows_text(&rows, 0, 0);
    return true;
}

void sample_wake(struct session *s)
{
    struct err ignored;

    (void)!session_query(s, NULL,
                         "SELECT set_config(name, reset_val, false) FROM pg_settings WHERE name = "
                         "'session_replication_role' AND setting <> reset_val",
                         0, NULL, NULL, &ignored);
}

bool sample_drop(struct session *s, uint32_t relid, double patience, struct err *e)
{
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%u", relid)};
    struct err ignored;
    struct rows rows;
    bool ok;

    (void)!script(s, a, &ignored, "ROLLBACK");
    (void)!session_query(s, NULL, sql_backfill_replica, 0, NULL, NULL, &ignored);
    ok = catalog_limit_lock_waits(s, patience, e) &&
         script(s, a, e, "BEGIN; SELECT pg_advisory_xact_lock(1885828969, 0)") &&
         session_query(s, a, "SELECT FROM pg_class WHERE oid = $1::oid", 1, params, &rows, e);
    if (ok && rows.count > 0) /* another one may have been faster */
        ok = session_query(s, a, sql_rehearsal_drop, 1, params, &rows, e) &&
             script(s, a, e, rows_text(&rows, 0, 0));
    ok = ok && script(s, a, e, "COMMIT");
    if (!ok)
        (void)!script(s, a, &ignored, "ROLLBACK");
    catalog_lift_lock_limit(s);
    sample_wake(s);
    arena_free(a);
    return ok;
}

/* A client of this machine that is no more; its session may still be there for a moment. */
static bool is_dead(struct arena *a, const char *host, const char *pid)
{
    long number = strtol(pid, NULL, 10);

    return strcmp(host, state_client_host(a)) == 0 && number > 0 && kill((pid_t)number, 0) != 0 &&
           errno == ESRCH;
}

bool sample_drop_leftovers(struct session *s, struct loop *l, struct err *e)
{
    double until = loop_now(l) + client_gone;
    struct arena *a = arena_new();
    bool ok, again;

    do {
        struct rows rows;

        again = false;
        ok = session_query(s, a, sql_rehearsal_leftovers, 0, NULL, &rows, e);
        for (int i = 0; ok && i < rows.count; i++) {
            if (rows_bool(&rows, i, 4))
                ok = sample_drop(s, (uint32_t)rows_int(&rows, i, 0), moment, e);
            else
                again = again || is_dead(a, rows_text(&rows, i, 2), rows_text(&rows, i, 3));
        }
        if (ok && rows.count > 0)
            ok = session_query(s, a, "SELECT pg_advisory_unlock_all()", 0, NULL, NULL, e);
        if (again)
            loop_sleep(l, 200);
    } while (ok && again && loop_now(l) < until && !loop_stopping(l));
    arena_free(a);
    return ok;
}
