/*
 * What the session's own files share: session.c (send, wait, watch, lose, close), session_connect.c (connect,
 * set up), session_result.c (libpq's results into ours).
 */
#ifndef IO_SESSION_PRIVATE_H
#define IO_SESSION_PRIVATE_H

#include "io/loop_private.h"
#include "io/session.h"

#include <libpq-fe.h>
#include <uv.h>

/* CONNECTING: session_connect.c's callback has the socket; BROKEN: nobody has, and nothing can be sent any
 * more. */
enum session_state { SESSION_CONNECTING, SESSION_OPEN, SESSION_BROKEN };

/* The running statement; answer is NULL when there is none. */
struct request {
    session_answer *answer;
    void *context;
    struct arena *arena; /* where its rows go; NULL: one of their own, until the answer returns */
    char *statement;     /* for the listener, NULL without one */
    double sent_at;
    PGresult *rows; /* the last result with columns */
    int64_t affected;
    bool unwanted;                       /* nobody looks at the rows */
    bool copy_out;                       /* COPY data are coming, to be thrown away */
    bool drained;                        /* all results were read */
    bool fatal;                          /* the server said that it ends the connection */
    bool cancelled;                      /* by session_cancel */
    double cancelled_at, interrupted_at; /* loop_now of the last time; of the first signal that did so */
    bool failed;                         /* err is filled */
    struct err err;
};

/* An opening under way; lives in session_open. */
struct attempt {
    double deadline, seconds; /* ms of loop_now; what the user was promised */
    bool first;               /* no other session is there: nothing has begun */
    bool was_stopping;        /* a session opened after a stop (to clean up) does not end at once */
    bool done, failed;        /* connecting has ended; without a connection */
};

/* A query of session_query_kept. */
struct kept {
    const char *sql;
    int number;
};

struct session {
    struct loop_member member; /* first: the hooks get its address */
    struct loop *loop;
    PGconn *conn;
    uv_poll_t *poll; /* NULL: no socket is watched; freed in its close callback */
    int events;      /* what poll waits for */
    enum session_state state;
    struct attempt *attempt; /* NULL when open */
    struct session_listener listener;
    struct request request;
    struct cancel *cancel; /* under way */
    char *host;
    bool pooled;       /* others get the server's session after us */
    struct kept *kept; /* queries that the server has prepared */
    int kept_count;
    int kept_number;     /* of the last name; one that failed is not used again */
    struct err farewell; /* the server's last FATAL message, or the warning that it crashed */
    struct err lost;     /* of a broken session: what every call ends with */
};

/* A member of the loop that is not connected yet; NULL: out of memory. */
struct session *session_new(struct loop *l, const struct session_listener *listener);

/* Watches the connection's socket of this moment with a new handle; false: it has none. */
bool session_watch(struct session *s, int events, uv_poll_cb callback);
/* Must come before anything that may close the socket. */
void session_unwatch(struct session *s);
/* The connection is up: from here on the session reads by itself. */
void session_begin_reading(struct session *s);
/* The connection is gone, and with it the running statement. why NULL: what the server or libpq said last. */
void session_lose(struct session *s, const struct err *why);

/* With each tick while attempt is set: loses the session when its time is over, or a stop was asked for. */
void session_check_attempt(struct session *s);

/* Takes all results that are there without waiting. */
void session_drain(struct session *s);
/* The rows of the finished request, copied into its arena. */
void session_copy_rows(const struct request *r, struct arena *a, struct rows *out);
/* libpq's notice receiver. */
void session_notice(void *session, const PGresult *notice);
/* The server's error in PostgreSQL's parts, kind ERR_FAILED. */
void session_error(const PGresult *result, struct err *e);
/* libpq's own message, which may have several lines: the first one is primary. */
void session_client_error(const char *message, enum err_kind kind, struct err *e);

#endif
