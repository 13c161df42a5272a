/* Sessions against a real server, given by PGHOST, PGPORT, PGUSER. */
#include "io/session.h"
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct loop *loop;
static struct arena *arena;
static struct settings settings;
static struct err err;

static void set_up(void)
{
    settings_init(&settings);
    settings.dbname = "postgres";
    arena = arena_new();
    cr_assert(loop_open(&loop, &err), "%s", err.primary);
}

/* loop_close ends the test when a handle is left over. */
static void tear_down(void)
{
    loop_close(loop);
    arena_free(arena);
}

TestSuite(session, .init = set_up, .fini = tear_down, .timeout = 60);

static struct session *connect_as(const char *application, const struct session_listener *listener)
{
    struct session *s = NULL;

    cr_assert(session_open(loop, &settings, application, listener, &s, &err), "%s\n%s", err.primary,
              err.detail);
    return s;
}

static struct session *connect_now(void)
{
    return connect_as("pgwiden: test", NULL);
}

/* The first cell of a query without parameters. */
static const char *one(struct session *s, const char *sql)
{
    struct rows r;

    cr_assert(session_query(s, arena, sql, 0, NULL, &r, &err), "%s: %s", sql, err.primary);
    cr_assert(gt(int, r.count, 0), "%s", sql);
    return rows_text(&r, 0, 0);
}

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

Test(session, tells_where_it_is)
{
    struct session *s = connect_now();
    char host[256];

    snprintf(host, sizeof(host), "%s:%s", getenv("PGHOST"), getenv("PGPORT"));
    cr_expect(eq(str, session_host(s), host));
    cr_expect(eq(str, session_database(s), "postgres"));
    cr_expect(eq(int, session_version(s), atoi(one(s, "SHOW server_version_num"))));
    cr_expect(eq(int, session_pid(s), atoi(one(s, "SELECT pg_backend_pid()"))));
    cr_expect(eq(dbl, session_busy_ms(s), 0));
    session_close(s);
}

static const struct {
    const char *name, *value;
} in_place[] = {
    {"application_name",                    "pgwiden: test"      },
    {"search_path",                         "pg_catalog, pgwiden"},
    {"lock_timeout",                        "0"                  },
    {"statement_timeout",                   "0"                  },
    {"idle_in_transaction_session_timeout", "0"                  },
    {"idle_session_timeout",                "0"                  },
    {"default_transaction_isolation",       "read committed"     },
    {"default_transaction_deferrable",      "off"                },
    {"client_connection_check_interval",    "1s"                 },
    {"jit",                                 "off"                },
    {"row_security",                        "off"                },
    {"DateStyle",                           "ISO, DMY"           }, /* the order is the user's */
    {"IntervalStyle",                       "postgres"           },
    {"extra_float_digits",                  "1"                  },
    {"standard_conforming_strings",         "on"                 },
};

/* PGOPTIONS comes before our own settings. */
Test(session, has_its_settings_in_place)
{
    setenv("PGOPTIONS",
           "-c search_path=public -c lock_timeout=7s -c statement_timeout=8s -c idle_session_timeout=9s"
           " -c idle_in_transaction_session_timeout=9s -c default_transaction_isolation=serializable"
           " -c default_transaction_deferrable=on -c jit=on -c DateStyle=SQL,DMY -c IntervalStyle=iso_8601"
           " -c extra_float_digits=0 -c work_mem=7MB -c default_transaction_read_only=on",
           1);
    struct session *s = connect_now();
    struct rows r;

    for (size_t i = 0; i < sizeof(in_place) / sizeof(in_place[0]); i++) {
        const char *params[] = {in_place[i].name};
        cr_assert(session_query(s, arena, "SELECT current_setting($1)", 1, params, &r, &err), "%s",
                  in_place[i].name);
        cr_expect(eq(str, rows_text(&r, 0, 0), in_place[i].value), "%s", in_place[i].name);
    }
    cr_expect(eq(str, one(s, "SHOW work_mem"), "7MB"));
    cr_expect(eq(str, one(s, "SHOW default_transaction_read_only"), "on"));
    if (session_version(s) >= 170000)
        cr_expect(eq(str, one(s, "SHOW transaction_timeout"), "0"));
    session_close(s);
}

