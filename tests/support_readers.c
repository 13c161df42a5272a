/* support_readers.h */
#include "support_readers.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct readers *all;
    pthread_t thread;
    PGconn *connection;
    const char *query;
    struct readers_report report;
};

struct readers {
    struct reader *list;
    int count;
    atomic_bool stop;
};

static void reader_query(struct reader *r)
{
    double start = now(), ms;
    PGresult *result = PQexec(r->connection, r->query);
    ExecStatusType status = PQresultStatus(result);

    ms = (now() - start) * 1000;
    if (ms > r->report.longest)
        r->report.longest = ms;
    r->report.done++;
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && r->report.errors++ == 0)
        snprintf(r->report.first, sizeof r->report.first, "%s: %s", r->query, PQerrorMessage(r->connection));
    PQclear(result);
}

static void *reader_run(void *context)
{
    struct reader *r = context;

    while (!atomic_load(&r->all->stop))
        reader_query(r);
    return NULL;
}

struct readers *readers_start(const struct db *db, int count, const char *const *queries, int query_count)
{
    struct readers *all = calloc(1, sizeof *all);
    char *conninfo = text_format("dbname=%s", db_name(db));

    all->list = calloc((size_t)count, sizeof *all->list);
    all->count = count;
    for (int i = 0; i < count; i++) {
        struct reader *r = &all->list[i];

        *r = (struct reader){
            .all = all, .query = queries[i % query_count], .connection = PQconnectdb(conninfo)};
        cr_assert(PQstatus(r->connection) == CONNECTION_OK, "%s", PQerrorMessage(r->connection));
        cr_assert(pthread_create(&r->thread, NULL, reader_run, r) == 0);
    }
    free(conninfo);
    return all;
}

void readers_stop(struct readers *all, struct readers_report *report)
{
    *report = (struct readers_report){0};
    atomic_store(&all->stop, true);
    for (int i = 0; i < all->count; i++) {
        struct reader *r = &all->list[i];

        pthread_join(r->thread, NULL);
        PQfinish(r->connection);
        report->done += r->report.done;
        if (report->errors == 0)
            memcpy(report->first, r->report.first, sizeof report->first);
        report->errors += r->report.errors;
        if (r->report.longest > report->longest)
            report->longest = r->report.longest;
    }
    free(all->list);
    free(all);
}
