/* Partitioned tables from end to end: with clients that write, with others who change the tree, killed and
 * undone. */
#include "support_writers.h"
#include "twin.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
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

/* --- others change the tree --- */

/* Leaves on two levels, one with columns of other numbers, keys and indexes of all sorts. */
static const char tree[] =
    "CREATE TABLE t (id int NOT NULL, k int NOT NULL, up int, body text DEFAULT 'b', CONSTRAINT t_key "
    "PRIMARY KEY (k, id),"
    " CONSTRAINT limits CHECK (id > -100000)) PARTITION BY LIST (k);"
    "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);"
    "CREATE TABLE t2 (gone int, body text DEFAULT 'b', up int, k int NOT NULL, id int NOT NULL,"
    " CONSTRAINT limits CHECK (id > -100000)); ALTER TABLE t2 DROP gone; ALTER TABLE t ATTACH PARTITION t2 "
    "FOR VALUES IN (2);"
    "CREATE TABLE t3 PARTITION OF t FOR VALUES IN (3, 4) PARTITION BY LIST (k);"
    "CREATE TABLE t3a PARTITION OF t3 FOR VALUES IN (3); CREATE TABLE t3b PARTITION OF t3 FOR VALUES IN (4);"
    "CREATE TABLE t5 PARTITION OF t FOR VALUES IN (5); CREATE TABLE t6 PARTITION OF t FOR VALUES IN (6);"
    "CREATE INDEX t_up ON t (up, id) WHERE id > 3; CREATE INDEX t_id ON t (id DESC);"
    "INSERT INTO t SELECT g, g % 6 + 1, g FROM generate_series(1, 600) AS g";

/* The same statements in both schemas. */
static void both(struct twin *t, const char *sql)
{
    const char *schemas[] = {TWIN_OURS, TWIN_NATIVE};

    for (int i = 0; i < 2; i++) {
        db_exec(t->db, "SELECT set_config('search_path', quote_ident('%s'), false)", schemas[i]);
        db_exec(t->db, "%s", sql);
    }
    db_exec(t->db, "RESET search_path");
}

static void go(struct twin *t, const char *command, const char *options)
{
    char *text = text_format("pgwiden %s%s %s", command, t->targets, options);

    program_expect(t->db, 0, "%s", text);
    free(text);
}

struct disturbance {
    char phase[12], name[24], sql[400];
};

/* clang-format off */
#define CREATED(phase) \
    {phase, "created", \
     "CREATE TABLE t7 PARTITION OF t FOR VALUES IN (7); " \
     "INSERT INTO t (id, k, up) SELECT g, 7, g FROM generate_series(1, 50) AS g"}
#define ATTACHED(phase) \
    {phase, "attached", \
     "CREATE TABLE t7 (LIKE t INCLUDING ALL EXCLUDING INDEXES); " \
     "INSERT INTO t7 (id, k, up) SELECT g, 7, g FROM generate_series(1, 50) AS g; " \
     "ALTER TABLE t ATTACH PARTITION t7 FOR VALUES IN (7)"}
#define DETACHED(phase) \
    {phase, "detached", \
     "ALTER TABLE t DETACH PARTITION t2; " \
     "INSERT INTO t2 (id, k, up) SELECT g, 2, g FROM generate_series(1001, 1050) AS g"}
#define BRANCH_DETACHED(phase) \
    {phase, "branch detached", \
     "ALTER TABLE t DETACH PARTITION t3; " \
     "INSERT INTO t3 (id, k, up) SELECT g, 3, g FROM generate_series(1001, 1050) AS g"}
#define DROPPED(phase) \
    {phase, "dropped", "DROP TABLE t5; ALTER TABLE t DETACH PARTITION t1; DROP TABLE t1"}
#define REPLACED(phase) \
    {phase, "replaced", \
     "DROP TABLE t5; CREATE TABLE t5 PARTITION OF t FOR VALUES IN (5); " \
     "INSERT INTO t (id, k, up) SELECT g, 5, g FROM generate_series(1, 50) AS g"}
#define REATTACHED(phase) \
    {phase, "detached and attached", \
     "ALTER TABLE t DETACH PARTITION t2; INSERT INTO t2 (id, k, up) SELECT g, 2, g FROM generate_series(1001, 1050) AS g; " \
     "ALTER TABLE t ATTACH PARTITION t2 FOR VALUES IN (2)"}
#define AFTER(phase) \
    CREATED(phase), ATTACHED(phase), DETACHED(phase), BRANCH_DETACHED(phase), DROPPED(phase), REPLACED(phase), \
    REATTACHED(phase)

static const struct disturbance disturbances[] = {
    AFTER("prepare"), AFTER("backfill"), AFTER("index"),
    /* now the equality CHECK stands, also on what is detached: no new rows for that */
    CREATED("verify"), DROPPED("verify"), REPLACED("verify"),
    {"verify", "attached",
     "CREATE TABLE t7 (LIKE t INCLUDING ALL EXCLUDING INDEXES); ALTER TABLE t ATTACH PARTITION t7 FOR VALUES IN (7); "
     "INSERT INTO t (id, k, up) SELECT g, 7, g FROM generate_series(1, 50) AS g"},
    {"verify", "detached", "ALTER TABLE t DETACH PARTITION t2"},
    {"verify", "branch detached", "ALTER TABLE t DETACH PARTITION t3"},
    {"verify", "detached and attached",
     "ALTER TABLE t DETACH PARTITION t2; ALTER TABLE t ATTACH PARTITION t2 FOR VALUES IN (2)"},
};

