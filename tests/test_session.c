/* Sessions against a real server, given by PGHOST, PGPORT, PGUSER. */
#include "proxy.h"
#include "session_fixture.h"
#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(session, .init = session_set_up, .fini = session_tear_down, .timeout = 60);

Test(session, takes_parameters_and_gives_cells_and_nulls)
{
    struct session *s = connect_now();
    const char *params[] = {"41", NULL, "it's \"so\""};
    struct rows r;

    cr_assert(session_query(s, arena,
                            "SELECT $1::int + 1, $2::text, $3::text, 1.5::float8, true, g, NULL::int"
                            " FROM generate_series(1, 2) AS g",
                            3, params, &r, &err),
              "%s", err.primary);
    cr_expect(eq(int, r.count, 2));
    cr_expect(eq(int, r.columns, 7));
    cr_expect(eq(i64, rows_int(&r, 0, 0), 42));
    cr_expect(rows_is_null(&r, 0, 1));
    cr_expect(eq(str, rows_text(&r, 0, 1), ""));
    cr_expect(eq(str, rows_text(&r, 0, 2), "it's \"so\""));
    cr_expect(epsilon_eq(dbl, rows_double(&r, 0, 3), 1.5, 0.0));
    cr_expect(rows_bool(&r, 0, 4));
    cr_expect(eq(i64, rows_int(&r, 1, 5), 2));
    cr_expect(eq(i64, rows_int(&r, 1, 6), 0));
    cr_expect(not(session_is_busy(s)));
    session_close(s);
}

Test(session, counts_what_the_last_statement_changed)
{
    struct session *s = connect_now();
    struct rows r;

    cr_assert(session_script(s, arena,
                             "BEGIN; CREATE TEMP TABLE t (x int); INSERT INTO t SELECT generate_series(1, 9);"
                             " SELECT count(*) FROM t; UPDATE t SET x = -x WHERE x > 4; COMMIT",
                             &r, &err),
              "%s", err.primary);
    cr_expect(eq(i64, r.affected, 5));
    cr_expect(eq(int, r.count, 1), "the last one that returned rows");
    cr_expect(eq(i64, rows_int(&r, 0, 0), 9));
    cr_assert(session_query(s, NULL, "DELETE FROM t", 0, NULL, NULL, &err), "%s", err.primary);
    cr_assert(session_script(s, arena, "", &r, &err), "an empty script");
    cr_expect(eq(int, r.count, 0));
    session_close(s);
}

