/* The sweep beside old snapshots, and what else changes its way while it runs. */
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

TestSuite(snapshots, .timeout = 180);

/* Packed pages, and columns called as the statements of the backfill call theirs. */
static struct db *make(int rows)
{
    struct db *db = db_create();

    db_exec(
        db,
        "CREATE TABLE t (id serial PRIMARY KEY, pgwiden_block int, pgwiden_row int, number text, place int, "
        "\"row\" int, chunk text, seen text)");
    db_exec(db,
            "INSERT INTO t (pgwiden_block, number, chunk) SELECT n, md5(n::text), 'x' FROM "
            "generate_series(1, %d) n",
            rows);
    db_exec(db, "VACUUM ANALYZE t");
    return db;
}

static void expect_equal(struct db *db, int rows)
{
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM t WHERE pgwiden_new_1 = id"), rows));
}

/* Waits until status of another process says so. */
static void await_status(struct db *db, const char *what)
{
    for (double until = now() + 60;;) {
        struct outcome o = program_run(db, "pgwiden status --json");
        bool found = o.out != NULL && strstr(o.out, what) != NULL;

        cr_assert(now() < until, "status does not say %s: %s", what, o.out);
        outcome_free(&o);
        if (found)
            return;
        pause_ms(100);
    }
}

static void await_errors(const struct program *p, const char *what)
{
    for (double until = now() + 60;;) {
        char *text = program_errors(p);
        bool found = strstr(text, what) != NULL;

        cr_assert(now() < until, "it does not say %s: %s", what, text);
        free(text);
        if (found)
            return;
        pause_ms(100);
    }
}

Test(snapshots, a_held_one_is_named_and_the_sweep_comes_back_when_it_is_gone)
{
    struct db *db = make(120000), *old = db_session(db);
    char *who = text_format("process %d", db_pid(old));
    struct program p;

    db_exec(old, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
    program_start(&p, db, "pgwiden run t.id --until backfill --max-rate 8000");
    await_status(db, who);
    await_status(db, "one pass: ");
    await_errors(&p, who);
    db_exec(old, "COMMIT");
    await_status(db, "\"sweep\":null");
    struct outcome o = program_await(&p, 120);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    expect_equal(db, 120000);
    free(who);
    db_drop(old);
    db_drop(db);
}

/* Transaction numbers and snapshots can be seen by every role, only not for how long. */
Test(snapshots, a_role_without_rights_finds_it_too)
{
    struct db *db = make(60000), *old = db_session(db);
    struct program p;

    db_exec(
        db,
        "DO $$ BEGIN CREATE ROLE snapshots_owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    db_exec(db,
            "GRANT CREATE ON DATABASE \"%s\" TO snapshots_owner; GRANT CREATE ON SCHEMA public TO "
            "snapshots_owner; "
            "ALTER TABLE t OWNER TO snapshots_owner",
            db_name(db));
    db_exec(old, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
    program_start(&p, db, "PGUSER=snapshots_owner pgwiden run t.id --until backfill --max-rate 8000");
    await_status(db, "one pass: ");
    struct outcome o = program_await(&p, 120);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    db_exec(old, "COMMIT");
    expect_equal(db, 60000);
    db_exec(db, "DROP OWNED BY snapshots_owner CASCADE");
    db_drop(old);
    db_drop(db);
}

Test(snapshots, jobs_are_changed_while_it_runs)
{
    struct db *db = make(200000);
    struct program p;

    program_start(&p, db, "pgwiden run t.id --until backfill --max-rate 20000");
    db_await(db, 60, "SELECT to_regclass('pgwiden.conversion') IS NOT NULL");
    db_await(db, 60, "SELECT count(*) > 0 FROM pgwiden.backfill_range");
    program_expect(db, 0, "pgwiden set t.id jobs=3");
    db_await(db, 60, "SELECT count(*) > 1 FROM pgwiden.backfill_range");
    program_expect(db, 0, "pgwiden set t.id jobs=1 max-rate=off");
    struct outcome o = program_await(&p, 120);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    expect_equal(db, 200000);
    db_drop(db);
}

Test(snapshots, a_table_that_grows_is_vacuumed_in_between)
{
    struct db *db = make(100000);
    struct outcome o;

    db_exec(db, "ALTER TABLE t SET (autovacuum_enabled = off)");
    o = program_run(db, "pgwiden run t.id --until backfill --max-bloat 5 --max-rate 40000");
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    cr_expect(strstr(o.err, "public.t has grown: vacuumed in between (--max-bloat)") != NULL, "%s", o.err);
    outcome_free(&o);
    /* one is make's */
    db_await(db, 30, "SELECT vacuum_count > 1 FROM pg_stat_user_tables WHERE relname = 't'");
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.journal WHERE step = 'vacuum'"), 0),
              "not a step");
    expect_equal(db, 100000);
    db_drop(db);
}

Test(snapshots, small_chunks_with_names_like_ours)
{
    struct db *db = make(300);

    program_expect(db, 0, "pgwiden run t.id --until backfill --chunk-size 7");
    expect_equal(db, 300);
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup --chunk-size 1");
    cr_expect(db_bool(
        db, "SELECT format_type(atttypid, -1) = 'bigint' FROM pg_attribute WHERE attrelid = 't'::regclass "
            "AND attname = 'id'"));
    db_drop(db);
}

/* TRAPS 15: an index build would take the others' pruning away, and a small table does not wait for a large
 * one. */
Test(snapshots, an_index_build_lets_the_backfills_of_others_go_first_as_long_as_its_own_took)
{
    struct db *db = make(30000);
    struct program large, small;
    struct outcome o;

    db_exec(db,
            "CREATE TABLE u (id serial PRIMARY KEY); INSERT INTO u SELECT FROM generate_series(1, 10000)");
    program_start(&large, db, "pgwiden run t.id --until backfill --max-rate 500");
    db_await(db, 60, "SELECT to_regclass('pgwiden.backfill_range') IS NOT NULL");
    db_await(db, 60, "SELECT count(*) > 0 FROM pgwiden.backfill_range");
    program_start(&small, db, "pgwiden run u.id --until index --max-rate 5000");
    await_status(db, "the backfill of public.t");
    await_errors(&small, "wait for the backfill of public.t");
    o = program_await(&small, 60);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.conversion WHERE waits_for IS NOT NULL"), 0));
    cr_expect(eq(i64,
                 db_int(db, "SELECT count(*) FROM pgwiden.conversion WHERE relname = 't' AND NOT phase_done"),
                 1),
              "the large one was still at it");
    program_expect(db, 0, "pgwiden set t.id max-rate=off");
    o = program_await(&large, 60);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    db_drop(db);
}
