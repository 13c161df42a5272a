/* pause, resume, stop and set: what an instance in another process makes of them. */
#include "control_fixture.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(control, .timeout = 300);

static void await_paused(struct db *db)
{
    db_await(db, 60, "SELECT EXISTS (SELECT FROM pgwiden.throttle WHERE signal = 'pause')");
}

/* --- pause and resume --- */

static void expect_still(struct db *db)
{
    await_paused(db);
    int64_t before = control_rows(db);
    pause_ms(700); /* nothing must happen: there is no condition to wait for */
    cr_expect(control_rows(db) == before, "%lld rows more", (long long)(control_rows(db) - before));
    cr_expect(before < CONTROL_ROWS);
}

Test(control, pause_holds_the_backfill_and_resume_ends_it)
{
    struct db *db = control_make();
    struct program p;

    program_start(&p, db, "pgwiden run t.id --yes " SLOWLY);
    control_await_rows(db, 100);
    control_expect(db, 0, "public.t.id is paused", "pgwiden pause t.id");
    expect_still(db);
    control_expect(db, 0, "paused already, since", "pgwiden pause");
    control_expect(db, 0, "paused since", "pgwiden status");
    control_expect(db, 0, "\"signal\":\"pause\"", "pgwiden status --json");
    control_expect(db, 0, "\"paused\":true", "pgwiden status --json");
    control_expect(db, 0, "\"waits_for\":\"resume\"", "pgwiden status --json");
    control_expect(db, 0, "next:  pgwiden resume public.t.id", "pgwiden status");
    control_expect(db, 0, "goes on", "pgwiden resume t");
    control_expect(db, 0, "is not paused", "pgwiden resume t");
    control_expect(db, 0, "chunk-size=1000", "pgwiden set chunk-size=1000");
    control_expect_end(&p, 0, "paused by ");
    control_check_done(db);
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.throttle") == 0);
    db_drop(db);
}

Test(control, pause_outlives_the_instance)
{
    struct db *db = control_make();
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --yes " SLOWLY);
    control_await_rows(db, 100);
    control_expect(db, 0, "paused", "pgwiden pause");
    await_paused(db);
    program_signal(&p, SIGKILL);
    o = program_await(&p, 60);
    outcome_free(&o);
    control_expect(db, 0, "NOBODY RUNS IT, paused", "pgwiden status");
    db_exec(db, "TRUNCATE pgwiden.throttle");
    program_start(&p, db, "pgwiden run t.id --yes --chunk-size 1000");
    control_await_said(&p, "paused by ");
    control_await_said(&p, "pgwiden resume public.t.id");
    expect_still(db);
    control_expect(db, 0, "goes on", "pgwiden resume");
    control_expect_end(&p, 0, "resumed");
    control_check_done(db);
    db_drop(db);
}

Test(control, pause_takes_effect_before_the_next_statement)
{
    struct db *db = control_make();
    struct program p;

    program_expect(db, 0, "pgwiden run t.id --until backfill");
    control_expect(db, 0, "nobody runs it, and who does will hold", "pgwiden pause t.id");
    program_start(&p, db, "pgwiden run t.id --yes");
    await_paused(db);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_class WHERE relname LIKE 'pgwiden_idx%%'") == 0);
    control_expect(db, 0, "", "pgwiden resume t.id");
    control_expect_end(&p, 0, "resumed");
    control_check_done(db);
    db_drop(db);
}

/* A chunk that could not get its lock is tried again: not while it is paused, and that time does not count.
 */
Test(control, pause_holds_what_is_tried_again)
{
    struct db *db = control_make(), *other = db_session(db);
    struct program p;
    int64_t before;

    program_start(&p, db, "pgwiden run t.id --until backfill --lock-retries 5 " SLOWLY);
    control_await_rows(db, 100);
    db_exec(other, "BEGIN; LOCK TABLE t IN SHARE MODE");
    db_await(db, 60, "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 't'::regclass AND NOT granted)");
    control_expect(db, 0, "is paused", "pgwiden pause t.id");
    await_paused(db);
    pause_ms(500); /* what is under way ends after 200 ms */
    before = control_rows(other);
    db_exec(other, "COMMIT");
    pause_ms(3000); /* longer than it would have been tried */
    cr_expect(control_rows(db) == before);
    cr_expect(program_runs(&p));
    control_expect(db, 0, "goes on", "pgwiden resume");
    control_expect(db, 0, "chunk-size=1000", "pgwiden set chunk-size=1000");
    control_expect_end(&p, 0, "resumed");
    db_drop(other);
    db_drop(db);
}

