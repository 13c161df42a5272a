#include "facts/target.h"

#include "sql.h"

#include <string.h>

enum { NAME_BYTES = 63 }; /* NAMEDATALEN - 1 */

/* The text, how far it is read, and the name that is being read. */
struct scan {
    const char *text, *at;
    char name[NAME_BYTES + 1];
    size_t length;
    const char *wild; /* the name's first * or ?, NULL: it has none */
};

/* The text with a caret below `at`; characters of several bytes count as one. */
static void show_place(const struct scan *s, const char *at, struct err *e)
{
    int column = 0;

    for (const char *p = s->text; p < at; p++)
        column += ((unsigned char)*p & 0xC0) != 0x80;
    if (strlen(s->text) < sizeof e->detail / 3)
        err_detail(e, "%s\n%*s^", s->text, column, "");
}

static bool syntax_error(const struct scan *s, const char *at, const char *problem, const char *hint,
                         struct err *e)
{
    err_set(e, ERR_USAGE, "invalid target: %s", problem);
    show_place(s, at, e);
    if (hint)
        err_hint(e, "%s", hint);
    return false;
}

static bool add_byte(struct scan *s, char c)
{
    if (s->length == NAME_BYTES)
        return false;
    s->name[s->length++] = c;
    s->name[s->length] = '\0';
    return true;
}

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_part(char c)
{
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '$';
}

/* As the server folds: letters of ASCII only, so that the locale makes no difference. */
static char fold(char c)
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz";

    if (c >= 'A' && c <= 'Z')
        return lower[c - 'A'];
    return c;
}

static bool read_quoted(struct scan *s, struct err *e)
{
    const char *start = s->at++;

    for (; *s->at != '\0'; s->at++) {
        if (*s->at == '"' && *++s->at != '"') {
            if (s->length == 0)
                return syntax_error(s, start, "zero-length name", NULL, e);
            return true;
        }
        if (!add_byte(s, *s->at))
            return syntax_error(s, start, "name longer than 63 bytes", NULL, e);
    }
    return syntax_error(s, start, "unclosed double quote", NULL, e);
}

static bool is_wild(char c)
{
    return c == '*' || c == '?';
}

/* The first * or ? of a name, NULL when it has none. */
static const char *find_wild(const char *name)
{
    while (is_name_part(*name))
        name++;
    return is_wild(*name) ? name : NULL;
}

/* A pattern may begin with a digit: 2024_* is as good as *_2024. */
static bool read_bare(struct scan *s, struct err *e)
{
    const char *start = s->at;

    s->wild = find_wild(start);
    if (!is_name_start(*start) && !s->wild)
        return true; /* after_name tells what is wrong */
    for (; is_name_part(*s->at) || is_wild(*s->at); s->at++)
        if (!add_byte(s, fold(*s->at)))
            return syntax_error(s, start, "name longer than 63 bytes", NULL, e);
    return true;
}

/* What follows a name must be a dot or the end. */
static bool after_name(const struct scan *s, struct err *e)
{
    if (is_wild(*s->at))
        return syntax_error(s, s->at, "pattern in a quoted name",
                            "What is quoted is taken literally: * and ? mean something outside of quotes "
                            "only, and a name is quoted as a whole.",
                            e);
    if (*s->at != '\0' && *s->at != '.')
        return syntax_error(
            s, s->at, "unexpected character",
            "Names with other characters than letters, digits, _ and $ are quoted as in SQL, and "
            "for the shell: 'public.\"Order\".\"userId\"'.",
            e);
    if (s->length == 0)
        return syntax_error(s, s->at, "zero-length name", NULL, e);
    return true;
}

static bool read_part(struct scan *s, struct arena *a, struct target_name *out, struct err *e)
{
    s->length = 0;
    s->name[0] = '\0';
    s->wild = NULL;
    if (!(*s->at == '"' ? read_quoted(s, e) : read_bare(s, e)) || !after_name(s, e))
        return false;
    out->parts[out->count] = arena_strdup(a, s->name);
    out->wild[out->count++] = s->wild != NULL;
    return true;
}

