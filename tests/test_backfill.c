/* The backfill against a real server: every row is right, whatever happens meanwhile. */
#include "backfill/backfill.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct db *db;
static struct loop *loop;
static struct session *control;
static struct settings settings;
static struct err err;
static struct backfill_result result;
static int chunks, notices, progress_events; /* since the last run began */
static int64_t progress_rows, progress_blocks, progress_blocks_total;
static void (*after_chunk)(int number); /* called in between, as another client would */

static void sent(void *context, const char *statement, double ms)
{
    (void)context;
    (void)ms;
    if (strncmp(statement, "chunk", 5) == 0 && after_chunk != NULL)
        after_chunk(++chunks);
}

static void listen(void *context, const struct event *event)
{
    (void)context;
    notices += event->kind == EVENT_NOTICE;
    if (event->kind != EVENT_PROGRESS)
        return;
    progress_events++;
    progress_rows = event->u.progress.rows_done;
    progress_blocks = event->u.progress.blocks_done;
    progress_blocks_total = event->u.progress.blocks_total;
}

/* State and a table as prepare leaves them; the table's two columns are converted together. */
static void make_table(int rows, const char *options)
{
    char *state = file_read(SOURCE_DIR "/sql/state.sql");

    db_exec(db, "CREATE SCHEMA pgwiden; SET search_path = pgwiden; %s; RESET search_path", state);
    free(state);
    db_exec(
        db,
        "CREATE TABLE \"T 1\" (id int PRIMARY KEY, \"sm%%l\" smallint, body text) WITH (autovacuum_enabled = "
        "off%s);"
        "INSERT INTO \"T 1\" SELECT g, nullif(g %% 7, 3), repeat('x', 60) FROM generate_series(1, %d) g;"
        "ALTER TABLE \"T 1\" ADD pgwiden_new_1 bigint, ADD pgwiden_new_2 bigint;"
        "CREATE FUNCTION pgwiden.copy() RETURNS trigger LANGUAGE plpgsql AS $$"
        "BEGIN NEW.pgwiden_new_1 := NEW.id; NEW.pgwiden_new_2 := NEW.\"sm%%l\"; RETURN NEW; END$$;"
        "CREATE TRIGGER \"~pgwiden\" BEFORE INSERT OR UPDATE ON \"T 1\" FOR EACH ROW"
        " WHEN (NEW.pgwiden_new_1 IS DISTINCT FROM NEW.id OR NEW.pgwiden_new_2 IS DISTINCT FROM "
        "NEW.\"sm%%l\")"
        " EXECUTE FUNCTION pgwiden.copy();"
        "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\";"
        "INSERT INTO pgwiden.conversion (relid, nspname, relname) VALUES ('\"T 1\"'::regclass, 'public', 'T "
        "1');"
        "INSERT INTO pgwiden.conversion_column VALUES (1, 1, 4, 'id', 'int4'), (1, 2, 5, 'sm%%l', 'int2')",
        options, rows);
}

static void set_up(void)
{
    db = db_create();
    settings_init(&settings);
    settings.dbname = db_name(db);
    cr_assert(loop_open(&loop, &err), "%s", err.primary);
    cr_assert(session_open(loop, &settings, "pgwiden", NULL, &control, &err), "%s", err.primary);
}

static void tear_down(void)
{
    session_close(control);
    loop_close(loop);
    db_drop(db);
}

TestSuite(backfill, .init = set_up, .fini = tear_down, .timeout = 120);

static bool run_once(bool sweep)
{
    const struct session_listener listener = {.sent = sent};
    const struct backfill_request request = {.loop = loop,
                                             .control = control,
                                             .settings = &settings,
                                             .relid = (uint32_t)db_int(db, "SELECT '\"T 1\"'::regclass::oid"),
                                             .conversion = 1,
                                             .sweep = sweep,
                                             .relation = "public.\"T 1\"",
                                             .application = "pgwiden: backfill",
                                             .session_listener = &listener,
                                             .listener = listen,
                                             .target = "public.\"T 1\".id"};

    chunks = notices = progress_events = 0;
    err_clear(&err);
    return backfill_run(&request, &result, &err);
}

static void run_well(bool sweep)
{
    bool ok = run_once(sweep);

    cr_assert(ok, "%s\n%s", err.primary, err.detail);
}

static int64_t wrong_rows(void)
{
    return db_int(db, "SELECT count(*) FROM \"T 1\" WHERE pgwiden_new_1 IS DISTINCT FROM id"
                      " OR pgwiden_new_2 IS DISTINCT FROM \"sm%%l\"");
}

static void expect_done(int64_t rows)
{
    cr_expect(eq(i64, wrong_rows(), 0));
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM \"T 1\""), rows));
    cr_expect(db_bool(db, "SELECT bool_and(done) FROM pgwiden.backfill_range"));
}

