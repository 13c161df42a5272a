/* Traps that no other suite sets: what stands between the phases, and how the swapped table treats its
 * clients. */
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(traps, .timeout = 300);

static struct db *make(void)
{
    struct db *db = db_create();

    db_exec(db, "CREATE TABLE t (id serial PRIMARY KEY, n int); INSERT INTO t (n) SELECT g FROM "
                "generate_series(1, 3000) g");
    return db;
}

static void expect_done(struct db *db, int64_t rows)
{
    cr_expect(db_bool(db, "SELECT atttypid = 'int8'::regtype FROM pg_attribute "
                          "WHERE attrelid = 't'::regclass AND attname = 'id'"));
    cr_expect(db_int(db, "SELECT count(*) FROM t") == rows);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_attribute WHERE attname LIKE 'pgwiden\\_%%'"
                         " AND attrelid = 't'::regclass") == 0);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_constraint WHERE conname LIKE 'pgwiden\\_%%'") == 0);
}

static void expect_state(struct db *db, const char *expected, const char *sql)
{
    const char *state = db_try(db, "%s", sql);

    cr_expect(strcmp(state, expected) == 0, "%s: SQLSTATE \"%s\", not \"%s\"", sql, state, expected);
}

/* --- the proof --- */

/* Without the CHECK the swap's SET NOT NULL would scan, and a nullable column be swapped unproved. */
Test(traps, a_dropped_proof_is_made_again_before_the_swap)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(db, "ALTER TABLE t DROP CONSTRAINT pgwiden_eq_1");
    program_expect(db, 0, "pgwiden swap t.id --yes");
    program_expect(db, 0, "pgwiden cleanup t.id");
    expect_done(db, 3000);
    db_drop(db);
}

/* A CHECK of the same name that proves nothing. */
Test(traps, a_replaced_proof_is_no_ticket)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(db, "ALTER TABLE t DROP CONSTRAINT pgwiden_eq_1; ALTER TABLE t DISABLE TRIGGER USER; "
                "UPDATE t SET pgwiden_new_1 = 7000 WHERE id = 7; "
                "ALTER TABLE t ADD CONSTRAINT pgwiden_eq_1 CHECK (pgwiden_new_1 > 0)");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    expect_done(db, 3000);
    cr_expect(db_int(db, "SELECT count(*) FROM t WHERE id = n") == 3000, "a wrong value was swapped");
    db_drop(db);
}

Test(traps, rows_written_past_the_trigger_are_repaired)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run t.id --until index");
    /* what pg_restore --disable-triggers does: the trigger comes back as O, not ALWAYS */
    db_exec(
        db,
        "ALTER TABLE t DISABLE TRIGGER ALL; INSERT INTO t (n) SELECT g FROM generate_series(3001, 3100) g; "
        "UPDATE t SET id = id + 100000 WHERE id <= 50; ALTER TABLE t ENABLE TRIGGER ALL");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    expect_done(db, 3100);
    cr_expect(db_int(db, "SELECT count(*) FROM t WHERE id = n + CASE WHEN n <= 50 THEN 100000 ELSE 0 END") ==
              3100);
    db_drop(db);
}

Test(traps, a_trigger_broken_after_verify_is_mended_by_the_swap)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(db, "ALTER TABLE t DISABLE TRIGGER USER");
    /* the CHECK stands without a watch: an error of the client, never a wrong row */
    expect_state(db, server_version() >= 180000 ? "23502" : "23514", "INSERT INTO t (n) VALUES (1)");
    program_expect(db, 0, "pgwiden swap t.id --yes");
    expect_state(db, "", "INSERT INTO t (n) VALUES (1)");
    program_expect(db, 0, "pgwiden cleanup t.id");
    expect_done(db, 3001);
    db_drop(db);
}

Test(traps, a_table_made_to_inherit_in_mid_run_stops_it)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden prepare t.id");
    db_exec(db, "CREATE TABLE child (LIKE t); ALTER TABLE child INHERIT t; INSERT INTO child VALUES (1, 1)");
    program_expect(db, 1, "pgwiden run t.id --yes --cleanup");
    cr_expect(db_bool(db, "SELECT pgwiden_new_1 IS NULL FROM child"), "a row of another table was written");
    db_exec(db, "DROP TABLE child");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    expect_done(db, 3000);
    db_drop(db);
}

/* --- sequences --- */

/* Clients that call nextval() themselves hold the sequence to the end of their transaction, and then want the
 * table. */
