/* support.h: databases and catalogs. */
#include "support.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct db {
    PGconn *connection;
    char name[64];
    bool owner;
};

static void notice_ignore(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static PGconn *connection_open(const char *database)
{
    const char *keys[] = {"dbname", "application_name", "client_encoding", NULL};
    const char *values[] = {database, "tests", "UTF8", NULL};
    PGconn *connection = PQconnectdbParams(keys, values, 0);

    cr_assert(PQstatus(connection) == CONNECTION_OK, "%s (run the tests by tests/run)",
              PQerrorMessage(connection));
    PQsetNoticeProcessor(connection, notice_ignore, NULL);
    return connection;
}

static struct db *db_new(const char *name, bool owner)
{
    struct db *db = calloc(1, sizeof *db);

    snprintf(db->name, sizeof db->name, "%s", name);
    db->owner = owner;
    db->connection = connection_open(name);
    return db;
}

/* The connection through which databases are made; each statement by itself, NULL: there is no second one. */
static void server_exec(const char *sql, const char *second)
{
    PGconn *connection = connection_open("postgres");
    const char *const statements[] = {sql, second};

    for (int i = 0; i < 2 && statements[i] != NULL; i++) {
        PGresult *result = PQexec(connection, statements[i]);

        cr_assert(PQresultStatus(result) == PGRES_COMMAND_OK, "%s: %s", statements[i],
                  PQerrorMessage(connection));
        PQclear(result);
    }
    PQfinish(connection);
}

static struct db *db_create_from(const char *template_name)
{
    static int number;
    char name[64], drop[256], create[256];

    snprintf(name, sizeof name, "pgwiden_test_%d_%d", (int)getpid(), ++number);
    snprintf(drop, sizeof drop, "DROP DATABASE IF EXISTS %s WITH (FORCE)", name);
    snprintf(create, sizeof create, "CREATE DATABASE %s TEMPLATE %s", name, template_name);
    server_exec(drop, create);
    return db_new(name, true);
}

struct db *db_create(void)
{
    return db_create_from("template0");
}

struct db *db_copy(struct db *original)
{
    struct db *copy;

    PQfinish(original->connection);
    copy = db_create_from(original->name);
    original->connection = connection_open(original->name);
    return copy;
}

struct db *db_session(const struct db *db)
{
    return db_new(db->name, false);
}

void db_drop(struct db *db)
{
    char sql[128];

    if (db == NULL)
        return;
    PQfinish(db->connection);
    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", db->name);
    if (db->owner)
        server_exec(sql, NULL);
    free(db);
}

const char *db_name(const struct db *db)
{
    return db->name;
}

int db_pid(const struct db *db)
{
    return PQbackendPID(db->connection);
}

int server_version(void)
{
    PGconn *connection = connection_open("postgres");
    int version = PQserverVersion(connection);

    PQfinish(connection);
    return version;
}

#define SHARES   10
#define VERSIONS 5 /* 14 to 18 */

bool tests_are_thin(void)
{
    return getenv("PGWIDEN_TEST_THIN") != NULL;
}

/* Each version has two of the ten: an odd first takes the one, an even first the other. */
int boundary_first(int first, int stride)
{
    int version = server_version() / 10000 % VERSIONS;

    return tests_are_thin() ? first + (version * SHARES / VERSIONS + first % 2) * stride : first;
}

int boundary_stride(int stride)
{
    return tests_are_thin() ? stride * SHARES : stride;
}

int boundary_slices(int slices)
{
    return tests_are_thin() ? slices / 2 : slices;
}

static char *format_v(const char *fmt, va_list args)
{
    char *text;

    if (vasprintf(&text, fmt, args) < 0)
        abort();
    return text;
}

/* Runs and returns the last result, or the first error; the caller clears it. */
static PGresult *query_v(struct db *db, const char *fmt, va_list args)
{
    char *sql = format_v(fmt, args);
    PGresult *result = PQexec(db->connection, sql);

    free(sql);
    return result;
}

static bool result_ok(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static const char *sqlstate_of(const PGresult *result)
{
    static char state[8];
    const char *field = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (result_ok(result))
        return "";
    snprintf(state, sizeof state, "%s", field == NULL ? "08006" : field);
    return state;
}

void db_exec(struct db *db, const char *fmt, ...)
{
    va_list args;
    PGresult *result;

    va_start(args, fmt);
    result = query_v(db, fmt, args);
    va_end(args);
    cr_assert(result_ok(result), "%s\n%s", fmt,
              PQresultVerboseErrorMessage(result, PQERRORS_DEFAULT, PQSHOW_CONTEXT_ALWAYS));
    PQclear(result);
}

const char *db_try(struct db *db, const char *fmt, ...)
{
    va_list args;
    PGresult *result;
    const char *state;

    va_start(args, fmt);
    result = query_v(db, fmt, args);
    va_end(args);
    state = sqlstate_of(result);
    PQclear(result);
    return state;
}

void db_file(struct db *db, const char *path)
{
    char *full = text_format("%s/tests/%s", SOURCE_DIR, path), *sql = file_read(full);
    PGresult *result = PQexec(db->connection, sql);

    cr_assert(result_ok(result), "%s: %s", path,
              PQresultVerboseErrorMessage(result, PQERRORS_VERBOSE, PQSHOW_CONTEXT_ALWAYS));
    PQclear(result);
    free(sql);
    free(full);
}

static char *text_v(struct db *db, const char *fmt, va_list args)
{
    PGresult *result = query_v(db, fmt, args);
    char *text = NULL;
    size_t size;
    FILE *out;

    cr_assert(PQresultStatus(result) == PGRES_TUPLES_OK, "%s\n%s", fmt, PQresultErrorMessage(result));
    out = open_memstream(&text, &size);
    for (int i = 0; i < PQntuples(result); i++)
        fprintf(out, "%s%s", i == 0 ? "" : "\n", PQgetvalue(result, i, 0));
    fclose(out);
    PQclear(result);
    return text;
}

char *db_text(struct db *db, const char *fmt, ...)
{
    va_list args;
    char *text;

    va_start(args, fmt);
    text = text_v(db, fmt, args);
    va_end(args);
    return text;
}

int64_t db_int(struct db *db, const char *fmt, ...)
{
    va_list args;
    char *text;
    int64_t value;

    va_start(args, fmt);
    text = text_v(db, fmt, args);
    va_end(args);
    value = strtoll(text, NULL, 10);
    free(text);
    return value;
}

static bool bool_v(struct db *db, const char *fmt, va_list args)
{
    char *text = text_v(db, fmt, args);
    bool value = strcmp(text, "t") == 0;

    free(text);
    return value;
}

bool db_bool(struct db *db, const char *fmt, ...)
{
    va_list args;
    bool value;

    va_start(args, fmt);
    value = bool_v(db, fmt, args);
    va_end(args);
    return value;
}

void db_await(struct db *db, double seconds, const char *fmt, ...)
{
    double until = now() + seconds;
    va_list args;
    bool value = false;

    while (!value && now() < until) {
        va_start(args, fmt);
        value = bool_v(db, fmt, args);
        va_end(args);
        if (!value)
            pause_ms(20);
    }
    cr_assert(value, "not true after %.0f s: %s", seconds, fmt);
}

void db_send(struct db *db, const char *fmt, ...)
{
    va_list args;
    char *sql;

    va_start(args, fmt);
    sql = format_v(fmt, args);
    va_end(args);
    cr_assert(PQsendQuery(db->connection, sql) == 1, "%s", PQerrorMessage(db->connection));
    free(sql);
}

const char *db_finish(struct db *db, double seconds)
{
    double until = now() + seconds;
    const char *state = "";
    PGresult *result;

    while (PQisBusy(db->connection) && now() < until) {
        struct pollfd p = {PQsocket(db->connection), POLLIN, 0};

        poll(&p, 1, 50);
        PQconsumeInput(db->connection);
    }
    cr_assert(!PQisBusy(db->connection), "a session of the test waits for more than %.0f s", seconds);
    while ((result = PQgetResult(db->connection)) != NULL) {
        if (!result_ok(result))
            state = sqlstate_of(result);
        PQclear(result);
    }
    return state;
}

/* --- catalogs --- */

static void oracle_load(struct db *db)
{
    if (db_bool(db, "SELECT to_regnamespace('oracle') IS NULL"))
        db_file(db, "fixtures/oracle.sql");
}

char *catalog_snapshot(struct db *db)
{
    oracle_load(db);
    return db_text(db, "SELECT fact FROM oracle.snapshot() AS fact ORDER BY fact COLLATE \"C\"");
}

char *catalog_compare(struct db *db, const char *schema, const char *other)
{
    oracle_load(db);
    return db_text(db, "SELECT line FROM oracle.difference('%s', '%s') AS line", schema, other);
}

char *data_compare(struct db *db, const char *schema, const char *other)
{
    oracle_load(db);
    return db_text(db, "SELECT line FROM oracle.data_difference('%s', '%s') AS line", schema, other);
}

bool state_exists(struct db *db)
{
    return db_bool(db, "SELECT to_regnamespace('pgwiden') IS NOT NULL");
}
