/* Foreign keys: their actions reach the rows at every moment, also while the swap waits for its lock; they
 * are made and exchanged while others use both tables. */
#include "support_readers.h"
#include "twin.h"

#include <criterion/criterion.h>

TestSuite(keys, .timeout = 200);

static const char setup[] =
    "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(0, 100); "
    "CREATE TABLE t (id int PRIMARY KEY, "
    "    moved int4 CONSTRAINT moved REFERENCES p ON UPDATE CASCADE, "
    "    gone int4 CONSTRAINT gone REFERENCES p ON DELETE SET NULL, "
    "    reset int4 DEFAULT 0 CONSTRAINT reset REFERENCES p ON DELETE SET DEFAULT, "
    "    up int4 CONSTRAINT up REFERENCES t ON DELETE SET NULL); "
    "CREATE VIEW w AS SELECT id, moved FROM t; "
    "INSERT INTO t SELECT g, g, g + 10, g + 20, nullif(g - 1, 0) FROM generate_series(1, 9) AS g; "
    "UPDATE t SET up = 9 WHERE id = 1";

static void act(struct twin *t)
{
    static const char *const schemas[] = {TWIN_OURS, TWIN_NATIVE};

    for (int i = 0; i < 2; i++)
        db_exec(t->db,
                "DO $$ BEGIN PERFORM set_config('search_path', quote_ident('%s'), true); "
                "UPDATE p SET id = 1001 WHERE id = 1; DELETE FROM p WHERE id IN (12, 23); DELETE FROM t "
                "WHERE id = 5; "
                "END $$",
                schemas[i]);
}

/* Someone works on the view: what comes before the swap's message goes through, but that gets no lock. */
Test(keys, actions_reach_the_rows_while_the_swap_waits)
{
    struct db *other;
    struct twin t;

    twin_make_born_wide(&t, "actions", setup, "t.moved\nt.gone\nt.reset\nt.up");
    other = db_session(t.db);
    db_exec(other, "BEGIN; DO $$ BEGIN EXECUTE format('COMMENT ON VIEW %%I.w IS ''x''', '%s'); END $$",
            TWIN_OURS);
    program_expect(t.db, 4, "pgwiden run%s --yes --lock-retries 2", t.targets);
    act(&t);
    db_exec(other, "ROLLBACK");
    db_drop(other);
    program_expect(t.db, 0, "pgwiden run%s --yes --cleanup", t.targets);
    twin_compare(&t);
    twin_leftovers(&t);
    twin_drop(&t);
}

/* Transactions of 60 ms, always some: whoever is the second of two locks seldom gets it. */
Test(keys, are_made_where_the_other_table_is_never_idle)
{
    static const char *const queries[] = {
        "BEGIN; UPDATE p SET n = n + 1 WHERE id = 1; SELECT pg_sleep(0.06); COMMIT",
        "BEGIN; UPDATE p SET n = n + 1 WHERE id = 2; SELECT pg_sleep(0.05); COMMIT",
        "BEGIN; UPDATE p SET n = n + 1 WHERE id = 3; SELECT pg_sleep(0.04); COMMIT",
    };
    struct db *db = db_create();
    struct readers_report report;
    struct readers *clients;

    db_exec(db,
            "CREATE TABLE p (id int PRIMARY KEY, n int); INSERT INTO p VALUES (1, 0), (2, 0), (3, 0);"
            "CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p); INSERT INTO t VALUES (1, 1), (2, 2)");
    clients = readers_start(db, 3, queries, 3);
    program_expect(db, 0, "pgwiden run t.p --yes --cleanup --lock-retries 8");
    readers_stop(clients, &report);
    cr_expect_eq(report.errors, 0, "%s", report.first);
    db_drop(db);
}

/* A lock that becomes stronger inside of a transaction ends clients with 40P01. */
Test(keys, are_adopted_under_a_lock_that_is_taken_before)
{
    struct db *db = db_create();

    db_exec(
        db,
        "CREATE TABLE p (id int PRIMARY KEY); "
        "CREATE TABLE t (a int REFERENCES p, k int) PARTITION BY LIST (k); "
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); CREATE TABLE t2 PARTITION OF t DEFAULT; "
        "CREATE TABLE held (at text, mode text); "
        "CREATE FUNCTION hold() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO public.held SELECT tg_event, string_agg(mode, ' ' ORDER BY mode) FROM pg_locks "
        "WHERE pid = pg_backend_pid() AND relation = 'public.p'::regclass AND mode ~ 'Exclusive'; END $$; "
        "CREATE EVENT TRIGGER before ON ddl_command_start WHEN tag IN ('ALTER TABLE') EXECUTE FUNCTION "
        "hold(); "
        "CREATE EVENT TRIGGER after ON ddl_command_end WHEN tag IN ('ALTER TABLE') EXECUTE FUNCTION hold(); "
        "ALTER EVENT TRIGGER before ENABLE ALWAYS; ALTER EVENT TRIGGER after ENABLE ALWAYS");
    program_expect(db, 0, "pgwiden run t.a --yes");
    cr_expect(db_int(db, "SELECT count(*) FROM held WHERE at = 'ddl_command_end' AND mode ~ '^Access'") >= 2);
    cr_expect(db_int(db, "SELECT count(*) FROM (SELECT at, mode, lag(mode) OVER () AS before FROM held) AS h "
                         "WHERE at = 'ddl_command_end' AND mode ~ '^Access' AND before IS DISTINCT FROM mode "
                         "AND before !~ '^Access'") == 0);
    db_drop(db);
}

/* Each finds keys in its way that another one is about to make, rename or drop. */
Test(keys, tables_that_share_them_are_converted_at_the_same_time)
{
    static const char *const targets[] = {"'s*.item.part' 's*.item.owner'", "'s*.part.owner'",
                                          "'s*.owner.id'", "'s*.part.id'"};
    enum { PROGRAMS = sizeof targets / sizeof *targets };
    struct db *db = db_create();
    struct program programs[PROGRAMS];

    db_exec(db, "DO $$ BEGIN FOR i IN 1 .. 8 LOOP EXECUTE format('CREATE SCHEMA s%%1$s; "
                "CREATE TABLE s%%1$s.owner (id serial PRIMARY KEY); "
                "CREATE TABLE s%%1$s.part (id serial PRIMARY KEY, owner int REFERENCES s%%1$s.owner ON "
                "DELETE SET NULL); "
                "CREATE TABLE s%%1$s.item (part int REFERENCES s%%1$s.part ON UPDATE CASCADE, "
                "    owner int REFERENCES s%%1$s.owner)', i); END LOOP; END $$");
    for (int i = 0; i < PROGRAMS; i++)
        program_start(&programs[i], db, "pgwiden run %s --yes --cleanup --lock-retries 60", targets[i]);
    for (int i = 0; i < PROGRAMS; i++) {
        struct outcome o = program_await(&programs[i], 120);

        cr_expect(o.status == 0, "%s: exit status %d\n%s", targets[i], o.status, o.err);
        outcome_free(&o);
    }
    cr_expect(db_int(db, "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated "
                         "AND conname ~ '_fkey$' AND connamespace::regnamespace::text ~ '^s[0-9]'") == 24);
    db_drop(db);
}
