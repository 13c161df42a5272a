/* What is carried by its text alone does its work before, during and after the conversion. */
#include "support_readers.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(texts, .timeout = 300);

static const char *const phases[] = {"prepare", "backfill", "index", "verify", "swap --yes", "cleanup"};
enum { PHASES = (int)(sizeof phases / sizeof phases[0]) };

/* PHASE t.id, with its options */
static void run_phase(struct db *db, const char *phase)
{
    program_expect(db, 0, "pgwiden %.*s t.id%s", (int)strcspn(phase, " "), phase,
                   phase + strcspn(phase, " "));
}

static void expect_log(struct db *db, const char *when, const char *expected)
{
    char *log = db_text(db, "SELECT string_agg(name, ' ' ORDER BY name) FROM log");

    cr_expect_str_eq(log, expected, "%s", when);
    free(log);
    db_exec(db, "TRUNCATE log");
}

/* One row of a user's before and after every phase; what the phase itself does must fire nothing. */
Test(texts, triggers_fire_for_the_user_and_not_for_us)
{
    struct db *db = db_create();

    db_exec(
        db,
        "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE log (name text);"
        "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN INSERT INTO log VALUES (tg_name); RETURN new; END$$;"
        "INSERT INTO t SELECT g, g FROM generate_series(1, 1000) g;"
        "CREATE TRIGGER a AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
        "CREATE TRIGGER b AFTER UPDATE ON t FOR EACH ROW WHEN (new.id <> old.id) EXECUTE FUNCTION tf();"
        "CREATE TRIGGER c AFTER UPDATE ON t FOR EACH ROW WHEN (new.id > 3000000000) EXECUTE FUNCTION tf();"
        "CREATE CONSTRAINT TRIGGER d AFTER UPDATE OF id ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION tf();"
        "CREATE TRIGGER e AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
        "CREATE TRIGGER f BEFORE UPDATE ON t FOR EACH ROW WHEN (old.* IS DISTINCT FROM new.*) EXECUTE "
        "FUNCTION tf();"
        "ALTER TABLE t DISABLE TRIGGER e");
    for (int i = 0; i < PHASES; i++) {
        db_exec(db, "UPDATE t SET id = id + 10000 WHERE n = %d", i + 1);
        expect_log(db, phases[i], "a b d f");
        db_exec(db, "UPDATE t SET id = id + 0 WHERE n = %d", i + 1);
        expect_log(db, phases[i], "a d");
        db_exec(db, "UPDATE t SET n = n WHERE n = 500");
        expect_log(db, phases[i], "");
        run_phase(db, phases[i]);
        expect_log(db, phases[i], "");
    }
    db_exec(db, "UPDATE t SET id = 5000000000 WHERE n = 100");
    expect_log(db, "after all", "a b c d f");
    cr_expect(db_int(db, "SELECT count(*) FROM t WHERE id = n OR n <= 6 OR n = 100") == 1000);
    db_drop(db);
}

/* As another role; both tables have a policy that reads the key. */
static void expect_rows(struct db *db, const char *when, int64_t rows, int64_t others)
{
    db_exec(db, "SET ROLE pgwiden_texts_reader");
    cr_expect_eq(db_int(db, "SELECT count(*) FROM t"), rows, "%s", when);
    cr_expect_eq(db_int(db, "SELECT count(*) FROM other"), others, "%s", when);
    db_exec(db, "RESET ROLE");
}

Test(texts, policies_show_the_right_rows_beyond_the_integers)
{
    struct db *db = db_create();

    db_try(db, "CREATE ROLE pgwiden_texts_reader");
    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT g, g FROM "
                "generate_series(1, 100) g; ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
                "CREATE POLICY p ON t FOR SELECT USING (id > 90); "
                "CREATE TABLE other (t bigint); INSERT INTO other SELECT id FROM t;"
                "ALTER TABLE other ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON other USING (EXISTS "
                "(SELECT FROM t WHERE id = other.t)); GRANT SELECT ON t, other TO pgwiden_texts_reader");
    expect_rows(db, "before", 10, 10);
    for (int i = 0; i < PHASES; i++) {
        run_phase(db, phases[i]);
        expect_rows(db, phases[i], i < 4 ? 10 : 11, i < 4 ? 10 : 11);
        if (i == 3)
            run_phase(db, phases[++i]);
        if (i == 4)
            db_exec(db, "UPDATE t SET id = 3000000000 + id WHERE id = 5; "
                        "INSERT INTO other VALUES (3000000005), (3000000006)");
    }
    db_exec(db, "DROP OWNED BY pgwiden_texts_reader");
    db_drop(db);
}

