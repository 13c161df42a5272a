/* run --dry-run on a copy of some rows: the table is only read, and nothing is left. */
#include "rehearsal_fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(rehearsal, .timeout = 900);

Test(rehearsal, a_dry_run_leaves_nothing)
{
    struct db *db = rehearsal_table();
    char *before = rehearsal_picture(db);
    struct outcome o = program_run(db, "pgwiden run t.id --dry-run --json");
    json_t *plan;

    cr_assert(o.status == 0, "%d\n%s", o.status, o.err);
    plan = plan_of(&o);
    check_rehearsal(plan, REHEARSAL_ROWS);
    cr_expect(json_array_size(json_object_get(plan, "statements")) > 5);
    expect_nothing_left(db, before, "dry run");
    outcome_free(&o);
    o = program_run(db, "pgwiden run t.id --dry-run --sample 3000");
    cr_expect(o.status == 0);
    cr_expect(strstr(o.out, "ALTER TABLE public.t ADD COLUMN") != NULL, "%s", o.out);
    cr_expect(strstr(o.out, "times as large") != NULL, "%s", o.out);
    expect_nothing_left(db, before, "sample");
    outcome_free(&o);
    o = program_run(db, "pgwiden run t.id --dry-run --sample off --json");
    cr_expect(o.status == 0);
    json_decref(plan);
    plan = plan_of(&o);
    cr_expect(json_is_null(json_object_get(plan, "rehearsal")));
    json_decref(plan);
    outcome_free(&o);
    free(before);
    db_drop(db);
}

/* Schema pgwiden that was there before stays, with all that is in it. */
Test(rehearsal, the_schema_stays_when_it_was_there)
{
    static const char state[] =
        "SELECT concat_ws(' ', (SELECT string_agg(c::text, ',' ORDER BY id) FROM pgwiden.conversion AS c), "
        "(SELECT count(*) FROM pgwiden.journal), (SELECT string_agg(relname, ' ' ORDER BY relname) "
        "FROM pg_class WHERE relnamespace = 'pgwiden'::regnamespace AND relkind = 'r'), "
        "(SELECT string_agg(oid::regprocedure::text, ' ' ORDER BY oid) FROM pg_proc "
        "WHERE pronamespace = 'pgwiden'::regnamespace), obj_description('pgwiden'::regnamespace))";
    struct db *db = rehearsal_table();
    char *before, *pgwiden, *after;

    db_exec(db, "CREATE TABLE o (id int PRIMARY KEY)");
    program_expect(db, 0, "pgwiden run o.id --until backfill");
    before = rehearsal_picture(db);
    pgwiden = db_text(db, "%s", state);
    program_expect(db, 0, "pgwiden run t.id --dry-run");
    leave_a_copy(db);
    program_expect(db, 0, "pgwiden status");
    after = db_text(db, "%s", state);
    cr_expect(strcmp(pgwiden, after) == 0, "before: %s\nafter:  %s", pgwiden, after);
    expect_same(db, before, "schema there");
    program_expect(db, 0, "pgwiden run o.id --yes --cleanup");
    free(before);
    free(pgwiden);
    free(after);
    db_drop(db);
}

/* An observer looks at pg_locks all the time. */
Test(rehearsal, takes_no_lock_but_access_share)
{
    struct db *db = rehearsal_table();
    struct program p;
    struct outcome o;
    int64_t seen = 0;

    program_start(&p, db, "pgwiden run t.id --dry-run");
    while (program_runs(&p)) {
        /* nextval's lock on the sequence: its last value is read */
        char *strong = db_text(
            db,
            "SELECT l.mode || ' ' || l.relation::regclass FROM pg_locks AS l JOIN pg_stat_activity AS a "
            "USING (pid) "
            "WHERE l.locktype = 'relation' AND a.application_name LIKE 'pgwiden%%' "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND l.relation IN ('t'::regclass, 'parent'::regclass, 't_id_seq'::regclass, 't_pkey'::regclass) "
            "AND l.mode <> 'AccessShareLock' AND (l.relation, l.mode) <> ('t_id_seq'::regclass, "
            "'RowExclusiveLock')");

        cr_expect(strcmp(strong, "") == 0, "a lock was taken: %s", strong);
        seen +=
            db_int(db, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgwiden: backfill "
                       "pgwiden.%%'");
        free(strong);
    }
    o = program_await(&p, 10);
    cr_expect(o.status == 0, "%s", o.err);
    cr_expect(seen > 0, "the copy was not seen at work");
    outcome_free(&o);
    db_drop(db);
}

