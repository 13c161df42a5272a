#include "backfill/backfill.h"

#include "backfill/lane.h"
#include "backfill/signals.h"
#include "backfill/tell.h"
#include "base/backoff.h"
#include "base/progress.h"
#include "io/loop.h"
#include "sql.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TELL_MS 1000
#define CALM_MS 5000 /* so long something else has to be so before it is told */
#define LOSSES  5    /* of leaves that are there and can't be updated */

/* A run and what is opened for it. */
struct crew {
    struct run run;
    struct lane *lanes;
    int count;
    int denied;           /* --jobs for which the server had no free slot; 0: none */
    int most;             /* lanes, until another number is asked for */
    struct arena *ranges; /* of run.ranges */
    struct progress progress;
    double told_at; /* loop_now of the last progress event */
    int losses;
    bool single;        /* told: it is swept in one pass */
    double other_since; /* loop_now since when that is not so any more */
};

enum { LANES_MAX = 256 }; /* of --jobs */

/* ---- telling ---- */

static double swept(const struct ranges *r)
{
    double blocks = 0;

    for (int i = 0; i < r->count; i++)
        blocks += blocks_swept(&r->parts[i].at, &r->parts[i].passes);
    return blocks;
}

/* The estimate of the statistics; where there is none, what the blocks held so far, carried on. */
static int64_t rows_total(const struct ranges *r, double done)
{
    int64_t rows = r->rows;

    if (rows < 0)
        rows = done > 0 ? (int64_t)((double)r->rows_done / done * (double)r->blocks) : 0;
    return rows < r->rows_done ? r->rows_done : rows;
}

static double slowest(struct crew *c)
{
    double p90 = 0;

    for (int i = 0; i < c->count; i++)
        if (lane_pace(&c->lanes[i])->p90 > p90)
            p90 = lane_pace(&c->lanes[i])->p90;
    return p90;
}

static void tell_notice(const struct crew *c, const char *text)
{
    backfill_tell_message(c->run.request, EVENT_NOTICE, text);
}

/* That a snapshot takes the sweep away, and that it is back: when that has lasted for a while. */
static void tell_sweep(struct crew *c)
{
    const struct sweep *s = &c->run.sweep;
    double now = loop_now(c->run.request->loop);
    char text[SWEEP_TEXT * 2];

    sweep_text(s, text, sizeof(text));
    if (c->single == (s->single && *text != '\0'))
        c->other_since = now;
    if (now - c->other_since < CALM_MS)
        return;
    c->single = !c->single;
    tell_notice(c, c->single ? text : "sweeping in many passes again: row versions are removed between them");
}

static void tell(struct crew *c)
{
    struct run *r = &c->run;
    const struct ranges *ranges = &r->ranges;
    double now = loop_now(r->request->loop), done = swept(ranges);
    struct event event = {.kind = EVENT_PROGRESS};
    char text[SWEEP_TEXT * 2];

    tell_sweep(c);
    progress_update(&c->progress, now / 1000, ranges->rows_done, (int64_t)done, ranges->blocks);
    event.u.progress.phase = r->request->sweep ? PHASE_VERIFY : PHASE_BACKFILL;
    event.u.progress.what = r->request->sweep ? "last sweep" : "";
    event.u.progress.rows_done = ranges->rows_done;
    event.u.progress.rows_total = r->request->sweep ? 0 : rows_total(ranges, done);
    event.u.progress.blocks_done = (int64_t)done;
    event.u.progress.blocks_total = ranges->blocks;
    event.u.progress.rows_per_second = progress_rate(&c->progress);
    event.u.progress.mean_rows_per_second = progress_mean(&c->progress);
    event.u.progress.eta_seconds = progress_eta(&c->progress);
    event.u.progress.chunk_rows = r->chunks > 0 ? r->chunk_rows / r->chunks : 0;
    event.u.progress.chunk_ms = slowest(c);
    event.u.progress.hot_ratio = sweep_hot(&r->sweep);
    event.u.progress.sweep = sweep_text(&r->sweep, text, sizeof(text));
    event.u.progress.throttle_count = signals_list(r->request->signals, &event.u.progress.throttles);
    if (signals_hold(r->request->signals))
        event.u.progress.eta_seconds = -1;
    backfill_tell(r->request, &event);
    c->told_at = now;
    r->chunks = r->chunk_rows = 0;
}

