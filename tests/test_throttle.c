/* Throttles that need nothing but a server: a file, a query, a rate, what can't be measured. */
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(throttle, .timeout = 150);

#define BACKFILL "pgwiden run --until backfill --json "

static void make(struct db *db, const char *name, int rows)
{
    db_exec(db,
            "CREATE TABLE %s (id int PRIMARY KEY, body text);"
            "INSERT INTO %s SELECT g, repeat('x', 60) FROM generate_series(1, %d) g",
            name, name, rows);
}

static int64_t done(struct db *db, const char *name)
{
    return db_int(db, "SELECT count(*) FROM %s WHERE pgwiden_new_1 = id", name);
}

static void await_throttle(struct db *db, double seconds, const char *signal)
{
    db_await(db, seconds, "SELECT to_regclass('pgwiden.throttle') IS NOT NULL");
    db_await(db, seconds, "SELECT EXISTS (SELECT FROM pgwiden.throttle WHERE signal = '%s')", signal);
}

/* Progress is told once a second. */
static void await_output(const struct program *p, double seconds, const char *text)
{
    double until = now() + seconds;
    char *output = program_output(p);

    while (strstr(output, text) == NULL && now() < until) {
        free(output);
        pause_ms(50);
        output = program_output(p);
    }
    cr_expect(strstr(output, text) != NULL, "no %s in %s", text, output);
    free(output);
}

static void expect_output(struct outcome *o, int status, const char *text)
{
    cr_expect(eq(int, o->status, status), "%s", o->err);
    cr_expect(strstr(o->out, text) != NULL, "no %s in %s", text, o->out);
    outcome_free(o);
}

Test(throttle, a_file_holds_the_first_chunk_and_status_says_so)
{
    struct db *db = db_create();
    struct program p;
    char path[] = "/tmp/pgwiden-throttle.XXXXXX";

    close(mkstemp(path));
    make(db, "t", 2000);
    program_start(&p, db, BACKFILL "t.id --throttle-file %s", path);
    await_throttle(db, 30, "throttle-file");
    struct outcome status = program_run(db, "pgwiden status --json");
    expect_output(&status, 0, "\"throttled_by\":[{\"signal\":\"throttle-file\"");
    status = program_run(db, "pgwiden status");
    expect_output(&status, 0, "throttled: throttle-file (/tmp/pgwiden-throttle.");
    cr_expect(eq(i64, done(db, "t"), 0));
    await_output(&p, 30, "\"signal\":\"throttle-file\"");
    unlink(path);
    struct outcome o = program_await(&p, 60);
    cr_expect(strstr(o.err, "no longer throttled by throttle-file") != NULL, "%s", o.err);
    expect_output(&o, 0, "\"event\":\"done\"");
    cr_expect(eq(i64, done(db, "t"), 2000));
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.throttle"), 0));
    db_drop(db);
}

Test(throttle, a_stop_ends_a_backfill_that_is_held)
{
    struct db *db = db_create();
    struct program p;

    make(db, "t", 2000);
    program_start(&p, db, BACKFILL "t.id --throttle-file /");
    await_throttle(db, 30, "throttle-file");
    program_signal(&p, SIGINT);
    struct outcome o = program_await(&p, 10);
    expect_output(&o, 5, "\"status\":5");
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.throttle"), 0));
    cr_expect(eq(i64, done(db, "t"), 0));
    struct outcome abandoned = program_run(db, "pgwiden status --json");
    expect_output(&abandoned, 0, "\"throttled_by\":[]");
    db_drop(db);
}

/* An index build can't be held while it runs, but it need not begin. */
Test(throttle, a_file_holds_the_next_index)
{
    struct db *db = db_create();
    struct program p;
    char path[] = "/tmp/pgwiden-throttle.XXXXXX";

    make(db, "t", 2000);
    program_expect(db, 0, BACKFILL "t.id");
    close(mkstemp(path));
    program_start(&p, db, "pgwiden run t.id --until index --throttle-file %s", path);
    await_throttle(db, 30, "throttle-file");
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pg_class WHERE relname LIKE 'pgwiden\\_idx%%'"), 0));
    unlink(path);
    struct outcome o = program_await(&p, 60);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pg_class WHERE relname LIKE 'pgwiden\\_idx%%'"), 1));
    db_drop(db);
}

