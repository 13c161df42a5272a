/* What a command says that ended before its work was done: what is changed, what is kept, what comes next. */
#include "control_fixture.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(ended, .timeout = 300);

static struct db *make(void)
{
    struct db *db = db_create();

    db_exec(db, "CREATE TABLE a (id serial PRIMARY KEY, v int); INSERT INTO a SELECT g, g FROM "
                "generate_series(1, 500) "
                "AS g; CREATE TABLE b (LIKE a INCLUDING ALL); INSERT INTO b SELECT * FROM a");
    return db;
}

static bool is_type(struct db *db, const char *table, const char *type)
{
    return db_bool(db,
                   "SELECT format_type(atttypid, NULL) = '%s' FROM pg_attribute "
                   "WHERE attrelid = '%s'::regclass AND attname = 'id'",
                   type, table);
}

static void expect_both(const struct outcome *o, int status, const char *said, const char *not_said)
{
    cr_expect(o->status == status, "exit status %d, not %d\n%s\n%s", o->status, status, o->out, o->err);
    cr_expect(strstr(o->err, said) != NULL, "no \"%s\":\n%s", said, o->err);
    cr_expect(not_said == NULL || strstr(o->err, not_said) == NULL, "\"%s\":\n%s", not_said, o->err);
}

/* --- several targets that are named: all or none --- */

Test(ended, before_the_first_when_the_second_has_not_come_so_far)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run a --until verify");
    program_expect(db, 0, "pgwiden prepare b");
    control_expect(db, 3, "public.b.id has not come so far: phase backfill is missing",
                   "pgwiden swap a b --yes");
    cr_expect(is_type(db, "a", "integer"));
    program_expect(db, 0, "pgwiden swap a --yes");
    control_expect(db, 3, "public.b.id has not come so far", "pgwiden cleanup a b");
    cr_expect(db_bool(db, "SELECT EXISTS (SELECT FROM pg_attribute WHERE attname = 'pgwiden_old_1')"));
    control_expect(db, 3, "public.a.id has been swapped", "pgwiden abort b a");
    cr_expect(db_bool(db, "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'b'::regclass "
                          "AND attname = 'pgwiden_new_1')"));
    db_drop(db);
}

Test(ended, as_a_dry_run_of_it_does)
{
    struct db *db = make();

    control_expect(db, 3, "phase prepare is missing", "pgwiden swap a --dry-run");
    control_expect(db, 0, "there is nothing to clean up", "pgwiden cleanup a --dry-run");
    control_expect(db, 0, "there is nothing to undo", "pgwiden abort a --dry-run");
    program_expect(db, 0, "pgwiden run a --yes");
    control_expect(db, 3, "has been swapped", "pgwiden abort a --dry-run");
    db_drop(db);
}

/* --- what preflight says of a conversion that is open --- */

Test(ended, where_nothing_can_be_written)
{
    static const char *const commands[] = {"run a --yes", "swap a --yes", "backfill a",
                                           "abort a",     "plan a",       "run a --dry-run"};
    struct db *db = make();

    program_expect(db, 0, "pgwiden prepare a");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct outcome o =
            program_run(db, "PGOPTIONS='-c default_transaction_read_only=on' pgwiden %s", commands[i]);

        expect_both(&o, 3, "[read-only-server]", NULL);
        outcome_free(&o);
    }
    db_drop(db);
}

Test(ended, by_what_plan_shows_as_well)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run a --until verify");
    control_expect(db, 0, "0 refusals", "pgwiden plan a");
    db_exec(db, "ALTER TABLE a ADD EXCLUDE USING btree (id WITH =)");
    control_expect(db, 3, "[exclusion-constraint]", "pgwiden plan a");
    control_expect(db, 1, "[exclusion-constraint]", "pgwiden swap a --yes");
    db_drop(db);
}

/* --- what is said is what is the matter --- */

Test(ended, naming_the_columns_that_go_with_the_one)
{
    struct db *db = make();

    db_exec(db, "CREATE TABLE c (a int PRIMARY KEY, b int)");
    program_expect(db, 0, "pgwiden run c.a c.b --until verify");
    control_expect(db, 0, "public.c.b  integer -> bigint", "pgwiden plan c.a");
    control_expect(db, 0, "public.c.a, public.c.b are bigint", "pgwiden swap c.a --yes");
    control_expect(db, 0, "public.c.b, public.c.a are bigint", "pgwiden cleanup c.b");
    db_drop(db);
}

