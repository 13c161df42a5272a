/*
 * From the settings to a session that is ready: asynchronous connect, then one round trip that sets the
 * session up. Looking up a host's name blocks (PQconnectStartParams does it); everything else runs in the
 * loop.
 */
#include "base/cut.h"
#include "io/session_private.h"
#include "sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES      63 /* the server cuts application_name here */
#define TIMEOUT_SECONDS 30 /* for each host, without connect_timeout */

/* ---- what to say when it fails ---- */

static bool is_uri(const char *text)
{
    return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
}

static bool has_odd_port(const char *hosts, size_t length)
{
    const char *end = hosts + length;

    for (const char *p = hosts; p < end; p++) {
        if (*p == '[')
            p += strcspn(p, "]");
        if (*p != ':')
            continue;
        p += 1 + strspn(p + 1, "0123456789");
        if (p < end && *p != ',')
            return true;
    }
    return false;
}

/*
 * A "/", "?" or "@" in a URI's password that is not percent-encoded makes libpq take parts of it for user,
 * host, port or database, which its messages name. As libpq reads it: what is before the first "@" is user
 * and password, unless a "/" comes first.
 */
static bool uri_may_show_password(const char *uri)
{
    const char *host = strchr(uri, '/') + 2;
    size_t credentials = strcspn(host, "@/");

    if (host[credentials] == '@') {
        if (memchr(host, '?', credentials) != NULL)
            return true;
        host += credentials + 1;
    }
    size_t hosts = strcspn(host, "/?"), before_query = strcspn(host, "?");
    return has_odd_port(host, hosts) || memchr(host, '@', before_query) != NULL;
}

/* PGDATABASE and dbname= in a connection string take no connection string: it is the name of a database that
 * does not exist, as the server says. */
static bool database_may_show_password(const PGconn *conn)
{
    const char *name = PQdb(conn);

    return name != NULL && (strstr(name, "://") != NULL ||
                            (strchr(name, '=') != NULL && strcasestr(name, "password") != NULL));
}

/* True: dbname is a connection string that libpq can't read; its message quotes what it found, a password
 * perhaps. */
static bool unreadable(const char *dbname, struct err *e)
{
    char *message = NULL;

    if (dbname == NULL || (!is_uri(dbname) && strchr(dbname, '=') == NULL))
        return false;
    PQconninfoOption *options = PQconninfoParse(dbname, &message);
    PQconninfoFree(options);
    if (options != NULL)
        return false;
    const char *text = message == NULL ? "" : message;
    const char *last = strrchr(text, '"');
    if (last == NULL)
        session_client_error(text, ERR_FAILED, e);
    else
        err_set(e, ERR_FAILED, "%.*s\"...\"%.*s", (int)strcspn(text, "\""), text,
                (int)strcspn(last + 1, "\n"), last + 1);
    err_prefix(e, "invalid connection string");
    PQfreemem(message);
    return true;
}

/*
 * libpq tells the SQLSTATE of a failed connect only in its verbose text, behind the severity, which is in the
 * server's language. It is cut out of the text; with several hosts the last one counts.
 */
static void take_state(char *text, char *state)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t length = 5;

    while ((text = strstr(text, ":  ")) != NULL) {
        text += 3;
        if (strspn(text, digits) != length || strncmp(text + length, ": ", 2) != 0)
            continue;
        memcpy(state, text, length);
        memmove(text, text + length + 2, strlen(text + length + 2) + 1);
    }
}

/* Is it the way to the server, or the server on its way down or up? No SQLSTATE: it did not answer at all. */
static bool is_out_of_reach(const char *state)
{
    static const char *const states[] = {"57P01", "57P02", "57P03"}, class_connection[] = "08";

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return *state == '\0' || strncmp(state, class_connection, 2) == 0;
}

/* What ends a run that is under way, and does not when it is run again, is a stop: as a lost connection. */
static void judge(const struct attempt *a, struct err *e)
{
    static const char too_many_connections[] = "53300";

    if (a->first)
        return;
    if (is_out_of_reach(e->sqlstate))
        err_code(e, "connection-lost");
    else if (strcmp(e->sqlstate, too_many_connections) != 0)
        return;
    e->kind = ERR_STOPPED;
}