/* Whose rows stay when it is killed: nobody else is held up by it. */
Test(throttle, what_held_up_one_that_was_killed_is_forgotten)
{
    struct db *db = db_create();

    make(db, "t", 2000);
    program_expect(db, 0, BACKFILL "t.id");
    db_exec(db, "INSERT INTO pgwiden.throttle SELECT id, 'max-lag', 12, 10, 's', now(), 'a' FROM "
                "pgwiden.conversion");
    program_expect(db, 0, "pgwiden run t.id --until index");
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.throttle"), 0));
    db_drop(db);
}

/* The server takes no part of a character. */
Test(throttle, a_long_text_is_cut_for_status)
{
    struct db *db = db_create();
    struct program p;
    char path[400] = "/tmp/pgwiden-throttle.";

    for (int i = 0; i < 115; i++)
        strcat(path, i % 2 == 0 ? "a" : "€");
    FILE *file = fopen(path, "we");
    cr_assert(file != NULL);
    fclose(file);
    make(db, "t", 2000);
    program_start(&p, db, BACKFILL "t.id --throttle-file %s", path);
    await_throttle(db, 30, "throttle-file");
    await_output(&p, 30, "\"signal\":\"throttle-file\"");
    unlink(path);
    struct outcome o = program_await(&p, 60);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    outcome_free(&o);
    db_drop(db);
}

/* An error in the middle of its transaction. */
Test(throttle, a_commit_that_failed_once_is_measured_again)
{
    struct db *db = db_create(), *other = db_session(db);
    struct program p;

    make(db, "t", 100000);
    program_start(&p, db, BACKFILL "t.id --max-rate 1000 --max-commit-latency 10s");
    await_throttle(db, 30, "max-rate");
    db_await(db, 30, "SELECT EXISTS (SELECT FROM pgwiden.commit_probe)");
    db_exec(other, "BEGIN; LOCK TABLE pgwiden.commit_probe");
    db_await(db, 30,
             "SELECT bool_or(pg_cancel_backend(pid)) FROM pg_locks WHERE NOT granted AND relation = "
             "'pgwiden.commit_probe'::regclass");
    db_exec(other, "COMMIT; CREATE TABLE moment AS SELECT clock_timestamp() AS at");
    db_await(db, 30, "SELECT max(p.at) > min(m.at) FROM pgwiden.commit_probe p, moment m");
    program_signal(&p, SIGINT);
    struct outcome o = program_await(&p, 30);
    cr_expect(strstr(o.err, "max-commit-latency can't be measured") != NULL, "%s", o.err);
    cr_expect(eq(int, o.status, 5));
    outcome_free(&o);
    db_drop(other);
    db_drop(db);
}

/* Names are found as the user finds them. */
Test(throttle, a_query_holds_while_it_is_true)
{
    struct db *db = db_create();
    struct program p;

    make(db, "t", 20000);
    db_exec(db, "CREATE TABLE flag AS SELECT true AS busy");
    program_start(&p, db, BACKFILL "t.id --max-rate 5000 --throttle-query 'SELECT busy FROM flag'");
    await_throttle(db, 30, "throttle-query");
    cr_expect(eq(i64, done(db, "t"), 0));
    db_exec(db, "UPDATE flag SET busy = false");
    db_await(db, 30, "SELECT count(*) > 100 FROM t WHERE pgwiden_new_1 = id");
    db_await(db, 30, "SELECT NOT EXISTS (SELECT FROM pgwiden.throttle WHERE signal = 'throttle-query')");
    db_exec(db, "UPDATE flag SET busy = true");
    await_throttle(db, 30, "throttle-query");
    int64_t before = done(db, "t");
    pause_ms(1000);
    cr_expect(eq(i64, done(db, "t"), before), "no chunk while it holds");
    cr_expect(lt(i64, before, 20000), "it held before the end");
    db_exec(db, "DROP TABLE flag; CREATE TABLE flag AS SELECT false AS busy");
    struct outcome o = program_await(&p, 60);
    expect_output(&o, 0, "\"rows\":20000");
    db_drop(db);
}

