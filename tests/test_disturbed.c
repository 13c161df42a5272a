/* What others do to the table while it is converted, or after the swap: nothing goes wrong in silence. */
#include "twin.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

TestSuite(disturbed, .timeout = 300);

#define FILL "INSERT INTO t (a) SELECT g FROM generate_series(1, 2000) AS g"

static const char setup[] =
    "CREATE TABLE t (id serial PRIMARY KEY, a int, filler text DEFAULT repeat('x', 100)); "
    "CREATE INDEX t_a ON t (a, id); " FILL;

/* The same statement in both schemas. */
static void both(struct twin *t, const char *sql)
{
    const char *schemas[] = {TWIN_OURS, TWIN_NATIVE};

    for (int i = 0; i < 2; i++) {
        db_exec(t->db, "SELECT set_config('search_path', quote_ident('%s'), false)", schemas[i]);
        db_exec(t->db, "%s", sql);
    }
    db_exec(t->db, "RESET search_path");
}

static void ours(struct twin *t, const char *sql)
{
    db_exec(t->db, "SELECT set_config('search_path', quote_ident('%s'), false)", TWIN_OURS);
    db_exec(t->db, "%s", sql);
    db_exec(t->db, "RESET search_path");
}

static void go(struct twin *t, const char *command, const char *options)
{
    char *text = text_format("pgwiden %s%s %s", command, t->targets, options);

    program_expect(t->db, 0, "%s", text);
    free(text);
}

/* pg_restore --disable-triggers and its like let rows past our trigger, and leave it in another state. */
Test(disturbed, rows_behind_a_disabled_trigger)
{
    struct twin t;

    twin_make(&t, "disabled trigger", setup, "t.id");
    go(&t, "run", "--until backfill");
    both(&t, "ALTER TABLE t DISABLE TRIGGER ALL; UPDATE t SET id = -id WHERE id % 7 = 0; INSERT INTO t (a) "
             "SELECT g FROM generate_series(1, 100) AS g; ALTER TABLE t ENABLE TRIGGER ALL");
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}

/* The same after the proof: it must not be swapped on the old one. */
Test(disturbed, rows_behind_a_disabled_trigger_after_verify)
{
    struct twin t;

    twin_make(&t, "disabled trigger after verify", setup, "t.id");
    go(&t, "run", "--until verify");
    both(&t, "ALTER TABLE t DISABLE TRIGGER ALL");
    cr_expect(strcmp(db_try(t.db, "UPDATE %s.t SET id = id + 100000", "\"Küche \"\"A\"\"\""), "23514") == 0,
              "the proof does not hold for rows that pass by the trigger");
    both(&t, "ALTER TABLE t ENABLE TRIGGER ALL");
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}

/* A shadow that is wrong is never swapped in, whatever was done to the proof. */
Test(disturbed, the_proof_is_dropped_and_the_shadow_wrong)
{
    struct twin t;
    char *command;

    twin_make(&t, "dropped proof", setup, "t.id");
    go(&t, "run", "--until verify");
    ours(&t, "ALTER TABLE t DROP CONSTRAINT pgwiden_eq_1; ALTER TABLE t DISABLE TRIGGER ALL; "
             "UPDATE t SET pgwiden_new_1 = id + 1000000 WHERE id = 5; ALTER TABLE t ENABLE TRIGGER ALL");
    command = text_format("pgwiden run%s --yes --cleanup", t.targets);
    for (int i = 0; i < 3; i++) {
        struct outcome o = program_run(t.db, "%s", command);
        bool done = o.status == 0;

        outcome_free(&o);
        if (done)
            break;
    }
    twin_compare(&t);
    free(command);
    twin_drop(&t);
}

Test(disturbed, vacuum_full_in_mid_backfill)
{
    struct twin t;

    twin_make(&t, "vacuum full", setup, "t.id");
    program_expect(t.db, 5, "pgwiden run%s --yes --chunk-size 1 --stop-after 500ms", t.targets);
    both(&t, "ALTER TABLE t SET (fillfactor = 40)");
    both(&t, "VACUUM FULL t");
    free(t.heaps);
    t.heaps = twin_heaps(&t);
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}

