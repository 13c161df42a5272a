/* support_writers.h */
#include "support_writers.h"

#include <criterion/criterion.h>
#include <libpq-fe.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum row_state { ROW_LIVE, ROW_DELETED, ROW_ROLLED_BACK };

struct row {
    int64_t id, tag;
    int n;
    enum row_state state;
};

/* A statement that took long enough to be remembered. */
struct stall {
    double from, to;
    bool upsert, deadlock; /* deadlock: it ended with 40P01 */
};

struct writer {
    struct writers *all;
    pthread_t thread;
    PGconn *connection;
    int number;
    unsigned seed;
    struct row *rows;
    int row_count, row_room;
    pthread_mutex_t lock; /* of the stalls */
    struct stall *stalls;
    int stall_count, stall_room;
    struct writers_report report;
};

struct writers {
    struct writer *writers;
    int count;
    bool partitioned;
    atomic_bool stop;
    atomic_int upserts;   /* counts up; four of them share a key */
    atomic_int *upserted; /* acknowledged upserts of each key */
    int upsert_room;
};

#define STALL_MS    5.0
#define UPSERT_KEYS 2000000

double unix_time(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void writer_remember(struct writer *w, struct stall stall)
{
    if ((stall.to - stall.from) * 1000 < STALL_MS)
        return;
    pthread_mutex_lock(&w->lock);
    if (w->stall_count == w->stall_room) {
        w->stall_room = w->stall_room * 2 + 100;
        w->stalls = realloc(w->stalls, sizeof *w->stalls * (size_t)w->stall_room);
    }
    w->stalls[w->stall_count++] = stall;
    pthread_mutex_unlock(&w->lock);
}

/* Counts an error; the connection stays usable. */
static void writer_error(struct writer *w, const PGresult *result, bool upsert)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    if (state != NULL && strcmp(state, "0A000") == 0)
        w->report.cached_plan++;
    else if (state != NULL && upsert && (strcmp(state, "23505") == 0 || strcmp(state, "40P01") == 0))
        w->report.doubled_upsert++;
    else if (w->report.other_errors++ == 0)
        snprintf(w->report.first_error, sizeof w->report.first_error, "%s", PQerrorMessage(w->connection));
}

/*
 * One statement; the time it took is remembered. True when it was acknowledged; *id is then the first value
 * of its first row, -1 when there is none. sql NULL: the prepared insert with the parameter tag.
 */
static bool writer_exec(struct writer *w, const char *sql, const char *tag, bool upsert, int64_t *id)
{
    double start = unix_time();
    PGresult *result = sql == NULL ? PQexecPrepared(w->connection, "ins", 1, &tag, NULL, NULL, 0)
                                   : PQexec(w->connection, sql);
    ExecStatusType status = PQresultStatus(result);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    writer_remember(w,
                    (struct stall){start, unix_time(), upsert, state != NULL && strcmp(state, "40P01") == 0});
    if (ok)
        w->report.acknowledged++;
    else
        writer_error(w, result, upsert);
    if (id != NULL)
        *id = PQntuples(result) > 0 ? strtoll(PQgetvalue(result, 0, 0), NULL, 10) : -1;
    PQclear(result);
    return ok;
}

static bool writer_prepare(struct writer *w)
{
    PGresult *result = PQexec(w->connection, "DEALLOCATE ALL");
    bool ok;

    PQclear(result);
    result = PQprepare(w->connection, "ins", "INSERT INTO t (tag) VALUES ($1) RETURNING id", 1, NULL);
    ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    return ok;
}

static void writer_add(struct writer *w, struct row row)
{
    if (w->row_count == w->row_room) {
        w->row_room = w->row_room * 2 + 1000;
        w->rows = realloc(w->rows, sizeof *w->rows * (size_t)w->row_room);
    }
    w->rows[w->row_count++] = row;
}

/* Every second writer inserts by a prepared statement, as drivers do. */
static void write_insert(struct writer *w, bool roll_back)
{
    int64_t id, tag = (int64_t)w->number * 100000000 + w->row_count;
    char sql[128], text[32];
    long plans = w->report.cached_plan;
    bool prepared = w->number % 2 == 0, ok;

    snprintf(text, sizeof text, "%lld", (long long)tag);
    snprintf(sql, sizeof sql, "INSERT INTO t (tag) VALUES (%s) RETURNING id", text);
    if (roll_back)
        writer_exec(w, "BEGIN", NULL, false, NULL);
    ok = writer_exec(w, prepared ? NULL : sql, text, false, &id);
    if (roll_back) {
        writer_exec(w, "ROLLBACK", NULL, false, NULL);
        w->report.rolled_back += ok;
        writer_add(w, (struct row){id, tag, 0, ROW_ROLLED_BACK});
    } else if (ok) {
        w->report.inserted++;
        writer_add(w, (struct row){id, tag, 0, ROW_LIVE});
    }
    if (w->report.cached_plan != plans)
        writer_prepare(w);
}