/* Its snapshot is one like any other. */
Test(throttle, a_query_that_takes_long_is_named_as_what_holds_back_the_horizon)
{
    struct db *db = db_create();
    struct program p;

    make(db, "t", 100000);
    program_start(&p, db, BACKFILL "t.id --max-rate 5000 --throttle-query 'SELECT false FROM pg_sleep(4)'");
    await_throttle(db, 30, "max-rate");
    db_await(db, 30,
             "SELECT sweep LIKE 'one pass: process %% (%%pgwiden: backfill public.t%%' FROM "
             "pgwiden.conversion");
    program_signal(&p, SIGINT);
    struct outcome o = program_await(&p, 30);
    outcome_free(&o);
    db_drop(db);
}

/* Every chunk takes a transaction id; the backfill is slowed down, not held, until the table was frozen. */
Test(throttle, a_vacuum_against_wraparound_that_is_near_slows_it_down)
{
    struct db *db = db_create();
    struct program p;
    double started;
    int64_t before;

    make(db, "t", 100000);
    db_exec(db, "ALTER TABLE t SET (autovacuum_enabled = off, autovacuum_freeze_max_age = 100000)");
    program_start(&p, db, BACKFILL "t.id --chunk-size 10 --max-rate 4000");
    db_await(db, 30, "SELECT to_regclass('pgwiden.throttle') IS NOT NULL");
    db_exec(db, "UPDATE pg_class SET relfrozenxid = ((txid_current() - 95000 + 4294967296) %% "
                "4294967296)::text::xid WHERE oid = 't'::regclass");
    await_throttle(db, 60, "wraparound");
    started = now();
    before = done(db, "t");
    pause_ms(2000);
    cr_expect(done(db, "t") - before < (now() - started + 1) * 100 * 10, "100 chunks a second");
    db_exec(db, "VACUUM (FREEZE) t");
    db_await(db, 60, "SELECT NOT EXISTS (SELECT FROM pgwiden.throttle WHERE signal = 'wraparound')");
    cr_expect(lt(i64, done(db, "t"), 100000), "it was slow before the end");
    program_expect(db, 0, "pgwiden set t.id max-rate=off");
    struct outcome o = program_await(&p, 120);
    expect_output(&o, 0, "\"rows\":100000");
    db_drop(db);
}

static void expect_rate(const char *options, double rate)
{
    struct db *db = db_create();
    struct program p;

    make(db, "t", 20000);
    program_start(&p, db, BACKFILL "t.id --max-rate %.0f %s", rate, options);
    db_await(db, 30, "SELECT to_regclass('pgwiden.throttle') IS NOT NULL");
    db_await(db, 30,
             "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = "
             "'pgwiden_new_1')");
    await_throttle(db, 30, "max-rate");
    double started = now();
    int64_t before = done(db, "t"), last = before;
    for (int i = 0; i < 4; i++) {
        pause_ms(500);
        double seconds = now() - started;
        int64_t after = done(db, "t");
        cr_expect(le(dbl, (double)(after - before), rate * (now() - started) * 1.1 + rate / 5), "%s: %.1f s",
                  options, seconds);
        cr_expect(gt(i64, after, last), "%s: it goes on evenly", options);
        last = after;
    }
    program_signal(&p, SIGINT);
    struct outcome o = program_await(&p, 30);
    expect_output(&o, 5, "\"signal\":\"max-rate\"");
    db_drop(db);
}