#define SPARSE ", fillfactor = 10" /* 8 rows a page: several windows with few rows */

/* --- the plain way --- */

Test(backfill, one_session_fills_every_row)
{
    make_table(30000, "");
    run_well(false);
    expect_done(30000);
    cr_expect(eq(i64, result.rows, 30000));
    cr_expect(eq(i64, db_int(db, "SELECT rows_done FROM pgwiden.conversion"), 30000));
    cr_expect(eq(i64, db_int(db, "SELECT sum(rows_done)::int FROM pgwiden.backfill_range"), 30000));
    cr_expect(db_bool(db, "SELECT backfill_ms > 0 FROM pgwiden.conversion"));
    cr_expect(gt(int, progress_events, 0));
    cr_expect(eq(i64, progress_rows, 30000));
    cr_expect(eq(i64, progress_blocks, progress_blocks_total));
}

Test(backfill, most_rows_stay_on_their_page)
{
    make_table(60000, "");
    db_exec(db, "VACUUM ANALYZE \"T 1\"");
    int64_t before = db_int(db, "SELECT pg_relation_size('\"T 1\"')");
    run_well(false);
    expect_done(60000);
    /* updated at once, they would more than double it; a long transaction of another test may cost some */
    cr_expect(lt(dbl, (double)db_int(db, "SELECT pg_relation_size('\"T 1\"')") / (double)before, 2.0));
}

Test(backfill, three_sessions_share_the_table)
{
    settings.jobs = 3;
    make_table(26000, SPARSE);
    run_well(false);
    expect_done(26000);
    cr_expect(eq(i64, result.rows, 26000));
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.backfill_range"), 3));
    cr_expect(eq(i64, db_int(db, "SELECT rows_done FROM pgwiden.conversion"), 26000));
}

Test(backfill, an_empty_table_is_done_at_once)
{
    settings.jobs = 4;
    make_table(0, "");
    run_well(false);
    expect_done(0);
    run_well(true);
}

Test(backfill, what_is_done_is_not_done_again)
{
    make_table(1000, "");
    run_well(false);
    run_well(false);
    cr_expect(eq(i64, result.rows, 0));
    expect_done(1000);
}

/* --- chunk sizes --- */

static void count_them(int number)
{
    (void)number;
}

Test(backfill, one_row_a_chunk)
{
    settings.chunk_size = 1;
    after_chunk = count_them;
    make_table(100, "");
    int64_t before = db_int(db, "SELECT pg_current_xact_id()::text::bigint");
    double started = now();
    run_well(false);
    cr_expect(lt(dbl, now() - started, 2.0));
    expect_done(100);
    cr_expect(ge(i64, db_int(db, "SELECT pg_current_xact_id()::text::bigint") - before, 100),
              "a transaction each");
    cr_expect(le(int, chunks, 110), "a round trip each");
}

Test(backfill, seven_rows_a_chunk)
{
    settings.chunk_size = 7;
    settings.jobs = 3;
    make_table(26000, SPARSE);
    run_well(false);
    expect_done(26000);
}

Test(backfill, no_transaction_has_more_rows_than_asked_for)
{
    settings.chunk_size = 7;
    make_table(5000, "");
    run_well(false);
    expect_done(5000);
    cr_expect(le(
        i64, db_int(db, "SELECT max(n) FROM (SELECT count(*) AS n FROM \"T 1\" GROUP BY xmin::text) g"), 7));
}

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

Test(backfill, vacuum_full_in_the_middle_begins_anew_with_the_new_size)
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

Test(backfill, vacuum_full_twice_with_three_sessions)
{
    settings.jobs = 3;
    after_chunk = vacuum_full_twice;
    make_table(26000, SPARSE);
    run_well(false);
    expect_done(26000);
    cr_expect(eq(int, notices, 2));
}

Test(backfill, truncate_in_the_middle)
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

Test(backfill, the_last_sweep_begins_anew_too)
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

Test(backfill, fails_when_the_table_is_dropped)
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

Test(backfill, goes_on_after_its_sessions_were_killed)
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

Test(backfill, stops_after_its_chunks_and_stores_where)
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

Test(backfill, goes_on_with_more_sessions)
{
    go_on_with(1, 3);
    cr_expect(gt(i64, db_int(db, "SELECT count(*) FROM pgwiden.backfill_range"), 1));
}

Test(backfill, goes_on_with_fewer_sessions)
{
    go_on_with(3, 1);
}

Test(backfill, stops_when_the_control_session_is_gone)
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

