/*
 * TARGET arguments with * or ?, and --exclude: which columns of which tables they mean.
 */
#ifndef FACTS_PATTERN_H
#define FACTS_PATTERN_H

#include "base/arena.h"
#include "base/err.h"
#include "facts/target.h"
#include "io/session.h"

/* A table that a pattern names, by one column. */
struct match {
    struct target target;
    const char *left_out; /* "no primary key", ..: there is no such column, attnum is 0; NULL: there is */
    bool refused;         /* target_resolve says why */
};

struct matches {
    int count;
    struct match *list; /* by schema, table, column */
};

/* Arrays of the server's as text: only these tables, by these columns (state_open). */
struct pattern_scope {
    const char *relids, *attnames;
};

/*
 * A pattern of one part is for tables that are visible in the user's own search_path, by their primary key;
 * two parts are schema.table likewise, or table.column of visible tables; ERR_REFUSED when both exist. No
 * match is no error. scope NULL: every table. Tables that have no column of that name do not match.
 */
bool pattern_match(struct session *s, struct arena *a, const struct target_name *name,
                   const struct pattern_scope *scope, struct matches *out, struct err *e) MUST_CHECK;

/*
 * Sets out[i] for each of the targets that a pattern of --exclude (or a name) means; true in out stays. A
 * part alone is a table in any schema, two parts are both schema.table and table.column.
 */
bool pattern_exclude(struct session *s, struct arena *a, const struct target_name *name,
                     const struct target_list *targets, bool *out, struct err *e) MUST_CHECK;

#endif
