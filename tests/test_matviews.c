/*
 * Materialized views are rebuilt while clients read and refresh them, and whatever ends the program
 * meanwhile. What they are in the end: the differential tests' cases_matviews.c.
 */
#include "twin.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(matviews, .timeout = 300);

#define READERS 4
#define STRIDE  4

static void check_bigint(struct db *db, const char *relation)
{
    char *type = db_text(db,
                         "SELECT format_type(atttypid, NULL) FROM pg_attribute "
                         "WHERE attrelid = '%s'::regclass AND attname = 'id'",
                         relation);

    cr_expect(strcmp(type, "bigint") == 0, "%s.id is %s", relation, type);
    free(type);
}

/* --- clients --- */

struct clients {
    struct db *readers[READERS], *refresher;
    long read, refreshed;
};

static void clients_start(struct clients *c, struct db *db)
{
    *c = (struct clients){.refresher = db_session(db)};
    for (int i = 0; i < READERS; i++) {
        c->readers[i] = db_session(db);
        db_send(c->readers[i], "SELECT count(*) FROM v");
    }
}

/* Each reader once; they lock the view first, then the materialized view. */
static void clients_read(struct clients *c)
{
    for (int i = 0; i < READERS; i++) {
        const char *state = db_finish(c->readers[i], 30);

        cr_assert(*state == '\0', "a reader met %s", state);
        c->read++;
        db_send(c->readers[i], i % 2 ? "SELECT count(*) FROM m" : "SELECT count(*) FROM v JOIN m USING (id)");
    }
}

static void clients_stop(struct clients *c)
{
    for (int i = 0; i < READERS; i++) {
        db_finish(c->readers[i], 30);
        db_drop(c->readers[i]);
    }
    db_drop(c->refresher);
}

Test(matviews, readers_and_refreshes_all_the_time)
{
    struct db *db = db_create();
    struct clients c;
    struct program p;
    struct outcome o;

    db_exec(db, "CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL DEFAULT 0); "
                "INSERT INTO t (n) SELECT g FROM generate_series(1, 5000) AS g; "
                "CREATE MATERIALIZED VIEW m AS SELECT id, n FROM t; CREATE UNIQUE INDEX ON m (id); "
                "CREATE VIEW v AS SELECT id FROM m WHERE n > 10; ANALYZE");
    clients_start(&c, db);
    program_start(&p, db, "pgwiden run t.id --yes --cleanup --lock-retries 100");
    while (program_runs(&p)) {
        clients_read(&c);
        if (c.read % (20 * READERS) == 0) {
            const char *state;

            db_exec(db, "INSERT INTO t (n) VALUES (11)");
            state = db_try(c.refresher, "REFRESH MATERIALIZED VIEW CONCURRENTLY m");
            cr_assert(*state == '\0', "a refresh met %s", state);
            c.refreshed++;
        }
    }
    o = program_await(&p, 60);
    cr_assert(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(c.read > 100 && c.refreshed > 3, "only %ld reads and %ld refreshes", c.read, c.refreshed);
    outcome_free(&o);
    clients_stop(&c);
    check_bigint(db, "m");
    check_bigint(db, "v");
    db_drop(db);
}

/* --- the application refreshes the old one while the new one is being filled --- */

static void refreshed_meanwhile(const char *refresh)
{
    struct db *db = db_create(), *other = db_session(db);
    struct program p;
    struct outcome o;

    /* takes its time */
    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10); "
                "CREATE MATERIALIZED VIEW m AS SELECT id, (SELECT 1 FROM pg_sleep(1.5)) AS one FROM t; "
                "CREATE UNIQUE INDEX ON m (id)");
    program_start(&p, db, "pgwiden run t.id --yes");
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
             "AND query LIKE '%%REFRESH MATERIALIZED VIEW public.pgwiden_mv_%%' "
             "AND wait_event = 'PgSleep')");
    db_exec(db, "INSERT INTO t (id) VALUES (11)");
    db_exec(other, "REFRESH MATERIALIZED VIEW %s", refresh);
    o = program_await(&p, 60);
    cr_assert(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    outcome_free(&o);
    check_bigint(db, "m");
    cr_expect(db_int(db, "SELECT count(*) FROM m") == 11, "what was refreshed meanwhile is lost");
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.journal WHERE statement LIKE '%%REFRESH%%'") == 2,
              "not filled twice");
    db_drop(other);
    db_drop(db);
}

Test(matviews, refreshed_while_it_is_rebuilt)
{
    refreshed_meanwhile("m");
}

Test(matviews, refreshed_concurrently_while_it_is_rebuilt)
{
    refreshed_meanwhile("CONCURRENTLY m");
}