/* Each of which holds up others for a moment; the transaction that they are in would hold back VACUUM. */
Test(control, pause_ends_the_tries_for_a_lock)
{
    struct db *db = control_make(), *other = db_session(db);
    struct program p;

    db_exec(other, "BEGIN; SELECT FROM t LIMIT 1");
    program_start(&p, db, "pgwiden run t.id --until prepare --lock-retries 6");
    control_await_said(&p, "held up by pid");
    control_expect(db, 0, "is paused", "pgwiden pause t.id");
    await_paused(db);
    cr_expect(db_bool(db, "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND "
                          "application_name LIKE 'pgwiden: prepare%%' AND xact_start IS NOT NULL"));
    pause_ms(4000); /* longer than all tries */
    cr_expect(program_runs(&p));
    db_exec(other, "COMMIT");
    control_expect(db, 0, "goes on", "pgwiden resume");
    control_expect_end(&p, 0, "resumed");
    db_drop(other);
    db_drop(db);
}

Test(control, a_paused_one_can_be_stopped_and_undone)
{
    struct db *db = control_make();
    struct program p;

    program_expect(db, 0, "pgwiden run t.id --until backfill");
    program_expect(db, 0, "pgwiden pause");
    program_start(&p, db, "pgwiden run t.id --yes");
    await_paused(db);
    control_expect(db, 0, "was stopped", "pgwiden stop t.id");
    control_expect_end(&p, 5, "stop was asked for by ");
    control_expect(db, 0, "is as it was before", "pgwiden abort t.id");
    db_drop(db);
}

/* --- stop --- */

/* Neither its old nor its new name is refused then, or nothing could be done with it any more. */
Test(control, one_whose_column_was_renamed_can_be_held_and_undone)
{
    struct db *db = control_make();

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(db, "ALTER TABLE t RENAME id TO number");
    control_expect(db, 0, "is paused", "pgwiden pause t.number");
    control_expect(db, 0, "as it was before", "pgwiden abort t.number");
    cr_expect(db_int(db, "SELECT count(*) FROM pg_attribute WHERE attname LIKE 'pgwiden%%'") == 0);
    program_expect(db, 0, "pgwiden run t.number --yes --cleanup");
    db_drop(db);
}

Test(control, stop_ends_the_instance_that_runs_and_no_other)
{
    struct db *db = control_make();
    struct program p;

    program_start(&p, db, "pgwiden run t.id --yes " SLOWLY);
    control_await_rows(db, 100);
    control_expect(db, 0, "go on with: pgwiden run public.t.id", "pgwiden stop t.id");
    cr_expect(db_int(db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
                         "(SELECT oid FROM pg_database WHERE datname = current_database())") == 0);
    control_expect_end(&p, 5, "stop was asked for by ");
    control_expect(db, 0, "there is nothing to stop", "pgwiden stop");
    program_expect(db, 0, "pgwiden run t.id --yes");
    control_check_done(db);
    db_drop(db);
}

Test(control, a_stop_that_nobody_heard_stops_nobody_later)
{
    struct db *db = control_make();

    program_expect(db, 0, "pgwiden run t.id --until prepare");
    db_exec(db, "INSERT INTO pgwiden.control (conversion, stop_pid, stop_by) SELECT id, pid, 'somebody' "
                "FROM pgwiden.conversion, generate_series(1, 1) AS g (pid)");
    program_expect(db, 0, "pgwiden run t.id --yes");
    control_check_done(db);
    db_drop(db);
}

Test(control, stop_of_one_that_hangs_names_the_backend)
{
    struct db *db = control_make();
    struct program p;
    char *backend;

    program_start(&p, db, "pgwiden run t.id --yes " SLOWLY);
    control_await_rows(db, 100);
    backend = db_text(
        db, "SELECT format('pg_terminate_backend(%%s)', pid) FROM pg_locks WHERE locktype = 'advisory' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
    program_signal(&p, SIGSTOP);
    control_expect(db, 1, backend, "pgwiden stop t.id");
    program_signal(&p, SIGCONT);
    control_expect_end(&p, 5, "stop was asked for by ");
    free(backend);
    db_drop(db);
}

Test(control, an_instance_that_can_not_hear_any_more_ends)
{
    struct db *db = control_make();
    struct program p;

    program_start(&p, db, "pgwiden run t.id --hold-swap");
    control_await_held(db);
    db_await(db, 60,
             "SELECT bool_or(pg_terminate_backend(pid)) FROM pg_stat_activity "
             "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%%FROM (SELECT "
             "set_config%%' "
             "AND application_name LIKE 'pgwiden: swap%%'");
    control_expect_end(&p, 5, "listens for pause, stop and set was lost");
    program_expect(db, 0, "pgwiden swap t.id --yes");
    control_check_done(db);
    db_drop(db);
}

/* A transaction that CREATE INDEX CONCURRENTLY waits for. */
static void stop_during_build(const char *transaction, const char *said, int invalid)
{
    struct db *db = control_make(), *other = db_session(db);
    struct program p;

    program_expect(db, 0, "pgwiden run t.id --until backfill");
    db_exec(other, "%s", transaction);
    program_start(&p, db, "pgwiden run t.id --yes --lock-retries 1000");
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%%' "
             "AND current_locker_pid = %d)",
             db_pid(other));
    control_expect(db, 0, "waits for pid ", "pgwiden status");
    control_expect(db, 0, "was stopped", "pgwiden stop t.id");
    control_expect_end(&p, 5, said);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == invalid);
    db_exec(other, "COMMIT");
    program_expect(db, 0, "pgwiden run t.id --yes");
    control_check_done(db);
    db_drop(other);
    db_drop(db);
}

