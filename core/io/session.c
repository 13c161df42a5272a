/*
 * A session reads whenever its socket says so, also while it is idle (the server's end is noticed then), and
 * writes only while libpq has something left. A request is answered when all its results were read and no
 * request for cancelling it is under way: a late one would hit the next statement. The answer is the last
 * thing that any callback here does, since it may send the next statement or close the session.
 */
#include "io/session.h"

#include "base/fault.h"
#include "io/cancel.h"
#include "io/session_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one that is not answered after the second signal. */
#define GIVE_UP_MS 10000

/* What is sent after the second signal tidies up; it is given so long before the signal holds for it too. */
#define LATE_MS 2000

/* A request for cancelling may come too early (nothing runs yet), or not at all: it is repeated. */
#define CANCEL_AGAIN_MS 2000

/* ---- the socket ---- */

static void free_poll(uv_handle_t *handle)
{
    free(handle);
}

bool session_watch(struct session *s, int events, uv_poll_cb callback)
{
    int fd = PQsocket(s->conn);
    uv_poll_t *poll = fd < 0 ? NULL : calloc(1, sizeof(*poll));

    assert(s->poll == NULL);
    if (poll == NULL)
        return false;
    if (uv_poll_init(loop_uv(s->loop), poll, fd) != 0) {
        free(poll);
        return false;
    }
    poll->data = s;
    s->poll = poll;
    s->events = events;
    uv_poll_start(poll, events, callback);
    return true;
}

void session_unwatch(struct session *s)
{
    if (s->poll == NULL)
        return;
    uv_poll_stop(s->poll);
    uv_close((uv_handle_t *)s->poll, free_poll);
    s->poll = NULL;
}

void session_lose(struct session *s, const struct err *why)
{
    struct err said;

    if (s->state == SESSION_BROKEN)
        return;
    session_unwatch(s);
    s->state = SESSION_BROKEN;
    if (why != NULL) {
        s->lost = *why;
    } else {
        if (s->farewell.kind != ERR_NONE)
            said = s->farewell;
        else
            session_client_error(PQerrorMessage(s->conn), ERR_FAILED, &said);
        err_set(&s->lost, ERR_STOPPED, "connection to server \"%s\" was lost", s->host);
        err_code(&s->lost, "connection-lost");
        memcpy(s->lost.sqlstate, said.sqlstate, sizeof(s->lost.sqlstate));
        err_detail(&s->lost, "%s", said.primary);
        if (said.detail[0] != '\0')
            err_detail(&s->lost, "%s", said.detail);
    }
    s->request.drained = true;
    s->request.failed = true;
    s->request.err = s->lost;
}

static bool is_complete(const struct session *s)
{
    return s->request.answer != NULL && s->request.drained &&
           (s->cancel == NULL || s->state == SESSION_BROKEN);
}

/* Nothing may touch the session after this. */
static void finish(struct session *s)
{
    struct request r = s->request;
    struct arena *own = r.arena == NULL && !r.unwanted ? arena_new() : NULL;
    struct rows rows = {.affected = r.affected};

    if (s->listener.sent != NULL && r.statement != NULL)
        s->listener.sent(s->listener.context, r.statement, session_busy_ms(s));
    s->request = (struct request){.answer = NULL};
    if (!r.failed && !r.unwanted)
        session_copy_rows(&r, own == NULL ? r.arena : own, &rows);
    PQclear(r.rows);
    r.answer(r.context, s, &rows, r.failed ? &r.err : NULL);
    arena_free(own);
    free(r.statement);
}

/* Asks for writing only while there is something to write: a socket is nearly always writable. */
static void flush(struct session *s);

static void read_all(struct session *s)
{
    if (s->state == SESSION_OPEN) {
        bool gone = PQconsumeInput(s->conn) == 0;
        session_drain(s);
        if (gone || s->request.fatal || PQstatus(s->conn) == CONNECTION_BAD)
            session_lose(s, NULL);
        else
            flush(s);
    }
    if (is_complete(s))
        finish(s);
}

static void io_cb(uv_poll_t *poll, int status, int events)
{
    struct session *s = poll->data;

    (void)events;
    if (status < 0)
        s->events = 0; /* libuv has stopped the handle; reading will tell what is wrong */
    read_all(s);
}

static void flush(struct session *s)
{
    int events = UV_READABLE | (PQflush(s->conn) == 1 ? UV_WRITABLE : 0);

    if (s->state == SESSION_OPEN && events != s->events) {
        s->events = events;
        uv_poll_start(s->poll, events, io_cb);
    }
}

void session_begin_reading(struct session *s)
{
    s->state = SESSION_OPEN;
    if (PQsetnonblocking(s->conn, 1) != 0 || !session_watch(s, UV_READABLE, io_cb))
        session_lose(s, NULL);
}