bool target_parse(struct arena *a, const char *text, struct target_name *out, struct err *e)
{
    struct scan s = {.text = text, .at = text};

    *out = (struct target_name){.text = arena_strdup(a, text)};
    for (;; s.at++) {
        if (!read_part(&s, a, out, e))
            return false;
        if (out->wild[2])
            return syntax_error(&s, s.wild, "a column can't be a pattern",
                                "The schema and the table can: 'tenant_*.users.id'. 'public.*' means the "
                                "primary key of each table.",
                                e);
        if (*s.at == '\0')
            return true;
        if (out->count == 3)
            break;
    }
    return syntax_error(
        &s, s.at + 1, "more than three names",
        "A target is table, table.column or schema.table.column; the database is chosen with -d.", e);
}

bool target_is_pattern(const struct target_name *name)
{
    return name->wild[0] || name->wild[1];
}

const char *target_next(struct arena *a, const char **list)
{
    const char *start = *list + strspn(*list, ", ");
    const char *end = start;

    for (bool quoted = false; *end != '\0' && (quoted || *end != ','); end++)
        quoted ^= *end == '"';
    *list = end;
    while (end > start && end[-1] == ' ')
        end--;
    return end > start ? arena_strndup(a, start, (size_t)(end - start)) : NULL;
}

/* Columns of sql/facts/target.sql. */
enum { FOUND, RELID, ATTNUM, SCHEMA, TABLE, COLUMN, NAME, RELATION, TYPE, IS_BIGINT, CODE, PROBLEM, HINT };

static bool refuse_ambiguous(const char *text, const struct rows *rows, struct err *e)
{
    err_set(e, ERR_REFUSED, "target %s is ambiguous", text);
    err_detail(e, "It may be column %s, or table %s.", rows_text(rows, 0, NAME),
               rows_text(rows, 1, RELATION));
    return err_hint(e, "Write %s for the one, %s%s for the other.", rows_text(rows, 0, NAME),
                    rows_text(rows, 1, NAME), rows_is_null(rows, 1, ATTNUM) ? ".COLUMN" : "");
}

static bool refuse(const struct rows *rows, struct err *e)
{
    err_set(e, ERR_REFUSED, "%s", rows_text(rows, 0, PROBLEM));
    if (!rows_is_null(rows, 0, CODE))
        err_code(e, rows_text(rows, 0, CODE));
    if (!rows_is_null(rows, 0, HINT))
        err_hint(e, "%s", rows_text(rows, 0, HINT));
    return false;
}

bool target_bad_name(struct err *e)
{
    if (strcmp(e->sqlstate, "22021") == 0 || strcmp(e->sqlstate, "22P05") == 0)
        e->kind = ERR_USAGE;
    return false;
}

bool target_resolve(struct session *s, struct arena *a, const char *text, struct target *out, struct err *e)
{
    struct target_name name;
    struct rows rows;

    *out = (struct target){0};
    if (!target_parse(a, text, &name, e))
        return false;
    if (!session_query(s, a, sql_facts_target, 3, name.parts, &rows, e))
        return target_bad_name(e);
    if (rows.count > 1 && rows_bool(&rows, 0, FOUND) && rows_bool(&rows, 1, FOUND))
        return refuse_ambiguous(text, &rows, e);
    out->missing = !rows_bool(&rows, 0, FOUND);
    if (!rows_is_null(&rows, 0, PROBLEM))
        return refuse(&rows, e);
    *out = (struct target){
        .relid = (uint32_t)rows_int(&rows, 0, RELID),
        .attnum = (int)rows_int(&rows, 0, ATTNUM),
        .schema = rows_text(&rows, 0, SCHEMA),
        .table = rows_text(&rows, 0, TABLE),
        .column = rows_text(&rows, 0, COLUMN),
        .name = rows_text(&rows, 0, NAME),
        .relation = rows_text(&rows, 0, RELATION),
        .type = rows_text(&rows, 0, TYPE),
        .is_bigint = rows_bool(&rows, 0, IS_BIGINT),
    };
    return true;
}

const char *target_argument(struct arena *a, const char *name)
{
    static const char *const plain = "abcdefghijklmnopqrstuvwxyz0123456789_.";
    const char *out = "'";

    if (name[strspn(name, plain)] == '\0')
        return arena_strdup(a, name);
    for (const char *c = name; *c; c++)
        out = *c == '\'' ? arena_printf(a, "%s'\\''", out) : arena_printf(a, "%s%c", out, *c);
    return arena_printf(a, "%s'", out);
}
