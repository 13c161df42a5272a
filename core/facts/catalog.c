#include "facts/catalog.h"

#include "base/backoff.h"
#include "sql.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OLDEST_SERVER = 140000, PARAMETER_PRIVILEGES = 150000 };
enum { CODE, OBJECT, REASON, HINT, MS }; /* columns of sql/preflight */

/* What a query of preflight is given. */
enum parameter { NOTHING, TABLE, COLUMNS, MAY_SET_REPLICA_ROLE, CHUNK_ROWS, PARAMETER_COUNT };
enum { MOST_PARAMETERS = 2 };

/* In the order in which findings are told. */
static const struct question {
    const char *sql;
    enum parameter takes[MOST_PARAMETERS];
    bool gives_statements; /* not findings: (object, statement), the statement must be one that the server can
                              parse */
} questions[] = {
    {sql_preflight_server,       {NOTHING},                     false},
    {sql_preflight_privileges,   {TABLE, COLUMNS},              false},
    {sql_preflight_table,        {TABLE, COLUMNS},              false},
    {sql_preflight_partitions,   {TABLE, COLUMNS},              false},
    {sql_preflight_names,        {TABLE, COLUMNS},              false},
    {sql_preflight_row_type,     {TABLE},                       false},
    {sql_preflight_closure,      {TABLE, COLUMNS},              false},
    {sql_preflight_expressions,  {TABLE, COLUMNS},              true },
    {sql_preflight_sequences,    {TABLE, COLUMNS},              false},
    {sql_preflight_firing,       {TABLE, MAY_SET_REPLICA_ROLE}, false},
    {sql_preflight_publications, {TABLE, COLUMNS},              false},
    {sql_preflight_wraparound,   {TABLE, CHUNK_ROWS},           false},
    {sql_preflight_swap,         {TABLE, COLUMNS},              false},
    {sql_preflight_warnings,     {TABLE, COLUMNS},              false},
    {sql_preflight_functions,    {TABLE, COLUMNS},              false},
    {sql_preflight_children,     {TABLE, COLUMNS},              false},
};
enum { QUESTION_COUNT = (int)(sizeof questions / sizeof questions[0]) };

/* One preflight: what the queries are given, what they found. */
struct look {
    struct session *session;
    struct arena *arena;
    const struct settings *settings;
    const char *values[PARAMETER_COUNT];
    struct finding *list;
    int count, room, refusals;
};

bool catalog_limit_lock_waits(struct session *s, double ms, struct err *e)
{
    char value[32];
    const char *params[] = {value};

    snprintf(value, sizeof(value), "%.0f", ms);
    return session_query(s, NULL, sql_facts_lock_timeout, 1, params, NULL, e);
}

void catalog_lift_lock_limit(struct session *s)
{
    struct err ignored;

    (void)!catalog_limit_lock_waits(s, 0, &ignored);
}

/* Nobody waits behind an ACCESS SHARE lock that is not granted yet: one long try does what many short ones
 * would. */