/* One of the writer's own rows that is there, or NULL. */
static struct row *writer_pick(struct writer *w)
{
    for (int i = 0; i < 10 && w->row_count > 0; i++) {
        struct row *row = &w->rows[rand_r(&w->seed) % w->row_count];

        if (row->state == ROW_LIVE)
            return row;
    }
    return NULL;
}

static void write_own_row(struct writer *w, int what)
{
    struct row *row = writer_pick(w);
    const char *elsewhere = w->all->partitioned ? ", k = (k + 1) % 5" : "";
    char sql[160];
    int64_t id;

    if (row == NULL)
        return;
    if (what == 0)
        snprintf(sql, sizeof sql, "UPDATE t SET n = n + 1%s WHERE id = %lld RETURNING id", elsewhere,
                 (long long)row->id);
    else if (what == 1)
        snprintf(sql, sizeof sql, "DELETE FROM t WHERE id = %lld RETURNING id", (long long)row->id);
    else /* keys from inserts are positive and never given twice */
        snprintf(sql, sizeof sql, "UPDATE t SET id = -id WHERE id = %lld RETURNING id", (long long)row->id);
    if (!writer_exec(w, sql, NULL, false, &id))
        return;
    if (id != (what == 2 ? -row->id : row->id)) {
        if (w->report.other_errors++ == 0)
            snprintf(w->report.first_error, sizeof w->report.first_error, "%s: row is gone", sql);
        return;
    }
    row->n += what == 0;
    row->id = id;
    w->report.updated += what == 0;
    w->report.deleted += what == 1;
    w->report.moved += what == 2;
    if (what == 1)
        row->state = ROW_DELETED;
}

static void write_upsert(struct writer *w)
{
    int key = atomic_fetch_add(&w->all->upserts, 1) / 4;
    char sql[200];

    if (key >= UPSERT_KEYS)
        return;
    if (w->all->partitioned)
        snprintf(sql, sizeof sql,
                 "INSERT INTO t (id, tag, k) VALUES (%d, -1, %d) "
                 "ON CONFLICT (id, k) DO UPDATE SET n = t.n + 1",
                 UPSERT_FIRST + key, key % WRITERS_PARTITIONS);
    else
        snprintf(sql, sizeof sql,
                 "INSERT INTO t (id, tag) VALUES (%d, -1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1",
                 UPSERT_FIRST + key);
    if (!writer_exec(w, sql, NULL, true, NULL))
        return;
    w->report.upserted++;
    atomic_fetch_add(&w->all->upserted[key], 1);
}

/* Rows that nobody keeps account of: those which were there before. */
static void write_old_row(struct writer *w)
{
    char sql[100];

    snprintf(sql, sizeof sql, "UPDATE t SET n = n + 1 WHERE id = %d AND tag IS NULL",
             rand_r(&w->seed) % 200000 + 1);
    w->report.updated += writer_exec(w, sql, NULL, false, NULL);
}

static void *writer_main(void *context)
{
    struct writer *w = context;

    while (!atomic_load(&w->all->stop)) {
        int what = rand_r(&w->seed) % 100;

        if (what < 35)
            write_insert(w, false);
        else if (what < 40)
            write_insert(w, true);
        else if (what < 55)
            write_own_row(w, 0);
        else if (what < 62)
            write_own_row(w, 1);
        else if (what < 68)
            write_own_row(w, 2);
        else if (what < 80)
            write_upsert(w);
        else
            write_old_row(w);
        pause_ms(1);
    }
    return NULL;
}

struct writers *writers_start(struct db *db, int count)
{
    struct writers *all = calloc(1, sizeof *all);

    all->count = count;
    all->partitioned = db_bool(db, "SELECT relkind = 'p' FROM pg_class WHERE oid = 't'::regclass");
    all->writers = calloc((size_t)count, sizeof *all->writers);
    all->upserted = calloc(UPSERT_KEYS, sizeof *all->upserted);
    for (int i = 0; i < count; i++) {
        struct writer *w = &all->writers[i];
        const char *keys[] = {"dbname", "application_name", NULL}, *values[] = {db_name(db), "writer", NULL};

        w->all = all;
        w->number = i;
        w->seed = (unsigned)i + 1;
        pthread_mutex_init(&w->lock, NULL);
        w->connection = PQconnectdbParams(keys, values, 0);
        cr_assert(PQstatus(w->connection) == CONNECTION_OK, "%s", PQerrorMessage(w->connection));
        cr_assert(writer_prepare(w), "%s", PQerrorMessage(w->connection));
        cr_assert(pthread_create(&w->thread, NULL, writer_main, w) == 0);
    }
    return all;
}

