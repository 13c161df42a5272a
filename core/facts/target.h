/*
 * TARGET arguments: parsing (pure) and looking them up in the catalogs.
 */
#ifndef FACTS_TARGET_H
#define FACTS_TARGET_H

#include "base/arena.h"
#include "base/err.h"
#include "io/session.h"

/* A TARGET as written, or a pattern of --exclude. */
struct target_name {
    const char *text;     /* in the arena */
    int count;            /* of parts: 1 to 3 */
    const char *parts[3]; /* without quotes, folded; NULL behind the last */
    bool wild[3];         /* the part has * or ? outside of quotes */
};

/*
 * Parses `table`, `table.column`, `schema.table.column`, or `schema.table`; two parts are decided by the
 * catalogs (target_resolve, pattern_match). Identifiers as in SQL: folded to lower case unless quoted, "" in
 * quotes is a quote. * and ? make a part that is not quoted a pattern, unless it can only be a column. Errors
 * are ERR_USAGE with a caret line in the detail: empty parts, an unclosed quote, more than 3 parts, a name
 * above 63 bytes, a pattern for a column.
 */
bool target_parse(struct arena *a, const char *text, struct target_name *out, struct err *e) MUST_CHECK;
bool target_is_pattern(const struct target_name *name);
/* The next of a list that is joined by commas, which may also stand in quotes; NULL at its end. */
const char *target_next(struct arena *a, const char **list);

/* One column of one table, found. */
struct target {
    uint32_t relid;
    int attnum;
    const char *schema, *table, *column; /* bare */
    const char *name;                    /* schema.table.column, quoted: can be pasted */
    const char *relation;                /* schema.table, quoted */
    const char *type;                    /* "integer", "smallint", "bigint", ..: format_type() */
    bool is_bigint;
    bool missing; /* target_resolve failed because it does not exist; nothing else is set then */
};

/* Columns of one table. */
struct target_list {
    int count;
    const struct target *list;
};

/*
 * Parses a target that is no pattern and looks it up; bare names in the search_path that is the user's own,
 * whatever this session has set. A table alone means its primary key. ERR_USAGE as target_parse, and for a
 * name that the encoding does not have. ERR_REFUSED when it does not exist (the hint names what is near), is
 * ambiguous, is no table (code "not-a-table"; a partitioned table is one, and refused by catalog_preflight)
 * or the column is neither integer nor bigint (codes "not-integer", "domain").
 */
bool target_resolve(struct session *s, struct arena *a, const char *text, struct target *out,
                    struct err *e) MUST_CHECK;

/* A name that the client's or the server's encoding does not have is the command line's mistake: makes such a
 * server's error one of usage. Always false. */
bool target_bad_name(struct err *e);

/* A quoted name as a shell argument: in single quotes when the shell would touch it. */
const char *target_argument(struct arena *a, const char *name);

#endif