Test(session, cuts_a_long_application_name_between_characters)
{
    struct session *s =
        connect_as("pgwiden: backfill public.a_table_with_a_name_that_is_long_enou\xc3\xbc", NULL);

    cr_expect(eq(str, one(s, "SHOW application_name"),
                 "pgwiden: backfill public.a_table_with_a_name_that_is_long_enou"));
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
    loop_on_tick(loop, NULL, NULL);
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

static void send_signal(void *context)
{
    int *number = context;

    kill(getpid(), *number);
}

Test(session, is_cancelled_by_the_second_signal_and_can_clean_up_after_it)
{
    struct session *s = connect_now();
    int number = SIGINT;

    loop_on_tick(loop, send_signal, &number);
    cr_expect(not(session_query(s, NULL, "SELECT pg_sleep(30)", 0, NULL, NULL, &err)));
    loop_on_tick(loop, NULL, NULL);
    cr_expect(eq(int, (int)err.kind, ERR_STOPPED));
    cr_expect(loop_stopping(loop));
    cr_expect(eq(int, loop_stop_signals(loop), 2));
    cr_expect(eq(str, one(s, "SELECT 'clean' FROM pg_sleep(0.6)"), "clean"), "no signal, no cancel");
    struct session *other = connect_now();
    session_close(other);
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

/* ---- failing to connect ---- */

static const struct {
    const char *name, *dbname, *host, *port, *role, *primary, *never;
    enum err_kind kind;
} refused[] = {
    {"wrong port",            "postgres",                                      "/nowhere",  "1",  NULL,           "/nowhere/.s.PGSQL.1\" failed: No such file", "",
     ERR_FAILED                                                                                                                                                                     },
    {"wrong tcp port",        "postgres",                                      "127.0.0.1", "1",  NULL,           "port 1 failed: Connection refused",          "",
     ERR_FAILED                                                                                                                                                                     },
    {"no such database",      "no_such_db",                                    NULL,        NULL, NULL,           "database \"no_such_db\" does not exist",     "",
     ERR_FAILED                                                                                                                                                                     },
    {"in a conninfo",         "dbname=no_such_db",                             NULL,        NULL, NULL,           "database \"no_such_db\" does not exist",     "",
     ERR_FAILED                                                                                                                                                                     },
    {"in a URI",              "postgresql:///no_such_db",                      NULL,        NULL, NULL,           "database \"no_such_db\" does not exist",     "",
     ERR_FAILED                                                                                                                                                                     },
    {"not a port",            "postgres",                                      NULL,        "x",  NULL,           "invalid integer value \"x\"",                "",       ERR_FAILED},
    {"no such role",          "postgres",                                      NULL,        NULL, "no_such_role", "role \"no_such_role\" does not exist",       "",
     ERR_REFUSED                                                                                                                                                                    },
    {"blank in the password", "password=my secret host=db",                    NULL,        NULL, NULL,           "invalid connection string",
     "secret",                                                                                                                                                            ERR_FAILED},
    {"quote in the password", "password='my \"se\"cret",                       NULL,        NULL, NULL,           "invalid connection string",
     "cret",                                                                                                                                                              ERR_FAILED},
    {"bad URI",               "postgresql://u:my%zzsecret@h/db",               NULL,        NULL, NULL,           "invalid connection string",                  "secret",
     ERR_FAILED                                                                                                                                                                     },
    {"@ in the password",     "postgresql://u:my@secret@localhost.invalid/db", NULL,        NULL, NULL,
     "could not connect with the given URI",                                                                                                                    "secret", ERR_FAILED},
    {"/ in the password",     "postgresql://u:my/secret@localhost.invalid/db", NULL,        NULL, NULL,
     "could not connect with the given URI",                                                                                                                    "my",     ERR_FAILED},
};

Test(session, says_why_it_could_not_be_opened)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct session *s = NULL;
        settings.dbname = refused[i].dbname;
        settings.host = refused[i].host;
        settings.port = refused[i].port;
        settings.role = refused[i].role;
        cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)), "%s", refused[i].name);
        cr_expect(eq(int, (int)err.kind, (int)refused[i].kind), "%s", refused[i].name);
        cr_expect(ne(ptr, strstr(err.primary, refused[i].primary), NULL), "%s: %s", refused[i].name,
                  err.primary);
        cr_expect(eq(ptr, strpbrk(err.primary, "\n\t"), NULL), "%s: %s", refused[i].name, err.primary);
        if (refused[i].never[0] != '\0')
            cr_expect(not(strstr(err.primary, refused[i].never) || strstr(err.detail, refused[i].never)),
                      "%s: %s\n%s", refused[i].name, err.primary, err.detail);
        cr_expect(eq(str, err.code, refused[i].kind == ERR_REFUSED ? "privilege-missing" : ""), "%s",
                  refused[i].name);
    }
}