Test(session, rolls_a_script_back_when_a_statement_in_the_middle_fails)
{
    struct session *s = connect_now();

    cr_assert(session_script(s, NULL, "CREATE TEMP TABLE t (x int)", NULL, &err));
    cr_expect(not(session_script(s, NULL, "INSERT INTO t VALUES (1); SELECT 1/0; INSERT INTO t VALUES (2)",
                                 NULL, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_FAILED));
    cr_expect(eq(str, err.sqlstate, "22012"));
    cr_expect(eq(str, err.primary, "division by zero"));
    cr_expect(eq(str, one(s, "SELECT count(*) FROM t"), "0"));
    session_close(s);
}

Test(session, gives_the_parts_of_the_servers_error)
{
    struct session *s = connect_now();

    cr_expect(
        not(session_script(s, NULL,
                           "DO $$BEGIN RAISE EXCEPTION 'primary' USING DETAIL = 'Detail.', HINT = 'Hint.',"
                           " ERRCODE = 'PW001'; END$$",
                           NULL, &err)));
    cr_expect(eq(str, err.primary, "primary"));
    cr_expect(eq(str, err.detail, "Detail."));
    cr_expect(eq(str, err.hint, "Hint."));
    cr_expect(eq(str, err.sqlstate, "PW001"));
    cr_expect(eq(str, err.code, ""));
    session_close(s);
}

Test(session, takes_a_result_of_20_MB)
{
    struct session *s = connect_now();
    struct rows r;
    size_t bytes = 0;

    cr_assert(session_query(s, arena, "SELECT repeat('x', 1000) FROM generate_series(1, 20000)", 0, NULL, &r,
                            &err));
    for (int row = 0; row < r.count; row++)
        bytes += strlen(rows_text(&r, row, 0));
    cr_expect(eq(sz, bytes, 20000000));
    session_close(s);
}

Test(session, sends_a_query_of_5_MB)
{
    struct session *s = connect_now();
    size_t size = (size_t)5 * 1024 * 1024;
    char *text = arena_alloc(arena, size + 1);
    const char *params[] = {text};
    struct rows r;

    memset(text, 'y', size);
    cr_assert(session_query(s, arena, "SELECT length($1::text)", 1, params, &r, &err), "%s", err.primary);
    cr_expect(eq(i64, rows_int(&r, 0, 0), (int64_t)size));
    cr_assert(session_script(s, arena, arena_printf(arena, "SELECT length('%s')", text), &r, &err), "%s",
              err.primary);
    cr_expect(eq(i64, rows_int(&r, 0, 0), (int64_t)size));
    session_close(s);
}

Test(session, ends_copy_as_an_error_and_goes_on)
{
    struct session *s = connect_now();

    cr_assert(session_script(s, NULL, "CREATE TEMP TABLE t (x int)", NULL, &err));
    cr_expect(not(session_script(s, NULL, "COPY t FROM STDIN", NULL, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_FAILED));
    cr_expect(not(
        session_script(s, NULL, "COPY (SELECT generate_series(1, 100000)) TO STDOUT; SELECT 1", NULL, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_FAILED));
    cr_expect(not(session_query(s, NULL, "COPY t FROM STDIN", 0, NULL, NULL, &err)));
    cr_expect(eq(str, one(s, "SELECT count(*) FROM t"), "0"));
    session_close(s);
}

/* A prepared statement that libpq or the server refuses leaves the session in use. */
Test(session, goes_on_after_a_request_that_can_not_be_sent)
{
    struct session *s = connect_now();
    const char *params[] = {"1"};

    cr_expect(not(session_query(s, NULL, "SELECT 1", 70000, params, NULL, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_FAILED));
    cr_expect(not(session_prepare(s, "bad", "SELECT no_such_column", &err)));
    cr_expect(eq(str, err.sqlstate, "42703"));
    cr_expect(eq(str, one(s, "SELECT 5"), "5"));
    session_close(s);
}

/* ---- listening ---- */

struct heard {
    int notices, statements;
    char severity[32], message[128], statement[128];
    double ms;
};

static void hear_notice(void *context, const char *severity, const char *message)
{
    struct heard *h = context;

    h->notices++;
    snprintf(h->severity, sizeof(h->severity), "%s", severity);
    snprintf(h->message, sizeof(h->message), "%s", message);
}

static void hear_statement(void *context, const char *statement, double ms)
{
    struct heard *h = context;

    h->statements++;
    h->ms = ms;
    snprintf(h->statement, sizeof(h->statement), "%s", statement);
}

Test(session, hands_notices_and_statements_to_its_listener)
{
    struct heard h = {0};
    struct session_listener listener = {hear_notice, hear_statement, &h};
    struct session *s = connect_as("pgwiden: test", &listener);

    cr_expect(eq(int, h.statements, 0), "the set-up is nobody's business");
    cr_assert(session_script(s, NULL, "DO $$BEGIN PERFORM pg_sleep(0.05); RAISE WARNING 'take care'; END$$",
                             NULL, &err));
    cr_expect(eq(int, h.notices, 1));
    cr_expect(eq(str, h.severity, "WARNING"));
    cr_expect(eq(str, h.message, "take care"));
    cr_expect(eq(int, h.statements, 1));
    cr_expect(ge(dbl, h.ms, 50));
    cr_expect(not(session_query(s, NULL, "SELECT 1/0", 0, NULL, NULL, &err)));
    cr_expect(eq(str, h.statement, "SELECT 1/0"));
    session_close(s);
}

/* ---- waiting, cancelling, losing ---- */

struct kept {
    int answers;
    bool done, ok;
    struct err err;
};

static void keep(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct kept *k = context;

    (void)rows;
    cr_expect(not(session_is_busy(s)));
    k->answers++;
    k->ok = e == NULL;
    if (e != NULL)
        k->err = *e;
    k->done = true;
}

static void cancel_tick(void *context)
{
    session_cancel(context);
}

Test(session, ends_as_stopped_when_it_was_cancelled_by_us)
{
    struct session *s = connect_now();
    double start = loop_now(loop);

    loop_on_tick(loop, cancel_tick, s);
    cr_expect(not(session_query(s, NULL, "SELECT pg_sleep(30)", 0, NULL, NULL, &err)));
    loop_off_tick(loop, cancel_tick, s);
    cr_expect(eq(int, (int)err.kind, ERR_STOPPED));
    cr_expect(eq(str, err.sqlstate, "57014"));
    cr_expect(lt(dbl, loop_now(loop) - start, 5000));
    session_cancel(s); /* idle: nothing */
    for (int i = 0; i < 50; i++)
        cr_assert(eq(str, one(s, "SELECT 'no late cancel'"), "no late cancel"));
    session_close(s);
}

/* It may overtake the statement; then it is sent again. */
Test(session, is_cancelled_even_when_the_request_comes_too_early)
{
    struct session *s = connect_now();

    for (int i = 0; i < 5; i++) {
        struct kept k = {0};
        session_send(s, "SELECT pg_sleep(30)", false, 0, NULL, keep, &k);
        session_cancel(s);
        session_cancel(s);
        loop_run_until(loop, &k.done);
        cr_expect(eq(int, (int)k.err.kind, ERR_STOPPED));
    }
    session_close(s);
}

Test(session, fails_when_someone_else_cancelled)
{
    struct session *s = connect_now();

    cr_expect(
        not(session_script(s, NULL, "SET statement_timeout = '50ms'; SELECT pg_sleep(30)", NULL, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_FAILED));
    cr_expect(eq(str, err.sqlstate, "57014"));
    session_close(s);
}

static void send_two_signals(void *context)
{
    int *sent = context;

    if (*sent < 2 && kill(getpid(), SIGINT) == 0)
        ++*sent;
}

Test(session, is_cancelled_by_the_second_signal_and_can_clean_up_after_it)
{
    struct session *s = connect_now();
    int sent = 0;

    loop_on_tick(loop, send_two_signals, &sent);
    cr_expect(not(session_query(s, NULL, "SELECT pg_sleep(30)", 0, NULL, NULL, &err)));
    loop_off_tick(loop, send_two_signals, &sent);
    cr_expect(eq(int, (int)err.kind, ERR_STOPPED));
    cr_expect(loop_stopping(loop));
    cr_expect(eq(int, loop_stop_signals(loop), 2));
    cr_expect(eq(str, one(s, "SELECT 'clean' FROM pg_sleep(0.6)"), "clean"), "no signal, no cancel");
    struct session *other = connect_now();
    session_close(other);
    session_close(s);
}

/* As with a synchronous standby that is gone: each commit waits, also those after the cancelled one. */
Test(session, what_is_sent_after_the_second_signal_is_cancelled_when_it_takes_long)
{
    struct session *s = connect_now();
    int sent = 0;

    loop_on_tick(loop, send_two_signals, &sent);
    cr_expect(not(session_query(s, NULL, "SELECT pg_sleep(30)", 0, NULL, NULL, &err)));
    loop_off_tick(loop, send_two_signals, &sent);
    double sent_at = loop_now(loop);
    cr_expect(not(session_query(s, NULL, "SELECT pg_sleep(30)", 0, NULL, NULL, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_STOPPED));
    cr_expect(lt(dbl, loop_now(loop) - sent_at, 20000));
    session_close(s);
}

Test(session, waits_for_a_lock_no_longer_than_lock_timeout)
{
    struct session *holder = connect_now(), *s = connect_now();

    cr_assert(
        session_script(holder, NULL, "BEGIN; LOCK TABLE pg_catalog.pg_largeobject IN SHARE MODE", NULL, &err),
        "%s", err.primary);
    cr_expect(not(session_script(
        s, NULL,
        "SET lock_timeout = '50ms'; BEGIN; LOCK TABLE pg_catalog.pg_largeobject IN ROW EXCLUSIVE MODE", NULL,
        &err)));
    cr_expect(eq(int, (int)err.kind, ERR_LOCK));
    cr_expect(eq(str, err.sqlstate, "55P03"));
    session_close(s);
    session_close(holder);
}

static void terminate(struct session *by, struct session *victim)
{
    const char *params[] = {arena_printf(arena, "%d", session_pid(victim))};

    cr_assert(session_query(by, NULL, "SELECT pg_terminate_backend($1::int)", 1, params, NULL, &err), "%s",
              err.primary);
}

static void expect_lost(const struct err *e, const char *when)
{
    cr_expect(eq(int, (int)e->kind, ERR_STOPPED), "%s", when);
    cr_expect(eq(str, e->code, "connection-lost"), "%s", when);
    cr_expect(eq(str, e->sqlstate, "57P01"), "%s", when);
    cr_expect(eq(str, e->detail, "terminating connection due to administrator command"), "%s", when);
    cr_expect(ne(ptr, strstr(e->primary, "was lost"), NULL), "%s", e->primary);
}

Test(session, knows_when_its_connection_is_lost_in_mid_statement)
{
    struct session *killer = connect_now(), *s = connect_now();
    struct kept k = {0};

    session_send(s, "SELECT pg_sleep(30)", false, 0, NULL, keep, &k);
    cr_expect(session_is_busy(s));
    terminate(killer, s);
    loop_run_until(loop, &k.done);
    expect_lost(&k.err, "the statement");
    cr_expect(session_is_broken(s));

    cr_expect(not(session_query(s, NULL, "SELECT 1", 0, NULL, NULL, &err)));
    expect_lost(&err, "a query");
    cr_expect(not(session_script(s, NULL, "SELECT 1", NULL, &err)));
    expect_lost(&err, "a script");
    cr_expect(not(session_prepare(s, "p", "SELECT 1", &err)));
    expect_lost(&err, "a prepare");
    k = (struct kept){0};
    session_send(s, "SELECT 1", false, 0, NULL, keep, &k);
    cr_expect(not(k.done), "never from inside session_send");
    loop_run_until(loop, &k.done);
    expect_lost(&k.err, "a send");
    session_cancel(s);
    session_close(s);
    session_close(killer);
}

Test(session, knows_when_its_connection_is_lost_while_it_is_idle)
{
    struct session *killer = connect_now(), *s = connect_now();

    terminate(killer, s);
    for (int i = 0; i < 100 && !session_is_broken(s); i++)
        loop_sleep(loop, 20);
    cr_expect(session_is_broken(s));
    cr_expect(not(session_query(s, NULL, "SELECT 1", 0, NULL, NULL, &err)));
    expect_lost(&err, "idle");
    session_close(s);
    session_close(killer);
}

/* Nobody ran the loop meanwhile: the next statement finds out, and still has the server's last message. */
Test(session, learns_from_the_next_statement_that_its_connection_was_lost)
{
    struct session *s = connect_now();
    struct db *db = db_create();

    db_exec(db, "SELECT pg_terminate_backend(%d)", session_pid(s));
    db_await(db, 10, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %d)", session_pid(s));
    cr_expect(not(session_query(s, NULL, "SELECT 1", 0, NULL, NULL, &err)));
    expect_lost(&err, "the next statement");
    session_close(s);
    db_drop(db);
}

/* As when a host goes away: the server says no farewell. libpq's word on the socket that it has closed itself
 * is of no use to anybody. */
Test(session, says_why_a_connection_was_lost_and_nothing_else)
{
    struct proxy *proxy = proxy_start();

    settings.host = proxy_host(proxy);
    struct session *idle = connect_now(), *busy = connect_now();
    struct kept k = {0};

    session_send(busy, "SELECT pg_sleep(30)", false, 0, NULL, keep, &k);
    proxy_stop(proxy);
    loop_run_until(loop, &k.done);
    cr_expect(not(session_query(idle, NULL, "SELECT 1", 0, NULL, NULL, &err)));
    cr_expect(eq(str, k.err.detail, "server closed the connection unexpectedly"));
    cr_expect(eq(str, err.detail, "server closed the connection unexpectedly"));
    session_close(busy);
    session_close(idle);
}

/* ---- session_send ---- */

#define ROUNDS 200

struct pipeline {
    int *left; /* sessions that still work */
    bool *all_done;
    int64_t sum;
    int sent;
    char number[16];
};

static void send_next(struct pipeline *p, struct session *s);

static void take_answer(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct pipeline *p = context;

    cr_assert(eq(ptr, (void *)e, NULL));
    p->sum += rows_int(rows, 0, 0);
    send_next(p, s);
}

static void send_next(struct pipeline *p, struct session *s)
{
    const char *params[] = {p->number};

    if (p->sent == ROUNDS) {
        *p->all_done = --*p->left == 0;
        return;
    }
    snprintf(p->number, sizeof(p->number), "%d", ++p->sent);
    session_send(s, "double", true, 1, params, take_answer, p);
}

Test(session, two_of_them_work_side_by_side_by_callbacks)
{
    struct session *s[2];
    int left = 2;
    bool all_done = false;
    struct pipeline p[2] = {
        {.left = &left, .all_done = &all_done},
        {.left = &left, .all_done = &all_done}
    };

    for (int i = 0; i < 2; i++) {
        s[i] = connect_now();
        cr_assert(session_prepare(s[i], "double", "SELECT $1::int8 * 2", &err), "%s", err.primary);
        send_next(&p[i], s[i]);
    }
    loop_run_until(loop, &all_done);
    for (int i = 0; i < 2; i++) {
        cr_expect(eq(i64, p[i].sum, (int64_t)ROUNDS * (ROUNDS + 1)));
        session_close(s[i]);
    }
}

static void close_self(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    bool *done = context;

    (void)rows;
    (void)e;
    session_close(s);
    *done = true;
}

Test(session, may_be_closed_by_its_own_answer_and_while_it_is_busy)
{
    struct session *s = connect_now();
    bool done = false;

    session_send(s, "SELECT 1", false, 0, NULL, close_self, &done);
    loop_run_until(loop, &done);

    struct kept k = {0};
    s = connect_now();
    session_send(s, "SELECT pg_sleep(30)", false, 0, NULL, keep, &k);
    session_cancel(s);
    session_close(s);
    loop_sleep(loop, 50);
    cr_expect(eq(int, k.answers, 0));
}
