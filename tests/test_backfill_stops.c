/* Tables rewritten, sessions killed and runs stopped in the middle of the backfill: it goes on. */
#include "backfill_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(backfill_stops, .init = backfill_set_up, .fini = backfill_tear_down, .timeout = 120);

/* --- rewritten in the middle --- */

static void vacuum_full(int number)
{
    if (number == 20)
        db_exec(db, "VACUUM FULL \"T 1\"");
}

static void vacuum_full_twice(int number)
{
    if (number == 20 || number == 40)
        db_exec(db, "VACUUM FULL \"T 1\"");
}

static void truncate_it(int number)
{
    if (number == 20)
        db_exec(db, "TRUNCATE \"T 1\"; INSERT INTO \"T 1\" SELECT g, 5 FROM generate_series(1, 10) g");
}

Test(backfill_stops, vacuum_full_in_the_middle_begins_anew_with_the_new_size)
{
    after_chunk = vacuum_full;
    make_table(20000, "");
    db_exec(db, "ALTER TABLE \"T 1\" SET (fillfactor = 10)"); /* the new file is larger */
    int64_t blocks = db_int(db, "SELECT pg_relation_size('\"T 1\"') / 8192");
    run_well(false);
    expect_done(20000);
    cr_expect(eq(int, notices, 1));
    cr_expect(gt(i64, db_int(db, "SELECT max(block_to) FROM pgwiden.backfill_range"), 2 * blocks));
    cr_expect(db_bool(
        db, "SELECT bool_and(filenode = pg_relation_filenode('\"T 1\"')) FROM pgwiden.backfill_range"));
}

Test(backfill_stops, vacuum_full_twice_with_three_sessions)
{
    settings.jobs = 3;
    after_chunk = vacuum_full_twice;
    make_table(26000, SPARSE);
    run_well(false);
    expect_done(26000);
    cr_expect(eq(int, notices, 2));
}

Test(backfill_stops, truncate_in_the_middle)
{
    after_chunk = truncate_it;
    make_table(20000, "");
    run_well(false);
    expect_done(10);
    cr_expect(eq(int, notices, 1));
}

static void vacuum_full_early(int number)
{
    if (number == 2)
        db_exec(db, "VACUUM FULL \"T 1\"");
}

Test(backfill_stops, the_last_sweep_begins_anew_too)
{
    make_table(20000, "");
    run_well(false);
    db_exec(
        db,
        "ALTER TABLE \"T 1\" DISABLE TRIGGER \"~pgwiden\"; UPDATE \"T 1\" SET pgwiden_new_2 = -1 WHERE id %% "
        "2 = 0;"
        "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\"; ALTER TABLE \"T 1\" SET (fillfactor = 10)");
    after_chunk = vacuum_full_early;
    run_well(true);
    cr_expect(eq(int, notices, 1));
    expect_done(20000);
}

static void drop(int number)
{
    if (number == 10)
        db_exec(db, "DROP TABLE \"T 1\"");
}

Test(backfill_stops, fails_when_the_table_is_dropped)
{
    make_table(26000, SPARSE);
    after_chunk = drop;
    cr_expect(not(run_once(false)));
    cr_expect(eq(int, err.kind, ERR_FAILED), "%s", err.primary);
}

/* --- stopped and gone on with --- */

