/*
 * Views under load: readers lock a view first and the table afterwards; the swap takes its locks in the same
 * order, and whoever waits behind the first of them waits no longer than --lock-timeout.
 */
#include "support_readers.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

TestSuite(readers, .timeout = 200);

static struct db *make(void)
{
    struct db *db = db_create();

    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT g, g %% 10 FROM "
                "generate_series(1, 2000) g; CREATE VIEW inner_v AS SELECT id, n FROM t; "
                "CREATE VIEW middle AS SELECT n, max(id) AS m FROM inner_v GROUP BY n; "
                "CREATE VIEW outer_v AS SELECT middle.m, t.n FROM middle JOIN t ON t.id = middle.m; "
                "CREATE VIEW kept AS SELECT n FROM t WHERE id > 7");
    return db;
}

static int attempts(const struct outcome *o)
{
    char *copy = strdup(o->out), *rest = copy;
    int value = -1;

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        json_t *object = json_loads(line, 0, NULL);
        json_t *number = json_object_get(object, "attempts");

        if (json_is_integer(number))
            value = (int)json_integer_value(number);
        json_decref(object);
    }
    free(copy);
    return value;
}

static void expect_swapped(struct db *db)
{
    char *kinds =
        db_text(db, "SELECT string_agg(attrelid::regclass || ' ' || format_type(atttypid, NULL), ', ' "
                    "ORDER BY attname) FROM pg_attribute WHERE attname IN ('id', 'm') AND "
                    "attrelid IN ('inner_v'::regclass, 'outer_v'::regclass)");

    cr_expect(strcmp(kinds, "inner_v bigint, outer_v bigint") == 0, "%s", kinds);
    free(kinds);
}

Test(readers, of_views_get_no_error_and_the_swap_gets_through)
{
    static const char *const queries[] = {
        "SELECT count(*) FROM outer_v",
        "SELECT m FROM middle WHERE n = 3",
        "SELECT id FROM inner_v WHERE id = 42",
        "SELECT n FROM kept WHERE n = 3 LIMIT 1",
        "BEGIN; SELECT count(*) FROM kept; SELECT count(*) FROM outer_v; SELECT count(*) FROM t; COMMIT",
        "SELECT count(*) FROM t JOIN inner_v USING (id) WHERE id < 50",
    };
    struct db *db = make();
    struct readers_report report;
    struct readers *readers;
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    readers = readers_start(db, 12, queries, 6);
    pause_ms(500);
    o = program_run(db, "pgwiden swap t.id --yes --allow long-swap --json");
    pause_ms(500);
    readers_stop(readers, &report);
    cr_expect(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(attempts(&o) >= 1, "%s", o.out); /* of 30 tries one got through */
    cr_expect(report.errors == 0, "%ld errors in %ld queries, the first: %s", report.errors, report.done,
              report.first);
    cr_expect(report.done > 50, "only %ld queries: no test", report.done);
    expect_swapped(db);
    outcome_free(&o);
    program_expect(db, 0, "pgwiden cleanup t.id");
    db_drop(db);
}

/* The outermost view is locked first: its readers wait behind it while the swap waits for the innermost. */
Test(readers, wait_no_longer_than_the_lock_timeout_for_all_locks_together)
{
    static const char *const query = "SELECT count(*) FROM outer_v";
    struct db *db = make(), *holder = db_session(db);
    char *pid = text_format("pid %d", db_pid(holder));
    struct readers_report report;
    struct readers *readers;
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(holder, "BEGIN; SELECT count(*) FROM inner_v");
    readers = readers_start(db, 2, &query, 1);
    o = program_run(db, "pgwiden swap t.id --yes --lock-retries 4 --lock-timeout 200ms");
    readers_stop(readers, &report);
    cr_expect(o.status == 4, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(strstr(o.err, pid) != NULL, "%s is not named\n%s", pid, o.err);
    cr_expect(report.errors == 0, "%ld errors, the first: %s", report.errors, report.first);
    cr_expect(report.longest > 150, "%g ms: nobody waited, no test", report.longest);
    cr_expect(report.longest < 600, "a reader waited for %g ms", report.longest);
    outcome_free(&o);
    db_exec(holder, "COMMIT");
    program_expect(db, 0, "pgwiden swap t.id --yes --allow long-swap");
    expect_swapped(db);
    free(pid);
    db_drop(holder);
    db_drop(db);
}

/* A view that is not another one afterwards keeps its OID and all that hangs on it. */
Test(readers, of_a_view_that_stays_find_the_same_view)
{
    struct db *db = make();
    int64_t oid = db_int(db, "SELECT 'kept'::regclass::oid");

    db_exec(db, "CREATE VIEW above AS SELECT n + 1 AS n FROM kept; CREATE TABLE uses (k kept); "
                "CREATE FUNCTION f() RETURNS SETOF kept LANGUAGE sql AS 'SELECT * FROM kept'; "
                "CREATE MATERIALIZED VIEW m AS SELECT n FROM kept");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup --allow long-swap");
    cr_expect(db_int(db, "SELECT 'kept'::regclass::oid") == oid);
    cr_expect(db_int(db, "SELECT count(*) FROM above") == 1993);
    db_drop(db);
}

/* What comes between the last look and the lock is seen under the lock. */
Test(readers, a_view_that_changes_before_the_swap_is_captured_anew)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(db,
            "CREATE OR REPLACE VIEW kept AS SELECT n FROM t WHERE id > 8; COMMENT ON VIEW inner_v IS 'new'; "
            "CREATE VIEW another AS SELECT id FROM t");
    program_expect(db, 0, "pgwiden swap t.id --yes --allow long-swap");
    expect_swapped(db);
    cr_expect(db_int(db, "SELECT count(*) FROM kept") == 1992);
    cr_expect(db_bool(db, "SELECT obj_description('inner_v'::regclass, 'pg_class') = 'new'"));
    cr_expect(db_bool(db, "SELECT pg_typeof(id) = 'bigint'::regtype FROM another LIMIT 1"));
    db_drop(db);
}

/* With a conversion open it is no refusal: told before the swap, and the run goes on when it is gone. */
Test(readers, a_view_that_can_not_be_made_again_stops_an_open_conversion)
{
    struct db *db = make();
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(db, "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT $1'; CREATE VIEW bad AS SELECT "
                "f(id) FROM t");
    o = program_run(db, "pgwiden swap t.id --yes --allow long-swap");
    cr_expect(o.status == 1, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(strstr(o.err, "view public.bad [function-signature]") != NULL, "%s", o.err);
    cr_expect(strstr(o.err, "function public.f(bigint) does not exist") != NULL ||
                  strstr(o.err, "function f(bigint) does not exist") != NULL,
              "%s", o.err);
    outcome_free(&o);
    db_exec(db, "DROP VIEW bad");
    program_expect(db, 0, "pgwiden swap t.id --yes --allow long-swap");
    expect_swapped(db);
    db_drop(db);
}