Test(control, stop_ends_a_build_and_says_what_stays)
{
    stop_during_build("BEGIN; UPDATE t SET n = n WHERE id = 1", "stays, INVALID", 1);
}

Test(control, stop_ends_a_build_and_takes_it_away)
{
    stop_during_build("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class", "was dropped",
                      0);
}

/* --- set --- */

Test(control, set_changes_a_running_instance)
{
    struct db *db = control_make();
    struct program p;

    program_start(&p, db, "pgwiden run t.id --yes --chunk-size 1");
    control_await_rows(db, 100);
    control_expect(db, 0, "public.t.id: chunk-size=2000", "pgwiden set t.id chunk-size=2000 lock-timeout=50");
    control_await_said(&p, "chunk-size is 2000 now, set by ");
    control_expect(db, 0, "chunk-size=2000, set by ", "pgwiden status");
    control_expect(db, 0, "2000            set by ", "pgwiden set");
    control_expect_end(&p, 0, "lock-timeout is 50ms now, set by ");
    control_check_done(db);
    db_drop(db);
}

Test(control, set_shows_json)
{
    struct db *db = control_make();
    struct outcome o;
    json_t *object, *target, *settings;

    program_expect(db, 0, "pgwiden run t.id --until prepare --jobs 2 --max-wal-rate 16MB");
    o = program_run(db, "pgwiden set t.id max-lag=90 max-rate=off --json");
    object = json_loads(o.out, 0, NULL);
    cr_assert(object != NULL, "%s", o.out);
    cr_expect(strcmp(json_string_value(json_object_get(object, "command")), "set") == 0);
    cr_expect(json_integer_value(json_object_get(object, "format")) == 1);
    target = json_array_get(json_object_get(object, "targets"), 0);
    cr_expect(strcmp(json_string_value(json_object_get(target, "target")), "public.t.id") == 0);
    settings = json_object_get(target, "settings");
    cr_expect(strcmp(json_string_value(json_object_get(settings, "max-lag")), "90s") == 0);
    cr_expect(strcmp(json_string_value(json_object_get(settings, "max-wal-rate")), "16MB") == 0);
    cr_expect(json_integer_value(json_object_get(settings, "jobs")) == 2);
    cr_expect(json_is_null(json_object_get(settings, "max-rate")));
    cr_expect(json_array_size(json_object_get(target, "changed")) == 2);
    json_decref(object);
    outcome_free(&o);
    db_drop(db);
}

Test(control, set_is_kept_for_the_next_run_and_the_command_line_wins)
{
    struct db *db = control_make();

    program_expect(db, 0, "pgwiden run t.id --until prepare");
    control_expect(db, 0, "nobody runs it, the next run takes it", "pgwiden set t.id chunk-size=700 jobs=2");
    control_expect(db, 0, "chunk-size is 700 now", "pgwiden run t.id --until backfill");
    control_expect(db, 0, "jobs=2, which was set, holds no more", "pgwiden run t.id --until index -j 1");
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.tuning") == 1);
    control_expect(db, 0, "chunk-size=default", "pgwiden set chunk-size=default");
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.tuning") == 0);
    db_drop(db);
}

Test(control, what_is_wrong_changes_nothing)
{
    struct db *db = control_make();

    control_expect(db, 3, "no conversion of public.t.id is open", "pgwiden pause t.id");
    control_expect(db, 3, "no conversion in database", "pgwiden set");
    cr_expect(!state_exists(db));
    program_expect(db, 0, "pgwiden run t.id --until prepare");
    control_expect(db, 2, "Perhaps you meant \"chunk-size\"", "pgwiden set t.id jobs=3 chunksize=5");
    control_expect(db, 2, "value is empty", "pgwiden set t.id jobs=3 max-lag=");
    control_expect(db, 2, "neither go nor hold", "pgwiden set t.id jobs=3 swap=now");
    control_expect(db, 2, "Allowed are whole numbers from 1 to 256", "pgwiden set t.id jobs=0");
    control_expect(db, 3, "no conversion of public.t.n is open", "pgwiden set t.id t.n jobs=3");
    control_expect(db, 3, "", "pgwiden stop nothing.id");
    control_expect(db, 3, "a=b", "pgwiden set '\"a=b\".id' jobs=3"); /* a quoted name, no setting */
    control_expect(db, 2, "there is no setting \"a\"", "pgwiden set 'a=\"b\".id' jobs=3");
    control_expect(db, 3, "", "pgwiden resume 'nothing_*'");
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.tuning") == 0);
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.control WHERE paused_at IS NOT NULL") == 0);
    db_drop(db);
}

