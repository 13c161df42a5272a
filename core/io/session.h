/*
 * One connection to PostgreSQL over libpq's asynchronous interface. libpq-fe.h is included in core/io only.
 *
 * Two ways of waiting: session_query and session_script send and run the loop until the answer is there
 * (ticks and signals go on); session_send returns at once and its callback is called when the answer is
 * complete.
 */
#ifndef IO_SESSION_H
#define IO_SESSION_H

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "io/loop.h"

#include <stdbool.h>
#include <stdint.h>

struct session;

/* A result copied into an arena: text cells, NULL for SQL's NULL. */
struct rows {
    int count, columns;
    const char *const *cells; /* row-major */
    int64_t affected;         /* rows that the last statement changed */
};
/* Never NULL: "" for SQL's NULL. */
const char *rows_text(const struct rows *r, int row, int column);
bool rows_is_null(const struct rows *r, int row, int column);
int64_t rows_int(const struct rows *r, int row, int column); /* 0 for NULL */
double rows_double(const struct rows *r, int row, int column);
bool rows_bool(const struct rows *r, int row, int column);

/* Where to listen: notices of the server (NULL: dropped) and each statement as it was answered (--echo). */
struct session_listener {
    void (*notice)(void *context, const char *severity, const char *message);
    void (*sent)(void *context, const char *statement, double ms);
    void *context;
};

/*
 * Connects and sets the session up (sql/session.sql: search_path, timeouts, keepalives, read committed, role
 * ..). application_name is set to `application`. On failure ERR_FAILED (no server, wrong password, starting
 * up ..). A loop's first session begins a run; for another one beside it the server that can't be reached, or
 * is on its way down or up, is ERR_STOPPED with code "connection-lost", and one without a free slot (53300)
 * ERR_STOPPED. Through a pooler: ERR_REFUSED with code "pooler", and nothing was set in its session; or, with
 * settings.through_pooler, in a transaction that is the caller's to roll back. The session is the caller's to
 * close.
 */
bool session_open(struct loop *l, const struct settings *s, const char *application,
                  const struct session_listener *listener, struct session **out, struct err *e) MUST_CHECK;
/* Ends the connection, whatever it is doing: the answer of a running statement never comes. NULL is allowed.
 */
void session_close(struct session *s);

/*
 * One statement with n text parameters (NULL is SQL's NULL). Rows are copied into a; out may be NULL (a as
 * well then). After an error in a transaction that BEGIN opened it stays open, as the server has it: ROLLBACK
 * is the caller's. On a server error: kind by SQLSTATE (55P03: ERR_LOCK; 57014 after our own cancel:
 * ERR_STOPPED; connection lost: ERR_STOPPED with code "connection-lost"; else ERR_FAILED), sqlstate, the
 * server's message, detail and hint.
 */
bool session_query(struct session *s, struct arena *a, const char *sql, int n, const char *const *params,
                   struct rows *out, struct err *e) MUST_CHECK;
/* Several statements in one message, one round trip (simple protocol); out gets the last one that returned
 * rows. */
bool session_script(struct session *s, struct arena *a, const char *sql, struct rows *out,
                    struct err *e) MUST_CHECK;

/*
 * A query whose one parameter is an oid, and that is asked again and again: it is planned once a session, for
 * whatever oid. One round trip, the first time too. sql must live as long as the session.
 */
bool session_query_kept(struct session *s, struct arena *a, const char *sql, uint32_t oid, struct rows *out,
                        struct err *e) MUST_CHECK;

/*
 * The answer of session_send; rows live until the callback returns. e is NULL on success. The session is idle
 * again: the callback may send the next one. It may not wait (session_query, loop_run_until).
 */
typedef void session_answer(void *context, struct session *s, const struct rows *rows, const struct err *e);

/* Sends one statement with n text parameters: its text or, `prepared`, the name that session_prepare gave it.
 */
void session_send(struct session *s, const char *name_or_sql, bool prepared, int n, const char *const *params,
                  session_answer *answer, void *context);
/* Several statements in one message, as session_script does. */
void session_send_script(struct session *s, const char *sql, session_answer *answer, void *context);
/* The server parses sql, and knows it by this name for as long as the session lasts. */
bool session_prepare(struct session *s, const char *name, const char *sql, struct err *e) MUST_CHECK;

/*
 * Asks the server to cancel what the session runs, from a thread of its own, and again every 2 s until
 * it has ended; the answer comes the usual way, and may be success. When idle: nothing.
 */
void session_cancel(struct session *s);

bool session_is_busy(const struct session *s);
/* Of a pooler, with settings.through_pooler. */
bool session_is_pooled(const struct session *s);
bool session_is_broken(const struct session *s);         /* the connection is lost */
const struct err *session_loss(const struct session *s); /* why; of a broken one */
int session_pid(const struct session *s);                /* the server's process */
int session_version(const struct session *s);            /* 150020 */
const char *session_host(const struct session *s);       /* "db1:5432" or "/tmp:5432" */
const char *session_database(const struct session *s);
/* Milliseconds since the running statement was sent; 0 when idle. */
double session_busy_ms(const struct session *s);

#endif
