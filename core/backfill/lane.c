#include "backfill/lane.h"

#include "backfill/signals.h"
#include "io/loop.h"
#include "sql.h"

#include <string.h>

#define PLACE_MS     1000 /* between two places stored: a row that each chunk updates would bloat */
#define MOMENT_MS    50
#define HORIZON_MS   250
#define SINGLE_CHUNK 4 /* blocks: every row of them is moved */

bool run_is_ending(const struct run *r)
{
    return r->failed || r->changed || loop_stopping(r->request->loop);
}

void run_fail(struct run *r, const struct err *e)
{
    if (r->failed)
        return;
    r->failed = true;
    r->err = *e;
}

/* ---- opening ---- */

bool lane_open(struct lane *l, struct run *run, struct err *e)
{
    const struct backfill_request *q = run->request;
    double target = q->settings->chunk_time;
    static const char no_privilege[] = "42501";

    *l = (struct lane){.run = run, .state = LANE_RESTING};
    for (int i = 0; i < PASSES_MAX; i++)
        pace_init(&l->pace[i], target, BLOCKS_CHUNK, BLOCKS_WINDOW);
    /* the last sweep finds next to nothing */
    pace_init(&l->single, target, q->sweep ? BLOCKS_CHUNK : SINGLE_CHUNK, BLOCKS_WINDOW);
    if (!session_open(q->loop, q->settings, q->application, q->session_listener, &l->session, e))
        return false;
    if (!session_query(l->session, NULL, sql_backfill_session, 0, NULL, NULL, e) ||
        !session_prepare(l->session, "chunk_text", sql_backfill_chunk, e) ||
        !session_prepare(l->session, "horizon", sql_backfill_horizon, e) ||
        !session_prepare(l->session, "place", sql_backfill_place, e))
        return false;
    if (session_query(l->session, NULL, sql_backfill_replica, 0, NULL, NULL, e))
        return true;
    if (strcmp(e->sqlstate, no_privilege) != 0)
        return false;
    err_clear(e);
    return true;
}

void lane_reset(struct lane *l)
{
    l->state = LANE_READY;
    l->part = NULL;
    l->prepared = 0;
    l->dirty = l->given_up = false;
    l->tries = 0;
    l->placed_at = loop_now(l->run->request->loop);
}

/* Small chunks cost one pass a sixth (13.9 s by 10,000 keys; 16.3 s in chunks of 10 ms, 14.2 s of 40 ms). So
 * while a snapshot makes it one pass for long they are larger, unless --chunk-time is not its default. */
static double single_time(const struct run *r)
{
    const double factor = 4;
    double ms = r->request->settings->chunk_time;

    return ms == SETTINGS_CHUNK_TIME && sweep_is_stuck(&r->sweep) ? ms * factor : ms;
}

struct pace *lane_pace(struct lane *l)
{
    const struct part *p = l->part;

    return p == NULL || p->passes.count == 1 || l->rest ? &l->single : &l->pace[p->at.pass];
}

/* A larger chunk's snapshot would outlive the gap between two passes. */
static int64_t chunk_blocks(struct lane *l)
{
    const struct position *at = &l->part->at;
    struct pace *pace = lane_pace(l);

    if (pace == &l->single)
        pace_aim(pace, single_time(l->run), BLOCKS_WINDOW);
    else
        pace_aim(pace, l->run->request->settings->chunk_time,
                 (at->window_end - at->window_start) / BLOCKS_CHUNKS);
    return pace->blocks;
}

/* ---- what comes next ---- */

static bool take_part(struct lane *l)
{
    struct ranges *r = &l->run->ranges;

    for (int i = 0; i < r->count; i++) {
        struct part *p = &r->parts[i];
        if (p->taken || blocks_done(&p->at))
            continue;
        p->taken = true;
        l->part = p;
        return true;
    }
    return false;
}

static void rest(struct lane *l)
{
    l->state = LANE_RESTING;
    l->run->wake = true;
}

bool lane_is_swept(const struct lane *l)
{
    return !l->run->request->sweep && !l->plain && l->part->leaf->blocks > BLOCKS_TINY;
}

/* What to do next with the part. */
static enum message next_message(struct lane *l)
{
    const struct run *r = l->run;
    double now = loop_now(r->request->loop);

    if (l->prepared != l->part->leaf->relid || l->exact != lane_is_exact(l) ||
        l->touching != lane_is_touching(l))
        return MESSAGE_TEXT;
    if (!r->request->sweep && l->dirty && now - l->placed_at >= PLACE_MS)
        return MESSAGE_PLACE;
    if (lane_is_swept(l) && now - r->looked_at >= HORIZON_MS)
        return MESSAGE_HORIZON;
    if (lane_is_swept(l) && sweep_has_lost(&r->sweep, now))
        lane_give_up(l);
    if (!blocks_has_window(&l->part->at) && lane_is_swept(l))
        return MESSAGE_PAGE;
    if (!blocks_has_window(&l->part->at))
        lane_begin_window(l, 0, 0);
    l->chunk =
        blocks_chunk(&l->part->at, &l->part->passes, signals_blocks(r->request->signals, chunk_blocks(l)));
    return MESSAGE_CHUNK;
}

/* No chunk begins before the signals allow it, or while a snapshot that will soon be gone stands in the way.
 */
static bool is_held(struct lane *l, enum message message)
{
    struct run *r = l->run;
    double now = loop_now(r->request->loop);
    double ms = message == MESSAGE_CHUNK ? signals_wait(r->request->signals) : 0;

    l->throttled += ms;
    if (ms <= 0 && (message == MESSAGE_CHUNK || message == MESSAGE_PAGE) && lane_is_swept(l) &&
        sweep_waits(&r->sweep, now)) {
        ms = MOMENT_MS;
        r->looked_at = 0;
    }
    if (ms <= 0)
        return false;
    l->retry_at = now + ms;
    l->state = LANE_HELD;
    l->run->wake = true;
    return true;
}

/* Nor is one tried again meanwhile; the time does not count. */
static bool is_kept(struct lane *l)
{
    const struct signals *signals = l->run->request->signals;

    if (run_is_ending(l->run) || l->message != MESSAGE_CHUNK || !signals_hold(signals) ||
        !is_held(l, l->message))
        return false;
    l->tries = 0;
    return true;
}

void lane_step(struct lane *l)
{
    bool ending = run_is_ending(l->run);
    enum message message;

    if (l->state == LANE_WAITING && (!ending || l->message == MESSAGE_PLACE)) {
        if (!is_kept(l))
            lane_send(l, l->message);
        return;
    }
    if (l->part != NULL && (ending || blocks_done(&l->part->at))) {
        if (l->dirty && !l->given_up) {
            lane_send(l, MESSAGE_PLACE);
            return;
        }
        l->part = NULL;
    }
    if (ending || (l->part == NULL && !take_part(l))) {
        rest(l);
        return;
    }
    message = next_message(l);
    if (!is_held(l, message))
        lane_send(l, message);
}
