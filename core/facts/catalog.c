#include "facts/catalog.h"

#include "sql.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { OLDEST_SERVER = 140000, PARAMETER_PRIVILEGES = 150000 };
enum { CODE, OBJECT, REASON, HINT }; /* columns of sql/preflight */

/* What a query of preflight is given. */
enum parameter { NOTHING, SERVER_PID, TABLE, COLUMNS, MAY_SET_REPLICA_ROLE, CHUNK_ROWS, PARAMETER_COUNT };
enum { MOST_PARAMETERS = 2 };

/* In the order in which findings are told. */
static const struct question {
    const char *sql;
    enum parameter takes[MOST_PARAMETERS];
} questions[] = {
    {sql_preflight_server,       {SERVER_PID}                 },
    {sql_preflight_privileges,   {TABLE, COLUMNS}             },
    {sql_preflight_table,        {TABLE, COLUMNS}             },
    {sql_preflight_row_type,     {TABLE}                      },
    {sql_preflight_closure,      {TABLE, COLUMNS}             },
    {sql_preflight_sequences,    {TABLE, COLUMNS}             },
    {sql_preflight_firing,       {TABLE, MAY_SET_REPLICA_ROLE}},
    {sql_preflight_publications, {TABLE}                      },
    {sql_preflight_wraparound,   {TABLE, CHUNK_ROWS}          },
    {sql_preflight_warnings,     {TABLE, COLUMNS}             },
};
enum { QUESTION_COUNT = (int)(sizeof questions / sizeof questions[0]) };

/* How long all tries for a lock last together, pauses and all: 50 ms, doubled up to 2 s. */
static double lock_patience(const struct settings *settings)
{
    double total = 0, pause = 50;

    for (int i = 0; i < settings->lock_retries; i++) {
        total += settings->lock_timeout + pause;
        pause = fmin(pause * 2, 2000);
    }
    return ceil(total);
}

/* Nobody waits behind an ACCESS SHARE lock that is not granted yet: one long try does what many short ones
 * would. */
static bool limit_lock_waits(struct session *s, struct arena *a, double ms, struct err *e)
{
    const char *value = arena_printf(a, "%.0f", ms);

    return session_query(s, a, sql_facts_lock_timeout, 1, &value, NULL, e);
}

static void lift_lock_limit(struct session *s, struct arena *a)
{
    struct err ignored = {0}; /* a transaction that failed has taken the setting back already */

    if (!limit_lock_waits(s, a, 0, &ignored))
        err_clear(&ignored);
}

/* '{1,2}': the columns that are not bigint yet; NULL when there is none. */
static const char *column_numbers(struct arena *a, const struct target_list *targets)
{
    const char *list = NULL;

    for (int i = 0; i < targets->count; i++) {
        assert(targets->list[i].relid == targets->list[0].relid);
        if (!targets->list[i].is_bigint)
            list = arena_printf(a, "%s%s%d", list ? list : "{", list ? "," : "", targets->list[i].attnum);
    }
    return list ? arena_printf(a, "%s}", list) : NULL;
}

static bool may_set_replica_role(struct session *s, struct arena *a, const char **answer, struct err *e)
{
    struct rows rows;
    const char *sql = session_version(s) >= PARAMETER_PRIVILEGES ? sql_preflight_replica_role
                                                                 : sql_preflight_replica_role_14;

    if (!session_query(s, a, sql, 0, NULL, &rows, e))
        return false;
    *answer = rows.count > 0 && rows_bool(&rows, 0, 0) ? "true" : "false";
    return true;
}

static bool ask(struct session *s, struct arena *a, const struct question *q, const char *const *values,
                struct rows *answer, struct err *e)
{
    const char *params[MOST_PARAMETERS];
    int n = 0;

    while (n < MOST_PARAMETERS && q->takes[n] != NOTHING) {
        params[n] = values[q->takes[n]];
        n++;
    }
    return session_query(s, a, q->sql, n, params, answer, e);
}

/* One row of an answer. False: the query gave a code that THE TABLE does not know. */
static bool read_finding(const struct rows *rows, int row, const struct settings *settings,
                         struct finding *out, struct err *e)
{
    const struct check *check = check_by_code(rows_text(rows, row, CODE));

    if (!check)
        return err_set(e, ERR_FAILED, "preflight found \"%s\", which is not in the table of checks",
                       rows_text(rows, row, CODE));
    *out = (struct finding){
        .code = check->code,
        .object = rows_text(rows, row, OBJECT),
        .reason = rows_text(rows, row, REASON),
        .hint = rows_text(rows, row, HINT),
        .refuses = !check->warning && !(check->allowable && settings_allows(settings, check->code)),
    };
    return true;
}

