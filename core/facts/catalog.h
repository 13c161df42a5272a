/*
 * Read-only facts about a table: what hangs on its columns, what forbids the conversion, what must be told before.
 */
#ifndef FACTS_CATALOG_H
#define FACTS_CATALOG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "facts/target.h"
#include "io/session.h"

/* THE TABLE of refusals and warnings (catalog.c): name, whether --allow takes it, whether it is a warning only. */
struct check {
    const char *code;
    bool warning;   /* never refuses */
    bool allowable; /* --allow turns the refusal into a warning */
};
extern const struct check checks[];
extern const int check_count;
/* NULL when the name is unknown. */
const struct check *check_by_code(const char *code);

/* One finding of preflight. */
struct finding {
    const char *code;
    const char *object; /* as a DBA would name it: view public.v, trigger "t" on public.orders */
    const char *reason; /* one sentence: why it is in the way, or what will be noticed */
    const char *hint;   /* the way out */
    bool refuses;       /* false: a warning (or an allowed refusal) */
};
struct findings {
    int count, refusals;
    const struct finding *list;
};

/*
 * Everything that forbids or should be told about widening these columns of one table, in a stable order.
 * Only reads. Server-wide checks (read-only, standby, pooler, version) come first.
 */
bool catalog_preflight(struct session *s, struct arena *a, const struct settings *settings,
                       const struct target *targets, int count, struct findings *out, struct err *e) MUST_CHECK;

/* Size and use of a table, for plan and --max-table-rows. */
struct table_facts {
    int64_t rows;          /* an estimate: reltuples, or blocks times the density of a few blocks that are read */
    int64_t heap_bytes, index_bytes;
    int indexes;
    int64_t sequence_last, sequence_limit; /* 0, 0: no sequence feeds the column */
    const char *sequence;
};
bool catalog_table_facts(struct session *s, struct arena *a, const struct target *t, struct table_facts *out,
                         struct err *e) MUST_CHECK;

#endif