/* Nobody waits for its answer any more. */
static void give_up(struct session *s)
{
    struct err why;

    err_set(&why, ERR_STOPPED, "connection to server \"%s:%s\" was given up", PQhost(s->conn),
            PQport(s->conn));
    err_code(&why, "connection-lost");
    err_detail(&why, s->request.answer != NULL
                         ? "A signal ended the wait for the server's answer: whether it has done what it was "
                           "asked for is not known."
                         : "A signal ended the wait for the server's answer to another statement.");
    if (s->attempt != NULL)
        s->attempt->done = s->attempt->failed = true;
    session_lose(s, &why);
}

static void interrupt(struct loop_member *m)
{
    struct session *s = (struct session *)m;

    session_cancel(s);
    if (s->request.cancelled && s->request.interrupted_at <= 0)
        s->request.interrupted_at = loop_now(s->loop);
}

/* A server that lets each statement wait (for a synchronous standby that is gone) would not be left
 * otherwise. */
static bool is_late(const struct session *s)
{
    return loop_stop_signals(s->loop) >= 2 && s->request.answer != NULL && s->request.interrupted_at <= 0 &&
           loop_now(s->loop) - s->request.sent_at >= LATE_MS;
}

/*
 * libpq may hold decrypted bytes that poll can't see (TLS behind proxies with large records): a busy session
 * reads with every tick as well.
 */
static void tick(struct loop_member *m)
{
    struct session *s = (struct session *)m;

    if (is_late(s))
        interrupt(m);
    if (s->request.interrupted_at > 0 && loop_now(s->loop) - s->request.interrupted_at >= GIVE_UP_MS)
        loop_give_up(s->loop);
    if (loop_gave_up(s->loop))
        give_up(s);
    if (s->attempt != NULL)
        session_check_attempt(s);
    if (s->request.cancelled && loop_now(s->loop) - s->request.cancelled_at >= CANCEL_AGAIN_MS)
        session_cancel(s);
    if (s->request.answer != NULL)
        read_all(s);
}

/* ---- requests ---- */

/* False: the connection is lost, the answer is there already. */
static bool begin(struct session *s, const char *statement, struct request request)
{
    assert(s->request.answer == NULL && s->state != SESSION_CONNECTING);
    s->request = request;
    s->request.sent_at = loop_now(s->loop);
    if (s->listener.sent != NULL && s->attempt == NULL)
        s->request.statement = strdup(statement);
    if (s->state == SESSION_OPEN)
        return true;
    s->request.drained = true;
    s->request.failed = true;
    s->request.err = s->lost;
    return false;
}

/* After one of libpq's PQsend functions. */
static void sent(struct session *s, int ok)
{
    if (ok) {
        flush(s);
    } else if (PQstatus(s->conn) == CONNECTION_BAD) {
        session_lose(s, NULL);
    } else { /* too many parameters, a name too long */
        session_client_error(PQerrorMessage(s->conn), ERR_FAILED, &s->request.err);
        s->request.failed = true;
        s->request.drained = true;
    }
}

struct wait {
    bool done, ok;
    struct rows *out;
    struct err *e;
};

static void wait_cb(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct wait *w = context;

    (void)s;
    if (w->out != NULL)
        *w->out = *rows;
    if (e != NULL)
        *w->e = *e;
    w->ok = e == NULL;
    w->done = true;
}

static bool wait_for(struct session *s, struct wait *w)
{
    if (is_complete(s))
        finish(s);
    loop_run_until(s->loop, &w->done);
    return w->ok;
}

/* NOLINTNEXTLINE(readability-function-size): a struct for them would be filled anew at every call */
bool session_query(struct session *s, struct arena *a, const char *sql, int n, const char *const *params,
                   struct rows *out, struct err *e)
{
    struct wait w = {.out = out, .e = e};

    assert(a != NULL || out == NULL);
    if (begin(s, sql,
              (struct request){.answer = wait_cb, .context = &w, .arena = a, .unwanted = out == NULL}))
        sent(s, PQsendQueryParams(s->conn, sql, n, NULL, params, NULL, NULL, 0));
    return wait_for(s, &w);
}

bool session_script(struct session *s, struct arena *a, const char *sql, struct rows *out, struct err *e)
{
    struct wait w = {.out = out, .e = e};

    assert(a != NULL || out == NULL);
    if (begin(s, sql,
              (struct request){.answer = wait_cb, .context = &w, .arena = a, .unwanted = out == NULL}))
        sent(s, PQsendQuery(s->conn, sql));
    if (s->attempt == NULL)
        fault_sent();
    bool ok = wait_for(s, &w);
    if (s->attempt == NULL)
        fault_answered();
    return ok;
}

