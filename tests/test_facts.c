/* Size and use of a table; who holds its locks. */
#include "facts/catalog.h"
#include "sql.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static struct db *db;
static struct arena *arena;
static struct loop *loop;
static struct session *session;
static struct settings settings;

static void set_up(void)
{
    struct err e = {0};

    db = db_create();
    arena = arena_new();
    settings_init(&settings);
    settings.dbname = db_name(db);
    cr_assert(loop_open(&loop, &e), "%s", e.primary);
    cr_assert(session_open(loop, &settings, "pgwiden: test", NULL, &session, &e), "%s", e.primary);
}

static void tear_down(void)
{
    session_close(session);
    loop_close(loop);
    arena_free(arena);
    db_drop(db);
}

TestSuite(facts, .init = set_up, .fini = tear_down, .timeout = 60);

static struct table_facts facts_of(const char *target)
{
    struct target t;
    struct table_facts f;
    struct err e = {0};

    cr_assert(target_resolve(session, arena, target, &t, &e), "%s", e.primary);
    cr_assert(catalog_table_facts(session, arena, &settings, &t, &f, &e), "%s", e.primary);
    return f;
}

Test(facts, an_empty_table_has_no_rows)
{
    struct table_facts f;

    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY)");
    f = facts_of("t.id");
    cr_expect(eq(i64, f.rows, 0));
    cr_expect(eq(i64, f.heap_bytes, 0));
    cr_expect(eq(int, f.indexes, 1));
    cr_expect(eq(i64, f.sequence_limit, 0));
    cr_expect(eq(str, (char *)f.sequence, ""));
}

Test(facts, a_query_tells_its_file)
{
    char *query;

    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY)");
    facts_of("t.id");
    query = db_text(db, "SELECT query FROM pg_stat_activity WHERE pid = %d", session_pid(session));
    cr_expect(strncmp(query, "-- pgwiden: facts/", strlen("-- pgwiden: facts/")) == 0, "%s", query);
    free(query);
}

Test(facts, rows_of_a_table_never_analyzed_are_sampled)
{
    struct table_facts f;

    db_exec(
        db,
        "CREATE TABLE \"t \"\"x\" (id int, filler text) WITH (autovacuum_enabled = off);"
        "INSERT INTO \"t \"\"x\" SELECT i, 'x' FROM generate_series(1, 40000) i;"
        "CREATE TABLE few (id int) WITH (autovacuum_enabled = off); INSERT INTO few VALUES (1), (2), (3)");
    cr_expect(eq(i64, db_int(db, "SELECT reltuples::bigint FROM pg_class WHERE relname = 't \"x'"), -1));
    f = facts_of("\"t \"\"x\".id");
    cr_expect(f.rows > 38000 && f.rows < 42000, "%lld", (long long)f.rows);
    cr_expect(gt(i64, f.heap_bytes, 1000000));
    cr_expect(eq(i64, facts_of("few.id").rows, 3));
}

Test(facts, rows_follow_the_size_since_the_last_analyze)
{
    struct table_facts f;

    db_exec(db, "CREATE TABLE t (id int) WITH (autovacuum_enabled = off);"
                "INSERT INTO t SELECT i FROM generate_series(1, 10000) i; ANALYZE t;"
                "INSERT INTO t SELECT i FROM generate_series(1, 10000) i");
    f = facts_of("t.id");
    cr_expect(f.rows > 19000 && f.rows < 21000, "%lld", (long long)f.rows);
}

Test(facts, the_sequence_and_its_end)
{
    struct table_facts f;

    db_exec(db, "CREATE TABLE t (id serial, s smallserial, i int GENERATED ALWAYS AS IDENTITY (MAXVALUE "
                "1000), d int2);"
                "SELECT setval('t_id_seq', 4711); SELECT setval('t_i_seq', 12);"
                "CREATE SEQUENCE \"d own\" INCREMENT -1; SELECT setval('\"d own\"', -5);"
                "ALTER TABLE t ALTER d SET DEFAULT nextval('\"d own\"')");
    f = facts_of("t.id");
    cr_expect(eq(i64, f.sequence_last, 4711));
    cr_expect(eq(i64, f.sequence_limit, 2147483647));
    cr_expect(eq(str, (char *)f.sequence, "public.t_id_seq"));
    f = facts_of("t.s");
    cr_expect(eq(i64, f.sequence_last, 0));
    cr_expect(eq(i64, f.sequence_limit, 32767));
    f = facts_of("t.i");
    cr_expect(eq(i64, f.sequence_last, 12));
    cr_expect(eq(i64, f.sequence_limit, 1000));
    f = facts_of("t.d");
    cr_expect(eq(i64, f.sequence_last, -5));
    cr_expect(eq(i64, f.sequence_limit, -32768));
    cr_expect(eq(str, (char *)f.sequence, "public.\"d own\""));
}

