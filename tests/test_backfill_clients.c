/* Locks, writing clients, triggers and policies of others while the backfill runs. */
#include "backfill_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

TestSuite(backfill_clients, .init = backfill_set_up, .fini = backfill_tear_down, .timeout = 120);

/* --- other clients --- */

static struct db *other;

static void release(int number)
{
    if (number == 3)
        db_exec(other, "ROLLBACK");
}

Test(backfill_clients, passes_over_locked_rows_and_sweeps_them_up)
{
    make_table(2000, "");
    other = db_session(db);
    db_exec(other, "BEGIN; UPDATE \"T 1\" SET body = 'y' WHERE id %% 500 = 0");
    run_well(false);
    cr_expect(eq(i64, wrong_rows(), 4));
    cr_expect(db_bool(db, "SELECT bool_and(done) FROM pgwiden.backfill_range"));
    db_exec(other, "ROLLBACK");
    run_well(true);
    cr_expect(eq(i64, result.rows, 4));
    expect_done(2000);
}

Test(backfill_clients, the_last_sweep_waits_for_locked_rows)
{
    make_table(2000, "");
    other = db_session(db);
    db_exec(other, "BEGIN; SELECT FROM \"T 1\" WHERE id IN (500, 1000) FOR UPDATE");
    run_well(false);
    cr_assert(eq(i64, wrong_rows(), 2));
    settings.lock_retries = 2;
    cr_expect(not(run_once(true)));
    cr_expect(eq(int, err.kind, ERR_LOCK), "%s", err.primary);
    cr_expect(gt(i64, result.rows_left, 0));
    settings.lock_retries = 30;
    after_chunk = release;
    run_well(true);
    cr_expect(eq(i64, result.rows, 2));
    cr_expect(eq(i64, wrong_rows(), 0));
}

Test(backfill_clients, the_last_sweep_finds_what_the_trigger_missed)
{
    make_table(20000, "");
    settings.jobs = 2;
    run_well(false);
    db_exec(db, "ALTER TABLE \"T 1\" DISABLE TRIGGER \"~pgwiden\";"
                "INSERT INTO \"T 1\" SELECT g, 5, 'late' FROM generate_series(30001, 60000) g;"
                "UPDATE \"T 1\" SET \"sm%%l\" = 6 WHERE id = 10;"
                "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\"");
    run_well(true);
    cr_expect(eq(i64, result.rows, 30001));
    cr_expect(eq(i64, wrong_rows(), 0));
}

/* A referencing table's inserts hold KEY SHARE: with the shadow a key, our UPDATE would wait for them. */
Test(backfill_clients, the_sweep_does_not_wait_for_key_share_when_the_shadow_is_a_key)
{
    make_table(2000, "");
    run_well(false);
    other = db_session(db);
    db_exec(db, "ALTER TABLE \"T 1\" DISABLE TRIGGER \"~pgwiden\"; UPDATE \"T 1\" SET pgwiden_new_1 = NULL "
                "WHERE id < 5;"
                "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\";"
                "CREATE UNIQUE INDEX ON \"T 1\" (pgwiden_new_1)");
    db_exec(other, "BEGIN; SELECT FROM \"T 1\" WHERE id = 3 FOR KEY SHARE");
    settings.lock_retries = 1;
    cr_expect(not(run_once(true)));
    cr_expect(eq(int, err.kind, ERR_LOCK));
    cr_expect(eq(i64, result.rows_left, 1), "seen, not waited for: %s", err.primary);
    cr_expect(eq(i64, wrong_rows(), 1));
    db_exec(other, "ROLLBACK");
    run_well(true);
    cr_expect(eq(i64, wrong_rows(), 0));
}

static void write_something(int number)
{
    db_exec(other,
            "UPDATE \"T 1\" SET body = 'z', \"sm%%l\" = %d WHERE id BETWEEN %d AND %d;"
            "INSERT INTO \"T 1\" VALUES (%d, NULL, 'new'); DELETE FROM \"T 1\" WHERE id = %d",
            number % 1000, number * 37 % 26000, number * 37 % 26000 + 20, 100000 + number,
            100000 + number - 3);
}

Test(backfill_clients, clients_go_on_writing)
{
    settings.jobs = 2;
    make_table(26000, SPARSE);
    other = db_session(db);
    after_chunk = write_something;
    run_well(false);
    after_chunk = NULL;
    run_well(true);
    cr_expect(eq(i64, wrong_rows(), 0));
}

static int64_t rows_left, first_large;