/* An index that comes while the new one is being filled comes along too. */
Test(matviews, indexed_while_it_is_rebuilt)
{
    struct db *db = db_create(), *other = db_session(db);
    struct program p;
    struct outcome o;

    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10); "
                "CREATE MATERIALIZED VIEW m AS SELECT id, (SELECT 1 FROM pg_sleep(1.5)) AS one FROM t");
    program_start(&p, db, "pgwiden run t.id --yes --cleanup");
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
             "AND query LIKE '%%REFRESH MATERIALIZED VIEW public.pgwiden_mv_%%' "
             "AND wait_event = 'PgSleep')");
    db_exec(other, "CREATE INDEX later ON m (id); GRANT SELECT ON m TO PUBLIC");
    o = program_await(&p, 60);
    cr_assert(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    outcome_free(&o);
    check_bigint(db, "m");
    cr_expect(db_bool(db, "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('later') "
                          "AND indrelid = 'm'::regclass)"),
              "the index is lost");
    cr_expect(db_bool(db, "SELECT has_table_privilege('public', 'm', 'SELECT')"), "the grant is lost");
    db_drop(other);
    db_drop(db);
}

/* A reader that holds it is waited for like anybody else, and cleanup does nothing before it is exchanged. */
Test(matviews, a_reader_that_does_not_end)
{
    struct db *db = db_create(), *reader = db_session(db);
    struct outcome o;

    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT g, g FROM "
                "generate_series(1, 10) AS g; "
                "CREATE MATERIALIZED VIEW m AS SELECT id FROM t");
    db_exec(reader, "BEGIN; SELECT count(*) FROM m");
    program_expect(db, 4, "pgwiden run t.id --yes --cleanup --lock-retries 8");
    cr_expect(strcmp(db_try(reader, "SELECT count(*) FROM m"), "") == 0);
    o = program_run(db, "pgwiden cleanup t.id --lock-retries 8");
    cr_expect(o.status == 4, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(db_bool(db, "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass "
                          "AND attname = 'pgwiden_old_1')"),
              "cleanup was ahead of the materialized view");
    outcome_free(&o);
    db_exec(reader, "COMMIT");
    program_expect(db, 0, "pgwiden cleanup t.id");
    check_bigint(db, "m");
    db_drop(reader);
    db_drop(db);
}

/* --- the program is killed --- */

static const char setup[] =
    "CREATE TABLE t (id int4 PRIMARY KEY, x int); INSERT INTO t SELECT g, g % 7 FROM generate_series(1, 50) "
    "AS g; "
    "CREATE VIEW v0 AS SELECT id, x FROM t; CREATE MATERIALIZED VIEW a AS SELECT id, x FROM v0; "
    "CREATE UNIQUE INDEX a_i ON a (id); COMMENT ON INDEX a_i IS 'i'; GRANT SELECT ON a TO kitchen_reader; "
    "CREATE STATISTICS a_s ON id, x FROM a; CREATE VIEW v1 AS SELECT id FROM a; "
    "CREATE MATERIALIZED VIEW b WITH (fillfactor = 50) AS SELECT id FROM v1; CREATE INDEX ON b (id); "
    "CREATE MATERIALIZED VIEW c AS SELECT id + 1 AS n FROM t WITH NO DATA; COMMENT ON MATERIALIZED VIEW c IS "
    "'c'";

/* The swap and what follows it, killed at every STRIDE-th message; then the run goes on. Returns the tries.
 */
static int each_kill(const char *hook)
{
    struct twin original;
    bool more = true;
    int tries = 0;

    twin_make_born_wide(&original, hook, setup, "t.id");
    program_expect(original.db, 0, "pgwiden run%s --until verify", original.targets);
    for (int n = boundary_first(STRIDE, STRIDE); more; n += boundary_stride(STRIDE), tries++) {
        char *label = text_format("%s=%d", hook, n);
        struct outcome o;
        struct twin t;

        twin_copy(&t, &original, label);
        o = program_run(t.db, "PGWIDEN_TEST_%s pgwiden swap%s --yes", label, t.targets);
        more = o.status == 128 + SIGKILL;
        cr_assert(more || o.status == 0, "%s: exit status %d\n%s\n%s", label, o.status, o.out, o.err);
        outcome_free(&o);
        o = program_run(t.db, "pgwiden run%s --yes --cleanup", t.targets);
        cr_assert(o.status == 0, "after %s: exit status %d\n%s\n%s", label, o.status, o.out, o.err);
        outcome_free(&o);
        twin_compare(&t);
        twin_drop(&t);
        free(label);
    }
    twin_drop(&original);
    return tries;
}

Test(matviews, killed_after_a_message)
{
    int tries = each_kill("KILL_AFTER");

    cr_assert(tries > 1, "only %d: does PGWIDEN_TEST_KILL_AFTER work?", tries);
}

Test(matviews, killed_during_a_message)
{
    int tries = each_kill("KILL_DURING");

    cr_assert(tries > 1, "only %d: does PGWIDEN_TEST_KILL_DURING work?", tries);
}
