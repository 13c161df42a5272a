/* What stands in the way of a lock, and what ends a run before its end: nothing is lost, the next start goes
 * on. */
#include "support.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(locks, .timeout = 300);

/* A table with a key, and one that references it. */
static struct db *make(int rows)
{
    struct db *db = db_create();

    db_exec(db,
            "CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL DEFAULT 0, filler text NOT NULL); "
            "CREATE TABLE child (t_id int NOT NULL REFERENCES t, filler text NOT NULL); "
            "INSERT INTO t (filler) SELECT repeat('x', 300) FROM generate_series(1, %d); "
            "INSERT INTO child SELECT id, repeat('y', 300) FROM t LIMIT 3000; "
            "CREATE INDEX t_n ON t (n, id); ANALYZE t, child",
            rows);
    return db;
}

/* The end of every test: bigint, all rows there, no trace outside schema pgwiden. */
static void check_done(struct db *db, int rows)
{
    char *type = db_text(db, "SELECT format_type(atttypid, NULL) FROM pg_attribute "
                             "WHERE attrelid = 't'::regclass AND attname = 'id'");

    cr_expect(strcmp(type, "bigint") == 0, "t.id is %s", type);
    cr_expect(db_int(db, "SELECT count(*) FROM t") == rows, "%d rows are not there any more", rows);
    cr_expect(db_int(db, "SELECT count(DISTINCT id) FROM t WHERE id BETWEEN 1 AND %d", rows) == rows);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_attribute WHERE attname LIKE 'pgwiden%%' "
                         "AND attrelid IN ('t'::regclass, 'child'::regclass)") == 0);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0, "an index is invalid");
    cr_expect(db_int(db, "SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == 0);
    free(type);
}

/* --- autovacuum --- */

/* Makes a vacuum that takes minutes, and waits until it works on the table. */
static void autovacuum_hold(struct db *db, const char *table)
{
    db_exec(db,
            "ALTER TABLE %s SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, "
            "autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0)",
            table);
    db_exec(db, "UPDATE %s SET filler = filler || ''", table);
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE datname = current_database() "
             "AND relid = '%s'::regclass)",
             table);
}

static void autovacuum_release(struct db *db, const char *table)
{
    db_exec(
        db,
        "ALTER TABLE %s SET (autovacuum_enabled = off); ALTER TABLE %s RESET (autovacuum_vacuum_cost_delay, "
        "autovacuum_vacuum_cost_limit)",
        table, table);
}

Test(locks, autovacuum_at_prepare)
{
    struct db *db = make(3000);

    autovacuum_hold(db, "t");
    program_expect(db, 0, "pgwiden prepare t.id");
    autovacuum_release(db, "t");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    check_done(db, 3000);
    db_drop(db);
}

static void autovacuum_at_swap(const char *table)
{
    struct db *db = make(3000);

    program_expect(db, 0, "pgwiden run t.id --until verify");
    autovacuum_hold(db, table);
    program_expect(db, 0, "pgwiden swap t.id --yes");
    autovacuum_release(db, table);
    program_expect(db, 0, "pgwiden cleanup t.id");
    check_done(db, 3000);
    db_drop(db);
}

Test(locks, autovacuum_at_the_swap)
{
    autovacuum_at_swap("t");
}

/* The old foreign key is dropped just before the swap, under a lock on the referencing table. */
Test(locks, autovacuum_at_a_foreign_key)
{
    autovacuum_at_swap("child");
}

Test(locks, autovacuum_at_cleanup)
{
    struct db *db = make(3000);

    program_expect(db, 0, "pgwiden run t.id --yes");
    autovacuum_hold(db, "t");
    program_expect(db, 0, "pgwiden cleanup t.id");
    check_done(db, 3000);
    db_drop(db);
}

/* --- other sessions --- */

/* Waits until a session of the program waits for a lock or for another transaction. */
static void await_waiting(struct db *db, const char *query)
{
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
             "AND application_name LIKE 'pgwiden:%%' AND wait_event_type = 'Lock' AND query LIKE '%s')",
             query);
}