Test(facts, a_locked_table_is_given_up_on)
{
    struct target t;
    struct table_facts f;
    struct err e = {0};
    double started;

    db_exec(db, "CREATE TABLE t (id int)");
    db_exec(db, "BEGIN; LOCK TABLE t");
    settings.lock_retries = 3;
    cr_assert(target_resolve(session, arena, "t.id", &t, &e), "%s", e.primary);
    started = now();
    cr_expect(not(catalog_table_facts(session, arena, &settings, &t, &f, &e)));
    cr_expect(eq(int, e.kind, ERR_LOCK), "%s", e.primary);
    cr_expect(gt(dbl, now() - started, 0.5));
    cr_expect(lt(dbl, now() - started, 10));
    db_exec(db, "COMMIT");
    cr_expect(eq(i64, facts_of("t.id").rows, 0));
}

static struct rows query(const char *sql, const char *param)
{
    struct err e = {0};
    struct rows r;

    cr_assert(session_query(session, arena, sql, 1, &param, &r, &e), "%s", e.primary);
    return r;
}

Test(facts, blockers_are_named)
{
    struct db *waiting = db_session(db);
    const char *oid;
    struct rows r;

    db_exec(db, "CREATE TABLE t (id int); SET application_name = 'holds it'");
    db_exec(db, "BEGIN; INSERT INTO t \n  VALUES (1)");
    oid = arena_printf(arena, "{%lld}", (long long)db_int(db, "SELECT 't'::regclass::oid::bigint"));
    db_exec(db, "SELECT 1,\n\t'%s'",
            "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
    db_exec(waiting, "BEGIN");
    db_send(waiting, "LOCK TABLE t");
    db_await(db, 10, "SELECT count(*) = 2 FROM pg_locks WHERE relation = ANY ('%s')", oid);
    r = query(sql_preflight_blockers, oid);
    cr_assert(eq(int, r.count, 2));
    cr_expect(eq(i64, rows_int(&r, 0, 0), db_pid(db)));
    cr_expect(eq(str, (char *)rows_text(&r, 0, 1), "holds it"));
    cr_expect(gt(sz, strlen(rows_text(&r, 0, 2)), 0));
    cr_expect(eq(str, (char *)rows_text(&r, 0, 3), "idle in transaction"));
    cr_expect(le(sz, strlen(rows_text(&r, 0, 4)), 80));
    cr_expect(ge(dbl, rows_double(&r, 0, 5), 0));
    cr_expect(not(rows_bool(&r, 0, 6)), "who came after us has not called us");
    cr_expect(eq(str, (char *)rows_text(&r, 1, 3), "active"));
    r = query(sql_preflight_blockers_of, arena_printf(arena, "%d", db_pid(waiting)));
    cr_assert(eq(int, r.count, 1));
    cr_expect(eq(i64, rows_int(&r, 0, 0), db_pid(db)));
    db_exec(db, "COMMIT");
    cr_expect(eq(str, (char *)db_finish(waiting, 10), ""));
    db_exec(waiting, "COMMIT");
    cr_expect(eq(int, query(sql_preflight_blockers, oid).count, 0));
    db_drop(waiting);
}

Test(facts, prepared_transactions_are_blockers)
{
    const char *oid;
    struct rows r;

    if (db_int(db, "SELECT current_setting('max_prepared_transactions')::int") == 0)
        return;
    db_exec(db, "CREATE TABLE t (id int)");
    db_exec(db, "BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION '%s'", db_name(db));
    oid = arena_printf(arena, "{%lld}", (long long)db_int(db, "SELECT 't'::regclass::oid::bigint"));
    r = query(sql_preflight_blockers, oid);
    db_exec(db, "ROLLBACK PREPARED '%s'", db_name(db));
    cr_assert(eq(int, r.count, 1));
    cr_expect(eq(i64, rows_int(&r, 0, 0), 0));
    cr_expect(strstr(rows_text(&r, 0, 4), db_name(db)) != NULL, "%s", rows_text(&r, 0, 4));
}

Test(facts, create_index_concurrently_names_its_blocker)
{
    struct db *builder = db_session(db);
    struct rows r;

    db_exec(db, "CREATE TABLE t (id int)");
    db_exec(db, "BEGIN; INSERT INTO t VALUES (1)");
    db_send(builder, "CREATE INDEX CONCURRENTLY ON t (id)");
    db_await(db, 10, "SELECT cardinality(pg_blocking_pids(%d)) > 0", db_pid(builder));
    r = query(sql_preflight_blockers_of, arena_printf(arena, "%d", db_pid(builder)));
    cr_assert(eq(int, r.count, 1));
    cr_expect(eq(i64, rows_int(&r, 0, 0), db_pid(db)));
    db_exec(db, "COMMIT");
    cr_expect(eq(str, (char *)db_finish(builder, 10), ""));
    db_drop(builder);
}
