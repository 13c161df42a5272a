#include "facts/state.h"

#include "base/tunable.h"
#include "facts/catalog.h"
#include "sql.h"

#include <string.h>
#include <unistd.h>

enum { NO_SCHEMA, OUR_SCHEMA, FOREIGN_SCHEMA, CLOSED_SCHEMA, UNTRUSTED_SCHEMA };

/* Runs a query whose single cell is wanted. */
static bool query_int(struct session *s, const char *sql, int n, const char *const *params, int64_t *value,
                      struct err *e)
{
    struct arena *a = arena_new();
    struct rows rows;
    bool ok = session_query(s, a, sql, n, params, &rows, e);

    if (ok)
        *value = rows.count > 0 ? rows_int(&rows, 0, 0) : 0;
    arena_free(a);
    return ok;
}

/*
 * The fingerprint's one text is both a query and a function's body; in plpgsql it is planned once a session,
 * LANGUAGE sql would plan it under the lock. No join may read a whole catalog there.
 */
static const char *functions(struct arena *a)
{
    return arena_printf(a,
                        "CREATE FUNCTION pgwiden.fingerprint(oid) RETURNS text LANGUAGE plpgsql STABLE "
                        "SET search_path = pg_catalog, pgwiden SET plan_cache_mode = force_generic_plan "
                        "SET enable_hashjoin = off SET enable_mergejoin = off "
                        "AS $body$BEGIN RETURN (%s); END$body$;\n%s",
                        sql_fingerprint, sql_functions);
}

static bool refuse_closed(const char *owner, struct err *e)
{
    err_set(e, ERR_REFUSED, "the state of conversions can't be read because of schema pgwiden");
    err_code(e, "privilege-missing");
    err_detail(e, "It was made by another role, and this one may not read it.");
    return err_hint(e, "Run as its owner or a member of it: pgwiden --role %s", owner);
}

/* Whoever owns the schema can put code into it that our queries would run with this session's rights. */
static bool check_strangers(struct session *s, struct arena *a, const char *owner, struct err *e)
{
    const char *params[] = {functions(a)};
    struct rows rows;

    if (!session_query(s, a, sql_state_strangers, 1, params, &rows, e))
        return false;
    if (rows_is_null(&rows, 0, 0))
        return true;
    err_set(e, ERR_REFUSED, "schema \"pgwiden\" of role %s holds what pgwiden does not make: %s", owner,
            rows_text(&rows, 0, 0));
    err_detail(e, "It could run code of that role with the rights of this session, and none of it was run.");
    return err_hint(
        e,
        "Look at it, and drop what does not belong there; or connect as %s (--role is not enough). "
        "What another release of pgwiden made is that release's to finish.",
        owner);
}

/* What stands under the name of our schema. One that this role may not read is an error of its own. */
static bool look_for_schema(struct session *s, int64_t *found, struct err *e)
{
    struct arena *a = arena_new();
    struct rows rows;
    bool ok = session_query(s, a, sql_state_exists, 0, NULL, &rows, e);

    if (ok) {
        *found = rows_int(&rows, 0, 0);
        if (*found == CLOSED_SCHEMA)
            ok = refuse_closed(rows_text(&rows, 0, 1), e);
        else if (*found == UNTRUSTED_SCHEMA) {
            ok = check_strangers(s, a, rows_text(&rows, 0, 1), e);
            *found = OUR_SCHEMA;
        }
    }
    arena_free(a);
    return ok;
}

static bool script(struct session *s, const char *sql, struct err *e)
{
    struct arena *a = arena_new();
    bool ok = session_script(s, a, sql, NULL, e);

    arena_free(a);
    return ok;
}

enum phase state_complete(const struct conversion *c)
{
    return c->phase_done || c->phase == PHASE_PREPARE ? c->phase : c->phase - 1;
}

bool state_exists(struct session *s, bool *exists, struct err *e)
{
    int64_t found;

    if (!look_for_schema(s, &found, e))
        return false;
    *exists = found == OUR_SCHEMA;
    return true;
}

