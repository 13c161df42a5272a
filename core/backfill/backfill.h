/*
 * Fills the shadow columns of the rows that were there before the copy trigger: N sessions on disjoint block
 * ranges.
 */
#ifndef BACKFILL_BACKFILL_H
#define BACKFILL_BACKFILL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/event.h"
#include "base/settings.h"
#include "io/session.h"

struct signals;

/* Remembers from one backfill_run to the next which standbys lagged before the first one; NULL is allowed to
 * close. */
struct signals *signals_open(struct loop *loop, const struct settings *settings);
void signals_close(struct signals *s);

struct backfill_request {
    struct loop *loop;
    struct signals *signals; /* what throttles it; NULL: nothing */
    struct session *control; /* holds the advisory lock; idle */
    const struct settings *settings;
    uint32_t relid;
    int conversion;
    bool sweep;           /* the last sweep: all blocks of this moment, one pass, whatever the ranges say */
    const char *relation; /* schema.table, quoted */
    const char *application; /* application_name of the sessions */
    const struct session_listener *session_listener;
    event_listener *listener;
    void *context;
    const char *target; /* for the events */
};

struct backfill_result {
    int64_t rows, rows_left; /* updated; skipped because they were locked (sweep) */
    double seconds;
};

/*
 * Runs until every range is done; goes on where backfill_range says. ERR_STOPPED after the running chunks
 * when the loop is stopping, the positions written.
 */
bool backfill_run(const struct backfill_request *r, struct backfill_result *out, struct err *e) MUST_CHECK;

/*
 * Before a statement that can't be held while it runs: waits until nothing holds that the request's signals
 * know of, and tells it as progress of this phase. At once where no standby was seen and nothing was asked
 * for.
 */
bool backfill_hold(const struct backfill_request *r, enum phase phase, const char *what,
                   struct err *e) MUST_CHECK;

#endif