static void kill_sessions(int number)
{
    if (number == 30)
        db_exec(db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND application_name = 'pgwiden: backfill'");
}

static void kill_control(int number)
{
    if (number == 5)
        db_exec(db, "SELECT pg_terminate_backend(%d)", session_pid(control));
}

static void stop(int number)
{
    if (number == 30)
        loop_stop_in(loop, 0);
}

/* A loop that was asked to stop stays so. */
static void start_again(void)
{
    session_close(control);
    loop_close(loop);
    cr_assert(loop_open(&loop, &err), "%s", err.primary);
    cr_assert(session_open(loop, &settings, "pgwiden", NULL, &control, &err), "%s", err.primary);
}

Test(backfill_stops, goes_on_after_its_sessions_were_killed)
{
    settings.jobs = 2;
    make_table(26000, SPARSE);
    after_chunk = kill_sessions;
    cr_expect(not(run_once(false)));
    cr_expect(eq(int, err.kind, ERR_STOPPED), "%s", err.primary);
    cr_expect(eq(str, err.code, "connection-lost"));
    cr_expect(gt(i64, wrong_rows(), 0));
    after_chunk = NULL;
    settings.jobs = 3;
    run_well(false);
    expect_done(26000);
}

Test(backfill_stops, stops_after_its_chunks_and_stores_where)
{
    make_table(26000, SPARSE);
    after_chunk = stop;
    cr_expect(not(run_once(false)));
    cr_expect(eq(int, err.kind, ERR_STOPPED), "%s", err.primary);
    int64_t left = wrong_rows();
    cr_expect(gt(i64, left, 0));
    cr_expect(eq(i64, result.rows, 26000 - left));
    cr_expect(eq(i64, db_int(db, "SELECT rows_done FROM pgwiden.conversion"), result.rows));
    cr_expect(eq(i64, db_int(db, "SELECT rows_done FROM pgwiden.backfill_range"), result.rows));
    cr_expect(db_bool(db, "SELECT pass * 1024 + block > 0 FROM pgwiden.backfill_range"));
    start_again();
    after_chunk = NULL;
    run_well(false);
    cr_expect(eq(i64, result.rows, left));
    expect_done(26000);
    cr_expect(eq(i64, db_int(db, "SELECT rows_done FROM pgwiden.conversion"), 26000));
}

static void go_on_with(int first, int then)
{
    settings.jobs = first;
    make_table(26000, SPARSE);
    after_chunk = stop;
    cr_expect(not(run_once(false)));
    start_again();
    after_chunk = NULL;
    settings.jobs = then;
    run_well(false);
    expect_done(26000);
    cr_expect(eq(i64, db_int(db, "SELECT sum(block_to - block_from)::int FROM pgwiden.backfill_range"),
                 db_int(db, "SELECT max(block_to) FROM pgwiden.backfill_range")),
              "the parts are the whole");
}

Test(backfill_stops, goes_on_with_more_sessions)
{
    go_on_with(1, 3);
    cr_expect(gt(i64, db_int(db, "SELECT count(*) FROM pgwiden.backfill_range"), 1));
}

Test(backfill_stops, goes_on_with_fewer_sessions)
{
    go_on_with(3, 1);
}

Test(backfill_stops, stops_when_the_control_session_is_gone)
{
    make_table(26000, SPARSE);
    settings.chunk_size = 3;
    after_chunk = kill_control;
    cr_expect(not(run_once(false)));
    cr_expect(eq(int, err.kind, ERR_STOPPED));
    cr_expect(gt(i64, wrong_rows(), 0));
}

static void forbid_a_row(int number)
{
    if (number == 20)
        db_exec(db, "ALTER TABLE \"T 1\" ADD CHECK (id <> 13000) NOT VALID");
}

Test(backfill_stops, an_error_in_one_session_stores_the_positions_of_all)
{
    settings.jobs = 3;
    make_table(26000, SPARSE);
    after_chunk = forbid_a_row;
    cr_expect(not(run_once(false)));
    cr_expect(eq(str, err.sqlstate, "23514"));
    cr_expect(eq(int, err.kind, ERR_FAILED));
    cr_expect(
        eq(i64, db_int(db, "SELECT sum(rows_done)::int FROM pgwiden.backfill_range"), 26000 - wrong_rows()));
    after_chunk = NULL;
    db_exec(db, "ALTER TABLE \"T 1\" DROP CONSTRAINT \"T 1_id_check\"");
    run_well(false);
    expect_done(26000);
}