Test(ended, naming_the_function_through_which_a_view_reads)
{
    struct db *db = make();

    if (server_version() < 150000)
        cr_skip_test("PostgreSQL 14 does not record on which columns such a view depends");
    db_exec(db, "CREATE FUNCTION f() RETURNS SETOF a LANGUAGE sql AS 'SELECT * FROM a'; "
                "CREATE VIEW v AS SELECT id, v FROM f()");
    control_expect(db, 3, "it reads rows of the table through a function",
                   "pgwiden plan a --allow returns-setof");
    db_exec(db, "CREATE FUNCTION g() RETURNS TABLE (id int, v int) LANGUAGE sql AS 'SELECT id, v FROM a'; "
                "CREATE OR REPLACE VIEW v AS SELECT id, v FROM g()");
    control_expect(db, 0, "0 refusals", "pgwiden plan a --allow returns-setof");
    db_exec(db, "DROP FUNCTION f; CREATE MATERIALIZED VIEW m AS SELECT x.one FROM a AS x (one, two)");
    control_expect(db, 3, "its text names columns of the table by their position", "pgwiden plan a");
    db_drop(db);
}

/* --- the next command is the one that was ended, as far as it was to go --- */

static void stopped_in_the_backfill(struct db *db, const char *command, const char *next)
{
    int64_t rows = db_bool(db, "SELECT to_regclass('pgwiden.conversion') IS NULL") ? 0 : control_rows(db);
    struct program p;

    program_start(&p, db, "%s --max-rate 1000", command);
    control_await_rows(db, (int)rows + 100);
    program_signal(&p, SIGINT);
    control_expect_end(&p, 5, next);
}

Test(ended, by_a_signal_it_goes_on_with_itself)
{
    struct db *db = control_make();

    stopped_in_the_backfill(db, "pgwiden run t.id --until index --yes",
                            "next:      pgwiden run public.t.id --until index --yes\n");
    stopped_in_the_backfill(db, "pgwiden run t.id --cleanup --yes --max-table-rows 1000000",
                            "next:      pgwiden run public.t.id --cleanup --yes --max-table-rows 1000000\n");
    stopped_in_the_backfill(db, "pgwiden backfill t.id", "next:      pgwiden backfill public.t.id\n");
    db_drop(db);
}

Test(ended, without_its_lock_cleanup_goes_on_with_cleanup)
{
    struct db *db = make(), *reader;
    struct outcome o;

    program_expect(db, 0, "pgwiden run a --yes");
    reader = db_session(db);
    db_exec(reader, "BEGIN; SELECT FROM a LIMIT 1");
    o = program_run(db, "pgwiden cleanup a --lock-retries 2 --lock-timeout 10ms");
    expect_both(&o, 4, "The swap is done and kept: public.a.id is bigint.", "abort");
    cr_expect(strstr(o.out, "next:      pgwiden cleanup public.a.id\n") != NULL, "%s", o.out);
    outcome_free(&o);
    db_drop(reader);
    db_drop(db);
}

