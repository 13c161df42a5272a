/* Will the ids run out before the backfill is done? Told once in mid-run, and by status. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(exhausted, .timeout = 300);

/* A conversion that was begun an hour ago, when the sequence stood at 1000; `left` ids are left of it. */
static struct db *make(int left)
{
    struct db *db = db_create();

    db_exec(db,
            "CREATE TABLE t (id serial PRIMARY KEY, n int); INSERT INTO t SELECT generate_series(1, 1000);"
            "SELECT setval('t_id_seq', 1000); ANALYZE t");
    program_expect(db, 0, "pgwiden prepare t.id");
    cr_assert(db_int(db, "SELECT first_id FROM pgwiden.conversion_column") == 1000);
    db_exec(db,
            "UPDATE pgwiden.conversion SET started_at = started_at - interval '1 h'; SELECT "
            "setval('t_id_seq', %d)",
            2147483647 - left);
    return db;
}

/* 20 rows a second: the backfill has most of a minute to go when it is looked at. */
static void start(struct db *db, struct program *p)
{
    program_start(p, db, "pgwiden backfill t.id --max-rate 20 --progress 1s");
    db_await(db, 60, "SELECT rows_done > 20 FROM pgwiden.conversion");
}

static void stop(struct db *db, struct program *p, struct outcome *o)
{
    program_expect(db, 0, "pgwiden stop t.id");
    *o = program_await(p, 60);
    cr_expect(o->status == 5, "exit status %d\n%s", o->status, o->err);
}

static double seconds_left(struct db *db)
{
    struct outcome o = program_run(db, "pgwiden status --json");
    const char *at = strstr(o.out, "\"exhausted_seconds\":");
    double seconds = -1;

    cr_assert(at && sscanf(at, "\"exhausted_seconds\":%lf", &seconds) == 1, "%s", o.out);
    outcome_free(&o);
    return seconds;
}

Test(exhausted, is_told_once)
{
    struct db *db = make(100);
    struct program p;
    struct outcome o;
    char *errors = NULL;
    double until = now() + 60;

    start(db, &p);
    do {
        free(errors);
        pause_ms(50);
        errors = program_errors(&p);
    } while (!strstr(errors, "[exhausted-before-done]") && now() < until);
    cr_expect(strstr(errors, "sequence public.t_id_seq: at the rate since"), "%s", errors);
    cr_expect(seconds_left(db) >= 0 && seconds_left(db) < 1);
    stop(db, &p, &o);
    cr_expect(strstr(strstr(o.err, "[exhausted-before-done]") + 1, "[exhausted-before-done]") == NULL, "%s",
              o.err);
    outcome_free(&o);
    free(errors);
    db_drop(db);
}

Test(exhausted, is_not_told_when_they_last)
{
    struct db *db = make(1000000000);
    struct program p;
    struct outcome o;

    start(db, &p);
    db_await(db, 60, "SELECT rows_done > 60 FROM pgwiden.conversion");
    cr_expect(seconds_left(db) > 1000, "%g s", seconds_left(db));
    stop(db, &p, &o);
    cr_expect(strstr(o.err, "[exhausted-before-done]") == NULL, "%s", o.err);
    outcome_free(&o);
    db_drop(db);
}
