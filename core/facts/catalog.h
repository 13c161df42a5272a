/*
 * Read-only facts about a table: what hangs on its columns, what forbids the conversion, what must be told
 * before.
 */
#ifndef FACTS_CATALOG_H
#define FACTS_CATALOG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "facts/target.h"
#include "io/session.h"

/* THE TABLE of refusals and warnings (checks.c): name, whether --allow takes it, whether it is a warning
 * only. */
struct check {
    const char *code;
    bool warning;   /* never refuses */
    bool allowable; /* --allow turns the refusal into a warning */
};
extern const struct check checks[];
extern const int check_count;
/* NULL when the name is unknown. */
const struct check *check_by_code(const char *code);

/* How long statements of the session wait for a lock from now on, in ms. */
bool catalog_limit_lock_waits(struct session *s, double ms, struct err *e) MUST_CHECK;
/* Without limit again; a transaction that failed has taken the setting back already. */
void catalog_lift_lock_limit(struct session *s);

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
 * Only reads; outside of a transaction. Server-wide checks (read-only, standby, pooler) come first. Columns
 * that are bigint already are left out. ERR_FAILED for a server before PostgreSQL 14, ERR_LOCK as below.
 */
bool catalog_preflight(struct session *s, struct arena *a, const struct settings *settings,
                       const struct target_list *targets, struct findings *out, struct err *e) MUST_CHECK;

/* Adds what the last capture of the table's open conversion could not make again on bigint columns. */
bool catalog_rehearsal(struct session *s, struct arena *a, const struct settings *settings, uint32_t relid,
                       struct findings *findings, struct err *e) MUST_CHECK;

/* How long the swap of these columns will hold its lock, in ms; 0 when all are bigint already. */
bool catalog_swap_time(struct session *s, const struct target_list *targets, double *ms,
                       struct err *e) MUST_CHECK;

/* Size and use of a table, for plan and --max-table-rows. */
struct table_facts {
    int64_t rows; /* an estimate: reltuples, or blocks times the density of a few blocks that are read */
    int64_t heap_bytes, index_bytes;
    int indexes;
    int64_t sequence_last, sequence_limit; /* 0, 0: no sequence feeds the column; negative: it counts down */
    const char *sequence;                  /* quoted; "": none, or its value is not readable */
};
/* What a conversion takes, by rule of thumb (sql/facts/disk.sql says which): bytes. */
struct disk_facts {
    int64_t rows; /* given: about how many there are */
    int64_t heap, worst, index, sort, wal;
};
/* Both: ERR_LOCK when the table is locked for longer than all tries for a lock last (--lock-timeout,
 * --lock-retries). */
bool catalog_table_facts(struct session *s, struct arena *a, const struct settings *settings,
                         const struct target *t, struct table_facts *out, struct err *e) MUST_CHECK;
/* The columns are of one table. */
bool catalog_disk_facts(struct session *s, struct arena *a, const struct settings *settings,
                        const struct target_list *targets, struct disk_facts *out, struct err *e) MUST_CHECK;

#endif