bool state_vanished(struct session *s, struct err *e)
{
    static const char no_table[] = "42P01", no_schema[] = "3F000";
    struct err ignored;
    bool exists;

    if ((strcmp(e->sqlstate, no_table) != 0 && strcmp(e->sqlstate, no_schema) != 0) ||
        !state_exists(s, &exists, &ignored) || exists)
        return false;
    err_clear(e);
    return true;
}

/* Tables and functions of a new schema pgwiden, which is in the search_path from then on. */
static bool create_objects(struct session *s, struct err *e)
{
    struct arena *a = arena_new();
    const char *text = arena_printf(a,
                                    "CREATE SCHEMA pgwiden;\nSET LOCAL search_path = pgwiden;\n%s;\n"
                                    "SET search_path = pg_catalog, pgwiden;\n%s",
                                    sql_state, functions(a));
    bool ok = session_script(s, a, text, NULL, e);

    arena_free(a);
    return ok;
}

bool state_create(struct session *s, struct err *e)
{
    int64_t found;

    /* two first conversions of a database at once: the second waits here and finds the schema */
    if (!script(s, "SELECT pg_advisory_xact_lock(1885828969, 0)", e) || !look_for_schema(s, &found, e))
        return false;
    if (found == OUR_SCHEMA)
        return true;
    if (found == FOREIGN_SCHEMA) {
        err_set(e, ERR_FAILED, "schema \"pgwiden\" exists and is not ours");
        return err_hint(e, "Rename or drop it: pgwiden keeps its state in a schema of that name.");
    }
    return create_objects(s, e);
}

/* Plans of earlier statements would go on with the tables of schema pgwiden, which these hide. */
bool state_create_temporary(struct session *s, struct err *e)
{
    struct arena *a = arena_new();
    const char *text = arena_printf(a,
                                    "SET LOCAL search_path = pg_temp;\n%s;\n"
                                    "SET LOCAL search_path = pg_catalog;\nDISCARD PLANS",
                                    sql_state);
    bool ok = session_script(s, a, text, NULL, e);

    arena_free(a);
    return ok;
}

void state_roll_back(struct session *s, bool temporary)
{
    struct err ignored;

    (void)!session_script(s, NULL, temporary ? "ROLLBACK; DISCARD PLANS" : "ROLLBACK", NULL, &ignored);
}

static void fill(struct conversion *c, struct arena *a, const struct rows *r)
{
    c->id = (int)rows_int(r, 0, 0);
    c->phase = phase_by_name(rows_text(r, 0, 1));
    c->phase_done = rows_bool(r, 0, 2);
    c->swapped = rows_bool(r, 0, 3);
    c->outcome = arena_strdup(a, rows_text(r, 0, 4));
    c->columns = arena_strdup(a, rows_text(r, 0, 5));
    c->column_count = (int)rows_int(r, 0, 6);
    c->lock_held_ms = rows_double(r, 0, 7);
    c->rows_done = rows_int(r, 0, 8);
    c->backfill_ms = rows_double(r, 0, 9);
    c->size_before = rows_int(r, 0, 10);
    c->seconds = rows_double(r, 0, 11);
    c->wal_bytes = rows_int(r, 0, 12);
    c->types = arena_strdup(a, rows_text(r, 0, 13));
}

static bool load(struct session *s, struct arena *a, uint32_t relid, const char *ended,
                 struct conversion *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", relid), ended};
    struct rows rows;
    bool exists;

    memset(out, 0, sizeof *out);
    out->relid = relid;
    out->outcome = out->columns = out->types = "";
    if (!state_exists(s, &exists, e))
        return false;
    if (!exists)
        return true;
    if (!session_query(s, a, sql_state_load, 2, params, &rows, e))
        return state_vanished(s, e);
    if (rows.count > 0)
        fill(out, a, &rows);
    return true;
}

bool state_load(struct session *s, struct arena *a, uint32_t relid, struct conversion *out, struct err *e)
{
    return load(s, a, relid, "false", out, e);
}