/* Where the disk is full it would keep the room that the next run needs before it comes to drop it. */
Test(ended, by_an_error_of_an_index_build_nothing_of_the_index_stays)
{
    struct db *db = make();

    db_exec(db,
            "CREATE TABLE trap (id int); CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS "
            "'BEGIN IF EXISTS (SELECT FROM public.trap) THEN RAISE ''no room''; END IF; RETURN $1; END'; "
            "CREATE INDEX x ON a (id, f(v))");
    program_expect(db, 0, "pgwiden run a --until backfill");
    db_exec(db, "INSERT INTO trap VALUES (1)");
    control_expect(db, 1, "The unfinished index public.pgwiden_idx_", "pgwiden run a --until verify");
    cr_expect(db_int(db, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0);
    db_exec(db, "TRUNCATE trap");
    program_expect(db, 0, "pgwiden run a --yes --cleanup");
    db_drop(db);
}

/* No name finds it any more: whatever works next closes its conversion. */
Test(ended, because_the_table_was_dropped)
{
    struct db *db = control_make();
    struct outcome o;
    struct program p;

    program_start(&p, db, "pgwiden run t.id --max-rate 500");
    control_await_rows(db, 100);
    db_exec(db, "DROP TABLE t CASCADE");
    o = program_await(&p, 60);
    expect_both(&o, 1, "Close its conversion: pgwiden", "Run the same command");
    outcome_free(&o);
    program_expect(db, 3, "pgwiden plan t.id");
    control_expect(db, 0, "table public.t was dropped: its conversion is closed",
                   "pgwiden abort public.t.id");
    cr_expect(db_int(db, "SELECT count(*) FROM pg_proc WHERE proname ~ '^(copy|mirror)_[0-9]+$'") == 0);
    cr_expect(db_int(db, "SELECT count(*) FROM pgwiden.conversion WHERE outcome IS NULL") == 0);
    program_expect(db, 3, "pgwiden abort public.t.id");
    db_drop(db);
}

Test(ended, because_another_table_is_in_its_place)
{
    struct db *db = control_make();

    program_expect(db, 0, "pgwiden run t.id --until index");
    db_exec(db, "DROP TABLE t CASCADE; CREATE TABLE t (id int PRIMARY KEY)");
    control_expect(db, 0, "table public.t was dropped", "pgwiden run t --yes --cleanup");
    program_expect(db, 0, "pgwiden cleanup --forget t");
    db_drop(db);
}

/* --- renamed meanwhile --- */

Test(ended, because_another_table_has_its_name_now)
{
    struct db *db = make();
    struct program p;

    program_start(&p, db, "pgwiden run a.id --hold-swap --cleanup");
    control_await_held(db);
    db_exec(db, "ALTER TABLE a RENAME TO old; CREATE TABLE a (LIKE old INCLUDING ALL)");
    program_expect(db, 0, "pgwiden set old.id swap=go");
    control_expect_end(&p, 1, "public.a.id is called public.old.id now");
    cr_expect(is_type(db, "a", "integer") && is_type(db, "old", "integer"));
    program_expect(db, 0, "pgwiden run old.id --yes --cleanup");
    cr_expect(is_type(db, "a", "integer") && is_type(db, "old", "bigint"));
    db_drop(db);
}

Test(ended, by_a_rename_it_names_the_new_name)
{
    struct db *db = control_make();
    struct program p;

    program_start(&p, db, "pgwiden run t.id --yes --max-rate 20000");
    control_await_rows(db, 100);
    db_exec(db, "ALTER TABLE t RENAME TO \"New Name\"");
    control_expect_end(&p, 1, "next:      pgwiden run 'public.\"New Name\".id' --yes\n");
    program_expect(db, 0, "pgwiden run '\"New Name\".id' --yes --cleanup");
    db_drop(db);
}

/* --- an answer that does not come --- */

#define DIES                                                                                                 \
    "AS $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(0); RETURN %s; END$$ "      \
    "LANGUAGE plpgsql"

Test(ended, not_knowing_whether_the_swap_took_place)
{
    struct db *db = make();
    struct outcome o;

    program_expect(db, 0, "pgwiden run a --until verify");
    db_exec(db,
            "CREATE FUNCTION die() RETURNS trigger " DIES
            "; CREATE CONSTRAINT TRIGGER die AFTER UPDATE OF swapped_at "
            "ON pgwiden.conversion DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()",
            "NULL");
    o = program_run(db, "pgwiden swap a --yes");
    expect_both(&o, 5, "Whether the swap has taken place is not known", "abort");
    outcome_free(&o);
    db_exec(db, "DROP FUNCTION die() CASCADE");
    program_expect(db, 0, "pgwiden swap a --yes");
    db_drop(db);
}

Test(ended, not_knowing_whether_the_conversion_was_opened)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run b --yes --cleanup");
    db_exec(db,
            "CREATE FUNCTION die() RETURNS trigger " DIES "; CREATE CONSTRAINT TRIGGER die AFTER INSERT "
            "ON pgwiden.conversion DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()",
            "NULL");
    control_expect(db, 5, "whether its conversion was opened is not known", "pgwiden run a --yes");
    control_expect(db, 5, "next:      pgwiden run public.a.id --yes\n", "pgwiden run a --yes");
    db_drop(db);
}