static const char *change_text(struct arena *a, const struct change *change, const char *what)
{
    switch (change->kind) {
    case LEAF_NEW:
        return arena_printf(a, "partition %s was not there when the %s began: its rows come along",
                            change->name, what);
    case LEAF_MOVED:
        return arena_printf(a,
                            "the rows of %s were moved to another file (VACUUM FULL, CLUSTER or TRUNCATE): "
                            "the %s of them begins anew",
                            change->name, what);
    case LEAF_GONE:
        break;
    }
    return arena_printf(a, "partition %s was dropped or detached: the %s leaves it out", change->name, what);
}

static void tell_changes(const struct crew *c)
{
    const struct ranges *r = &c->run.ranges;

    for (int i = 0; i < r->change_count; i++) {
        struct arena *a = arena_new();
        tell_notice(c, change_text(a, &r->changes[i], c->run.request->sweep ? "last sweep" : "backfill"));
        arena_free(a);
    }
}

/* ---- opening ---- */

/* A leaf that could not be found is there under the same name, time and again. */
static bool check_lost(struct crew *c, const struct ranges *now, struct err *e)
{
    struct run *r = &c->run;
    const struct leaf *was = ranges_leaf(&r->ranges, r->lost), *is = ranges_leaf(now, r->lost);

    if (was == NULL || is == NULL || strcmp(was->name, is->name) != 0 || ++c->losses < LOSSES)
        return true;
    *e = r->loss;
    return false;
}

/* The first lane's lock timeout is short, and the leaves are looked at when others change them. */
static bool read_ranges(struct crew *c, struct arena *a, struct ranges *out, struct err *e)
{
    struct run *r = &c->run;
    double until = loop_now(r->request->loop) + r->patience;

    for (int tries = 0;; tries++) {
        if (ranges_load(c->lanes[0].session, a, r->request, &r->ranges, out, e))
            return true;
        if (!lane_may_repeat(e) || loop_now(r->request->loop) > until || loop_stopping(r->request->loop))
            return false;
        loop_sleep(r->request->loop, backoff_pause(tries, backoff_random()));
    }
}

/* Looks at the leaves and what is left of them, and starts the lanes' count of it. */
static bool load(struct crew *c, struct err *e)
{
    struct run *r = &c->run;
    struct ranges now;
    struct arena *a = arena_new();

    if (!read_ranges(c, a, &now, e) || !check_lost(c, &now, e)) {
        arena_free(a);
        return false;
    }
    r->ranges = now;
    r->lost = 0;
    r->jobs = r->request->settings->jobs;
    if (r->sweep.most == 0)
        sweep_init(&r->sweep);
    sweep_share(&r->sweep, now.window / r->jobs);
    arena_free(c->ranges);
    c->ranges = a;
    progress_start(&c->progress, loop_now(r->request->loop) / 1000, r->ranges.rows_done,
                   (int64_t)swept(&r->ranges), r->ranges.blocks);
    tell_changes(c);
    return true;
}

static bool has_no_slot(const struct err *e)
{
    static const char too_many_connections[] = "53300";

    return strcmp(e->sqlstate, too_many_connections) == 0;
}

/* Without one there is no backfill: a slot that clients have taken meanwhile is waited for as long as a lock.
 */
static bool open_first(struct crew *c, struct err *e)
{
    struct loop *loop = c->run.request->loop;
    double until = loop_now(loop) + c->run.patience;

    c->count = 1;
    for (int tries = 0; !lane_open(&c->lanes[0], &c->run, e); tries++) {
        if (!has_no_slot(e) || loop_now(loop) > until || loop_stopping(loop))
            return false;
        if (tries == 0)
            tell_notice(
                c, "waiting for a free connection: the server has none, or its limit for the role or the "
                   "database is reached");
        loop_sleep(loop, backoff_pause(tries, backoff_random()));
    }
    return true;
}