/* What others change between verify and swap is noticed, each by itself, and is what stands after the swap.
 */
Test(texts, what_changes_before_the_swap_is_carried_as_changed)
{
    static const char *const changes[] = {
        "ALTER POLICY p ON t USING (id > 2)",
        "ALTER POLICY q ON other USING (t IN (SELECT id + 2 FROM t))",
        "CREATE OR REPLACE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT min(id) + 2 FROM t; END",
        "CREATE OR REPLACE RULE r AS ON DELETE TO t WHERE old.id = 2 DO INSTEAD NOTHING",
        "CREATE OR REPLACE RULE o AS ON DELETE TO other DO ALSO DELETE FROM t WHERE id = old.t + 2",
        "ALTER TABLE t DISABLE TRIGGER a",
        "CREATE POLICY late ON t USING (id < 2)",
        "COMMENT ON TRIGGER b ON t IS '2'"};
    struct db *db = db_create();

    db_exec(db,
            "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE other (t int);"
            "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
            "CREATE POLICY p ON t USING (id > 1); CREATE POLICY q ON other USING (t IN (SELECT id FROM t));"
            "CREATE FUNCTION f() RETURNS bigint BEGIN ATOMIC SELECT max(id) FROM t; END;"
            "CREATE RULE r AS ON DELETE TO t WHERE old.id = 1 DO INSTEAD NOTHING;"
            "CREATE RULE o AS ON DELETE TO other DO ALSO DELETE FROM t WHERE id = old.t;"
            "CREATE TRIGGER a AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf();"
            "CREATE CONSTRAINT TRIGGER b AFTER UPDATE OF id ON t FOR EACH ROW EXECUTE FUNCTION tf()");
    program_expect(db, 0, "pgwiden run t.id --until verify");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        char *before = db_text(db, "SELECT pgwiden.fingerprint('t'::regclass)"), *after;

        db_exec(db, "%s", changes[i]);
        after = db_text(db, "SELECT pgwiden.fingerprint('t'::regclass)");
        cr_expect_str_neq(before, after, "%s", changes[i]);
        free(before);
        free(after);
    }
    program_expect(db, 0, "pgwiden swap t.id --yes");
    program_expect(db, 0, "pgwiden cleanup t.id");
    cr_expect_eq(db_int(db, "SELECT count(*) FROM pg_policy WHERE pg_get_expr(polqual, polrelid) ~ '2'"), 3);
    cr_expect(db_bool(db, "SELECT pg_get_functiondef('f'::regproc) ~ '2'"));
    cr_expect(db_bool(
        db, "SELECT bool_and(pg_get_ruledef(oid) ~ '2') FROM pg_rewrite WHERE rulename IN ('r', 'o')"));
    cr_expect(db_bool(db, "SELECT tgenabled = 'D' FROM pg_trigger WHERE tgname = 'a'"));
    cr_expect(
        db_bool(db, "SELECT obj_description(oid, 'pg_trigger') = '2' FROM pg_trigger WHERE tgname = 'b'"));
    db_drop(db);
}

/* --- what can't be made again on bigint --- */

