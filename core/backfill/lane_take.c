#include "backfill/lane.h"
#include "backfill/signals.h"
#include "base/backoff.h"
#include "io/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LAST_TRIES 3 /* to store the position when the run ends */

/* The same message again, after a pause that grows; false: it was tried long enough. */
static bool wait_a_little(struct lane *l)
{
    double now = loop_now(l->run->request->loop);

    if (l->tries == 0)
        l->stuck_since = now;
    if (now - l->stuck_since > l->run->patience)
        return false;
    l->retry_at = now + backoff_pause(l->tries++, backoff_random());
    l->state = LANE_WAITING;
    l->run->wake = true;
    return true;
}

bool lane_may_repeat(const struct err *e)
{
    static const char *const states[] = {"40001", "40P01", "55P03"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(e->sqlstate, states[i]) == 0)
            return true;
    return false;
}

/* Dropped, detached and dropped, renamed; or its column is not there, or generated now. */
static bool is_lost(const struct err *e)
{
    static const char *const states[] = {"42P01", "42703", "3F000", "428C9"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(e->sqlstate, states[i]) == 0)
            return true;
    return false;
}

/* The leaves are looked at anew; e is told when that does not help. */
static void look_again(struct lane *l, const struct err *e)
{
    struct run *r = l->run;

    r->lost = l->part->leaf->relid;
    r->loss = *e;
    r->changed = true;
}

static void take_error(struct lane *l, const struct err *e)
{
    bool ending = run_is_ending(l->run), repeat = lane_may_repeat(e);
    struct err gave_up = *e;

    if (repeat && (!ending || l->tries < LAST_TRIES) && wait_a_little(l))
        return;
    if (is_lost(e) && l->message != MESSAGE_PLACE) {
        look_again(l, e);
        return;
    }
    /* the stored position is older than it could be: harmless */
    l->given_up = l->given_up || l->message == MESSAGE_PLACE;
    if (repeat && ending)
        return;
    if (repeat) {
        gave_up.kind = ERR_LOCK;
        err_prefix(&gave_up, "gave up waiting for %s", l->part->leaf->name);
    }
    run_fail(l->run, &gave_up);
}

/* The last sweep may not leave a row: the chunk again, until nobody holds one. */
static void take_left(struct lane *l, int64_t left)
{
    struct err e;

    if (run_is_ending(l->run) || wait_a_little(l))
        return;
    l->run->rows_left = left;
    err_set(&e, ERR_LOCK, "gave up waiting for rows of %s that are locked", l->part->leaf->name);
    err_detail(&e,
               "Other transactions held %" PRId64 " rows in blocks %" PRId64 " to %" PRId64 " for %.0f s.",
               left, l->chunk.block_from, l->chunk.block_to - 1, l->run->patience / 1000);
    err_hint(
        &e,
        "Find them in pg_stat_activity, the oldest xact_start first, and run again when they have ended.");
    run_fail(l->run, &e);
}

static void move_on(struct lane *l, int64_t seen, const char *last_row)
{
    const struct position before = l->part->at;
    int64_t block;
    int line;

    if (l->limit > 0 && seen >= l->limit && sscanf(last_row, "(%" SCNd64 ",%d)", &block, &line) == 2)
        blocks_advance_to(&l->part->at, block, line);
    else
        blocks_advance(&l->part->at, &l->part->passes, &l->chunk);
    lane_end_chunk(l, &before);
}

/* The text of the leaf's chunk; the one of the leaf before is not needed any more. */
static void take_text(struct lane *l, const struct rows *rows)
{
    struct err e;

    if (rows->count == 0) {
        err_set(&e, ERR_FAILED, "the shadow columns of %s do not exist", l->part->leaf->name);
        look_again(l, &e);
        return;
    }
    if (l->prepared != l->part->leaf->relid) /* what was learned of its pages stays */
        l->page = (struct page){0};
    l->page.columns = (int)rows_int(rows, 0, 2);
    l->page.indexes = (int)rows_int(rows, 0, 3);
    l->plain = rows_bool(rows, 0, 4);
    lane_send_prepare(l, rows_text(rows, 0, 0), rows_text(rows, 0, 1));
}

static void take_prepared(struct lane *l, const struct rows *rows)
{
    (void)rows;
    l->has_chunk = true;
    l->prepared = l->part->leaf->relid;
    l->tries = 0;
}