static void connect_error(const struct session *s, const char *dbname, struct err *e)
{
    char state[sizeof(e->sqlstate)] = "";
    char text[4096];

    if (dbname != NULL && is_uri(dbname) && uri_may_show_password(dbname)) {
        err_set(e, ERR_FAILED, "could not connect with the given URI");
        err_hint(
            e, "In a URI the characters \"/\", \"?\" and \"@\" of a password must be written %%2F, %%3F and "
               "%%40; a port is a number.");
        return;
    }
    if (database_may_show_password(s->conn)) {
        err_set(e, ERR_FAILED, "could not connect: the database's name is a connection string");
        err_hint(
            e, "A URI begins with postgresql:// or postgres:// and is given with -d; PGDATABASE and dbname= "
               "take a name.");
        return;
    }
    snprintf(text, sizeof(text), "%s", PQerrorMessage(s->conn));
    take_state(text, state);
    session_client_error(text, ERR_FAILED, e);
    memcpy(e->sqlstate, state, sizeof(state));
    if (PQconnectionNeedsPassword(s->conn))
        err_hint(e, "Give the password with -W, PGPASSWORD or a password file.");
    else
        judge(s->attempt, e);
}

/* ---- connecting ---- */

/*
 * As in psql a connection string wins over the options, and both over what we give as a default. Keepalives:
 * a server that went away is noticed after 25 s instead of hours.
 */
static PGconn *start(const struct settings *s, const char *application)
{
    const char *encoding = getenv("PGCLIENTENCODING") == NULL ? "auto" : NULL;
    const char *const keywords[] = {"keepalives_idle",
                                    "keepalives_interval",
                                    "keepalives_count",
                                    "tcp_user_timeout",
                                    "client_encoding",
                                    "host",
                                    "port",
                                    "user",
                                    "dbname",
                                    "password",
                                    "application_name",
                                    NULL};
    const char *const values[] = {"10",    "5",         "3",       "25000",     encoding,    s->host,
                                  s->port, s->username, s->dbname, s->password, application, NULL};

    return PQconnectStartParams(keywords, values, 1);
}

/* connect_timeout is for each host; libpq leaves it to the asynchronous caller. */
static double timeout_seconds(PGconn *conn)
{
    PQconninfoOption *options = PQconninfo(conn);
    double seconds = TIMEOUT_SECONDS;
    int hosts = 1;

    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++) {
        if (o->val == NULL)
            continue;
        if (strcmp(o->keyword, "connect_timeout") == 0 && strtod(o->val, NULL) > 0)
            seconds = strtod(o->val, NULL);
        if (strcmp(o->keyword, "host") == 0)
            for (const char *p = o->val; *p != '\0'; p++)
                hosts += *p == ',';
    }
    PQconninfoFree(options);
    return seconds * hosts;
}

static void connect_cb(uv_poll_t *poll, int status, int events);

/* A new handle after every PQconnectPoll: it may have closed the socket and opened another one, with the same
 * number. */
static void watch(struct session *s, PostgresPollingStatusType want)
{
    struct attempt *a = s->attempt;

    if (want == PGRES_POLLING_OK)
        a->done = true;
    else if (want == PGRES_POLLING_FAILED ||
             !session_watch(s, want == PGRES_POLLING_READING ? UV_READABLE : UV_WRITABLE, connect_cb))
        a->done = a->failed = true;
}

static void connect_cb(uv_poll_t *poll, int status, int events)
{
    struct session *s = poll->data;

    (void)status;
    (void)events;
    session_unwatch(s);
    watch(s, PQconnectPoll(s->conn));
}

void session_check_attempt(struct session *s)
{
    struct attempt *a = s->attempt;
    struct err why;

    if (s->state == SESSION_BROKEN)
        return;
    if (loop_stopping(s->loop) && !a->was_stopping) {
        err_set(&why, ERR_STOPPED, "stopped while connecting to the server");
    } else if (loop_now(s->loop) >= a->deadline) {
        err_set(&why, ERR_FAILED, "could not connect to server \"%s:%s\": timeout expired", PQhost(s->conn),
                PQport(s->conn));
        err_detail(&why, "There was no answer within %g seconds.", a->seconds);
        judge(a, &why);
    } else {
        return;
    }
    a->done = a->failed = true;
    session_lose(s, &why);
}

static bool connect_to(struct session *s, const struct settings *settings, const char *application,
                       struct err *e)
{
    struct attempt *a = s->attempt;

