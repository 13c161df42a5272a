/* The backfill of partitioned tables: leaf by leaf, whatever others do to the leaves meanwhile. */
#include "backfill_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

TestSuite(backfill_leaves, .init = backfill_set_up, .fini = backfill_tear_down, .timeout = 120);

static const int64_t leaf_rows = 3000;

/* "T 1" with the leaves "L 1", l2 (other numbers, a dropped column), l3a and l3b (two levels down), l4
 * (empty). */
static void make_tree(void)
{
    char *state = file_read(SOURCE_DIR "/sql/state.sql");

    db_exec(db, "CREATE SCHEMA pgwiden; SET search_path = pgwiden; %s; RESET search_path", state);
    free(state);
    db_exec(
        db,
        "CREATE TABLE \"T 1\" (id int NOT NULL, \"sm%%l\" smallint, body text, p int NOT NULL, PRIMARY KEY "
        "(p, id))"
        " PARTITION BY LIST (p);"
        "CREATE TABLE \"L 1\" PARTITION OF \"T 1\" FOR VALUES IN (1);"
        "CREATE TABLE l2 (gone int, p int NOT NULL, body text, gone_too text, \"sm%%l\" smallint, id int NOT "
        "NULL);"
        "ALTER TABLE l2 DROP gone, DROP gone_too; ALTER TABLE \"T 1\" ATTACH PARTITION l2 FOR VALUES IN (2);"
        "CREATE TABLE l3 PARTITION OF \"T 1\" FOR VALUES IN (3) PARTITION BY RANGE (id);"
        "CREATE TABLE l3a PARTITION OF l3 FOR VALUES FROM (0) TO (1000);"
        "CREATE TABLE l3b PARTITION OF l3 FOR VALUES FROM (1000) TO (1000000);"
        "CREATE TABLE l4 PARTITION OF \"T 1\" FOR VALUES IN (4);"
        "DO $$ DECLARE r record; BEGIN FOR r IN SELECT oid::regclass AS leaf FROM pg_class WHERE "
        "relispartition"
        " AND relkind = 'r' LOOP EXECUTE format('ALTER TABLE %%s SET (autovacuum_enabled = off)', r.leaf);"
        " END LOOP; END $$;"
        "INSERT INTO \"T 1\" SELECT g, nullif(g %% 7, 3), repeat('x', 60), p"
        " FROM generate_series(1, %ld) g, generate_series(1, 3) p;"
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
        "INSERT INTO pgwiden.conversion_column VALUES (1, 1, 5, 'id', 'int4'), (1, 2, 6, 'sm%%l', 'int2')",
        (long)leaf_rows);
}

/* The number of parts that are about a relation which is no leaf. */
static int64_t strays(void)
{
    return db_int(db, "SELECT count(*) FROM pgwiden.backfill_range WHERE relid NOT IN"
                      " (SELECT relid FROM pg_partition_tree('\"T 1\"') WHERE isleaf)");
}

Test(backfill_leaves, one_session_fills_every_leaf)
{
    make_tree();
    run_well(false);
    expect_done(3 * leaf_rows);
    cr_expect(eq(i64, result.rows, 3 * leaf_rows));
    cr_expect(eq(i64, db_int(db, "SELECT rows_done FROM pgwiden.conversion"), 3 * leaf_rows));
    cr_expect(eq(i64, db_int(db, "SELECT sum(rows_done)::int FROM pgwiden.backfill_range"), 3 * leaf_rows));
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.backfill_range"), 5));
    cr_expect(eq(i64, progress_rows, 3 * leaf_rows));
    cr_expect(eq(i64, progress_blocks, progress_blocks_total));
    cr_expect(eq(int, notices, 0));
    run_well(false);
    cr_expect(eq(i64, result.rows, 0), "what is done is not done again");
    run_well(true);
    cr_expect(eq(i64, result.rows, 0));
}

Test(backfill_leaves, many_sessions_share_the_leaves_and_cut_the_largest)
{
    settings.jobs = 4;
    make_tree();
    db_exec(db, "ALTER TABLE l2 SET (fillfactor = 10); INSERT INTO \"T 1\" SELECT g, 1, repeat('y', 60), 2"
                " FROM generate_series(10001, 40000) g;"
                "ALTER TABLE \"T 1\" DISABLE TRIGGER ALL; UPDATE \"T 1\" SET pgwiden_new_1 = NULL;"
                "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\"");
    run_well(false);
    expect_done(3 * leaf_rows + 30000);
    cr_expect(
        gt(i64, db_int(db, "SELECT count(*) FROM pgwiden.backfill_range WHERE relid = 'l2'::regclass"), 2));
}