/* Between swap and cleanup. New partitions get indexes under names of PostgreSQL's choice, which the old ones still
 * have a part in: only columns and rows are compared. */
static const struct disturbance afterwards[] = {AFTER("swap")};
/* clang-format on */

ParameterizedTestParameters(partitions, the_tree_is_changed)
{
    return cr_make_param_array(struct disturbance, (void *)disturbances,
                               sizeof disturbances / sizeof *disturbances);
}

ParameterizedTest(struct disturbance *d, partitions, the_tree_is_changed)
{
    char *label = text_format("%s after %s", d->name, d->phase), *until = text_format("--until %s", d->phase);
    struct twin t;

    twin_make(&t, label, tree, "t.id\nt.up");
    go(&t, "run", until);
    both(&t, d->sql);
    free(t.heaps);
    t.heaps = twin_heaps(&t);
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
    free(until);
    free(label);
}

ParameterizedTestParameters(partitions, the_tree_is_changed_before_cleanup)
{
    return cr_make_param_array(struct disturbance, (void *)afterwards,
                               sizeof afterwards / sizeof *afterwards);
}

ParameterizedTest(struct disturbance *d, partitions, the_tree_is_changed_before_cleanup)
{
    char *label = text_format("%s after %s", d->name, d->phase), *text;
    struct twin t;

    twin_make(&t, label, tree, "t.id\nt.up");
    go(&t, "run", "--yes");
    db_exec(t.db, "%s", t.native);
    both(&t, d->sql);
    go(&t, "run", "--cleanup");
    twin_leftovers(&t);
    text = data_compare(t.db, TWIN_OURS, TWIN_NATIVE);
    cr_expect(*text == '\0', "%s: the data differ\n%s", label, text);
    free(text);
    cr_expect(
        db_bool(t.db,
                "SELECT bool_and(atttypid = 'bigint'::regtype) FROM pg_attribute JOIN pg_class AS c"
                " ON c.oid = attrelid AND relkind IN ('r', 'p') AND relnamespace::regnamespace::text LIKE"
                " '%%che%%' WHERE attname IN ('id', 'up')"),
        "%s: not all columns are bigint", label);
    twin_drop(&t);
    free(label);
}

Test(partitions, a_detached_one_is_told)
{
    struct db *db = db_create();
    struct outcome o;

    db_exec(db, "%s; ALTER TABLE t DROP COLUMN up", tree);
    program_expect(db, 0, "pgwiden run t.id --until index");
    db_exec(db, "ALTER TABLE t DETACH PARTITION t2");
    o = program_run(db, "pgwiden run t.id --yes");
    cr_expect(o.status == 0 && strstr(o.err, "warning: table public.t2, which was detached in mid-run") &&
                  strstr(o.err, "[detached-partition]"),
              "%s", o.err);
    outcome_free(&o);
    db_drop(db);
}

/* What was detached does not fail the abort, and does not keep what is ours. */
enum { FIRST_TO_ABORT = 14 }; /* after phase index, where most is there to be undone */

ParameterizedTestParameters(partitions, the_tree_is_changed_then_abort)
{
    return cr_make_param_array(struct disturbance, (void *)&disturbances[FIRST_TO_ABORT],
                               sizeof disturbances / sizeof *disturbances - FIRST_TO_ABORT);
}

ParameterizedTest(struct disturbance *d, partitions, the_tree_is_changed_then_abort)
{
    char *label = text_format("%s after %s, abort", d->name, d->phase),
         *until = text_format("--until %s", d->phase);
    char *text;
    struct twin t;

    twin_make(&t, label, tree, "t.id\nt.up");
    go(&t, "run", until);
    both(&t, d->sql);
    go(&t, "abort", "--forget");
    twin_leftovers(&t);
    text = catalog_compare(t.db, TWIN_OURS, TWIN_NATIVE);
    cr_expect(*text == '\0', "%s: the catalogs differ\n%s", label, text);
    free(text);
    twin_drop(&t);
    free(until);
    free(label);
}

/* PostgreSQL itself refuses a partition without our column. */
Test(partitions, attached_without_the_shadow)
{
    struct twin t;

    twin_make(&t, "attached without the shadow", tree, "t.id");
    go(&t, "run", "--until verify");
    db_exec(t.db, "SELECT set_config('search_path', quote_ident('%s'), false)", TWIN_OURS);
    cr_expect(strcmp(db_try(t.db, "CREATE TABLE t7 (id int NOT NULL, k int NOT NULL, up int, body text,"
                                  " CONSTRAINT limits CHECK (id > -100000));"
                                  "ALTER TABLE t ATTACH PARTITION t7 FOR VALUES IN (7)"),
                     "42804") == 0);
    db_exec(t.db, "RESET search_path");
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}