    s->conn = start(settings, application);
    if (s->conn == NULL)
        return err_set(e, ERR_FAILED, "could not connect to the server: out of memory");
    PQsetNoticeReceiver(s->conn, session_notice, s);
    PQsetErrorVerbosity(s->conn, PQERRORS_VERBOSE);
    a->seconds = timeout_seconds(s->conn);
    a->deadline = loop_now(s->loop) + a->seconds * 1000;
    watch(s, PQstatus(s->conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING);
    loop_run_until(s->loop, &a->done);
    if (s->state == SESSION_BROKEN) {
        *e = s->lost;
        return false;
    }
    if (a->failed) {
        connect_error(s, settings->dbname, e);
        return false;
    }
    if (asprintf(&s->host, "%s:%s", PQhost(s->conn), PQport(s->conn)) < 0) {
        s->host = NULL;
        return err_set(e, ERR_FAILED, "could not connect to the server: out of memory");
    }
    PQsetErrorVerbosity(s->conn, PQERRORS_DEFAULT);
    session_begin_reading(s);
    return true;
}

/* ---- setting up ---- */

/*
 * What the role or the database allows may be less than sql/session.sql takes, which lifts it for good: each
 * statement is held to what was in force when it began. Even this may be too late, once. (A
 * transaction_timeout as short as that hits the server's own part of connecting.) And its types would be
 * looked up in the schemas that the role or the database has set in front of pg_catalog: a domain there can
 * run its owner's functions.
 * Another server process than the client was told of: a pooler's. Nothing is set then, since others get that
 * session after us, with all that we have set in it.
 */
static bool lift_limits(struct session *s, struct arena *a, struct err *e)
{
    static const char canceled[] = "57014";
    const int tries = 10;
    const char *sql = arena_printf(a,
                                   "SET LOCAL search_path = pg_catalog; SET LOCAL statement_timeout = 0; "
                                   "SELECT set_config('search_path', 'pg_catalog', false), "
                                   "set_config('statement_timeout', '0', false), "
                                   "set_config('lock_timeout', '0', false) WHERE pg_backend_pid() = %d",
                                   PQbackendPID(s->conn));
    struct rows rows;

    for (int i = 0; i < tries; i++) {
        if (session_script(s, a, sql, &rows, e)) {
            s->pooled = rows.count == 0;
            return true;
        }
        if (strcmp(e->sqlstate, canceled) != 0)
            break;
    }
    return false;
}

static bool refuse_pooler(struct err *e)
{
    err_set(e, ERR_REFUSED, "the connection goes through a pooler");
    err_code(e, "pooler");
    err_detail(e, "Session settings, advisory locks and cancel requests would reach other sessions.");
    return err_hint(e, "Connect to the server itself (its own host and port).");
}

/* In a pooler's session all of it goes with the transaction, which is rolled back. */
static bool configure(struct session *s, const char *const *params, struct err *e)
{
    static const char begin[] = "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog; "
                                "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";

    return (!s->pooled || session_script(s, NULL, begin, NULL, e)) &&
           session_query(s, NULL, sql_session, 3, params, NULL, e);
}

static bool set_up(struct session *s, const struct settings *settings, const char *application, struct err *e)
{
    const char *role = settings->role, *params[] = {application, "1s", role};
    static const char bad_value[] = "22023", no_privilege[] = "42501";
    struct arena *a = arena_new();
    bool ok = lift_limits(s, a, e);

    arena_free(a);
    if (ok && s->pooled && !settings->through_pooler)
        return refuse_pooler(e);
    if (ok && configure(s, params, e))
        return true;
    /* the server's platform can't see that a client is gone, or it is --role that is wrong */
    params[1] = "0";
    if (strcmp(e->sqlstate, bad_value) == 0 && (!s->pooled || session_script(s, NULL, "ROLLBACK", NULL, e)) &&
        configure(s, params, e))
        return true;
    if (role != NULL && (strcmp(e->sqlstate, bad_value) == 0 || strcmp(e->sqlstate, no_privilege) == 0)) {
        e->kind = ERR_REFUSED;
        err_code(e, "privilege-missing");
        return err_hint(e, "Give --role the name of a role that the connecting user is a member of.");
    }
    if (s->attempt->first &&
        strcmp(e->code, "connection-lost") == 0) { /* nothing has begun that was stopped */
        e->kind = ERR_FAILED;
        err_code(e, "");
    }
    return false;
}

bool session_open(struct loop *l, const struct settings *s, const char *application,
                  const struct session_listener *listener, struct session **out, struct err *e)
{
    struct attempt attempt = {.first = !loop_has_members(l), .was_stopping = loop_stopping(l)};
    char name[NAME_BYTES + 1];

    if (unreadable(s->dbname, e))
        return false;
    cut_copy(name, sizeof(name), application);
    struct session *new = session_new(l, listener);
    if (new == NULL)
        return err_set(e, ERR_FAILED, "could not connect to the server: out of memory");
    new->attempt = &attempt;
    bool ok = connect_to(new, s, name, e) && set_up(new, s, name, e);
    new->attempt = NULL;
    if (ok)
        *out = new;
    else
        session_close(new);
    return ok;
}
