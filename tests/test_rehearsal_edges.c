/* What a rehearsal must not touch, must not send, and must not hang on; files of figures that make no sense.
 */
#include "rehearsal_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(rehearsal_edges, .timeout = 200);

/* 17 of 19 blocks: runs of blocks that met would copy one twice, and break the key. */
Test(rehearsal_edges, no_block_is_copied_twice)
{
    struct db *db = db_create();

    db_exec(db, "CREATE TABLE seams (id int PRIMARY KEY); INSERT INTO seams SELECT generate_series(1, 4290); "
                "ANALYZE seams");
    cr_assert(db_int(db, "SELECT pg_relation_size('seams') / 8192") == 19);
    program_expect(db, 0, "pgwiden run seams.id --dry-run --sample 3800");
    cr_expect(!state_exists(db));
    db_drop(db);
}

Test(rehearsal_edges, a_table_without_partitions_is_not_rehearsed)
{
    struct db *db = db_create();
    struct outcome o;

    db_exec(db, "CREATE TABLE t (id int, k int) PARTITION BY RANGE (k)");
    o = program_run(db, "pgwiden run t.id --dry-run");
    cr_expect(o.status == 0, "%d: %s", o.status, o.err);
    cr_expect(strstr(o.out, "not rehearsed: it has no partition") != NULL, "%s", o.out);
    cr_expect(!state_exists(db));
    outcome_free(&o);
    db_drop(db);
}

/* Tables whose names look like a copy's, in our schema and in one that is only called so. */
Test(rehearsal_edges, tables_of_others_stay)
{
    struct db *db = rehearsal_table();
    struct outcome o;

    db_exec(db, "CREATE SCHEMA pgwiden; CREATE TABLE pgwiden.sample_1_2 (id int)");
    o = program_run(db, "pgwiden plan t.id");
    cr_expect(o.status == 0 && strstr(o.err, "left in schema") == NULL, "%d: %s", o.status, o.err);
    outcome_free(&o);
    db_exec(db, "DROP SCHEMA pgwiden CASCADE");
    program_expect(db, 0, "pgwiden run t.id --until prepare");
    db_exec(db, "CREATE TABLE pgwiden.sample_1_2 (id int); CREATE TABLE pgwiden.sample_t AS TABLE t; "
                "COMMENT ON TABLE pgwiden.sample_t IS 'kept 1'; "
                "COMMENT ON TABLE pgwiden.sample_1_2 IS 'a copy of mine'");
    program_expect(db, 0, "pgwiden status");
    cr_expect(db_bool(db, "SELECT to_regclass('pgwiden.sample_1_2') IS NOT NULL "
                          "AND to_regclass('pgwiden.sample_t') IS NOT NULL"));
    db_drop(db);
}

/* As a dump does that runs for hours: what was found out is told, and the next commands do not hang either.
 */
Test(rehearsal_edges, who_reads_the_schema_is_not_waited_for_without_end)
{
    struct db *db = rehearsal_table(), *reader = db_session(db);
    char *before = rehearsal_picture(db);
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --dry-run --lock-retries 1");
    while (program_runs(&p) &&
           strcmp(db_try(reader, "BEGIN; LOCK pgwiden.throttle IN ACCESS SHARE MODE"), "") != 0)
        db_exec(reader, "ROLLBACK");
    o = program_await(&p, 60);
    cr_expect(o.status == 4, "%d: %s", o.status, o.err);
    cr_expect(strstr(o.err, "could not be taken away") != NULL, "%s", o.err);
    cr_expect(strstr(o.out, "rehearsed on a copy") != NULL, "%s", o.out);
    outcome_free(&o);
    o = program_run(db, "pgwiden status");
    cr_expect(o.status == 0 && strstr(o.err, "could not be taken away") != NULL, "%d: %s", o.status, o.err);
    cr_expect(o.seconds < 20, "%g s", o.seconds);
    outcome_free(&o);
    db_exec(reader, "ROLLBACK");
    program_expect(db, 0, "pgwiden status");
    expect_nothing_left(db, before, "a reader");
    db_drop(reader);
    free(before);
    db_drop(db);
}

/* No other session is to be had: it ends, with the first of two tables. */
Test(rehearsal_edges, a_server_that_lets_nobody_in_any_more)
{
    struct db *db = rehearsal_table(), *other = db_create();
    char *before = rehearsal_picture(db);
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id parent.id --dry-run");
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
             "AND application_name LIKE 'pgwiden: backfill%%')");
    db_exec(other, "ALTER DATABASE %s ALLOW_CONNECTIONS false", db_name(db));
    db_exec(other,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s' "
            "AND application_name LIKE 'pgwiden%%'",
            db_name(db));
    o = program_await(&p, 60);
    cr_expect(o.status == 5, "%d: %s", o.status, o.err);
    outcome_free(&o);
    db_exec(other, "ALTER DATABASE %s ALLOW_CONNECTIONS true", db_name(db));
    program_expect(db, 0, "pgwiden status");
    expect_nothing_left(db, before, "a lost connection");
    free(before);
    db_drop(other);
    db_drop(db);
}

/* "All conversions" are those of the user's tables. */
Test(rehearsal_edges, pause_of_all_does_not_mean_it)
{
    struct db *db = rehearsal_table();
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --dry-run");
    while (program_runs(&p)) {
        o = program_run(db, "pgwiden pause");
        cr_expect(o.status == 3, "%d: %s", o.status, o.err);
        outcome_free(&o);
    }
    o = program_await(&p, 10);
    cr_expect(o.status == 0, "%s", o.err);
    outcome_free(&o);
    db_drop(db);
}

