/* Partitioned tables from end to end: with clients that write, with others who change the tree, killed and
 * undone. */
#include "support_writers.h"
#include "twin.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(partitions, .timeout = 400);

/* --- writers --- */

enum { ROWS = 40000 };

/* Leaves on two levels, one with columns of other numbers; keys, a serial, a partial index. */
static struct db *make_for_writers(void)
{
    struct db *db = db_create();

    db_exec(db,
            "CREATE TABLE t (id serial, tag bigint, n int NOT NULL DEFAULT 0,"
            " k int NOT NULL DEFAULT (random() * 4)::int, PRIMARY KEY (id, k)) PARTITION BY LIST (k);"
            "CREATE TABLE t0 PARTITION OF t FOR VALUES IN (0);"
            "CREATE TABLE t1 (gone int, k int NOT NULL, n int NOT NULL DEFAULT 0, tag bigint, id int NOT NULL"
            " DEFAULT nextval('t_id_seq')); ALTER TABLE t1 DROP gone;"
            "ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1);"
            "CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2, 3) PARTITION BY LIST (k);"
            "CREATE TABLE t2a PARTITION OF t2 FOR VALUES IN (2);"
            "CREATE TABLE t2b PARTITION OF t2 FOR VALUES IN (3);"
            "CREATE TABLE t4 PARTITION OF t DEFAULT;"
            "CREATE INDEX t_tag ON t (tag, id); CREATE INDEX t_some ON t (id) WHERE n > 0");
    return db;
}

static void check_report(const struct writers_report *r)
{
    cr_expect(r->other_errors == 0, "%ld errors, the first: %s", r->other_errors, r->first_error);
    cr_expect(r->inserted > 100 && r->updated > 100 && r->deleted > 10 && r->moved > 10 && r->upserted > 10,
              "too little was written for a test: %ld inserts, %ld updates, %ld deletes, %ld key updates, "
              "%ld upserts",
              r->inserted, r->updated, r->deleted, r->moved, r->upserted);
}

static void check_ledger(struct writers *w, struct db *db)
{
    char *text = writers_audit(w, db);

    cr_expect(*text == '\0', "the ledger differs\n%s", text);
    free(text);
    cr_expect(db_int(db, "SELECT count(*) FROM t WHERE tag IS NULL AND id BETWEEN 1 AND %d", ROWS) == ROWS);
}

/* Rows move between the partitions, inserts go to all of them. */
Test(partitions, four_writers)
{
    struct db *db = make_for_writers();
    struct writers_report report;
    struct writers *w;

    db_exec(db, "INSERT INTO t (n) SELECT 0 FROM generate_series(1, %d); ANALYZE t", ROWS);
    w = writers_start(db, 4);
    pause_ms(1000);
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup --jobs 3");
    pause_ms(1000);
    writers_stop(w, &report);
    check_report(&report);
    check_ledger(w, db);
    cr_expect(db_bool(db, "SELECT bool_and(atttypid = 'bigint'::regtype) FROM pg_attribute "
                          "WHERE attrelid IN (SELECT relid FROM pg_partition_tree('t')) AND attname = 'id'"));
    writers_free(w);
    db_drop(db);
}

/* Killed again and again, and undone at last. */
Test(partitions, killed_and_undone_among_writers)
{
    struct db *db = make_for_writers();
    struct writers_report report;
    struct writers *w;

    db_exec(db, "INSERT INTO t (n) SELECT 0 FROM generate_series(1, %d); ANALYZE t", ROWS);
    w = writers_start(db, 4);
    for (int n = 10; n < 60; n += 15) {
        struct outcome o = program_run(db, "PGWIDEN_TEST_KILL_AFTER=%d pgwiden run t.id --until verify", n);

        cr_assert(o.status == 0 || o.status == 128 + SIGKILL, "exit status %d\n%s\n%s", o.status, o.out,
                  o.err);
        outcome_free(&o);
    }
    program_expect(db, 0, "pgwiden abort t.id --forget");
    pause_ms(500);
    writers_stop(w, &report);
    check_report(&report);
    check_ledger(w, db);
    cr_expect(
        db_int(db, "SELECT count(*) FROM pg_attribute WHERE attname LIKE 'pgwiden%%' AND NOT attisdropped") ==
        0);
    writers_free(w);
    db_drop(db);
}
