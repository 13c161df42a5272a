#include "facts/pattern.h"

#include "sql.h"

#include <stdio.h>

/* Columns of sql/facts/pattern.sql. */
enum { RELID, ATTNUM, SCHEMA, TABLE, COLUMN, NAME, RELATION, TYPE, IS_BIGINT, LEFT_OUT, REFUSED };

/* One way of reading a pattern's parts. */
struct reading {
    const char *schema, *table, *column; /* NULL: the search_path; the primary key */
    bool schema_wild, table_wild;
};

static const char *boolean(bool value)
{
    return value ? "true" : "false";
}

static struct match match_of(const struct rows *r, int i)
{
    return (struct match){
        .target = {.relid = (uint32_t)rows_int(r, i, RELID),
                   .attnum = (int)rows_int(r, i, ATTNUM),
                   .schema = rows_text(r, i, SCHEMA),
                   .table = rows_text(r, i, TABLE),
                   .column = rows_text(r, i, COLUMN),
                   .name = rows_text(r, i, NAME),
                   .relation = rows_text(r, i, RELATION),
                   .type = rows_text(r, i, TYPE),
                   .is_bigint = rows_bool(r, i, IS_BIGINT)},
        .left_out = rows_is_null(r, i, LEFT_OUT) ? NULL : rows_text(r, i, LEFT_OUT),
        .refused = rows_bool(r, i, REFUSED),
    };
}

static bool read_as(struct session *s, struct arena *a, const struct reading *reading,
                    const struct pattern_scope *scope, struct matches *out, struct err *e)
{
    const char *params[] = {reading->schema,
                            reading->table,
                            reading->column,
                            boolean(reading->schema_wild),
                            boolean(reading->table_wild),
                            scope ? scope->relids : NULL,
                            scope ? scope->attnames : NULL};
    struct rows rows;

    if (!session_query(s, a, sql_facts_pattern, 7, params, &rows, e))
        return target_bad_name(e);
    *out = (struct matches){.count = rows.count,
                            .list = arena_alloc(a, (size_t)(rows.count + 1) * sizeof *out->list)};
    for (int i = 0; i < rows.count; i++)
        out->list[i] = match_of(&rows, i);
    return true;
}

static bool refuse_ambiguous(const char *text, const struct matches *columns, const struct matches *tables,
                             struct err *e)
{
    err_set(e, ERR_REFUSED, "pattern %s is ambiguous", text);
    err_detail(e, "It may be columns (%s%s), or tables (%s%s).", columns->list[0].target.name,
               columns->count > 1 ? ", .." : "", tables->list[0].target.relation,
               tables->count > 1 ? ", .." : "");
    return err_hint(e, "Write SCHEMA.%s for the columns, %s.COLUMN for the tables.", text, text);
}

bool pattern_match(struct session *s, struct arena *a, const struct target_name *name,
                   const struct pattern_scope *scope, struct matches *out, struct err *e)
{
    const char *const *p = name->parts;
    const bool *wild = name->wild;
    const struct reading alone = {.table = p[0], .table_wild = wild[0]};
    const struct reading column = {.table = p[0], .table_wild = wild[0], .column = p[1]};
    const struct reading full = {p[0], p[1], p[2], wild[0], wild[1]};
    struct matches columns = {0};

    if (name->count == 1)
        return read_as(s, a, &alone, scope, out, e);
    if (!read_as(s, a, &full, scope, out, e))
        return false;
    if (name->count == 3 || wild[1])
        return true;
    if (!read_as(s, a, &column, scope, &columns, e))
        return false;
    if (columns.count > 0 && out->count > 0)
        return refuse_ambiguous(name->text, &columns, out, e);
    if (columns.count > 0)
        *out = columns;
    return true;
}

/* '{1,2}': an array of the tables' oids, or of the columns' numbers. */
static const char *numbers(struct arena *a, const struct target_list *targets, bool columns)
{
    enum { DIGITS = 11 }; /* with the comma */
    size_t size = (size_t)(targets->count + 1) * DIGITS, used = 1;
    char *text = arena_alloc(a, size);

    text[0] = '{';
    for (int i = 0; i < targets->count; i++) {
        const struct target *t = &targets->list[i];

        used += (size_t)snprintf(text + used, size - used, "%s%u", i ? "," : "",
                                 columns ? (uint32_t)t->attnum : t->relid);
    }
    text[used] = '}';
    return text;
}

bool pattern_exclude(struct session *s, struct arena *a, const struct target_name *name,
                     const struct target_list *targets, bool *out, struct err *e)
{
    struct rows rows;
    const char *params[] = {name->parts[0],           name->parts[1],         name->parts[2],
                            boolean(name->wild[0]),   boolean(name->wild[1]), numbers(a, targets, false),
                            numbers(a, targets, true)};

    if (!session_query(s, a, sql_facts_exclude, 7, params, &rows, e))
        return target_bad_name(e);
    for (int i = 0; i < rows.count; i++)
        out[rows_int(&rows, i, 0) - 1] = true;
    return true;
}