/* Those that are there do all parts, one after the other. */
static void do_without(struct crew *c, const struct err *e)
{
    struct arena *a = arena_new();

    session_close(c->lanes[--c->count].session);
    c->denied = c->run.jobs;
    c->most = c->count;
    tell_notice(c, arena_printf(a, "going on with %d of %d sessions, until another number of jobs is set: %s",
                                c->most, c->denied, e->primary));
    arena_free(a);
}

/* As many sessions as there are parts for, the first one is there already; `set jobs` may have taken some
 * away. */
static bool open_lanes(struct crew *c, struct err *e)
{
    int left = ranges_left(&c->run.ranges), jobs = c->run.jobs;

    if (c->denied != jobs)
        c->denied = 0;
    else
        jobs = c->most;
    while (c->count > jobs)
        session_close(c->lanes[--c->count].session);
    while (c->count < left && c->count < jobs) {
        if (lane_open(&c->lanes[c->count++], &c->run, e))
            continue;
        if (!has_no_slot(e))
            return false;
        do_without(c, e);
        err_clear(e);
        jobs = c->most;
    }
    return true;
}

/* ---- running ---- */

static void tick(void *context)
{
    struct run *r = context;

    r->wake = true;
    r->changed = r->changed || r->jobs != r->request->settings->jobs;
}

static int count_state(const struct crew *c, enum lane_state state)
{
    int n = 0;

    for (int i = 0; i < c->count; i++)
        n += c->lanes[i].state == state;
    return n;
}

static bool is_paused(const struct lane *l)
{
    return l->state == LANE_WAITING || l->state == LANE_HELD;
}

/* Until an answer, a tick, or the end of the first lane's pause. */
static void wait_for_something(struct crew *c)
{
    const double tick_ms = 250, nap_ms = 20; /* a busy lane may be held too, and for less */
    struct loop *loop = c->run.request->loop;
    double now = loop_now(loop), first = now + tick_ms;

    for (int i = 0; i < c->count; i++)
        if (is_paused(&c->lanes[i]) && c->lanes[i].retry_at < first)
            first = c->lanes[i].retry_at;
    if (c->run.busy > 0 && first >= now + tick_ms)
        loop_run_until(loop, &c->run.wake);
    else
        loop_sleep(loop, fmax(fmin(first - now, c->run.busy > 0 ? nap_ms : tick_ms), 1));
}

static void check_control(struct crew *c)
{
    struct err e;

    if (!session_is_broken(c->run.request->control))
        return;
    e = *session_loss(c->run.request->control);
    err_detail(&e, "It was the session that holds the lock against a second instance.");
    run_fail(&c->run, &e);
}

static void look_around(struct crew *c)
{
    const struct backfill_request *q = c->run.request;

    check_control(c);
    signals_turn(q->signals);
    if (loop_now(q->loop) - c->told_at >= TELL_MS || signals_changed(q->signals))
        tell(c);
}

/* From start to rest of every lane. */
static void run_lanes(struct crew *c)
{
    struct run *r = &c->run;

    for (int i = 0; i < c->count; i++) {
        lane_reset(&c->lanes[i]);
        lane_step(&c->lanes[i]);
    }
    while (count_state(c, LANE_RESTING) < c->count) {
        r->wake = false;
        wait_for_something(c);
        look_around(c);
        for (int i = 0; i < c->count; i++)
            if (is_paused(&c->lanes[i]) &&
                (run_is_ending(r) || loop_now(r->request->loop) >= c->lanes[i].retry_at))
                lane_step(&c->lanes[i]);
    }
}