Test(backfill_leaves, a_tree_without_leaves_is_done_at_once)
{
    make_tree();
    db_exec(db, "DROP TABLE \"L 1\", l2, l3, l4");
    run_well(false);
    run_well(true);
    cr_expect(eq(i64, result.rows, 0));
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM pgwiden.backfill_range"), 0));
}

Test(backfill_leaves, the_last_sweep_looks_at_all_leaves)
{
    settings.jobs = 2;
    make_tree();
    run_well(false);
    db_exec(db, "ALTER TABLE \"T 1\" DISABLE TRIGGER \"~pgwiden\";"
                "INSERT INTO \"T 1\" SELECT g, 5, 'late', p FROM generate_series(10001, 12000) g,"
                " generate_series(1, 4) p;"
                "UPDATE \"T 1\" SET \"sm%%l\" = 6 WHERE id = 10;"
                "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\"");
    cr_expect(eq(i64, wrong_rows(), 8003));
    run_well(true);
    cr_expect(eq(i64, result.rows, 8003));
    cr_expect(eq(i64, wrong_rows(), 0));
    cr_expect(eq(i64, db_int(db, "SELECT rows_done FROM pgwiden.conversion"), 3 * leaf_rows + 8003));
}

/* --- others change the tree; the first leaf that is worked on is l2, the largest --- */

static const char *statement; /* run by the other client */

static void change(int number)
{
    if (number == 3)
        db_exec(db, "%s", statement);
}

static void run_while(const char *client, bool sweep)
{
    make_tree();
    if (sweep)
        run_well(false);
    settings.chunk_size = 100;
    statement = client;
    after_chunk = change;
    run_well(sweep);
    cr_expect(chunks >= 3, "the other client was not needed");
}

static void fill_while(const char *client, int64_t rows)
{
    run_while(client, false);
    expect_done(rows);
    cr_expect(strays() == 0);
}

static int64_t parts_begun_anew(void)
{
    return db_int(db, "SELECT count(*) FROM pgwiden.backfill_range WHERE part > 4");
}

Test(backfill_leaves, vacuum_full_of_one_leaf_begins_that_one_anew)
{
    fill_while("VACUUM FULL \"L 1\", l2, l3b", 3 * leaf_rows);
    cr_expect(eq(int, notices, 3));
    cr_expect(eq(i64, parts_begun_anew(), 3));
    cr_expect(eq(i64, result.rows, 3 * leaf_rows));
}

Test(backfill_leaves, a_leaf_that_is_truncated)
{
    fill_while("TRUNCATE \"L 1\"; INSERT INTO \"T 1\" VALUES (1, 1, 'new', 1)", 2 * leaf_rows + 1);
    cr_expect(eq(int, notices, 1));
    cr_expect(eq(i64, parts_begun_anew(), 1));
}

Test(backfill_leaves, leaves_that_are_dropped)
{
    fill_while("DROP TABLE \"L 1\", l3a, l4", 2 * leaf_rows - 999);
    cr_expect(eq(int, notices, 3));
    cr_expect(eq(i64, parts_begun_anew(), 0));
}

Test(backfill_leaves, all_leaves_are_dropped)
{
    settings.jobs = 3;
    make_tree();
    settings.chunk_size = 100;
    statement = "DROP TABLE \"L 1\", l2, l3, l4";
    after_chunk = change;
    run_well(false);
    cr_expect(eq(int, notices, 5));
    cr_expect(eq(i64, strays(), 0));
}

Test(backfill_leaves, a_leaf_that_is_detached)
{
    fill_while("ALTER TABLE \"T 1\" DETACH PARTITION l2", 2 * leaf_rows);
    cr_expect(eq(int, notices, 1));
}

Test(backfill_leaves, a_branch_that_is_detached)
{
    fill_while("ALTER TABLE \"T 1\" DETACH PARTITION l3", 2 * leaf_rows);
    cr_expect(eq(int, notices, 2));
    cr_expect(eq(i64, db_int(db, "SELECT count(pgwiden_new_1) FROM l3"), 0), "it is no business of ours");
}