static bool limit_by_settings(struct session *s, const struct settings *settings, struct err *e)
{
    return catalog_limit_lock_waits(s, backoff_patience(settings->lock_retries, settings->lock_timeout), e);
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

static bool may_set_replica_role(struct look *l, struct err *e)
{
    struct rows rows;
    const char *sql = session_version(l->session) >= PARAMETER_PRIVILEGES ? sql_preflight_replica_role
                                                                          : sql_preflight_replica_role_14;

    if (!session_query(l->session, l->arena, sql, 0, NULL, &rows, e))
        return false;
    l->values[MAY_SET_REPLICA_ROLE] = rows.count > 0 && rows_bool(&rows, 0, 0) ? "true" : "false";
    return true;
}

static void add(struct look *l, const struct finding *finding)
{
    if (l->count == l->room) {
        struct finding *larger = arena_alloc(l->arena, (size_t)(l->room * 2 + 16) * sizeof *larger);

        for (int i = 0; i < l->count; i++)
            larger[i] = l->list[i];
        l->list = larger;
        l->room = l->room * 2 + 16;
    }
    l->list[l->count++] = *finding;
    l->refusals += finding->refuses;
}

/* False: a query gave a code that THE TABLE does not know. NULL: nothing to tell. */
static bool add_row(struct look *l, const struct rows *rows, int row, struct err *e)
{
    const struct check *check;

    if (rows_is_null(rows, row, CODE))
        return true;
    check = check_by_code(rows_text(rows, row, CODE));
    if (!check)
        return err_set(e, ERR_FAILED, "preflight found \"%s\", which is not in the table of checks",
                       rows_text(rows, row, CODE));
    add(l, &(struct finding){
               .code = check->code,
               .object = rows_text(rows, row, OBJECT),
               .reason = rows_text(rows, row, REASON),
               .hint = rows_text(rows, row, HINT),
               .refuses = !check->warning && !(check->allowable && settings_allows(l->settings, check->code)),
           });
    return true;
}

/* An expression on bigint columns; what does not parse is of SQLSTATE class 42. */
static bool try_row(struct look *l, const struct rows *rows, int row, struct err *e)
{
    static const char no_privilege[] = "42501";
    bool forbidden;

    if (session_query(l->session, l->arena, rows_text(rows, row, 1), 0, NULL, NULL, e))
        return true;
    if (strncmp(e->sqlstate, "42", 2) != 0)
        return err_prefix(e, "parsing the expression of %s", rows_text(rows, row, 0));
    forbidden = strcmp(e->sqlstate, no_privilege) == 0;
    add(l, &(struct finding){
               .code = forbidden ? "privilege-missing" : "function-signature",
               .object = rows_text(rows, row, 0),
               .reason = arena_printf(l->arena, "on a bigint column its expression fails: %s.", e->primary),
               .hint = forbidden ? "Grant this role what it lacks, or run as one that has it."
                                 : "Give the function or operator a version for bigint, or write a cast into "
                                   "the expression.",
               .refuses = true,
           });
    err_clear(e);
    return true;
}

static bool ask(struct look *l, const struct question *q, struct err *e)
{
    const char *params[MOST_PARAMETERS];
    struct rows rows;
    int n = 0;

    while (n < MOST_PARAMETERS && q->takes[n] != NOTHING) {
        params[n] = l->values[q->takes[n]];
        n++;
    }
    if (!session_query(l->session, l->arena, q->sql, n, params, &rows, e))
        return false;
    for (int row = 0; row < rows.count; row++)
        if (!(q->gives_statements ? try_row : add_row)(l, &rows, row, e))
            return false;
    return true;
}

/* Clients' statements; pg_stat_statements can be there and fail nevertheless (55000 when it was not loaded):
 * nothing is told then. */
static bool ask_statements(struct look *l, struct err *e)
{
    const char *params[] = {l->values[TABLE], l->values[COLUMNS]};
    struct rows queries, rows;

    if (!session_query(l->session, l->arena, sql_preflight_statements, 2, params, &queries, e))
        return false;
    if (queries.count == 0)
        return true;
    if (!session_query(l->session, l->arena, rows_text(&queries, 0, 0), 0, NULL, &rows, e)) {
        if (session_is_broken(l->session))
            return false;
        err_clear(e);
        return true;
    }
    for (int row = 0; row < rows.count; row++)
        if (!add_row(l, &rows, row, e))
            return false;
    return true;
}

static bool ask_all(struct look *l, struct err *e)
{
    for (int i = 0; i < QUESTION_COUNT; i++)
        if (!ask(l, &questions[i], e))
            return false;
    return ask_statements(l, e);
}

bool catalog_preflight(struct session *s, struct arena *a, const struct settings *settings,
                       const struct target_list *targets, struct findings *out, struct err *e)
{
    struct look l = {.session = s, .arena = a, .settings = settings};
    bool ok;

    *out = (struct findings){0};
    if (session_version(s) < OLDEST_SERVER) {
        err_set(e, ERR_FAILED, "server version %d is not supported", session_version(s) / 10000);
        return err_hint(e, "pgwiden works with PostgreSQL 14 and later.");
    }
    l.values[COLUMNS] = column_numbers(a, targets);
    if (!l.values[COLUMNS])
        return true;
    l.values[TABLE] = arena_printf(a, "%u", targets->list[0].relid);
    l.values[CHUNK_ROWS] = arena_printf(a, "%lld", (long long)settings->chunk_size);
    if (!limit_by_settings(s, settings, e))
        return false;
    ok = may_set_replica_role(&l, e) && ask_all(&l, e);
    catalog_lift_lock_limit(s);
    *out = (struct findings){.count = l.count, .refusals = l.refusals, .list = l.list};
    return ok;
}

bool catalog_rehearsal(struct session *s, struct arena *a, const struct settings *settings, uint32_t relid,
                       struct findings *findings, struct err *e)
{
    const struct question question = {sql_preflight_rehearsal, {TABLE}, false};
    struct look l = {.session = s, .arena = a, .settings = settings};

    l.values[TABLE] = arena_printf(a, "%u", relid);
    for (int i = 0; i < findings->count; i++)
        add(&l, &findings->list[i]);
    if (!ask(&l, &question, e))
        return false;
    *findings = (struct findings){.count = l.count, .refusals = l.refusals, .list = l.list};
    return true;
}

bool catalog_swap_time(struct session *s, const struct target_list *targets, double *ms, struct err *e)
{
    struct arena *a = arena_new();
    const char *columns = column_numbers(a, targets);
    bool ok = true;

    *ms = 0;
    if (columns) {
        const char *params[] = {arena_printf(a, "%u", targets->list[0].relid), columns};
        struct rows rows;

        ok = session_query(s, a, sql_preflight_swap, 2, params, &rows, e);
        if (ok && rows.count > 0)
            *ms = rows_double(&rows, 0, MS);
    }
    arena_free(a);
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
}; /* columns of sql/facts/table.sql */

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
    if (!limit_by_settings(s, settings, e))
        return false;
    ok = read_facts(s, a, t, out, e);
    catalog_lift_lock_limit(s);
    return ok;
}

bool catalog_disk_facts(struct session *s, struct arena *a, const struct settings *settings,
                        const struct target_list *targets, struct disk_facts *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", targets->list[0].relid), column_numbers(a, targets),
                            arena_printf(a, "%lld", (long long)out->rows)};
    struct rows facts;
    bool ok;

    if (!params[1])
        return true;
    if (!limit_by_settings(s, settings, e))
        return false;
    ok = session_query(s, a, sql_facts_disk, 3, params, &facts, e);
    if (ok)
        *out = (struct disk_facts){.rows = out->rows,
                                   .heap = rows_int(&facts, 0, 0),
                                   .worst = rows_int(&facts, 0, 1),
                                   .index = rows_int(&facts, 0, 2),
                                   .sort = rows_int(&facts, 0, 3),
                                   .wal = rows_int(&facts, 0, 4)};
    catalog_lift_lock_limit(s);
    return ok;
}