Test(rehearsal, a_signal_leaves_nothing)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct db *db = rehearsal_table();
    char *before = rehearsal_picture(db);
    struct outcome o = program_run(db, "pgwiden run t.id --dry-run");
    double whole = o.seconds;
    int stopped = 0;

    outcome_free(&o);
    srand48(getpid());
    for (int i = 0; i < 10; i++) {
        struct program p;

        program_start(&p, db, "pgwiden run t.id --dry-run");
        pause_ms((int)(whole * 1000 * drand48()));
        program_signal(&p, signals[i % 3]);
        if (i % 4 == 0) {
            pause_ms((int)(50 * drand48()));
            program_signal(&p, SIGINT);
        }
        o = program_await(&p, 60);
        stopped += o.status == 5;
        /* before its handlers stand a signal ends it at once */
        cr_expect(o.status == 0 || o.status == 5 || o.status > 128, "%d: %s", o.status, o.err);
        expect_nothing_left(db, before, "signal");
        outcome_free(&o);
    }
    cr_expect(stopped > 0, "none was stopped");
    free(before);
    db_drop(db);
}

static void kill_everywhere(const char *variable)
{
    struct db *db = rehearsal_table();
    char *before = rehearsal_picture(db);
    bool killed = true;
    int n;

    for (n = boundary_first(1, 4); killed; n += boundary_stride(4)) {
        char *when = text_format("%s=%d", variable, n);
        struct outcome o = program_run(db, "PGWIDEN_TEST_%s pgwiden run t.id --dry-run", when);

        killed = o.status == 137;
        cr_expect(killed || o.status == 0, "%s: %d\n%s", when, o.status, o.err);
        outcome_free(&o);
        program_expect(db, 0, "pgwiden status");
        expect_nothing_left(db, before, when);
        free(when);
    }
    cr_expect(n > 40, "killed at %d messages only", n);
    free(before);
    db_drop(db);
}

/* The next command, whatever it is, takes away what is left. */
Test(rehearsal, a_kill_after_any_message_is_mended_by_the_next_command)
{
    kill_everywhere("KILL_AFTER");
}

Test(rehearsal, a_kill_during_any_message_is_mended_by_the_next_command)
{
    kill_everywhere("KILL_DURING");
}

/* A copy that somebody works on is left alone. */
Test(rehearsal, one_that_runs_is_not_disturbed_by_other_commands)
{
    struct db *db = rehearsal_table();
    char *before = rehearsal_picture(db);
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --dry-run");
    while (program_runs(&p)) {
        o = program_run(db, "pgwiden status");
        cr_expect(o.status == 0, "%s", o.err);
        cr_expect(strstr(o.out, "sample") == NULL, "%s", o.out);
        outcome_free(&o);
    }
    o = program_await(&p, 10);
    cr_expect(o.status == 0, "%s", o.err);
    outcome_free(&o);
    expect_nothing_left(db, before, "others");
    free(before);
    db_drop(db);
}

/* The copy breaks where the table would: the statements are printed all the same. */
Test(rehearsal, a_failure_is_said_and_leaves_nothing)
{
    struct db *db = rehearsal_table();
    struct outcome o;
    char *before;

    db_exec(db, "ALTER TABLE t ADD CONSTRAINT never CHECK (c <> md5('77')) NOT VALID");
    before = rehearsal_picture(db);
    o = program_run(db, "pgwiden run t.id --dry-run");
    cr_expect(o.status == 1, "%d", o.status);
    cr_expect(strstr(o.out, "ALTER TABLE public.t ADD COLUMN") != NULL, "%s", o.out);
    cr_expect(strstr(o.out, "not rehearsed") != NULL, "%s", o.out);
    cr_expect(strstr(o.err, "never") != NULL, "%s", o.err);
    expect_nothing_left(db, before, "failure");
    outcome_free(&o);
    free(before);
    db_drop(db);
}

