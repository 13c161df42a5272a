/* abort when the swap was given up after it had exchanged the foreign keys: the old ones come back, the
 * partitioned tables' leaf by leaf, and nothing is read under a lock that others wait behind. */
#include "twin.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(undo, .timeout = 400);

/* A partitioned table on two levels references the target; keys of partitions that were attached have names
 * of their own.
 */
static const char setup[] =
    "CREATE TABLE t (id int4 PRIMARY KEY, n int); CREATE VIEW w AS SELECT id FROM t; "
    "INSERT INTO t SELECT generate_series(0, 100); "
    "CREATE TABLE child (t int DEFAULT 0, k int, CONSTRAINT up FOREIGN KEY (t) REFERENCES t ON DELETE SET "
    "DEFAULT) "
    "    PARTITION BY LIST (k); "
    "CREATE TABLE c1 PARTITION OF child FOR VALUES IN (1); "
    "CREATE TABLE c2 PARTITION OF child FOR VALUES IN (2) PARTITION BY RANGE (t); "
    "CREATE TABLE c2a PARTITION OF c2 FOR VALUES FROM (0) TO (1000); "
    "CREATE TABLE c3 (gone text, k int, t int DEFAULT 0, "
    "    CONSTRAINT own_name FOREIGN KEY (t) REFERENCES t ON DELETE SET DEFAULT); "
    "ALTER TABLE c3 DROP gone; ALTER TABLE child ATTACH PARTITION c3 FOR VALUES IN (3); "
    "CREATE TABLE c4 (k int, t int DEFAULT 0, CONSTRAINT middle FOREIGN KEY (t) REFERENCES t ON DELETE SET "
    "DEFAULT) "
    "    PARTITION BY RANGE (t); "
    "CREATE TABLE c4a PARTITION OF c4 FOR VALUES FROM (0) TO (1000); "
    "ALTER TABLE child ATTACH PARTITION c4 FOR VALUES IN (4); "
    "ALTER TABLE c1 ADD CONSTRAINT of_c1 FOREIGN KEY (t) REFERENCES t DEFERRABLE; "
    "COMMENT ON CONSTRAINT up ON child IS 'comment'; "
    "INSERT INTO child SELECT g, g % 4 + 1 FROM generate_series(0, 100) AS g; "
    "CREATE TABLE plain (t int CONSTRAINT plain_key REFERENCES t); INSERT INTO plain VALUES (1)";

/* Someone works on the view: the foreign keys can be exchanged, but the swap's message gets no lock. */
static void make_exchanged(struct twin *t)
{
    struct db *other;

    twin_make_born_wide(t, "exchanged", setup, "t.id");
    twin_remember(t);
    other = db_session(t->db);
    db_exec(other, "BEGIN; DO $$ BEGIN EXECUTE format('COMMENT ON VIEW %%I.w IS ''x''', '%s'); END $$",
            TWIN_OURS);
    program_expect(t->db, 4, "pgwiden run%s --yes --lock-retries 2", t->targets);
    db_exec(other, "ROLLBACK");
    db_drop(other);
    cr_assert(
        db_int(
            t->db,
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conname IN ('up', 'plain_key') AND "
            "pg_get_constraintdef(oid) LIKE '%%(pgwiden_new_1)%%'") > 0,
        "no foreign key was exchanged");
}

/* In the server's log at debug1: how many foreign keys were read in this database. */
static int read_keys(const struct db *db)
{
    const char *path = getenv("PGWIDEN_TEST_LOG");
    char *log = file_read(path), *rest = log, *ours = text_format(" %s pgwiden: ", db_name(db));
    int count = 0;

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        count += strstr(line, ours) != NULL && strstr(line, "validating foreign key constraint") != NULL;
    free(ours);
    free(log);
    return count;
}

/* Each by a VALIDATE, which lets everybody go on; an ADD CONSTRAINT that reads would be one more. */
Test(undo, exchanged_keys_come_back_without_a_scan_under_a_lock)
{
    struct twin original, t;
    int64_t validated;

    make_exchanged(&original);
    twin_copy(&t, &original, "abort");
    program_expect(t.db, 0, "pgwiden abort%s", t.targets);
    validated = db_int(t.db, "SELECT count(*) FROM pgwiden.journal WHERE step = 'validate them'");
    cr_expect(validated == 6, "%d foreign keys were validated, not 6", (int)validated);
    if (getenv("PGWIDEN_TEST_LOG") != NULL)
        cr_expect(read_keys(t.db) == validated, "%d foreign keys were read, %d by VALIDATE", read_keys(t.db),
                  (int)validated);
    twin_unchanged(&t);
    twin_leftovers(&t);
    twin_drop(&t);
    twin_drop(&original);
}

/* The abort is killed after each message; then it is repeated, or the conversion goes on after all. */
static void kill_abort(bool repeat, int stride)
{
    struct twin original;
    bool more = true;

    make_exchanged(&original);
    for (int n = boundary_first(1, stride); more; n += boundary_stride(stride)) {
        char *label = text_format("abort killed after %d", n);
        struct outcome o;
        struct twin t;

        twin_copy(&t, &original, label);
        o = program_run(t.db, "PGWIDEN_TEST_KILL_AFTER=%d pgwiden abort%s", n, t.targets);
        more = o.status == 128 + SIGKILL;
        cr_assert(more || o.status == 0, "%s: exit status %d\n%s", label, o.status, o.err);
        cr_assert(more || n > 12, "only %d boundaries", n);
        program_expect(t.db, 0, "pgwiden %s%s", repeat ? "abort" : "run --yes --cleanup", t.targets);
        if (repeat) {
            twin_unchanged(&t);
            twin_leftovers(&t);
        } else {
            twin_compare(&t);
        }
        outcome_free(&o);
        twin_drop(&t);
        free(label);
    }
    twin_drop(&original);
}

Test(undo, a_killed_abort_goes_on)
{
    kill_abort(true, 3);
}

Test(undo, a_killed_abort_is_thought_better_of)
{
    kill_abort(false, 5);
}