Test(session, acts_as_the_role_that_was_given)
{
    settings.role = "pg_monitor";
    struct session *s = connect_now();

    cr_expect(eq(str, one(s, "SELECT current_user"), "pg_monitor"));
    session_close(s);
}

/* A port that takes connections and never answers. */
static int listen_in_vain(char *port, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert(eq(int, bind(fd, (struct sockaddr *)&address, length), 0));
    cr_assert(eq(int, listen(fd, 8), 0));
    cr_assert(eq(int, getsockname(fd, (struct sockaddr *)&address, &length), 0));
    snprintf(port, size, "%d", ntohs(address.sin_port));
    return fd;
}

Test(session, gives_a_silent_server_up_after_connect_timeout)
{
    char port[16];
    int fd = listen_in_vain(port, sizeof(port));
    struct session *s = NULL;
    double start = loop_now(loop);

    setenv("PGCONNECT_TIMEOUT", "1", 1);
    settings.host = "127.0.0.1";
    settings.port = port;
    cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_FAILED));
    cr_expect(ne(ptr, strstr(err.primary, "timeout expired"), NULL), "%s", err.primary);
    cr_expect(lt(dbl, loop_now(loop) - start, 3000));
    close(fd);
}

Test(session, stops_connecting_when_a_stop_is_asked_for)
{
    char port[16];
    int fd = listen_in_vain(port, sizeof(port));
    struct session *s = NULL;

    settings.host = "127.0.0.1";
    settings.port = port;
    loop_stop_in(loop, 100);
    cr_expect(not(session_open(loop, &settings, "pgwiden: test", NULL, &s, &err)));
    cr_expect(eq(int, (int)err.kind, ERR_STOPPED));
    close(fd);
}

/* The second of two hosts answers: libpq opens another socket with the same number. */
Test(session, goes_on_to_the_next_host)
{
    settings.host = arena_printf(arena, "/nowhere,127.0.0.1,%s", getenv("PGHOST"));
    settings.port = arena_printf(arena, "1,1,%s", getenv("PGPORT"));
    struct session *s = connect_now();

    cr_expect(eq(str, one(s, "SELECT 'here'"), "here"));
    session_close(s);
}

Test(session, can_be_opened_with_standard_descriptors_closed)
{
    loop_close(loop);
    for (int fd = 0; fd < 2; fd++)
        close(fd);
    cr_assert(loop_open(&loop, &err));
    struct session *s = connect_now();
    cr_expect(eq(str, one(s, "SELECT 'here'"), "here"));
    session_close(s);
    cr_expect(lt(int, (int)write(STDOUT_FILENO, "x", 1), 0), "as if it was closed");
}