Test(locks, an_open_transaction_during_create_index)
{
    struct db *db = make(3000), *writer = db_session(db);
    struct program p;
    struct outcome o;

    program_expect(db, 0, "pgwiden prepare t.id");
    program_expect(db, 0, "pgwiden backfill t.id");
    db_exec(writer, "BEGIN; INSERT INTO t (filler) VALUES ('z')");
    program_start(&p, db, "pgwiden index t.id");
    await_waiting(db, "%%");
    pause_ms(3000);
    cr_assert(program_runs(&p), "it did not wait for the open transaction: %s", program_errors(&p));
    db_exec(writer, "COMMIT");
    o = program_await(&p, 60);
    cr_assert(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0, "an index is invalid");
    outcome_free(&o);
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    check_done(db, 3001);
    db_drop(writer);
    db_drop(db);
}

/* The build goes on without it; what comes after has a new one. */
Test(locks, the_watching_session_lost_during_create_index)
{
    struct db *db = make(3000), *writer = db_session(db);
    struct program p;
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until backfill");
    db_exec(writer, "BEGIN; INSERT INTO t (filler) VALUES ('z')");
    program_start(&p, db, "pgwiden run t.id --yes --cleanup");
    await_waiting(db, "%%");
    db_await(db, 30,
             "SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity WHERE datname = "
             "current_database() AND application_name ~ '^pgwiden: index' AND query ~ "
             "'blockers_of.sql|facts/progress.sql' AND query !~ 'pg_stat_activity WHERE datname'");
    pause_ms(1500);
    cr_assert(program_runs(&p), "it ended: %s", program_errors(&p));
    db_exec(writer, "COMMIT");
    o = program_await(&p, 60);
    cr_expect(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(strstr(o.err, "the session that looks on was lost") != NULL, "%s", o.err);
    outcome_free(&o);
    check_done(db, 3001);
    db_drop(writer);
    db_drop(db);
}

/* Exit status 4 names the session that is in the way. */
static void check_gave_up(struct db *db, struct db *holder, const char *command)
{
    struct outcome o = program_run(db, "%s", command);
    char *pid = text_format("%d", db_pid(holder));

    cr_assert(o.status == 4, "%s: exit status %d\n%s\n%s", command, o.status, o.out, o.err);
    cr_expect(strstr(o.err, pid) != NULL, "%s: pid %s is not named\n%s", command, pid, o.err);
    outcome_free(&o);
    free(pid);
}

Test(locks, a_reader_that_does_not_end)
{
    struct db *db = make(3000), *reader = db_session(db);

    db_exec(reader, "BEGIN; SELECT count(*) FROM t");
    check_gave_up(db, reader, "pgwiden run t.id --yes --cleanup --lock-retries 3");
    db_exec(reader, "COMMIT");
    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(reader, "BEGIN; SELECT count(*) FROM t");
    check_gave_up(db, reader, "pgwiden swap t.id --yes --lock-retries 3");
    cr_expect(strcmp(db_try(reader, "SELECT count(*) FROM t"), "") == 0);
    db_exec(reader, "COMMIT");
    program_expect(db, 0, "pgwiden run t.id --yes");
    db_exec(reader, "BEGIN; SELECT count(*) FROM t");
    check_gave_up(db, reader, "pgwiden cleanup t.id --lock-retries 3");
    db_exec(reader, "COMMIT");
    program_expect(db, 0, "pgwiden cleanup t.id");
    check_done(db, 3000);
    db_drop(reader);
    db_drop(db);
}

/* Those who come while we try must not stand behind us for longer than the lock timeout. */
Test(locks, nobody_waits_behind_us)
{
    struct db *db = make(3000), *reader = db_session(db), *other = db_session(db);
    struct program p;
    struct outcome o;
    double longest = 0;

    db_exec(reader, "BEGIN; SELECT count(*) FROM t");
    program_start(&p, db, "pgwiden run t.id --yes --lock-retries 4");
    while (program_runs(&p)) {
        double start = now();

        db_exec(other, "UPDATE t SET n = n + 1 WHERE id = 1");
        longest = now() - start > longest ? now() - start : longest;
        pause_ms(5);
    }
    o = program_await(&p, 60);
    cr_expect(o.status == 4, "exit status %d\n%s", o.status, o.err);
    cr_expect(longest < 0.5, "a writer waited %.3f s behind us", longest);
    outcome_free(&o);
    db_drop(other);
    db_drop(reader);
    db_drop(db);
}

/* The lock is got, but what is done under it takes too long, as on a very busy server: taken back each time.
 */
Test(locks, a_swap_over_its_budget)
{
    struct db *db = make(100);
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(
        db,
        "CREATE FUNCTION slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN IF "
        "current_setting(''application_name'') LIKE ''pgwiden%%'' THEN PERFORM pg_sleep(0.15); END IF; END'; "
        "CREATE EVENT TRIGGER slow ON ddl_command_end EXECUTE FUNCTION slow()");
    o = program_run(db, "pgwiden swap t.id --yes --lock-retries 2");
    cr_expect(o.status == 4, "exit status %d", o.status);
    cr_expect(strstr(o.err, "[over-budget]") && strstr(o.err, "Tried 2 times.") &&
                  strstr(o.err, "Run the same command again") &&
                  strstr(o.err, "more than 100 ms: try 1 of 2") && strstr(o.err, "--allow long-swap"),
              "%s", o.err);
    outcome_free(&o);
    db_exec(db, "DROP EVENT TRIGGER slow");
    program_expect(db, 0, "pgwiden swap t.id --yes");
    program_expect(db, 0, "pgwiden cleanup t.id");
    check_done(db, 100);
    db_drop(db);
}

Test(locks, a_second_instance)
{
    struct db *db = make(3000), *writer = db_session(db);
    struct program first;
    struct outcome o;
    char *pid;

    program_expect(db, 0, "pgwiden run t.id --until backfill");
    db_exec(writer, "BEGIN; INSERT INTO t (filler) VALUES ('z')");
    program_start(&first, db, "pgwiden run t.id --yes --cleanup");
    await_waiting(db, "%%");
    o = program_run(db, "pgwiden run t.id --yes --cleanup --lock-retries 2");
    cr_assert(o.status == 4, "the second instance: exit status %d\n%s\n%s", o.status, o.out, o.err);
    pid = db_text(
        db,
        "SELECT pid FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
        "AND datname = current_database() AND application_name LIKE 'pgwiden:%%' LIMIT 1");
    cr_expect(*pid != '\0' && strstr(o.err, pid) != NULL, "the first instance, %s, is not named\n%s", pid,
              o.err);
    outcome_free(&o);
    free(pid);
    db_exec(writer, "COMMIT");
    o = program_await(&first, 60);
    cr_assert(o.status == 0, "the first instance: exit status %d\n%s\n%s", o.status, o.out, o.err);
    outcome_free(&o);
    check_done(db, 3001);
    db_drop(writer);
    db_drop(db);
}

/* --- the run ends before its end --- */

static void await_backfill(struct db *db)
{
    db_await(
        db, 60,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name LIKE 'pgwiden: backfill%%') AND EXISTS (SELECT FROM t WHERE to_jsonb(t) @? "
        "'$.pgwiden_new_1 ? (@ != null)' LIMIT 1)");
}

/* A run that is stopped in mid-backfill by what stop does ends with 5; the next one ends well. */
static void stopped(void (*stop)(struct db *db, struct program *p))
{
    struct db *db = make(30000);
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --yes --cleanup --chunk-size 10 --jobs 2");
    await_backfill(db);
    stop(db, &p);
    o = program_await(&p, 60);
    cr_assert(o.status == 5, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(strstr(o.err, "pgwiden") != NULL, "it does not say how to go on\n%s", o.err);
    cr_expect(db_bool(db, "SELECT EXISTS (SELECT FROM pg_attribute WHERE attname LIKE 'pgwiden%%')"),
              "it was done before it was stopped");
    outcome_free(&o);
    program_expect(db, 1, "pgwiden status --check t.id");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    check_done(db, 30000);
    db_drop(db);
}

static void stop_by_sigint(struct db *db, struct program *p)
{
    (void)db;
    program_signal(p, SIGINT);
}

static void stop_by_sigterm(struct db *db, struct program *p)
{
    (void)db;
    program_signal(p, SIGTERM);
}

static void stop_by_server(struct db *db, struct program *p)
{
    (void)p;
    db_exec(db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND application_name LIKE 'pgwiden:%%'");
}

Test(locks, sigint_in_mid_backfill)
{
    stopped(stop_by_sigint);
}

Test(locks, sigterm_in_mid_backfill)
{
    stopped(stop_by_sigterm);
}

Test(locks, connections_lost_in_mid_backfill)
{
    stopped(stop_by_server);
}

Test(locks, stop_after)
{
    struct db *db = make(30000);

    program_expect(db, 5, "pgwiden run t.id --yes --cleanup --chunk-size 1 --stop-after 1s");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    check_done(db, 30000);
    db_drop(db);
}

/* Without a terminal and without --yes all is made ready, and nothing is swapped. */
Test(locks, nobody_to_ask)
{
    struct db *db = make(300);

    program_expect(db, 6, "pgwiden run t.id");
    program_expect(db, 1, "pgwiden status --check t.id");
    program_expect(db, 0, "pgwiden swap t.id --yes");
    program_expect(db, 0, "pgwiden status --check t.id");
    program_expect(db, 0, "pgwiden cleanup t.id --forget");
    cr_expect(!state_exists(db), "schema pgwiden is still there");
    check_done(db, 300);
    db_drop(db);
}

Test(locks, large_tables_are_only_prepared)
{
    struct db *db = make(3000);

    program_expect(db, 0, "pgwiden run t.id --yes --cleanup --max-table-rows 1000");
    program_expect(db, 1, "pgwiden status --check t.id");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup --max-table-rows 10000");
    check_done(db, 3000);
    db_drop(db);
}

/* The smallest chunks, and more sessions than blocks. */
Test(locks, chunks_of_one_row)
{
    struct db *db = make(100);

    program_expect(db, 0, "pgwiden run t.id --yes --cleanup --chunk-size 1 --jobs 4");
    check_done(db, 100);
    db_drop(db);
}

/* The build waits for the snapshot of a statement that waits for the build. */
Test(locks, an_index_build_that_loses_a_deadlock_is_made_again)
{
    struct db *db = make(3000), *writer = db_session(db), *migration = db_session(db);
    struct program p;
    struct outcome o;

    db_exec(db, "CREATE INDEX ON t (id, filler)");
    program_expect(db, 0, "pgwiden run t.id --until backfill");
    db_exec(writer, "BEGIN; INSERT INTO t (filler) VALUES ('z')");
    program_start(&p, db, "pgwiden run t.id --yes --cleanup");
    await_waiting(db, "%%CONCURRENTLY%%");
    db_exec(migration, "SET deadlock_timeout = '30s'");
    db_send(migration, "ALTER TABLE t ADD COLUMN added int");
    db_await(db, 60, "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %d AND NOT granted)",
             db_pid(migration));
    db_exec(writer, "COMMIT");
    o = program_await(&p, 60);
    cr_expect(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(*db_finish(migration, 5) == '\0', "the migration lost it");
    cr_expect(strstr(o.err, "deadlock detected; it is dropped and built again") != NULL, "%s", o.err);
    outcome_free(&o);
    check_done(db, 3001);
    db_drop(migration);
    db_drop(writer);
    db_drop(db);
}
