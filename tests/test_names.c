/* Names that hold what separates names: in what is printed, and in what is sent. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(names, .timeout = 120);

static void expect_said(struct db *db, const char *said, const char *command)
{
    struct outcome o = program_run(db, "%s", command);

    cr_expect(o.status == 0, "%s: %d\n%s", command, o.status, o.err);
    cr_expect(strstr(o.out, said) != NULL || strstr(o.err, said) != NULL, "%s does not say %s:\n%s\n%s",
              command, said, o.out, o.err);
    outcome_free(&o);
}

static const char arguments[] =
    " 'public.\"a, b\".\"c, d\"' 'public.\"a, b\".\"e\"\", \"\"f\"'"; /* one each */

Test(names, with_commas_make_commands_that_work)
{
    struct db *db = db_create();

    db_exec(db, "CREATE TABLE \"a, b\" (\"c, d\" int PRIMARY KEY, \"e\"\", \"\"f\" int)");
    program_expect(db, 0, "pgwiden prepare '\"a, b\".\"c, d\"' '\"a, b\".\"e\"\", \"\"f\"'");
    expect_said(db, arguments, "pgwiden status");
    expect_said(db, arguments, "pgwiden pause");
    expect_said(db, arguments, "pgwiden resume");
    db_drop(db);
}

/* Another session reads the table, and so holds up every lock of ours. Told: who it is. */
static void expect_gives_up(struct db *db, struct db *reader, const char *table, const char *command,
                            bool told)
{
    struct outcome o;

    db_exec(reader, "BEGIN; LOCK TABLE %s IN ACCESS SHARE MODE", table);
    o = program_run(db, "%s --until prepare --lock-retries 3 --lock-timeout 20", command);
    cr_expect(o.status == 4, "%s: %d\n%s", command, o.status, o.err);
    cr_expect(strstr(o.err, "could not get a lock") != NULL, "%s", o.err);
    cr_expect((strstr(o.err, "LOCK TABLE") != NULL) == told, "%s", o.err);
    db_exec(reader, "ROLLBACK");
    outcome_free(&o);
}

Test(names, with_what_separates_relations_do_not_end_the_tries)
{
    struct db *db = db_create(), *reader = db_session(db);

    db_exec(db, "CREATE TABLE \"x, ONLY \"\"y\" (id int PRIMARY KEY)");
    expect_gives_up(db, reader, "\"x, ONLY \"\"y\"", "pgwiden run '\"x, ONLY \"\"y\".id'", true);
    program_expect(db, 0, "pgwiden run '\"x, ONLY \"\"y\".id' --yes");
    db_drop(reader);
    db_drop(db);
}

/* Between two tries, in their transaction. */
Test(names, of_who_is_in_the_way_that_can_not_be_asked_for_do_not_end_the_tries)
{
    struct db *db = db_create(), *reader = db_session(db);
    char *role = text_format("%s_owner", db_name(db)), *command;

    db_exec(
        db,
        "CREATE ROLE %s LOGIN; GRANT CREATE ON DATABASE \"%s\" TO %s; GRANT CREATE ON SCHEMA public TO %s;"
        "CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t OWNER TO %s;"
        "REVOKE EXECUTE ON FUNCTION pg_stat_clear_snapshot() FROM PUBLIC",
        role, db_name(db), role, role, role);
    command = text_format("PGUSER=%s pgwiden run t.id", role);
    expect_gives_up(db, reader, "t", command, false);
    db_exec(db, "DROP OWNED BY %s; DROP ROLE %s", role, role);
    free(command);
    free(role);
    db_drop(reader);
    db_drop(db);
}

/* JSON is UTF-8, whatever the client speaks; figures of a copy are found by the name in it. */
Test(names, in_the_clients_encoding_are_utf8_in_json)
{
    static const char latin1[] = "PGCLIENTENCODING=LATIN1 pgwiden";
    struct db *db = db_create();
    char *file = text_format("%s/pgwiden_%s.json", getenv("TMPDIR"), db_name(db)), *command;

    db_exec(db, "CREATE TABLE \"k\xc3\xa4se\" (id int PRIMARY KEY); INSERT INTO \"k\xc3\xa4se\" VALUES (1)");
    command = text_format("%s plan '\"k\xe4se\"' --json", latin1);
    expect_said(db, "\"target\":\"public.\\\"k\xc3\xa4se\\\".id\"", command);
    free(command);
    command = text_format("%s prepare '\"k\xe4se\"' --json", latin1);
    expect_said(db, "run 'public.\\\"k\xc3\xa4se\\\".id'", command);
    program_expect(db, 0, "%s run '\"k\xe4se\"' --until verify --save-figures %s", latin1, file);
    program_expect(db, 0, "pgwiden abort '\"k\xc3\xa4se\"'");
    program_expect(db, 0, "%s plan '\"k\xe4se\"' --rehearsed %s", latin1, file);
    program_expect(db, 0, "pgwiden plan '\"k\xc3\xa4se\"' --rehearsed %s", file);
    remove(file);
    free(command);
    free(file);
    db_drop(db);
}