/* What can't be read is not nothing. */
static void expect_no_report(struct db *db, const char *role, int status)
{
    struct outcome o = program_run(db, "PGUSER=%s pgwiden status", role);

    cr_expect(o.status == status, "%d\n%s", o.status, o.err);
    cr_expect(*o.out == '\0' && *o.err != '\0', "%s\n%s", o.out, o.err);
    outcome_free(&o);
}

Test(control, another_role_needs_privileges)
{
    struct db *db = control_make();
    char *role = text_format("%s_ops", db_name(db));

    program_expect(db, 0, "pgwiden run t.id --until prepare");
    db_exec(db, "CREATE ROLE %s LOGIN", role);
    control_expect(db, 3, "privilege-missing", "PGUSER=%s pgwiden pause t.id", role);
    expect_no_report(db, role, 3);
    db_exec(db, "GRANT USAGE ON SCHEMA pgwiden TO %s; GRANT SELECT ON pgwiden.conversion TO %s", role, role);
    expect_no_report(db, role, 1);
    db_exec(db, "GRANT USAGE ON SCHEMA pgwiden TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA pgwiden TO %s",
            role, role);
    control_expect(db, 3, "INSERT, UPDATE and DELETE", "PGUSER=%s pgwiden set t.id jobs=2", role);
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.tuning") == 0);
    db_exec(db, "GRANT INSERT, UPDATE, DELETE ON pgwiden.control, pgwiden.tuning TO %s", role);
    program_expect(db, 0, "PGUSER=%s pgwiden set t.id jobs=2 swap=hold", role);
    program_expect(db, 0, "PGUSER=%s pgwiden set jobs=default", role);
    program_expect(db, 0, "PGUSER=%s pgwiden pause", role);
    program_expect(db, 0, "PGUSER=%s pgwiden resume", role);
    db_exec(db, "DROP OWNED BY %s; DROP ROLE %s", role, role);
    free(role);
    db_drop(db);
}

/* --- races --- */

Test(control, many_may_set_at_once)
{
    struct db *db = control_make();
    struct program p, others[6];
    char said[64];

    program_start(&p, db, "pgwiden run t.id --yes " SLOWLY);
    control_await_rows(db, 100);
    for (int i = 0; i < 6; i++)
        program_start(&others[i], db, "pgwiden set t.id chunk-size=%d", 1000 + i);
    for (int i = 0; i < 6; i++)
        control_expect_end(&others[i], 0, "chunk-size=");
    snprintf(said, sizeof said, "chunk-size is %d now",
             (int)db_int(db, "SELECT value::int FROM pgwiden.tuning"));
    control_expect_end(&p, 0, said);
    control_check_done(db);
    db_drop(db);
}

/* A session that somebody left in a transaction. */
Test(control, set_does_not_wait_for_ever)
{
    struct db *db = control_make(), *other = db_session(db);

    program_expect(db, 0, "pgwiden run t.id --until prepare");
    program_expect(db, 0, "pgwiden set t.id jobs=2");
    db_exec(other, "BEGIN; UPDATE pgwiden.tuning SET value = '3'");
    control_expect(db, 4, "find it with pg_blocking_pids()", "pgwiden set t.id jobs=4");
    db_exec(other, "ROLLBACK");
    control_expect(db, 0, "jobs=4", "pgwiden set t.id jobs=4");
    db_drop(other);
    db_drop(db);
}

Test(control, stop_means_the_one_that_runs_and_not_the_one_that_waits)
{
    struct db *db = control_make();
    struct program first, second;

    program_start(&first, db, "pgwiden run t.id --yes " SLOWLY);
    control_await_rows(db, 100);
    program_start(&second, db, "pgwiden run t.id --yes");
    control_await_said(&second, "another instance works on this table");
    control_expect(db, 0, "was stopped", "pgwiden stop t.id");
    control_expect_end(&first, 5, "stop was asked for by ");
    control_expect_end(&second, 0, "waiting");
    control_check_done(db);
    db_drop(db);
}