Test(traps, a_swap_gets_through_with_sessions_that_hold_the_sequence)
{
    struct db *db = make(), *client = db_session(db);
    struct program p;
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    db_exec(client, "BEGIN; SELECT nextval('t_id_seq')");
    program_start(&p, db, "pgwiden swap t.id --yes");
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'id' "
             "AND atttypid = 'int8'::regtype)");
    db_exec(client, "INSERT INTO t VALUES (DEFAULT, 0)");
    db_exec(client, "ROLLBACK");
    o = program_await(&p, 60);
    cr_expect(o.status == 0, "exit status %d\n%s\n%s", o.status, o.out, o.err);
    outcome_free(&o);
    cr_expect(db_bool(db, "SELECT pg_get_serial_sequence('t', 'id') = 'public.t_id_seq'"));
    program_expect(db, 0, "pgwiden cleanup t.id");
    expect_done(db, 3000);
    db_drop(client);
    db_drop(db);
}

/* Written past the key's triggers: native ALTER fails on it as well, and so would a second run. */
Test(traps, an_orphan_of_a_valid_foreign_key_is_to_be_corrected)
{
    static const char *const columns[] = {"p.id", "c.p_id"};
    struct db *db = db_create();

    db_exec(db, "CREATE TABLE p (id serial PRIMARY KEY); INSERT INTO p VALUES (1);"
                "CREATE TABLE c (id serial PRIMARY KEY, p_id int REFERENCES p);"
                "SET session_replication_role = replica; INSERT INTO c (p_id) VALUES (1), (99);"
                "RESET session_replication_role");
    for (int i = 0; i < 2; i++) {
        struct outcome o = program_run(db, "pgwiden run %s --yes", columns[i]);

        cr_expect(o.status == 1, "exit status %d", o.status);
        cr_expect(strstr(o.err, "foreign key c_p_id_fkey on public.c") &&
                      strstr(o.err, "(99) is not present") && strstr(o.err, "Correct or delete it first."),
                  "%s", o.err);
        outcome_free(&o);
    }
    db_exec(db, "DELETE FROM c WHERE p_id = 99");
    for (int i = 0; i < 2; i++)
        program_expect(db, 0, "pgwiden run %s --yes --cleanup", columns[i]);
    db_drop(db);
}

Test(traps, negative_numbers_are_a_way_out_at_the_limit)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden prepare t.id");
    db_exec(db, "SELECT setval('t_id_seq', 2147483647)");
    expect_state(db, "22003", "INSERT INTO t (n) VALUES (1)");
    db_exec(db, "ALTER SEQUENCE t_id_seq MINVALUE -2147483648 RESTART -2147483648");
    expect_state(db, "", "INSERT INTO t (n) VALUES (1)");
    program_expect(db, 0, "pgwiden run t.id --yes --cleanup");
    expect_done(db, 3001);
    expect_state(db, "",
                 "ALTER SEQUENCE t_id_seq RESTART 2147483648 MINVALUE 1; INSERT INTO t (n) VALUES (1)");
    db_drop(db);
}

Test(traps, abort_leaves_a_sequence_bigint_that_fits_no_longer)
{
    struct db *db = make();

    program_expect(db, 0, "pgwiden run t.id --until index");
    db_exec(db, "SELECT setval('t_id_seq', 3000000000)");
    program_expect(db, 0, "pgwiden abort t.id");
    cr_expect(db_bool(
        db, "SELECT seqtypid = 'int8'::regtype FROM pg_sequence WHERE seqrelid = 't_id_seq'::regclass"));
    cr_expect(db_int(db, "SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0"
                         " AND NOT attisdropped") == 2);
    db_drop(db);
}

/* --- the reverse trigger --- */

Test(traps, the_old_column_is_mirrored_and_fails_no_write)
{
    struct db *db = db_create();

    db_exec(db, "CREATE TABLE t (id smallint NOT NULL, n int, UNIQUE (id)); INSERT INTO t VALUES (1, 1), "
                "(-32768, 2)");
    if (server_version() >= 150000)
        db_exec(
            db,
            "ALTER TABLE t DROP CONSTRAINT t_id_key, ADD CONSTRAINT t_id_key UNIQUE NULLS NOT DISTINCT (id)");
    program_expect(db, 0, "pgwiden run t.id --yes");
    db_exec(db, "INSERT INTO t (id, n) VALUES (32767, 3), (32768, 4), (3000000000, 5), (-32769, 6)");
    db_exec(db, "UPDATE t SET id = id * 100000 WHERE n = 1; UPDATE t SET n = n + 0");
    cr_expect(db_int(db, "SELECT count(*) FROM t WHERE pgwiden_old_1 IS NOT DISTINCT FROM "
                         "CASE WHEN id BETWEEN -32768 AND 32767 THEN id END") == 6);
    program_expect(db, 0, "pgwiden cleanup t.id");
    expect_done(db, 6);
    db_drop(db);
}