bool state_load_ended(struct session *s, struct arena *a, uint32_t relid, struct conversion *out,
                      struct err *e)
{
    return load(s, a, relid, "true", out, e);
}

bool state_open(struct session *s, struct arena *a, bool ended, const char **relids, const char **attnames,
                struct err *e)
{
    const char *params[] = {ended ? "true" : "false"};
    struct rows rows;
    bool exists;

    *relids = *attnames = "{}";
    if (!state_exists(s, &exists, e))
        return false;
    if (!exists)
        return true;
    if (!session_query(s, a, sql_state_open, 1, params, &rows, e))
        return state_vanished(s, e);
    *relids = rows_text(&rows, 0, 0);
    *attnames = rows_text(&rows, 0, 1);
    return true;
}

const char *state_client_host(struct arena *a)
{
    char name[256];

    if (gethostname(name, sizeof name) != 0)
        return "unknown";
    name[sizeof name - 1] = '\0';
    return arena_strdup(a, name);
}

bool state_begin(struct session *s, const struct target_list *targets, double patience, struct err *e)
{
    struct arena *a = arena_new();
    const char *attnums = "";
    int64_t id;
    bool ok;

    for (int i = 0; i < targets->count; i++)
        attnums = arena_printf(a, "%s%s%d", attnums, i ? "," : "", targets->list[i].attnum);

    const char *params[] = {arena_printf(a, "%u", targets->list[0].relid), arena_printf(a, "{%s}", attnums),
                            state_client_host(a), arena_printf(a, "%d", (int)getpid())};

    ok = query_int(s, sql_state_begin, 4, params, &id, e);
    if (ok) {
        const char *opened[] = {arena_printf(a, "%lld", (long long)id)};

        ok = session_query(s, a, sql_state_first_ids, 1, opened, NULL, e);
    }
    ok = ok && state_capture(s, targets->list[0].relid, patience, e);
    arena_free(a);
    return ok;
}

/* The functions of sql/capture/ in one message. The tables that they read may be still to come; the texts
 * that are tried after it in the same transaction are checked. */
static const char *capture_functions(struct arena *a)
{
    static const char *const parts[] = {
        sql_capture_10_names,    sql_capture_20_found, sql_capture_30_index,    sql_capture_40_clone,
        sql_capture_50_retarget, sql_capture_60_store, sql_capture_70_replica,  sql_capture_75_grants,
        sql_capture_80_views,    sql_capture_82_texts, sql_capture_84_matviews, sql_capture_86_keys,
        sql_capture_99_capture,
    };
    const char *text = "SET LOCAL check_function_bodies = off;\n";

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        text = arena_printf(a, "%s%s", text, parts[i]);
    return arena_printf(a, "%sSET LOCAL check_function_bodies = on", text);
}

/* Once a session: made anew they would lose their plans, and leave dead rows in the catalogs. */
bool state_functions(struct session *s, struct err *e)
{
    struct arena *a = arena_new();
    struct rows there;
    bool ok =
        session_query(s, a, "SELECT to_regprocedure('pg_temp.capture(oid)') IS NOT NULL", 0, NULL, &there, e);

    if (ok && !rows_bool(&there, 0, 0))
        ok = session_script(s, a, capture_functions(a), NULL, e);
    arena_free(a);
    return ok;
}

bool state_functions_ahead(struct session *s, struct err *e)
{
    struct arena *a = arena_new();
    const char *any_state[] = {"{O,R,A}"};
    struct rows heard;
    bool ok = session_query(s, a, sql_rehearsal_firing, 1, any_state, &heard, e) &&
              (!rows_is_null(&heard, 0, 0) || state_functions(s, e));

    arena_free(a);
    return ok;
}

bool state_capture(struct session *s, uint32_t relid, double patience, struct err *e)
{
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%u", relid)};
    bool ok = state_functions(s, e) && catalog_limit_lock_waits(s, patience, e) &&
              session_query(s, a, sql_state_capture, 1, params, NULL, e);

    catalog_lift_lock_limit(s);
    arena_free(a);
    return ok;
}