Test(backfill_leaves, a_leaf_that_is_attached_with_rows)
{
    fill_while(
        "CREATE TABLE l5 (LIKE \"T 1\"); INSERT INTO l5 SELECT g, 1, 'z', 5 FROM generate_series(1, 700) g;"
        "ALTER TABLE \"T 1\" ATTACH PARTITION l5 FOR VALUES IN (5)",
        3 * leaf_rows + 700);
    cr_expect(eq(int, notices, 1));
}

Test(backfill_leaves, a_leaf_that_is_created)
{
    fill_while("CREATE TABLE l5 PARTITION OF \"T 1\" FOR VALUES IN (5);"
               "INSERT INTO \"T 1\" SELECT g, 1, 'z', 5 FROM generate_series(1, 700) g",
               3 * leaf_rows + 700);
}

Test(backfill_leaves, a_leaf_that_changes_its_name)
{
    fill_while(
        "CREATE SCHEMA elsewhere; ALTER TABLE l2 RENAME TO \"l 2\"; ALTER TABLE l3a SET SCHEMA elsewhere",
        3 * leaf_rows);
    cr_expect(eq(i64, parts_begun_anew(), 0));
    cr_expect(eq(int, notices, 0));
}

Test(backfill_leaves, a_leaf_whose_name_is_taken_by_another_one)
{
    fill_while("DROP TABLE l2; CREATE TABLE l2 PARTITION OF \"T 1\" FOR VALUES IN (2);"
               "INSERT INTO \"T 1\" VALUES (1, 1, 'new', 2)",
               2 * leaf_rows + 1);
    cr_expect(eq(i64, parts_begun_anew(), 1));
}

Test(backfill_leaves, the_name_is_taken_by_a_table_of_no_tree)
{
    fill_while("CREATE SCHEMA elsewhere; ALTER TABLE l2 RENAME TO l6; CREATE TABLE l2 (id int, pgwiden_new_1 "
               "bigint)",
               3 * leaf_rows);
}

/* A prepared statement looks for its names again. "L 1" is as large as l2 and older: it comes first. */
Test(backfill_leaves, two_leaves_take_each_others_names)
{
    fill_while("BEGIN; ALTER TABLE \"L 1\" RENAME TO l6; ALTER TABLE l3a RENAME TO \"L 1\";"
               "ALTER TABLE l6 RENAME TO l3a; COMMIT",
               3 * leaf_rows);
}

Test(backfill_leaves, the_name_is_taken_by_a_copy)
{
    fill_while("BEGIN; ALTER TABLE \"L 1\" RENAME TO l6; CREATE TABLE \"L 1\" (LIKE l6);"
               "INSERT INTO \"L 1\" (id, p) SELECT g, 2 FROM generate_series(1, 3000) g; COMMIT",
               3 * leaf_rows);
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM \"L 1\" WHERE pgwiden_new_1 IS NOT NULL"), 0));
}

Test(backfill_leaves, the_tree_is_changed_during_the_last_sweep)
{
    run_while(
        "DROP TABLE \"L 1\"; CLUSTER l2 USING l2_pkey; ALTER TABLE \"T 1\" DETACH PARTITION l3;"
        "CREATE TABLE l5 (LIKE \"T 1\"); INSERT INTO l5 SELECT g, 1, 'z', 5 FROM generate_series(1, 700) g;"
        "ALTER TABLE \"T 1\" ATTACH PARTITION l5 FOR VALUES IN (5)",
        true);
    expect_done(leaf_rows + 700);
}

/* A column of a leaf can't be dropped; a shadow of the tree can. */
Test(backfill_leaves, ends_when_the_shadows_are_gone)
{
    make_tree();
    settings.jobs = 2;
    settings.chunk_size = 100;
    statement = "ALTER TABLE \"T 1\" DROP pgwiden_new_1 CASCADE";
    after_chunk = change;
    cr_expect(not(run_once(false)));
    cr_expect(eq(int, err.kind, ERR_FAILED), "%s", err.primary);
}

/* --- locks --- */

static struct db *other;

static void drop_slowly(int number)
{
    if (number == 5)
        db_send(other, "BEGIN; DROP TABLE l2; SELECT pg_sleep(0.5); COMMIT");
}

Test(backfill_leaves, who_drops_a_leaf_waits_for_a_chunk_only)
{
    double started;

    make_tree();
    other = db_session(db);
    settings.jobs = 3;
    settings.chunk_size = 20;
    after_chunk = drop_slowly;
    started = now();
    run_well(false);
    cr_expect(eq(str, (char *)db_finish(other, 5), ""));
    cr_expect(lt(dbl, now() - started, 20.0));
    expect_done(2 * leaf_rows);
}