static bool collect(const struct rows *answers, struct arena *a, const struct settings *settings,
                    struct findings *out, struct err *e)
{
    struct finding *list;
    size_t total = 0;

    for (int i = 0; i < QUESTION_COUNT; i++)
        total += (size_t)answers[i].count;
    list = arena_alloc(a, (total + 1) * sizeof *list);
    out->list = list;
    for (int i = 0; i < QUESTION_COUNT; i++) {
        for (int row = 0; row < answers[i].count; row++) {
            if (!read_finding(&answers[i], row, settings, &list[out->count], e))
                return false;
            out->refusals += list[out->count].refuses;
            out->count++;
        }
    }
    return true;
}

static bool ask_all(struct session *s, struct arena *a, const char *const *values, struct rows *answers,
                    struct err *e)
{
    for (int i = 0; i < QUESTION_COUNT; i++)
        if (!ask(s, a, &questions[i], values, &answers[i], e))
            return false;
    return true;
}

bool catalog_preflight(struct session *s, struct arena *a, const struct settings *settings,
                       const struct target_list *targets, struct findings *out, struct err *e)
{
    const char *values[PARAMETER_COUNT] = {NULL};
    struct rows answers[QUESTION_COUNT];
    bool ok;

    *out = (struct findings){0};
    if (session_version(s) < OLDEST_SERVER) {
        err_set(e, ERR_FAILED, "server version %d is not supported", session_version(s) / 10000);
        return err_hint(e, "pgwiden works with PostgreSQL 14 and later.");
    }
    values[COLUMNS] = column_numbers(a, targets);
    if (!values[COLUMNS])
        return true;
    values[SERVER_PID] = arena_printf(a, "%d", session_pid(s));
    values[TABLE] = arena_printf(a, "%u", targets->list[0].relid);
    values[CHUNK_ROWS] = arena_printf(a, "%lld", (long long)settings->chunk_size);
    if (!limit_lock_waits(s, a, lock_patience(settings), e))
        return false;
    ok = may_set_replica_role(s, a, &values[MAY_SET_REPLICA_ROLE], e) && ask_all(s, a, values, answers, e) &&
         collect(answers, a, settings, out, e);
    lift_lock_limit(s, a);
    return ok;
}

enum {
    ROWS,
    HEAP_BYTES,
    INDEX_BYTES,
    INDEXES,
    LAST,
    ENDS,
    SEQUENCE,
    BLOCKS,
    SAMPLED,
    SAMPLE
}; /* of facts/table.sql */

/* Rows of a table that was never analyzed: those of some blocks, scaled to all. */
static bool sample_rows(struct session *s, struct arena *a, const struct rows *facts, struct table_facts *out,
                        struct err *e)
{
    struct rows rows;
    double in_sample;

    if (!session_query(s, a, rows_text(facts, 0, SAMPLE), 0, NULL, &rows, e))
        return false;
    in_sample = rows.count > 0 ? rows_double(&rows, 0, 0) : 0;
    out->rows = (int64_t)llround(in_sample * rows_double(facts, 0, BLOCKS) / rows_double(facts, 0, SAMPLED));
    return true;
}

static bool read_facts(struct session *s, struct arena *a, const struct target *t, struct table_facts *out,
                       struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", t->relid), arena_printf(a, "%d", t->attnum)};
    struct rows rows;

    if (!session_query(s, a, sql_facts_table, 2, params, &rows, e))
        return false;
    if (rows.count == 0)
        return err_set(e, ERR_FAILED, "table %s does not exist any more", t->relation);
    *out = (struct table_facts){
        .rows = rows_int(&rows, 0, ROWS),
        .heap_bytes = rows_int(&rows, 0, HEAP_BYTES),
        .index_bytes = rows_int(&rows, 0, INDEX_BYTES),
        .indexes = (int)rows_int(&rows, 0, INDEXES),
        .sequence_last = rows_int(&rows, 0, LAST),
        .sequence_limit = rows_int(&rows, 0, ENDS),
        .sequence = rows_text(&rows, 0, SEQUENCE),
    };
    if (rows_is_null(&rows, 0, ROWS) && !rows_is_null(&rows, 0, SAMPLE))
        return sample_rows(s, a, &rows, out, e);
    return true;
}

bool catalog_table_facts(struct session *s, struct arena *a, const struct settings *settings,
                         const struct target *t, struct table_facts *out, struct err *e)
{
    bool ok;

    *out = (struct table_facts){0};
    if (!limit_lock_waits(s, a, lock_patience(settings), e))
        return false;
    ok = read_facts(s, a, t, out, e);
    lift_lock_limit(s, a);
    return ok;
}