static bool stopped(const struct crew *c, struct err *e)
{
    const struct backfill_request *q = c->run.request;

    err_set(e, ERR_STOPPED, q->sweep ? "stopped in the last sweep" : "stopped in the backfill");
    if (q->sweep)
        return err_detail(e, "The last sweep begins anew when it is run again.");
    return err_detail(
        e, "This run has updated %" PRId64 " rows of %s; it goes on from there when it is run again.",
        c->run.rows, q->relation);
}

/* A statement that may take long. */
struct errand {
    struct run *run;
    bool done, ok;
    struct err err;
};

static void end_errand(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct errand *errand = context;

    (void)s;
    (void)rows;
    errand->done = errand->run->wake = true;
    errand->ok = e == NULL;
    if (e != NULL)
        errand->err = *e;
}

/* On the first lane's session; meanwhile the run looks around as ever. */
static bool run_errand(struct crew *c, const char *statement, struct err *e)
{
    struct run *r = &c->run;
    struct errand errand = {.run = r};

    session_send(c->lanes[0].session, statement, false, 0, NULL, end_errand, &errand);
    while (!errand.done) {
        r->wake = false;
        loop_run_until(r->request->loop, &r->wake);
        if (loop_stopping(r->request->loop))
            session_cancel(c->lanes[0].session);
        look_around(c);
    }
    *e = errand.err;
    return errand.ok;
}

/* What others do about it is as good: a lock that is not got is no error. */
static bool vacuum(struct crew *c, struct err *e)
{
    struct run *r = &c->run;
    struct arena *a = arena_new();
    const struct leaf *leaf = ranges_leaf(&r->ranges, r->vacuum);
    const char *params[] = {arena_printf(a, "%u", r->vacuum)};
    struct rows rows;
    bool ok = session_query(c->lanes[0].session, a, sql_backfill_vacuum, 1, params, &rows, e);

    r->vacuum = 0;
    if (ok && rows.count > 0) {
        tell_notice(c, arena_printf(a, "%s has grown: vacuumed in between (--max-bloat)",
                                    leaf != NULL ? leaf->name : r->request->relation));
        ok = run_errand(c, rows_text(&rows, 0, 0), e);
    }
    arena_free(a);
    return ok || loop_stopping(r->request->loop) || lane_may_repeat(e);
}

/* Until a look at the leaves finds nothing left: one may have been attached while the others were done. */
static bool work(struct crew *c, struct err *e)
{
    struct run *r = &c->run;

    if (!open_first(c, e) || !load(c, e))
        return false;
    while (ranges_left(&r->ranges) > 0) {
        if (!open_lanes(c, e))
            return false;
        r->changed = false;
        run_lanes(c);
        if (r->failed) {
            *e = r->err;
            return false;
        }
        if (!r->changed && ranges_left(&r->ranges) > 0)
            return stopped(c, e);
        tell(c);
        if ((r->vacuum != 0 && !vacuum(c, e)) || !load(c, e))
            return false;
    }
    return true;
}

bool backfill_run(const struct backfill_request *request, struct backfill_result *out, struct err *e)
{
    double now = loop_now(request->loop);
    struct crew c = {
        .run = {.request = request, .counted_at = now},
          .told_at = now, .other_since = now
    };
    bool ok = false;

    c.run.patience = backoff_patience(request->settings->lock_retries, request->settings->lock_timeout);
    c.lanes = calloc(LANES_MAX, sizeof(*c.lanes));
    if (c.lanes == NULL)
        return err_set(e, ERR_FAILED, "out of memory");
    loop_on_tick(request->loop, tick, &c.run);
    signals_begin(request->signals, request);
    ok = work(&c, e);
    signals_end(request->signals);
    loop_off_tick(request->loop, tick, &c.run);
    for (int i = 0; i < c.count; i++)
        session_close(c.lanes[i].session);
    arena_free(c.ranges);
    free(c.lanes);
    *out = (struct backfill_result){
        .rows = c.run.rows, .rows_left = c.run.rows_left, .seconds = (loop_now(request->loop) - now) / 1000};
    return ok;
}