Test(backfill, an_error_in_one_session_stores_the_positions_of_all)
{
    settings.jobs = 3;
    make_table(26000, SPARSE);
    after_chunk = forbid_a_row;
    cr_expect(not(run_once(false)));
    cr_expect(eq(str, err.sqlstate, "23514"));
    cr_expect(eq(int, err.kind, ERR_FAILED));
    cr_expect(
        eq(i64, db_int(db, "SELECT sum(rows_done)::int FROM pgwiden.backfill_range"), 26000 - wrong_rows()));
    db_exec(db, "ALTER TABLE \"T 1\" DROP CONSTRAINT \"T 1_id_check\"");
    run_well(false);
    expect_done(26000);
}

/* --- other clients --- */

static struct db *other;

static void release(int number)
{
    if (number == 3)
        db_exec(other, "ROLLBACK");
}

Test(backfill, passes_over_locked_rows_and_sweeps_them_up)
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

Test(backfill, the_last_sweep_waits_for_locked_rows)
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

Test(backfill, the_last_sweep_finds_what_the_trigger_missed)
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
Test(backfill, the_sweep_does_not_wait_for_key_share_when_the_shadow_is_a_key)
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

Test(backfill, clients_go_on_writing)
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

static void lock_table(int number)
{
    if (number == 10)
        db_exec(other, "BEGIN; LOCK TABLE \"T 1\"");
}

Test(backfill, gives_up_on_a_locked_table_and_loses_nothing)
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

Test(backfill, triggers_of_the_user_do_not_fire)
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

Test(backfill, a_plain_owner_may_run_it)
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

Test(backfill, a_policy_that_hides_rows_is_an_error)
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

Test(backfill, rows_of_children_are_left_alone)
{
    make_table(2000, "");
    db_exec(db, "CREATE TABLE child () INHERITS (\"T 1\");"
                "INSERT INTO child SELECT g, 1, 'child' FROM generate_series(1, 2000) g");
    run_well(false);
    cr_expect(
        eq(i64, db_int(db, "SELECT count(*) FROM ONLY \"T 1\" WHERE pgwiden_new_1 IS DISTINCT FROM id"), 0));
    cr_expect(eq(i64, db_int(db, "SELECT count(pgwiden_new_1) FROM child"), 0));
}

/* --- the chunk's statement --- */

/* Prepares it as chunk0 (plain) and chunk1 (exact) in the test's own session. */
static void prepare_chunks(void)
{
    char *chunk = file_read(SOURCE_DIR "/sql/backfill/chunk.sql");
    char *session = file_read(SOURCE_DIR "/sql/backfill/session.sql");

    db_exec(db, "SET search_path = pg_catalog, pgwiden, public; %s", session);
    db_exec(db, "PREPARE text AS %s", chunk);
    for (int i = 0; i < 2; i++) {
        char *text =
            db_text(db, "EXECUTE text ('public.\"T 1\"'::regclass, 1, %s, false)", i == 0 ? "false" : "true");
        db_exec(db, "PREPARE chunk%d AS %s", i, text);
        free(text);
    }
    free(chunk);
    free(session);
}

Test(backfill, a_chunk_is_a_tid_range_scan)
{
    make_table(100, "");
    db_exec(db, "VACUUM ANALYZE \"T 1\"");
    prepare_chunks();
    for (int i = 0; i < 2; i++) {
        char *plan = db_text(db, "EXPLAIN (COSTS OFF) EXECUTE chunk%d ('(0,0)', '(1,0)', 1, 15, 0, NULL)", i);
        cr_expect(strstr(plan, "Tid Range Scan on \"T 1\"") != NULL, "%s", plan);
        cr_expect(strstr(plan, "Seq Scan") == NULL, "%s", plan);
        free(plan);
    }
}

Test(backfill, a_chunk_without_work_takes_no_transaction_number)
{
    int64_t filenode;

    make_table(100, "");
    db_exec(db, "UPDATE \"T 1\" SET body = body");
    filenode = db_int(db, "SELECT pg_relation_filenode('\"T 1\"')");
    prepare_chunks();
    for (int i = 0; i < 2; i++) {
        db_exec(db, "BEGIN; EXECUTE chunk%d ('(0,0)', '(10,0)', %ld, 0, 0, NULL)", i, (long)filenode);
        cr_expect(db_bool(db, "SELECT pg_current_xact_id_if_assigned() IS NULL"));
        db_exec(db,
                "ROLLBACK; BEGIN; ALTER TABLE public.\"T 1\" DISABLE TRIGGER ALL;"
                "UPDATE public.\"T 1\" SET pgwiden_new_1 = NULL WHERE id = 1;"
                "EXECUTE chunk%d ('(0,0)', '(10,0)', %ld, 0, 0, NULL)",
                i, (long)filenode);
        cr_expect(db_bool(db, "SELECT pgwiden_new_1 = 1 FROM public.\"T 1\" WHERE id = 1"),
                  "with work it does it");
        db_exec(db, "ROLLBACK");
    }
}
