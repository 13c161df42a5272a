/*
 * Schema pgwiden: conversions, their columns, journal. All truth that the catalogs of PostgreSQL don't hold.
 */
#ifndef FACTS_STATE_H
#define FACTS_STATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/phase.h"
#include "base/settings.h"
#include "facts/target.h"
#include "io/session.h"

/* One conversion as stored. */
struct conversion {
    int id; /* 0: there is none */
    uint32_t relid;
    enum phase phase;
    bool phase_done;
    bool swapped;
    const char *outcome; /* "" while open, done, aborted */
    const char *columns; /* quoted, joined by ", " */
    const char *types;   /* of the columns before: "integer", "smallint" or both */
    int column_count;
    double lock_held_ms;
    int64_t rows_done;
    double backfill_ms;
    int64_t size_before;
    double seconds;    /* since it was started */
    int64_t wal_bytes; /* of the whole server since then */
};

/* The last phase that is complete, if any is: another run may have begun the next one. */
enum phase state_complete(const struct conversion *c);

/* Is there a schema pgwiden of ours? Only then is it in the session's search_path from here on. ERR_REFUSED
 * when its owner could have this session run code that is not ours. */
bool state_exists(struct session *s, bool *exists, struct err *e) MUST_CHECK;
/* Did a query fail because schema pgwiden went in between (a rehearsal elsewhere ended, the last conversion
 * was forgotten)? The error is cleared then. */
bool state_vanished(struct session *s, struct err *e) MUST_CHECK;
/* Creates schema pgwiden, its tables and functions when they are missing. Inside the caller's transaction. */
bool state_create(struct session *s, struct err *e) MUST_CHECK;
/* The same as temporary tables, for plan; the caller rolls back. */
bool state_create_temporary(struct session *s, struct err *e) MUST_CHECK;
/* The caller's ROLLBACK; temporary: those tables were made, and plans that read them must not outlive them.
 */
void state_roll_back(struct session *s, bool temporary);

/* The open conversion of a table; id 0 when there is none or no schema pgwiden. */
bool state_load(struct session *s, struct arena *a, uint32_t relid, struct conversion *out,
                struct err *e) MUST_CHECK;
/* The last ended conversion that widened this column ("status --check", "already bigint"); id 0 when none. */
bool state_load_ended(struct session *s, struct arena *a, uint32_t relid, struct conversion *out,
                      struct err *e) MUST_CHECK;
/* Tables and columns of the open conversions, with `ended` of all, as two arrays of the server's (text). */
bool state_open(struct session *s, struct arena *a, bool ended, const char **relids, const char **attnames,
                struct err *e) MUST_CHECK;
/* Opens one for these columns (of one table) and captures the definitions. Inside the caller's transaction.
 */
bool state_begin(struct session *s, const struct target_list *targets, double patience,
                 struct err *e) MUST_CHECK;
/* The functions of sql/capture/ in this session: state_capture makes them too, the steps after the swap need
 * them. */
bool state_functions(struct session *s, struct err *e) MUST_CHECK;
/* The same before a transaction that will be rolled back, which they outlive; not where an event trigger
 * would hear of it, since what that writes must go with the rest. */
bool state_functions_ahead(struct session *s, struct err *e) MUST_CHECK;
/* Refreshes them. The table is read under ACCESS SHARE: ERR_LOCK when that is not got within patience (ms).
 */
bool state_capture(struct session *s, uint32_t relid, double patience, struct err *e) MUST_CHECK;
bool state_set_phase(struct session *s, int conversion, enum phase phase, bool done,
                     struct err *e) MUST_CHECK;
/* Writes with which settings it is run. */
bool state_set_settings(struct session *s, int conversion, const struct settings *settings,
                        struct err *e) MUST_CHECK;
bool state_finish(struct session *s, int conversion, const char *outcome, struct err *e) MUST_CHECK;
bool state_forget(struct session *s, uint32_t relid, struct err *e) MUST_CHECK;

/* The name of the host that this runs on. */
const char *state_client_host(struct arena *a);

/* How to wait for another instance. */
struct state_wait {
    struct loop *loop;
    double patience;                                 /* ms */
    void (*waiting)(void *context, const char *who); /* called once, when it has to wait */
    void *context;
};

/*
 * The advisory lock of a table: one instance per table, held until the session ends. ERR_LOCK when it is not
 * free within the patience, ERR_STOPPED when a stop is asked for.
 */
bool state_lock(struct session *s, struct arena *a, uint32_t relid, const struct state_wait *wait,
                struct err *e) MUST_CHECK;

#endif
