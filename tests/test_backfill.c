/* The backfill against a real server: every row is right. */
#include "backfill_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

TestSuite(backfill, .init = backfill_set_up, .fini = backfill_tear_down, .timeout = 120);

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

/* A writing transaction of any database of the server, such as another test's, can hold up the pruning: on a
 * quiet one. */
Test(backfill, most_rows_stay_on_their_page)
{
    if (getenv("PGWIDEN_TEST_QUIET") == NULL)
        cr_skip_test("PGWIDEN_TEST_QUIET is not set");
    make_table(60000, "");
    db_exec(db, "ANALYZE \"T 1\"");
    int64_t before = db_int(db, "SELECT pg_relation_size('\"T 1\"')");
    run_well(false);
    expect_done(60000);
    /* updated at once, they would more than double it */
    cr_expect(lt(dbl, (double)db_int(db, "SELECT pg_relation_size('\"T 1\"')") / (double)before, 1.8));
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
    cr_expect(lt(dbl, now() - started, 10.0));
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

static void change_size(int number)
{
    static const int sizes[] = {0, 2, 400, 7};

    settings.chunk_size = sizes[number % 4];
}

/* `set chunk-size=N` while a chunk is under way, also the first one of all. */
Test(backfill, a_chunk_size_that_changes_in_mid_run_loses_no_row)
{
    make_table(3000, "");
    after_chunk = change_size;
    run_well(false);
    expect_done(3000);
    db_exec(db, "ALTER TABLE \"T 1\" DISABLE TRIGGER USER; UPDATE \"T 1\" SET pgwiden_new_1 = NULL;"
                "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\"");
    settings.chunk_size = 2;
    run_well(true);
    cr_expect(eq(i64, wrong_rows(), 0));
    after_chunk = NULL;
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

static int64_t left_before, left_after;

static void take_the_limit_away(int number)
{
    const int at = 60;

    if (number == at)
        left_before = wrong_rows();
    if (number == at)
        settings.chunk_size = 0;
    if (number == at + 1)
        left_after = wrong_rows();
}

/* Chunks of few rows are fast, however many blocks they might have had. */
Test(backfill, without_its_limit_a_chunk_is_no_larger_than_at_first)
{
    settings.chunk_size = 7;
    after_chunk = take_the_limit_away;
    make_table(4000, "");
    run_well(false);
    expect_done(4000);
    cr_expect(gt(i64, left_before, 3000));
    cr_expect(left_before - left_after > 7 && left_before - left_after < 1000, "%ld rows in a chunk",
              (long)(left_before - left_after));
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
        char *plan =
            db_text(db, "EXPLAIN (COSTS OFF) EXECUTE chunk%d ('{\"(0,1)\"}', '{\"(0,10)\"}', 1, NULL)", i);
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
        db_exec(db, "BEGIN; EXECUTE chunk%d ('{\"(0,1)\"}', '{\"(9,65535)\"}', %ld, NULL)", i,
                (long)filenode);
        cr_expect(db_bool(db, "SELECT pg_current_xact_id_if_assigned() IS NULL"));
        db_exec(db,
                "ROLLBACK; BEGIN; ALTER TABLE public.\"T 1\" DISABLE TRIGGER ALL;"
                "UPDATE public.\"T 1\" SET pgwiden_new_1 = NULL WHERE id = 1;"
                "EXECUTE chunk%d ('{\"(0,1)\"}', '{\"(9,65535)\"}', %ld, NULL)",
                i, (long)filenode);
        cr_expect(db_bool(db, "SELECT pgwiden_new_1 = 1 FROM public.\"T 1\" WHERE id = 1"),
                  "with work it does it");
        db_exec(db, "ROLLBACK");
    }
}

/* A column of each B-tree index is set to itself, unless SET alone would do something. */
Test(backfill, indexes_need_not_look_for_old_versions_below_a_held_snapshot)
{
    char *text;

    make_table(100, "");
    db_exec(
        db,
        "ALTER TABLE \"T 1\" ADD a int, ADD \"B b\" int, ADD c int, ADD d int GENERATED ALWAYS AS IDENTITY, "
        "ADD e int, ADD f int UNIQUE;"
        "CREATE INDEX ON \"T 1\" (f, \"B b\"); CREATE INDEX ON \"T 1\" (d, a); CREATE INDEX ON \"T 1\" (c);"
        "CREATE INDEX ON \"T 1\" ((a + e), e); CREATE INDEX ON \"T 1\" (d) INCLUDE (e);"
        "CREATE INDEX ON \"T 1\" USING hash (e);"
        "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
        "CREATE TRIGGER of_c BEFORE UPDATE OF c ON \"T 1\" FOR EACH ROW EXECUTE FUNCTION quiet()");
    prepare_chunks();
    text = db_text(db, "EXECUTE text ('public.\"T 1\"'::regclass, 1, false, true)");
    cr_expect(
        strstr(text,
               "SET pgwiden_new_1 = id, pgwiden_new_2 = \"sm%l\", \"B b\" = \"B b\", a = a, e = e WHERE") !=
            NULL,
        "%s", text);
    free(text);
    db_exec(db, "CREATE TRIGGER same BEFORE UPDATE ON public.\"T 1\" FOR EACH ROW EXECUTE FUNCTION "
                "suppress_redundant_updates_trigger()");
    text = db_text(db, "EXECUTE text ('public.\"T 1\"'::regclass, 1, false, true)");
    cr_expect(strstr(text, "SET pgwiden_new_1 = id, pgwiden_new_2 = \"sm%l\" WHERE") != NULL, "%s", text);
    free(text);
    db_exec(db, "DROP TRIGGER same ON public.\"T 1\"");
    db_exec(db, "ALTER TABLE public.\"T 1\" ADD g int GENERATED ALWAYS AS (a + 1) STORED");
    text = db_text(db, "EXECUTE text ('public.\"T 1\"'::regclass, 1, false, true)");
    cr_expect(strstr(text, "SET pgwiden_new_1 = id, pgwiden_new_2 = \"sm%l\" WHERE") != NULL, "%s", text);
    free(text);
}