/* The table is one window: no window is done for a long time, but passes of it are. */
Test(throttle, status_shows_how_far_it_is_and_a_limit_that_was_retuned)
{
    struct db *db = db_create();
    struct program p;

    make(db, "t", 20000);
    program_start(&p, db, BACKFILL "t.id --max-rate 2000");
    await_throttle(db, 30, "max-rate");
    db_await(db, 60, "SELECT sum(swept) > 0 AND NOT bool_or(done) FROM pgwiden.backfill_range");
    struct outcome o = program_run(db, "pgwiden status --json");
    cr_expect(strstr(o.out, "\"percent\":0,") == NULL, "%s", o.out);
    cr_expect(strstr(o.out, "\"eta_seconds\":null") == NULL, "%s", o.out);
    outcome_free(&o);
    program_expect(db, 0, "pgwiden set t.id max-rate=500");
    db_await(db, 30,
             "SELECT EXISTS (SELECT FROM pgwiden.throttle WHERE signal = 'max-rate' AND bound = 500)");
    program_signal(&p, SIGINT);
    o = program_await(&p, 30);
    outcome_free(&o);
    db_drop(db);
}

Test(throttle, a_rate_is_kept_by_adaptive_chunks)
{
    expect_rate("", 500);
}

Test(throttle, a_rate_is_kept_by_tiny_chunks)
{
    expect_rate("--chunk-size 1", 200);
}

Test(throttle, a_rate_is_kept_by_all_sessions_together)
{
    expect_rate("--chunk-size 10 --jobs 3", 400);
}

#define LOOP "/tmp/pgwiden-throttle.loop"

static const struct {
    const char *what, *value, *why;
} unmeasured[] = {
    {"file",  LOOP,                                                                         "symbolic links"    },
    {"query", "SELECT 1/0",                                                                 "division by zero"  },
    {"query", "SELECT NULL::bool",                                                          "it returned NULL"  },
    {"query", "SELECT true WHERE false",                                                    "it returned no row"},
    {"query", "COMMIT",                                                                     "it returned no row"},
    {"query", "SELECT",                                                                     "it returned no row"},
    {"query", "SELECT 5",                                                                   "not a boolean"     },
    {"query", "SELECT true; SELECT false",                                                  "multiple commands" },
    {"query", "SELECT true FROM pg_sleep(100)",                                             "statement timeout" },
    {"query", "WITH i AS (INSERT INTO flag VALUES (true) RETURNING 1) SELECT false FROM i",
     "read-only transaction"                                                                                    },
};

/* What was asked for and can't be measured: it goes on for half a minute, then it waits and says why. */
Test(throttle, what_can_not_be_measured_throttles)
{
    enum { COUNT = sizeof(unmeasured) / sizeof(unmeasured[0]) };
    struct program p[COUNT];
    struct db *db = db_create();

    unlink(LOOP);
    cr_assert(symlink(LOOP, LOOP) == 0); /* what root may not look at either */
    db_exec(db, "CREATE TABLE flag (busy bool)");
    for (int i = 0; i < COUNT; i++) {
        char name[20];
        snprintf(name, sizeof(name), "t%d", i);
        make(db, name, 20000);
    }
    for (int i = 0; i < COUNT; i++)
        program_start(&p[i], db, BACKFILL "t%d.id --max-rate 300 --throttle-%s '%s'", i, unmeasured[i].what,
                      unmeasured[i].value);
    db_await(db, 60, "SELECT to_regclass('pgwiden.throttle') IS NOT NULL");
    for (int i = 0; i < COUNT; i++) {
        db_await(
            db, 60,
            "SELECT EXISTS (SELECT FROM pgwiden.throttle t JOIN pgwiden.conversion c ON c.id = t.conversion "
            "WHERE c.relname = 't%d' AND t.signal = 'throttle-%s' AND t.detail LIKE 'not measurable: "
            "%%%s%%')",
            i, unmeasured[i].what, unmeasured[i].why);
        cr_expect(db_bool(db, "SELECT count(*) > 3000 FROM t%d WHERE pgwiden_new_1 = id", i), "%s",
                  unmeasured[i].value);
    }
    for (int i = 0; i < COUNT; i++)
        program_signal(&p[i], SIGINT);
    for (int i = 0; i < COUNT; i++) {
        struct outcome o = program_await(&p[i], 120);
        cr_expect(strstr(o.err, "can't be measured") != NULL, "%s", o.err);
        cr_expect(eq(int, o.status, 5), "%s", unmeasured[i].value);
        outcome_free(&o);
    }
    unlink(LOOP);
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM flag"), 0));
    db_drop(db);
}