static const struct narrow_case {
    const char *object, *setup;
    int since;
} narrow_cases[] = {
    {"trigger tr on public.definition",
     "CREATE TRIGGER tr AFTER UPDATE ON definition FOR EACH ROW WHEN (narrow(new.id)) EXECUTE FUNCTION "
     "tf()",                                                                                                                        0     },
    {"rule r on public.definition",
     "CREATE RULE r AS ON DELETE TO definition WHERE narrow(old.id) DO INSTEAD NOTHING",                                            0     },
    {"rule r on public.journal",
     "CREATE RULE r AS ON INSERT TO journal DO ALSO DELETE FROM definition WHERE narrow(id)",                                       0     },
    {"policy p on public.definition",                           "CREATE POLICY p ON definition FOR INSERT WITH CHECK (narrow(id))", 0     },
    {"policy p on public.journal",
     "CREATE POLICY p ON journal USING (x IN (SELECT id FROM definition WHERE narrow(id)))",                                        0     },
    {"function public.f()",
     "CREATE FUNCTION f() RETURNS SETOF text BEGIN ATOMIC SELECT substr(n, id) FROM definition; END",                               0     },
    {"procedure public.f()",
     "CREATE VIEW v AS SELECT id FROM definition; CREATE PROCEDURE f() BEGIN ATOMIC "
     "DELETE FROM journal WHERE EXISTS (SELECT FROM v WHERE narrow(id)); END",                                                      0     },
    {"publication relation public.definition in publication p",
     "CREATE PUBLICATION p FOR TABLE definition (id) WHERE (substr('x', id) = 'x')",                                                150000},
    {"default value for public.definition.g",
     "ALTER TABLE definition ADD g text GENERATED ALWAYS AS (substr(n, id)) VIRTUAL",                                               180000},
};

/* The tables have names of our own: nothing of ours may get in the way. */
static void expect_refused(struct db *db, const struct narrow_case *c)
{
    char *told = text_format("because of %s [function-signature]", c->object), *before, *after;
    struct outcome o;

    db_exec(db, "CREATE TABLE definition (id int PRIMARY KEY, n text); CREATE TABLE journal (x int8); %s",
            c->setup);
    before = catalog_snapshot(db);
    o = program_run(db, "pgwiden run definition.id --yes");
    cr_expect_eq(o.status, 3, "%s: exit status %d\n%s", c->object, o.status, o.err);
    cr_expect(strstr(o.err, told) != NULL, "%s: not told\n%s", c->object, o.err);
    after = catalog_snapshot(db);
    cr_expect_str_eq(before, after, "%s: changed", c->object);
    cr_expect(!state_exists(db));
    outcome_free(&o);
    free(before);
    free(after);
    free(told);
    db_exec(db, "DROP TABLE definition, journal CASCADE; DROP PUBLICATION IF EXISTS p; "
                "DROP ROUTINE IF EXISTS f");
}

/* Tried on replicas before anything is touched: the object is named, and nothing is left. */
Test(texts, what_does_not_work_on_bigint_is_refused_by_its_object)
{
    struct db *db = db_create();

    db_exec(db, "CREATE FUNCTION narrow(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 3';"
                "CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'");
    for (size_t i = 0; i < sizeof narrow_cases / sizeof *narrow_cases; i++)
        if (server_version() >= narrow_cases[i].since)
            expect_refused(db, &narrow_cases[i]);
    db_drop(db);
}

/* What only the check of a new function's body finds is found where event triggers listen as well: there the
 * functions that read definitions are made, unchecked, in the same transaction. */
Test(texts, a_result_that_does_not_fit_is_refused_where_event_triggers_listen)
{
    static const struct narrow_case c = {
        "function public.f()", "CREATE FUNCTION f() RETURNS one BEGIN ATOMIC SELECT id FROM definition; END",
        0};
    struct db *db = db_create();

    db_exec(db, "CREATE TYPE one AS ENUM ('1'); CREATE FUNCTION one(int) RETURNS one LANGUAGE sql AS "
                "$$SELECT '1'::one$$; CREATE CAST (int AS one) WITH FUNCTION one(int) AS ASSIGNMENT");
    expect_refused(db, &c);
    db_exec(db, "CREATE FUNCTION quiet() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
                "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION quiet()");
    expect_refused(db, &c);
    db_drop(db);
}

/* --- a policy and a rule of another table --- */