/* Upserts of one new key wait for each other until deadlock_timeout: for no lock of ours (RUNBOOK.md,
 * upsert). */
static bool is_upsert_in_deadlock(const struct writers *all, const struct stall *stall)
{
    for (int i = 0; stall->upsert && i < all->count; i++) {
        const struct writer *w = &all->writers[i];

        for (int k = 0; k < w->stall_count; k++)
            if (w->stalls[k].deadlock && stall->from < w->stalls[k].to && stall->to > w->stalls[k].from)
                return true;
    }
    return false;
}

static double longest_ms(const struct writers *all, double from, double to)
{
    double longest = 0;

    for (int i = 0; i < all->count; i++) {
        const struct writer *w = &all->writers[i];

        for (int k = 0; k < w->stall_count; k++) {
            const struct stall *stall = &w->stalls[k];

            if (stall->to >= from && stall->from <= to && !is_upsert_in_deadlock(all, stall))
                longest = fmax(longest, (stall->to - stall->from) * 1000);
        }
    }
    return longest;
}

double writers_longest_ms(struct writers *all, double from, double to)
{
    double longest;

    for (int i = 0; i < all->count; i++)
        pthread_mutex_lock(&all->writers[i].lock);
    longest = longest_ms(all, from, to);
    for (int i = 0; i < all->count; i++)
        pthread_mutex_unlock(&all->writers[i].lock);
    return longest;
}

void writers_stop(struct writers *all, struct writers_report *report)
{
    memset(report, 0, sizeof *report);
    atomic_store(&all->stop, true);
    for (int i = 0; i < all->count; i++) {
        struct writers_report *r = &all->writers[i].report;

        pthread_join(all->writers[i].thread, NULL);
        report->acknowledged += r->acknowledged;
        report->inserted += r->inserted;
        report->updated += r->updated;
        report->deleted += r->deleted;
        report->moved += r->moved;
        report->upserted += r->upserted;
        report->rolled_back += r->rolled_back;
        report->cached_plan += r->cached_plan;
        report->doubled_upsert += r->doubled_upsert;
        report->other_errors += r->other_errors;
        if (r->other_errors > 0 && report->first_error[0] == '\0')
            memcpy(report->first_error, r->first_error, sizeof report->first_error);
    }
}

/* The ledger as a table of the session: what must be there, and what must not. */
static void ledger_load(struct writers *all, struct db *db)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    db_exec(db, "CREATE TEMPORARY TABLE ledger (id bigint, tag bigint, n int, live bool)");
    fputs("INSERT INTO ledger VALUES (0, -2, 0, false)", out);
    for (int i = 0; i < all->count; i++)
        for (int k = 0; k < all->writers[i].row_count; k++) {
            struct row *row = &all->writers[i].rows[k];

            fprintf(out, ",(%lld,%lld,%d,%s)", (long long)row->id, (long long)row->tag, row->n,
                    row->state == ROW_LIVE ? "true" : "false");
        }
    for (int key = 0; key < UPSERT_KEYS && key <= atomic_load(&all->upserts) / 4; key++)
        if (atomic_load(&all->upserted[key]) > 0)
            fprintf(out, ",(%d,-1,%d,true)", UPSERT_FIRST + key, atomic_load(&all->upserted[key]) - 1);
    fclose(out);
    db_exec(db, "%s", text);
    free(text);
}

char *writers_audit(struct writers *all, struct db *db)
{
    ledger_load(all, db);
    return db_text(
        db, "SELECT line FROM ("
            "SELECT 'lost: ' || l::text FROM ledger AS l LEFT JOIN t USING (id) WHERE live AND t.id IS NULL "
            "UNION ALL SELECT 'wrong: ' || l::text || ' is ' || t::text FROM ledger AS l JOIN t USING (id) "
            "WHERE live AND (t.tag, t.n) IS DISTINCT FROM (l.tag, l.n) "
            "UNION ALL SELECT 'undead: ' || t::text FROM t JOIN ledger AS l USING (tag) WHERE NOT live "
            "UNION ALL SELECT 'unknown: ' || t::text FROM t LEFT JOIN ledger AS l USING (tag, id) "
            "WHERE t.tag IS NOT NULL AND l.tag IS NULL "
            "UNION ALL SELECT 'doubled id: ' || id FROM t GROUP BY id HAVING count(*) > 1 "
            "UNION ALL SELECT 'doubled tag: ' || tag FROM t WHERE tag >= 0 GROUP BY tag HAVING count(*) > 1) "
            "AS d (line) LIMIT 20");
}

void writers_free(struct writers *all)
{
    for (int i = 0; i < all->count; i++) {
        PQfinish(all->writers[i].connection);
        pthread_mutex_destroy(&all->writers[i].lock);
        free(all->writers[i].rows);
        free(all->writers[i].stalls);
    }
    free(all->upserted);
    free(all->writers);
    free(all);
}