bool state_set_phase(struct session *s, int conversion, enum phase phase, bool done, struct err *e)
{
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%d", conversion), phase_name(phase), done ? "true" : "false",
                            state_client_host(a), arena_printf(a, "%d", (int)getpid())};
    bool ok = session_query(s, a, sql_state_set_phase, 5, params, NULL, e);

    arena_free(a);
    return ok;
}

/* What `set swap=` would say. */
static const char *swap_setting(const struct settings *settings)
{
    if (settings->hold_swap)
        return "hold";
    return settings->yes ? "go" : "ask";
}

bool state_set_settings(struct session *s, int conversion, const struct settings *settings, struct err *e)
{
    struct arena *a = arena_new();
    const char *names = "swap", *values = swap_setting(settings);
    bool ok;

    for (int i = 0; i < TUNABLE_COUNT; i++) {
        names = arena_printf(a, "%s,%s", names, tunables[i].name);
        values = arena_printf(a, "%s\x1f%s", values, tunable_print(&tunables[i], settings, a));
    }

    const char *params[] = {arena_printf(a, "%d", conversion), names, values};

    ok = session_query(s, a, sql_state_settings, 3, params, NULL, e);
    arena_free(a);
    return ok;
}

bool state_finish(struct session *s, int conversion, const char *outcome, struct err *e)
{
    struct arena *a = arena_new();
    const char *params[] = {arena_printf(a, "%d", conversion), outcome};
    bool ok = session_query(s, a, sql_state_finish, 2, params, NULL, e);

    arena_free(a);
    return ok;
}

/* With the last conversion the schema goes too; no first conversion may begin meanwhile. */
static bool forget(struct session *s, struct arena *a, uint32_t relid, struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", relid)};
    struct err ignored;
    struct rows rows;

    if (script(s, "BEGIN; SELECT pg_advisory_xact_lock(1885828969, 0)", e) &&
        session_query(s, a, sql_state_forget, 1, params, &rows, e) &&
        (rows_bool(&rows, 0, 0) || script(s, "DROP SCHEMA pgwiden CASCADE", e)) && script(s, "COMMIT", e))
        return true;
    (void)!script(s, "ROLLBACK", &ignored);
    return false;
}

bool state_forget(struct session *s, uint32_t relid, struct err *e)
{
    struct arena *a = arena_new();
    bool exists;
    bool ok = state_exists(s, &exists, e) && (!exists || forget(s, a, relid, e));

    arena_free(a);
    return ok;
}

static const char *holder(struct session *s, struct arena *a, const char *const *params)
{
    struct err ignored;
    struct rows rows;

    if (!session_query(s, a, sql_state_lock_holder, 1, params, &rows, &ignored) || rows.count == 0)
        return "another session";
    return arena_printf(a, "%s on %s, server process %s, connected since %s", rows_text(&rows, 0, 1),
                        rows_text(&rows, 0, 2), rows_text(&rows, 0, 0), rows_text(&rows, 0, 3));
}

bool state_lock(struct session *s, struct arena *a, uint32_t relid, const struct state_wait *wait,
                struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", relid)};
    double until = loop_now(wait->loop) + wait->patience;
    for (bool told = false;; told = true) {
        const char *who;
        struct rows rows;

        if (!session_query(s, a, sql_state_lock, 1, params, &rows, e))
            return false;
        if (rows_bool(&rows, 0, 0))
            return true;
        who = holder(s, a, params);
        if (!told)
            wait->waiting(wait->context, who);
        if (loop_stopping(wait->loop))
            return err_set(e, ERR_STOPPED, "stopped while another instance works on the table");
        if (loop_now(wait->loop) >= until) {
            err_set(e, ERR_LOCK, "another instance works on the table");
            err_detail(e, "It is %s.", who);
            return err_hint(e, "Wait for it, or end it, and run the same command again.");
        }
        loop_sleep(wait->loop, 250);
    }
}