/* The number under which the server knows the query; 0: it does not yet. */
static int kept_number(const struct session *s, const char *sql)
{
    for (int i = 0; i < s->kept_count; i++)
        if (s->kept[i].sql == sql)
            return s->kept[i].number;
    return 0;
}

static void keep(struct session *s, const char *sql)
{
    struct kept *longer = realloc(s->kept, (size_t)(s->kept_count + 1) * sizeof(*longer));

    if (longer == NULL)
        return;
    longer[s->kept_count++] = (struct kept){.sql = sql, .number = s->kept_number};
    s->kept = longer;
}

bool session_query_kept(struct session *s, struct arena *a, const char *sql, uint32_t oid, struct rows *out,
                        struct err *e)
{
    int number = kept_number(s, sql);

    if (number > 0)
        return session_script(s, a, arena_printf(a, "EXECUTE pgwiden_%d (%u)", number, oid), out, e);
    number = ++s->kept_number;
    if (!session_script(s, a,
                        arena_printf(a,
                                     "PREPARE pgwiden_%d (oid) AS\n%s;\n"
                                     "SET plan_cache_mode = force_generic_plan;\n"
                                     "EXECUTE pgwiden_%d (%u)",
                                     number, sql, number, oid),
                        out, e))
        return false;
    keep(s, sql);
    return true;
}

bool session_prepare(struct session *s, const char *name, const char *sql, struct err *e)
{
    struct wait w = {.e = e};

    if (begin(s, sql, (struct request){.answer = wait_cb, .context = &w, .unwanted = true}))
        sent(s, PQsendPrepare(s->conn, name, sql, 0, NULL));
    return wait_for(s, &w);
}

/* NOLINTNEXTLINE(readability-function-size): a struct for them would be filled anew at every call */
void session_send(struct session *s, const char *name_or_sql, bool prepared, int n, const char *const *params,
                  session_answer *answer, void *context)
{
    if (begin(s, name_or_sql, (struct request){.answer = answer, .context = context})) {
        if (prepared)
            sent(s, PQsendQueryPrepared(s->conn, name_or_sql, n, params, NULL, NULL, 0));
        else
            sent(s, PQsendQueryParams(s->conn, name_or_sql, n, NULL, params, NULL, NULL, 0));
    }
    if (is_complete(s))
        loop_soon(s->loop); /* the callback never comes before session_send has returned */
}

void session_send_script(struct session *s, const char *sql, session_answer *answer, void *context)
{
    if (begin(s, sql, (struct request){.answer = answer, .context = context}))
        sent(s, PQsendQuery(s->conn, sql));
    if (is_complete(s))
        loop_soon(s->loop);
}

/* ---- cancelling ---- */

static void cancel_made(void *context)
{
    struct session *s = context;

    s->cancel = NULL;
    if (is_complete(s))
        finish(s);
}

void session_cancel(struct session *s)
{
    if (s->request.answer == NULL || s->request.drained || s->cancel != NULL)
        return;
    s->cancel = cancel_begin(loop_uv(s->loop), s->conn, cancel_made, s);
    if (s->cancel == NULL)
        return;
    s->request.cancelled = true;
    s->request.cancelled_at = loop_now(s->loop);
}

/* ---- life ---- */

struct session *session_new(struct loop *l, const struct session_listener *listener)
{
    struct session *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->loop = l;
    s->member.tick = tick;
    s->member.interrupt = interrupt;
    if (listener != NULL)
        s->listener = *listener;
    loop_join(l, &s->member);
    return s;
}

void session_close(struct session *s)
{
    if (s == NULL)
        return;
    loop_leave(s->loop, &s->member);
    cancel_forget(s->cancel);
    session_unwatch(s);
    PQfinish(s->conn);
    PQclear(s->request.rows);
    free(s->request.statement);
    free(s->kept);
    free(s->host);
    free(s);
}

bool session_is_busy(const struct session *s)
{
    return s->request.answer != NULL;
}

bool session_is_pooled(const struct session *s)
{
    return s->pooled;
}

bool session_is_broken(const struct session *s)
{
    return s->state == SESSION_BROKEN;
}

const struct err *session_loss(const struct session *s)
{
    return &s->lost;
}

int session_pid(const struct session *s)
{
    return PQbackendPID(s->conn);
}

int session_version(const struct session *s)
{
    return PQserverVersion(s->conn);
}

const char *session_host(const struct session *s)
{
    return s->host;
}

const char *session_database(const struct session *s)
{
    return PQdb(s->conn);
}

double session_busy_ms(const struct session *s)
{
    return s->request.answer == NULL ? 0 : loop_now(s->loop) - s->request.sent_at;
}
