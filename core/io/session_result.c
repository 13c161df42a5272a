/*
 * libpq's results, errors and notices in our terms.
 */
#include "io/session_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *rows_text(const struct rows *r, int row, int column)
{
    const char *cell = r->cells[(ptrdiff_t)row * r->columns + column];

    return cell == NULL ? "" : cell;
}

bool rows_is_null(const struct rows *r, int row, int column)
{
    return r->cells[(ptrdiff_t)row * r->columns + column] == NULL;
}

int64_t rows_int(const struct rows *r, int row, int column)
{
    return strtoll(rows_text(r, row, column), NULL, 10);
}

double rows_double(const struct rows *r, int row, int column)
{
    return strtod(rows_text(r, row, column), NULL);
}

bool rows_bool(const struct rows *r, int row, int column)
{
    return rows_text(r, row, column)[0] == 't';
}

void session_copy_rows(const struct request *r, struct arena *a, struct rows *out)
{
    *out = (struct rows){.affected = r->affected};
    if (r->rows == NULL)
        return;
    out->count = PQntuples(r->rows);
    out->columns = PQnfields(r->rows);
    size_t columns = (size_t)out->columns;
    const char **cells = arena_alloc(a, (size_t)out->count * columns * sizeof(*cells));
    for (int row = 0; row < out->count; row++)
        for (int column = 0; column < out->columns; column++)
            if (!PQgetisnull(r->rows, row, column))
                cells[(size_t)row * columns + (size_t)column] = arena_strndup(
                    a, PQgetvalue(r->rows, row, column), (size_t)PQgetlength(r->rows, row, column));
    out->cells = cells;
}

static const char *field(const PGresult *result, int code)
{
    const char *text = PQresultErrorField(result, code);

    return text == NULL ? "" : text;
}

/* "invalid socket": of one that libpq has closed because of what the line before says. Where in its source
 * the server raised an error is of use to nobody here. */
static bool says_nothing(const char *line)
{
    static const char location[] = "LOCATION:  ";

    return strcmp(line, "invalid socket") == 0 || strncmp(line, location, sizeof(location) - 1) == 0;
}

/* One line of libpq's message: what is indented or called so is a hint, anything after the first line is
 * detail. */
static void add_client_line(struct err *e, const char *line, enum err_kind kind)
{
    static const char hint[] = "HINT:  ", detail[] = "DETAIL:  ";

    if (e->kind == ERR_NONE) {
        err_set(e, kind, "%s", line);
    } else if (line[0] == '\t') {
        if (strstr(e->hint, line + 1) == NULL)
            err_hint(e, "%s", line + 1);
    } else if (strncmp(line, hint, sizeof(hint) - 1) == 0) {
        err_hint(e, "%s", line + sizeof(hint) - 1);
    } else if (strncmp(line, detail, sizeof(detail) - 1) == 0) {
        err_detail(e, "%s", line + sizeof(detail) - 1);
    } else if (strcmp(line, e->primary) != 0) { /* tried twice, with and without TLS: told twice */
        err_detail(e, "%s", line);
    }
}

void session_client_error(const char *message, enum err_kind kind, struct err *e)
{
    char line[1024];

    err_clear(e);
    while (*message != '\0') {
        size_t length = strcspn(message, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)length, message);
        if (length > 0 && !says_nothing(line))
            add_client_line(e, line, kind);
        message += length + (message[length] == '\n');
    }
    if (e->kind == ERR_NONE)
        err_set(e, kind, "libpq gave no reason");
}

void session_error(const PGresult *result, struct err *e)
{
    if (PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL) {
        session_client_error(PQresultErrorMessage(result), ERR_FAILED, e);
        return;
    }
    err_set(e, ERR_FAILED, "%s", field(result, PG_DIAG_MESSAGE_PRIMARY));
    snprintf(e->sqlstate, sizeof(e->sqlstate), "%s", field(result, PG_DIAG_SQLSTATE));
    if (PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) != NULL)
        err_detail(e, "%s", field(result, PG_DIAG_MESSAGE_DETAIL));
    if (PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) != NULL)
        err_hint(e, "%s", field(result, PG_DIAG_MESSAGE_HINT));
}

/* Is it the server's last word on this connection? A severity of ERROR never is, whatever its code (dblink
 * passes codes on). */
static bool is_fatal(const PGresult *result)
{
    const char *severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0;
}

void session_notice(void *session, const PGresult *notice)
{
    static const char class_shutdown[] = "57P0";
    struct session *s = session;

    /* to an idle session libpq hands the server's last error as a notice; a crash is told in a warning */
    if (is_fatal(notice) || strncmp(field(notice, PG_DIAG_SQLSTATE), class_shutdown, 4) == 0)
        session_error(notice, &s->farewell);
    if (!is_fatal(notice) && s->listener.notice != NULL)
        s->listener.notice(s->listener.context, field(notice, PG_DIAG_SEVERITY_NONLOCALIZED),
                           field(notice, PG_DIAG_MESSAGE_PRIMARY));
}

static void take_error(struct session *s, const PGresult *result)
{
    struct request *r = &s->request;

    if (is_fatal(result)) {
        session_error(result, &s->farewell);
        r->fatal = true;
    }
    if (r->failed)
        return;
    r->failed = true;
    session_error(result, &r->err);
    if (strcmp(r->err.sqlstate, "55P03") == 0)
        r->err.kind = ERR_LOCK;
    else if (strcmp(r->err.sqlstate, "57014") == 0 && r->cancelled)
        r->err.kind = ERR_STOPPED;
}

static void refuse_copy(struct session *s, bool from_client)
{
    if (!s->request.failed)
        err_set(&s->request.err, ERR_FAILED, "COPY to or from the client is not supported");
    s->request.failed = true;
    if (from_client)
        PQputCopyEnd(s->conn, "not supported");
    else
        s->request.copy_out = true;
}

/* Owns the result. */
static void take(struct session *s, PGresult *result)
{
    struct request *r = &s->request;
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        if (PQcmdTuples(result)[0] != '\0')
            r->affected = strtoll(PQcmdTuples(result), NULL, 10);
        if (status == PGRES_TUPLES_OK && !r->unwanted) {
            PQclear(r->rows);
            r->rows = result;
            return;
        }
    } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
        refuse_copy(s, status == PGRES_COPY_IN);
    } else if (status != PGRES_EMPTY_QUERY) {
        take_error(s, result);
    }
    PQclear(result);
}

/* False: more of them are to come. */
static bool skip_copy_data(struct session *s)
{
    char *line = NULL;
    int length;

    while ((length = PQgetCopyData(s->conn, &line, 1)) > 0)
        PQfreemem(line);
    return length != 0;
}

void session_drain(struct session *s)
{
    struct request *r = &s->request;

    while (!PQisBusy(s->conn) && r->answer != NULL && !r->drained && !r->fatal) {
        if (r->copy_out && !skip_copy_data(s))
            return;
        r->copy_out = false;
        PGresult *result = PQgetResult(s->conn);
        if (result == NULL)
            r->drained = true;
        else
            take(s, result);
    }
}