/* They sleep, or there is no rehearsal. */
Test(rehearsal, no_event_trigger_fires)
{
    struct db *db = rehearsal_table();
    struct outcome o;
    char *before;

    db_exec(db,
            "CREATE TABLE ddl (tag text); CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS "
            "'BEGIN INSERT INTO public.ddl VALUES (tg_tag); END'; "
            "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION seen(); "
            "CREATE EVENT TRIGGER dropped ON sql_drop EXECUTE FUNCTION seen()");
    db_exec(db, "TRUNCATE ddl");
    before = rehearsal_picture(db);
    db_exec(db, "TRUNCATE ddl");
    program_expect(db, 0, "pgwiden plan t.id");
    o = program_run(db, "pgwiden run t.id --dry-run");
    cr_expect(o.status == 0, "%s", o.err);
    cr_expect(strstr(o.out, "rehearsed on a copy") != NULL, "%s", o.out);
    leave_a_copy(db);
    program_expect(db, 0, "pgwiden status");
    cr_expect(!db_bool(db, "SELECT EXISTS (SELECT FROM ddl)"), "an event trigger fired");
    expect_nothing_left(db, before, "asleep");
    outcome_free(&o);
    db_exec(db, "ALTER EVENT TRIGGER watch ENABLE ALWAYS");
    o = program_run(db, "pgwiden run t.id --dry-run");
    cr_expect(o.status == 0, "%s", o.err);
    cr_expect(strstr(o.out, "not rehearsed: event triggers would fire: watch") != NULL, "%s", o.out);
    outcome_free(&o);
    free(before);
    db_drop(db);
}

Test(rehearsal, what_is_refused_is_not_rehearsed)
{
    struct db *db = rehearsal_table();
    char *before, *role = text_format("rehearsal_%s", db_name(db));

    db_exec(db, "CREATE ROLE %s; GRANT ALL ON SCHEMA public TO %s; ALTER TABLE t OWNER TO %s", role, role,
            role);
    before = rehearsal_picture(db);
    program_expect(db, 3, "pgwiden run t.id --dry-run --role %s", role); /* may not create schema pgwiden */
    expect_nothing_left(db, before, "privileges");
    db_exec(db, "ALTER TABLE t OWNER TO CURRENT_USER; DROP OWNED BY %s; DROP ROLE %s", role, role);
    db_exec(db, "CREATE PUBLICATION everything FOR ALL TABLES");
    free(before);
    before = rehearsal_picture(db);
    program_expect(db, 3, "pgwiden run t.id --dry-run");
    expect_nothing_left(db, before, "publication");
    free(before);
    free(role);
    db_drop(db);
}

Test(rehearsal, of_every_kind_of_table)
{
    static const char *const targets[] = {"empty.id", "one.id",          "parted.id", "'\"We ird\".\"Id x\"'",
                                          "bloat.id", "loose.id loose.a"};
    struct db *db = db_create();

    db_exec(db,
            "CREATE TABLE empty (id serial PRIMARY KEY); CREATE TABLE one (id int PRIMARY KEY); "
            "INSERT INTO one VALUES (1); "
            "CREATE TABLE parted (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k); "
            "CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM (0) TO (1); "
            "CREATE TABLE p2 (x int, k int NOT NULL, id int NOT NULL); ALTER TABLE p2 DROP x; "
            "ALTER TABLE parted ATTACH PARTITION p2 FOR VALUES FROM (1) TO (9); "
            "INSERT INTO parted SELECT g, g %% 3 FROM generate_series(1, 3000) AS g; "
            "CREATE TABLE \"We ird\" (\"Id x\" int PRIMARY KEY, \"T\" text CHECK (\"T\" <> '')); "
            "INSERT INTO \"We ird\" SELECT g, repeat('ä', 100) FROM generate_series(1, 1000) AS g; "
            "CREATE TABLE bloat (id int PRIMARY KEY, c text); "
            "INSERT INTO bloat SELECT g, repeat('x', 50) FROM generate_series(1, 20000) AS g; "
            "DELETE FROM bloat WHERE id %% 4 <> 0; "
            "CREATE TABLE loose (id int, a smallint) WITH (fillfactor = 50); CREATE INDEX ON loose (a, id); "
            "INSERT INTO loose SELECT g, 1 FROM generate_series(1, 1000) AS g");
    db_exec(db, "VACUUM bloat");
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct outcome o = program_run(db, "pgwiden run %s --dry-run --sample 2000 --json", targets[i]);

        cr_expect(o.status == 0, "%s: %d\n%s", targets[i], o.status, o.err);
        if (o.status == 0) {
            json_t *plan = plan_of(&o);

            check_rehearsal(plan,
                            json_number_value(json_object_get(json_object_get(plan, "rehearsal"), "rows")));
            json_decref(plan);
        }
        cr_expect(!state_exists(db), "%s", targets[i]);
        outcome_free(&o);
    }
    db_drop(db);
}