/* A snapshot comes between two passes; the first chunk with many rows is one of the single pass. */
static void hold_a_snapshot(int number)
{
    int64_t left = wrong_rows(), rows = rows_left - left;
    const int64_t large = 300; /* a pass has half of that in a chunk */

    if (number == 30)
        db_exec(other, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
    if (first_large == 0 && rows > large)
        first_large = rows;
    rows_left = left;
}

Test(backfill_clients, what_is_left_of_a_window_is_done_in_small_chunks)
{
    make_table(20000, "");
    other = db_session(db);
    rows_left = 20000;
    after_chunk = hold_a_snapshot;
    run_well(false);
    expect_done(20000);
    /* four blocks of 75 rows, or eight when ten of these were quick; a pass's chunk has 33 blocks */
    cr_expect(first_large < 1000, "%ld rows in the first one", (long)first_large);
}

/* Sessions of the backfill are not told apart from others by a name that the server has changed. */
Test(backfill_clients, its_own_sessions_are_not_taken_for_holders)
{
    static const char name[] =
        "pgwiden: backfill public.\"Küche, the name of which is cut, since it is so long\"";
    char *horizon = file_read(SOURCE_DIR "/sql/backfill/horizon.sql"), *who, *pid;

    other = db_session(db);
    pid = text_format("process %d ", db_pid(other));
    db_exec(other, "SET application_name = '%s'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1", name);
    db_exec(db, "SET application_name = '%s'; SELECT pg_current_xact_id()", name);
    db_exec(db, "PREPARE horizon (int) AS SELECT who FROM (%s) h", horizon);
    who = db_text(db, "EXECUTE horizon (0)");
    cr_expect(eq(ptr, strstr(who, pid), NULL), "%s", who);
    free(who);
    db_exec(db, "SET application_name = 'another'");
    free(horizon);
    free(pid);
}

static bool held_up;

/* The row that counts what is done can't be had while the sessions are made anew for other --jobs. */
static void lock_the_count(int number)
{
    if (number == 20) {
        db_exec(other, "BEGIN; UPDATE pgwiden.conversion SET updated_at = updated_at");
        settings.jobs = 2;
        held_up = true;
    }
    if (held_up && db_int(db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                              " AND application_name = 'pgwiden: backfill'") == 2) {
        db_exec(other, "ROLLBACK");
        held_up = false;
        settings.chunk_size = 0;
    }
}

Test(backfill_clients, a_position_that_could_not_be_stored_is_stored_later)
{
    make_table(26000, SPARSE);
    other = db_session(db);
    settings.chunk_size = 5;
    after_chunk = lock_the_count;
    run_well(false);
    expect_done(26000);
}

static void lock_table(int number)
{
    if (number == 10)
        db_exec(other, "BEGIN; LOCK TABLE \"T 1\"");
}

Test(backfill_clients, gives_up_on_a_locked_table_and_loses_nothing)
{
    make_table(26000, SPARSE);
    other = db_session(db);
    after_chunk = lock_table;
    settings.lock_retries = 1;
    cr_expect(not(run_once(false)));
    cr_expect(eq(int, err.kind, ERR_LOCK), "%s", err.primary);
    cr_expect(eq(str, err.sqlstate, "55P03"));
    db_exec(other, "ROLLBACK");
    after_chunk = NULL;
    run_well(false);
    expect_done(26000);
}

Test(backfill_clients, triggers_of_the_user_do_not_fire)
{
    make_table(2000, "");
    db_exec(db, "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
                " $$BEGIN NEW.body := 'touched'; RETURN NEW; END$$;"
                "CREATE TRIGGER touch BEFORE UPDATE ON \"T 1\" FOR EACH ROW EXECUTE FUNCTION touch()");
    run_well(false);
    expect_done(2000);
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM \"T 1\" WHERE body = 'touched'"), 0));
}

/* A role that may not set session_replication_role; the table has no triggers but ours. */
static void make_owner(void)
{
    db_exec(db,
            "CREATE ROLE %s; GRANT %s TO CURRENT_USER; GRANT ALL ON SCHEMA public, pgwiden TO %s;"
            "ALTER TABLE \"T 1\" OWNER TO %s; GRANT ALL ON ALL TABLES IN SCHEMA pgwiden TO %s",
            settings.role, settings.role, settings.role, settings.role, settings.role);
}

static void drop_owner(void)
{
    db_exec(db, "REASSIGN OWNED BY %s TO CURRENT_USER; DROP OWNED BY %s; DROP ROLE %s", settings.role,
            settings.role, settings.role);
}

Test(backfill_clients, a_plain_owner_may_run_it)
{
    char *role = text_format("role_%s", db_name(db));

    make_table(2000, "");
    settings.role = role;
    make_owner();
    run_well(false);
    expect_done(2000);
    drop_owner();
    free(role);
}

Test(backfill_clients, a_policy_that_hides_rows_is_an_error)
{
    char *role = text_format("role_%s", db_name(db));

    make_table(2000, "");
    settings.role = role;
    make_owner();
    db_exec(db, "ALTER TABLE \"T 1\" ENABLE ROW LEVEL SECURITY; ALTER TABLE \"T 1\" FORCE ROW LEVEL SECURITY;"
                "CREATE POLICY visible ON \"T 1\" USING (id < 1000)");
    cr_expect(not(run_once(false)));
    cr_expect(eq(str, err.sqlstate, "42501"), "%s", err.primary);
    drop_owner();
    free(role);
}

Test(backfill_clients, rows_of_children_are_left_alone)
{
    make_table(2000, "");
    db_exec(db, "CREATE TABLE child () INHERITS (\"T 1\");"
                "INSERT INTO child SELECT g, 1, 'child' FROM generate_series(1, 2000) g");
    run_well(false);
    cr_expect(
        eq(i64, db_int(db, "SELECT count(*) FROM ONLY \"T 1\" WHERE pgwiden_new_1 IS DISTINCT FROM id"), 0));
    cr_expect(eq(i64, db_int(db, "SELECT count(pgwiden_new_1) FROM child"), 0));
}
