/*
 * What people ask of the instance that runs a conversion: rows of schema pgwiden that it reads four times a
 * second.
 */
#ifndef FACTS_CONTROL_H
#define FACTS_CONTROL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "io/session.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- as the instance hears it ---- */

enum control_swap { CONTROL_SWAP_UNSAID, CONTROL_SWAP_GO, CONTROL_SWAP_HOLD };

struct control_tuning {
    const char *name, *value, *by;
};
struct control {
    double paused_since; /* Unix time; 0: it is not */
    const char *paused_by;
    const char *stop_by; /* "": nobody wants it to stop */
    enum control_swap swap;
    const char *swap_by;
    int minute; /* of the day, in the server's time zone */
    const char *zone;
    bool awaits_standby; /* a commit of the session that does the work */
    int tuning_count;
    const struct control_tuning *tunings; /* by name */
};

/* Rows of sql/control/poll.sql; the texts live in a. */
void control_read(const struct rows *r, struct arena *a, struct control *out);
/*
 * An instance begins to run the conversion: forgets what was meant for an earlier one, and those settings of
 * `set` whose names are in `given`, joined by commas; out: name and value of these. held: an earlier go
 * counts no more.
 */
struct control_start {
    int conversion;
    const char *given;
    bool held;
};
bool control_begin(struct session *s, struct arena *a, const struct control_start *start, struct rows *out,
                   struct err *e) MUST_CHECK;
/* Writes down what the conversion waits for, and whether it is ready for the swap; NULL: it waits no more. */
bool control_wait(struct session *s, int conversion, const char *what, bool ready, struct err *e) MUST_CHECK;

/* ---- as it is asked ---- */

/* An open conversion, and who runs it. */
struct controlled {
    const char *id;
    uint32_t relid;
    const char *targets;  /* "public.orders.id, public.orders.parent_id" */
    const char *relation; /* schema.table, quoted */
    bool swapped;
    const char *paused_at, *paused_by; /* "": it is not paused */
    const char *swap;                  /* go, hold, "" */
    int pid;                           /* of the server; 0: nobody runs it */
    const char *who; /* "pgwiden: backfill public.orders on db-ops1, server process 4711, .." */
};
struct controlled_list {
    int count;
    struct controlled *list;
};

/* relids: an array of the server's as text; NULL: all. */
bool control_list(struct session *s, struct arena *a, const char *relids, struct controlled_list *out,
                  struct err *e) MUST_CHECK;
/*
 * Runs one of sql/control/'s changes; *changed: it returned or changed a row. A role that may not write:
 * ERR_REFUSED, code "privilege-missing"; a server that is read-only: ERR_REFUSED, "read-only-server".
 */
bool control_change(struct session *s, const char *sql, int n, const char *const *params, bool *changed,
                    struct err *e) MUST_CHECK;
/* "db-ops1, process 4711": this process. */
const char *control_whence(struct arena *a);

#endif