/* Whoever reads that table locks it first and ours afterwards, and so does the swap. */
Test(texts, readers_of_a_table_whose_policy_reads_ours_get_no_error)
{
    static const char *const queries[] = {
        "SET ROLE pgwiden_texts_reader; SELECT count(*) FROM other",
        "SET ROLE pgwiden_texts_reader; SELECT t FROM other WHERE t = 42",
        "SELECT count(*) FROM t",
        "BEGIN; DELETE FROM other WHERE t = 43; ROLLBACK",
    };
    struct db *db = db_create();
    struct readers_report report;
    struct readers *readers;

    db_try(db, "CREATE ROLE pgwiden_texts_reader");
    db_exec(db,
            "CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT g, g FROM "
            "generate_series(1, 1000) g; CREATE TABLE other (t bigint); INSERT INTO other SELECT id FROM t;"
            "ALTER TABLE other ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON other USING (EXISTS "
            "(SELECT FROM t WHERE id = other.t)); CREATE RULE r AS ON DELETE TO other DO ALSO "
            "UPDATE t SET n = n + 1 WHERE id = old.t; GRANT SELECT ON t, other TO pgwiden_texts_reader");
    program_expect(db, 0, "pgwiden run t.id --until verify");
    readers = readers_start(db, 8, queries, 4);
    pause_ms(500);
    program_expect(db, 0, "pgwiden swap t.id --yes");
    pause_ms(500);
    readers_stop(readers, &report);
    cr_expect(report.errors == 0, "%ld errors in %ld queries, the first: %s", report.errors, report.done,
              report.first);
    cr_expect(report.done > 50, "only %ld queries: no test", report.done);
    program_expect(db, 0, "pgwiden cleanup t.id");
    db_exec(db, "DROP OWNED BY pgwiden_texts_reader");
    db_drop(db);
}

/* --- a published table: every phase, a subscriber that must never stop --- */

static void subscribe(struct db *from, struct db *to, const char *publication)
{
    const char *host = getenv("PGHOST"), *port = getenv("PGPORT"), *user = getenv("PGUSER");

    db_exec(from, "SELECT pg_create_logical_replication_slot('%s', 'pgoutput')", db_name(to));
    db_exec(to,
            "CREATE SUBSCRIPTION s CONNECTION 'dbname=%s host=%s port=%s user=%s' PUBLICATION %s "
            "WITH (create_slot = false, slot_name = '%s', copy_data = false)",
            db_name(from), host, port ? port : "5432", user ? user : "postgres", publication, db_name(to));
}

static void unsubscribe(struct db *from, struct db *to)
{
    db_exec(to, "ALTER SUBSCRIPTION s DISABLE");
    db_exec(to, "ALTER SUBSCRIPTION s SET (slot_name = NONE)");
    db_exec(to, "DROP SUBSCRIPTION s");
    db_await(from, 30, "SELECT NOT active FROM pg_replication_slots WHERE slot_name = '%s'", db_name(to));
    db_exec(from, "SELECT pg_drop_replication_slot('%s')", db_name(to));
}

Test(texts, a_published_table_never_stops_its_subscriber)
{
    struct db *db, *subscriber;

    if (server_version() < 150000)
        return;
    db = db_create();
    subscriber = db_create();
    db_exec(subscriber, "CREATE TABLE t (id bigint PRIMARY KEY, n int)");
    db_exec(db, "CREATE TABLE t (id int PRIMARY KEY, n int, secret text);"
                "CREATE PUBLICATION p FOR TABLE t (id, n) WHERE (id > 10)");
    subscribe(db, subscriber, "p");
    db_exec(db, "INSERT INTO t SELECT g, g FROM generate_series(1, 100) g");
    for (int i = 0; i < PHASES; i++) {
        db_exec(db,
                "UPDATE t SET n = n + 1; DELETE FROM t WHERE id = %d; UPDATE t SET id = id + 1000 "
                "WHERE id = %d; INSERT INTO t (id, n) VALUES (%d, 1)",
                20 + i, 30 + i, 200 + i);
        run_phase(db, phases[i]);
    }
    db_exec(db, "INSERT INTO t (id, n) VALUES (3000000000, 0); UPDATE t SET n = n + 1");
    db_await(subscriber, 60, "SELECT EXISTS (SELECT FROM t WHERE id = 3000000000 AND n = 1)");
    cr_expect_eq(db_int(db, "SELECT sum(id) * 1000 + sum(n) + count(*) FROM t WHERE id > 10"),
                 db_int(subscriber, "SELECT sum(id) * 1000 + sum(n) + count(*) FROM t"));
    unsubscribe(db, subscriber);
    db_drop(subscriber);
    db_drop(db);
}