static void take_horizon(struct lane *l, const struct rows *rows)
{
    const struct horizon h = {.visible = rows_bool(rows, 0, 0),
                              .next = rows_int(rows, 0, 1),
                              .oldest = rows_int(rows, 0, 2),
                              .seconds = rows_is_null(rows, 0, 3) ? -1 : rows_double(rows, 0, 3),
                              .who = rows_text(rows, 0, 4)};

    l->tries = 0;
    sweep_see(&l->run->sweep, loop_now(l->run->request->loop), &h);
}

static void take_page(struct lane *l, const struct rows *rows)
{
    l->tries = 0;
    lane_begin_window(l, rows_double(rows, 0, 0), rows_double(rows, 0, 1));
}

/* VACUUM comes at half of the bound, and again each quarter of it: a file does not get smaller. */
static bool is_bloated(const struct run *r, const struct leaf *leaf, int64_t blocks)
{
    double bound = (double)leaf->first * r->request->settings->max_bloat / 100;

    if (bound <= 0 || r->request->sweep || signals_hold(r->request->signals) ||
        (double)(blocks - leaf->first) < bound / 2)
        return false;
    return leaf->vacuumed == 0 || (double)(blocks - leaf->vacuumed) >= bound / 4;
}

static void take_place(struct lane *l, const struct rows *rows)
{
    int64_t blocks = rows->count == 0 ? 0 : rows_int(rows, 0, 1);

    l->dirty = false;
    l->uncounted = l->uncounted_hot = 0;
    l->tries = 0;
    l->run->changed = l->run->changed || rows->count == 0 || rows_bool(rows, 0, 0);
    if (!run_is_ending(l->run) && is_bloated(l->run, l->part->leaf, blocks)) {
        l->run->vacuum = l->part->leaf->relid;
        l->run->ranges.leaves[l->part->leaf - l->run->ranges.leaves].vacuumed = blocks;
        l->run->changed = true;
    }
}

/* The session's counters go on until they are reported, once a second or so; -1: not known. */
static int64_t hot_of(struct lane *l, const struct rows *rows, int64_t updated)
{
    int64_t counted = rows_int(rows, 0, 5), hot = rows_int(rows, 0, 6), out = -1;

    if (counted - l->counted == updated)
        out = hot - l->hot;
    else if (counted == updated)
        out = hot;
    l->counted = counted;
    l->hot = hot;
    return out;
}

/* updated, moved, seen, last_row, ms, counted, hot. */
static void take_chunk(struct lane *l, const struct rows *rows)
{
    struct pace *pace = lane_pace(l);
    int64_t updated = rows_int(rows, 0, 0), seen = rows_int(rows, 0, 2), hot = hot_of(l, rows, updated);
    struct run *r = l->run;

    if (rows_bool(rows, 0, 1)) {
        r->changed = true;
        return;
    }
    r->rows += updated;
    r->ranges.rows_done += updated;
    r->chunks += updated > 0;
    r->chunk_rows += updated;
    l->uncounted += updated;
    l->uncounted_hot += hot > 0 ? hot : 0;
    signals_count(r->request->signals, updated, l->chunk.block_to - l->chunk.block_from);
    lane_count(l, updated, hot, rows_double(rows, 0, 4));
    l->dirty = !r->request->sweep || l->uncounted > 0;
    /* the time of one that its limit of rows has cut short tells nothing of its blocks */
    if (l->chunk.block_to - l->chunk.block_from == pace->blocks && (l->limit == 0 || seen < l->limit))
        pace_add(pace, rows_double(rows, 0, 4));
    if (r->request->sweep && seen > updated) {
        take_left(l, seen - updated);
        return;
    }
    l->tries = 0;
    move_on(l, seen, rows_text(rows, 0, 3));
}

void lane_answered(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    static void (*const takers[])(struct lane *, const struct rows *) = {
        [MESSAGE_TEXT] = take_text, [MESSAGE_PREPARE] = take_prepared, [MESSAGE_HORIZON] = take_horizon,
        [MESSAGE_PAGE] = take_page, [MESSAGE_CHUNK] = take_chunk,      [MESSAGE_PLACE] = take_place};
    struct lane *l = context;

    l->run->busy--;
    l->state = LANE_READY;
    if (e != NULL) {
        l->given_up = l->given_up || session_is_broken(s);
        take_error(l, e);
    } else {
        takers[l->message](l, rows);
    }
    if (l->state == LANE_READY)
        lane_step(l);
}