Test(traps, an_insert_by_position_is_stopped_until_cleanup)
{
    struct db *db = make();

    db_exec(db, "CREATE TABLE copy (a int, n int, id bigint)");
    program_expect(db, 0, "pgwiden run t.id --yes");
    expect_state(db, "PW003", "INSERT INTO t VALUES (77777, 1)");
    expect_state(db, "", "INSERT INTO t (id, n) VALUES (77777, 1)");
    /* a faithful copy of rows, and what an apply worker sends */
    expect_state(
        db, "",
        "INSERT INTO copy SELECT pgwiden_old_1, n, id FROM t WHERE id = 5; DELETE FROM t WHERE id = 5; "
        "INSERT INTO t SELECT * FROM copy");
    expect_state(
        db, "",
        "SET session_replication_role = replica; INSERT INTO t (pgwiden_old_1, id, n) VALUES (1, 88888, 1);"
        "RESET session_replication_role");
    cr_expect(db_int(db, "SELECT count(*) FROM t WHERE pgwiden_old_1 IS DISTINCT FROM id") == 0);
    program_expect(db, 0, "pgwiden cleanup t.id");
    expect_done(db, 3002);
    db_drop(db);
}

/* COPY wants as many values as there are columns: it fails from prepare on; with one more it meets the guard.
 */
Test(traps, a_copy_by_position_is_stopped_until_cleanup)
{
    static const char two[] = "COPY t FROM PROGRAM 'printf \"5001\\t1\\n\"'";
    static const char three[] = "COPY t FROM PROGRAM 'printf \"5001\\t1\\t5002\\n\"'";
    struct db *db = make();

    program_expect(db, 0, "pgwiden prepare t.id");
    expect_state(db, "22P04", two);
    program_expect(db, 0, "pgwiden run t.id --yes");
    expect_state(db, "22P04", two);
    expect_state(db, "PW003", three);
    expect_state(db, "", "COPY t (id, n) FROM PROGRAM 'printf \"5001\\t1\\n\"'");
    db_exec(db, "SET session_replication_role = replica");
    expect_state(db, "", "COPY t FROM PROGRAM 'printf \"6001\\t1\\t6002\\n\"'");
    db_exec(db, "RESET session_replication_role");
    cr_expect(db_int(db, "SELECT count(*) FROM t WHERE pgwiden_old_1 IS DISTINCT FROM id") == 0);
    program_expect(db, 0, "pgwiden cleanup t.id");
    expect_done(db, 3002);
    db_drop(db);
}

/* The swap makes an identity's sequence anew: a session's currval() and lastval() are gone with the old one,
 * and that is all. */
Test(traps, an_identitys_sequence_is_new_to_sessions)
{
    struct db *db = db_create(), *old = db_session(db);

    db_exec(db, "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);"
                "CREATE FUNCTION next() RETURNS bigint LANGUAGE plpgsql AS"
                " 'BEGIN RETURN nextval(''t_id_seq''); END'");
    db_exec(old, "INSERT INTO t (n) VALUES (1); SELECT next(); PREPARE next AS SELECT nextval('t_id_seq');"
                 "PREPARE curr AS SELECT currval('t_id_seq'); EXECUTE next; EXECUTE curr; SELECT lastval()");
    program_expect(db, 0, "pgwiden run t.id --yes");
    expect_state(old, "55000", "SELECT lastval()");
    expect_state(old, "55000", "SELECT currval('t_id_seq')");
    expect_state(old, "55000", "EXECUTE curr");
    expect_state(old, "", "SELECT next()");
    expect_state(old, "", "EXECUTE next");
    expect_state(old, "", "EXECUTE curr");
    expect_state(old, "", "INSERT INTO t (n) VALUES (2)");
    cr_expect(db_bool(old, "SELECT lastval() = 6 AND currval('t_id_seq') = 6"));
    program_expect(db, 0, "pgwiden cleanup t.id");
    expect_done(db, 2);
    db_drop(old);
    db_drop(db);
}