/* The copy is UNLOGGED where a plugin would send it. */
Test(rehearsal_edges, no_consumer_of_a_slot_gets_the_copy)
{
    struct db *db;
    struct outcome o;
    json_t *plan;

    db = rehearsal_table();
    if (!db_bool(db, "SELECT current_setting('wal_level') = 'logical'"))
        cr_skip_test("wal_level is not logical");
    db_exec(db, "SELECT pg_create_logical_replication_slot('%s', 'test_decoding')", db_name(db));
    o = program_run(db, "pgwiden run t.id --dry-run --json");
    cr_assert(o.status == 0, "%s", o.err);
    plan = plan_of(&o);
    check_rehearsal(plan, REHEARSAL_ROWS);
    cr_expect(json_is_false(json_object_get(json_object_get(plan, "rehearsal"), "logged")));
    cr_expect(db_int(db,
                     "SELECT count(*) FROM pg_logical_slot_get_changes('%s', NULL, NULL) "
                     "WHERE data LIKE 'table pgwiden.sample%%'",
                     db_name(db)) == 0);
    db_exec(db, "SELECT pg_drop_replication_slot('%s')", db_name(db));
    json_decref(plan);
    outcome_free(&o);
    db_drop(db);
}

/* REPLICA IDENTITY FULL puts every old row into the WAL: of the copy as well. */
Test(rehearsal_edges, the_copy_writes_the_same_wal)
{
    struct db *db = rehearsal_table();

    db_exec(db, "ALTER TABLE t REPLICA IDENTITY FULL");
    leave_a_copy(db);
    cr_expect(db_bool(
        db, "SELECT relreplident = 'f' AND relpersistence = 'p' FROM pg_class "
            "WHERE relnamespace = 'pgwiden'::regnamespace AND relname LIKE 'sample%%' AND relkind = 'r'"));
    program_expect(db, 0, "pgwiden status");
    cr_expect(!state_exists(db));
    db_drop(db);
}

/* --- plan --rehearsed --- */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    cr_assert(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

#define PHASE                                                                                                \
    "{\"phase\": \"backfill\", \"seconds\": 1, \"linear_seconds\": 0, \"sorted_seconds\": 0, "               \
    "\"sampled_seconds\": 0, \"wal_bytes\": 1, \"heap_growth_bytes\": -1, \"index_growth_bytes\": 0}"
#define TABLE(rows, phase)                                                                                   \
    "{\"relation\": \"public.t\", \"rows\": " rows ", \"heap_bytes\": 1, \"index_bytes\": 1, \"jobs\": 1, "  \
    "\"lock_held_ms\": 1, \"phases\": [" phase "]}"
#define FILE_OF(format, tables)                                                                              \
    "{\"kind\": \"pgwiden figures\", \"format\": " format ", \"tables\": [" tables "]}"

/* The plan is printed all the same when the file can be read. */
static void expect_figures(struct db *db, const char *target, const char *text, int status, const char *says)
{
    char *file = text_format("/tmp/pgwiden-%s.json", db_name(db));
    struct outcome o;

    write_file(file, text);
    o = program_run(db, "pgwiden plan %s --rehearsed %s", target, file);
    cr_expect(o.status == status, "%s: %d\n%s", text, o.status, o.err);
    cr_expect(strstr(o.err, says) != NULL, "%s: %s", text, o.err);
    cr_expect((strstr(o.out, "strongest lock") != NULL) == (status != 2), "%s: %s", text, o.out);
    outcome_free(&o);
    unlink(file);
    free(file);
}

Test(rehearsal_edges, figures_that_make_no_sense_are_refused)
{
    static const char *const damaged[] = {FILE_OF("1", ""),
                                          FILE_OF("1", "7"),
                                          FILE_OF("1", TABLE("1000", "")),
                                          FILE_OF("1", TABLE("1000", "{\"phase\": \"backfill\"}")),
                                          FILE_OF("1", TABLE("1000", "{\"phase\": \"none\"}")),
                                          FILE_OF("1", TABLE("\"1000\"", PHASE)),
                                          FILE_OF("1", TABLE("-1", PHASE)),
                                          FILE_OF("1", TABLE("1e300", PHASE))};
    struct db *db = rehearsal_table();

    expect_figures(db, "t.id", FILE_OF("1", TABLE("1000", PHASE)), 0, "");
    expect_figures(db, "t.id", "", 2, "is no file of figures: line 1");
    expect_figures(db, "t.id", "[]", 2, "is no file of figures");
    expect_figures(db, "t.id", "{\"kind\": \"pgwiden figures\", \"format\": 1, \"tab", 2,
                   "is no file of figures");
    expect_figures(db, "t.id", FILE_OF("2", TABLE("1000", PHASE)), 2, "by another version: format 2");
    expect_figures(db, "t.id", FILE_OF("1", TABLE("0", PHASE)), 1, "are of an empty public.t");
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
        expect_figures(db, "t.id", damaged[i], 2, "is damaged");
    program_expect(db, 2, "pgwiden plan t.id --rehearsed /tmp");
    expect_figures(db, "parent.id", FILE_OF("1", TABLE("1000", PHASE)), 1, "no figures of public.parent");
    db_drop(db);
}