Test(disturbed, truncate_in_mid_backfill)
{
    struct twin t;

    twin_make(&t, "truncate", setup, "t.id");
    program_expect(t.db, 5, "pgwiden run%s --yes --chunk-size 1 --stop-after 500ms", t.targets);
    both(&t, "TRUNCATE t; " FILL);
    free(t.heaps);
    t.heaps = twin_heaps(&t);
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}

/* Others' DDL between our phases is found, and carried across as well. */
Test(disturbed, new_objects_before_the_swap)
{
    struct twin t;

    twin_make(&t, "new objects", setup, "t.id");
    go(&t, "run", "--until verify");
    both(&t, "CREATE INDEX later ON t (id DESC) WHERE a > 5; ALTER TABLE t ADD CONSTRAINT check_later CHECK "
             "(id > 0); "
             "CREATE TABLE u (id int REFERENCES t); COMMENT ON COLUMN t.id IS 'late'; GRANT SELECT (id) ON t "
             "TO PUBLIC; "
             "CREATE STATISTICS late ON id, a FROM t; ALTER TABLE t ALTER id SET STATISTICS 99");
    free(t.heaps);
    t.heaps = twin_heaps(&t);
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}

Test(disturbed, objects_that_are_gone_before_the_swap)
{
    struct twin t;

    twin_make(&t, "gone objects", setup, "t.id");
    go(&t, "run", "--until verify");
    both(&t, "DROP INDEX t_a; ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ALTER id DROP DEFAULT");
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}

/* Someone tidies up what he does not know. */
Test(disturbed, our_own_objects_are_dropped)
{
    struct twin t;

    twin_make(&t, "our own objects", setup, "t.id");
    go(&t, "run", "--until verify");
    db_exec(t.db, "DO $$ DECLARE i regclass; BEGIN FOR i IN SELECT oid FROM pg_class WHERE relname LIKE "
                  "'pgwiden_idx%%' "
                  "LOOP EXECUTE format('DROP INDEX %%s', i); END LOOP; END $$");
    go(&t, "run", "--yes --cleanup");
    twin_compare(&t);
    twin_drop(&t);
}

/* After the swap and before cleanup: values that the old column can't hold are no error. */
Test(disturbed, beyond_the_old_type)
{
    struct twin t;
    bool distinct = server_version() < 150000;

    twin_make(&t, "beyond the old type",
              distinct ? "CREATE TABLE t (id serial PRIMARY KEY, s smallint UNIQUE); "
                         "INSERT INTO t (s) SELECT g FROM generate_series(1, 100) AS g"
                       : "CREATE TABLE t (id serial PRIMARY KEY, s smallint UNIQUE NULLS NOT DISTINCT); "
                         "INSERT INTO t (s) SELECT g FROM generate_series(1, 100) AS g",
              "t.id\nt.s");
    go(&t, "run", "--yes");
    ours(&t, "INSERT INTO t (id, s) VALUES (3000000000, 40000), (-3000000000, -40000), (2147483648, 32768); "
             "UPDATE t SET id = id + 5000000000, s = s + 100000 WHERE id <= 10");
    go(&t, "status", "");
    go(&t, "cleanup", "");
    db_exec(t.db, "%s", t.native);
    t.widened = true;
    db_exec(t.db,
            "INSERT INTO \"Küche \"\"B\"\"\".t (id, s) VALUES (3000000000, 40000), (-3000000000, -40000), "
            "(2147483648, 32768); UPDATE \"Küche \"\"B\"\"\".t SET id = id + 5000000000, s = s + 100000 "
            "WHERE id <= 10");
    twin_compare(&t);
    twin_drop(&t);
}

/* A trigger that fires even for the backfill would be seen by the application. */
Test(disturbed, a_trigger_that_always_fires)
{
    struct twin t;
    struct outcome o;
    char *command;

    twin_make(&t, "trigger that always fires", setup, "t.id");
    ours(&t, "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; "
             "CREATE TRIGGER tr AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f(); "
             "ALTER TABLE t ENABLE ALWAYS TRIGGER tr");
    command = text_format("pgwiden run%s --yes", t.targets);
    o = program_run(t.db, "%s", command);
    cr_expect(o.status == 3, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    cr_expect(strstr(o.err, "[user-triggers-fire]") != NULL, "%s", o.err);
    cr_expect(!state_exists(t.db));
    outcome_free(&o);
    free(command);
    go(&t, "run", "--yes --allow user-triggers-fire --cleanup");
    twin_drop(&t);
}
