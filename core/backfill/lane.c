#include "backfill/lane.h"

#include "base/arena.h"
#include "base/backoff.h"
#include "io/loop.h"
#include "sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LAST_TRIES 3    /* to store the position when the run ends */
#define PLACE_MS   1000 /* the position is written once a second: a row updated by every chunk would bloat */

bool run_is_ending(const struct run *r)
{
    return r->failed || r->moved || loop_stopping(r->request->loop);
}

void run_fail(struct run *r, const struct err *e)
{
    if (r->failed)
        return;
    r->failed = true;
    r->err = *e;
}

/* ---- opening ---- */

/* Counting what is seen costs a look more at each row: only where the number matters. */
static bool is_exact(const struct run *r)
{
    return r->request->sweep || r->request->settings->chunk_size > 0;
}

bool lane_open(struct lane *l, struct run *run, struct err *e)
{
    const struct backfill_request *q = run->request;
    double target = q->settings->chunk_time;
    static const char no_privilege[] = "42501";

    *l = (struct lane){.run = run, .state = LANE_RESTING};
    pace_init(&l->first, target, BLOCKS_CHUNK, BLOCKS_CHUNK_MAX);
    /* the last sweep finds next to nothing: no versions to be pruned, no rows held */
    pace_init(&l->later, target, BLOCKS_CHUNK, q->sweep ? BLOCKS_WINDOW : BLOCKS_CHUNK_MAX);
    if (!session_open(q->loop, q->settings, q->application, q->session_listener, &l->session, e))
        return false;
    if (!session_query(l->session, NULL, sql_backfill_session, 0, NULL, NULL, e))
        return false;
    if (session_query(l->session, NULL, sql_backfill_replica, 0, NULL, NULL, e))
        return true;
    if (strcmp(e->sqlstate, no_privilege) != 0)
        return false;
    err_clear(e);
    return true;
}

static bool prepare(struct lane *l, struct arena *a, const char *name, const char *place, struct err *e)
{
    const struct backfill_request *q = l->run->request;
    const char *params[] = {arena_printf(a, "%u", q->relid), arena_printf(a, "%d", q->conversion),
                            is_exact(l->run) ? "t" : "f", place};
    struct rows rows;

    if (!session_query(l->session, a, sql_backfill_chunk, 4, params, &rows, e))
        return false;
    if (rows.count == 0 || rows_is_null(&rows, 0, 0))
        return err_set(e, ERR_FAILED, "the shadow columns of %s do not exist", q->relation);
    return session_prepare(l->session, name, rows_text(&rows, 0, 0), e);
}

bool lane_prepare(struct lane *l, struct err *e)
{
    struct arena *a = arena_new();
    bool ok = prepare(l, a, "chunk", "f", e) && prepare(l, a, "chunk_place", "t", e);

    arena_free(a);
    return ok;
}

void lane_reset(struct lane *l)
{
    l->state = LANE_READY;
    l->part = NULL;
    l->dirty = l->placing = false;
    l->tries = 0;
    l->placed_at = loop_now(l->run->request->loop);
}

const struct pace *lane_pace(const struct lane *l)
{
    if (l->part != NULL && l->part->at.pass == 0 && l->run->ranges.passes > 1)
        return &l->first;
    return &l->later;
}

/* ---- sending ---- */

static void answered(void *context, struct session *s, const struct rows *rows, const struct err *e);

/* The chunk's parameters as text: TIDs and numbers, in the order that sql/backfill/chunk.sql tells. */
struct params {
    char text[13][32];
    const char *values[13];
};

static void put(struct params *p, int i, int64_t value)
{
    snprintf(p->text[i], sizeof(p->text[i]), "%" PRId64, value);
    p->values[i] = p->text[i];
}

static void put_row(struct params *p, int i, int64_t block, int line)
{
    snprintf(p->text[i], sizeof(p->text[i]), "(%" PRId64 ",%d)", block, line);
    p->values[i] = p->text[i];
}

static void put_place(struct params *p, struct lane *l)
{
    const struct position none = {.pass = 0};
    const struct position *at = l->part == NULL ? &none : &l->part->at;
    struct run *r = l->run;
    double now = loop_now(r->request->loop);

    p->values[6] = NULL;
    if (!r->request->sweep && l->part != NULL)
        put(p, 6, l->part->number); /* the last sweep only counts its rows */
    put(p, 7, at->window_start);
    put(p, 8, at->pass);
    put(p, 9, at->block);
    put(p, 10, at->line_pointer);
    put(p, 11, l->uncounted);
    snprintf(p->text[12], sizeof(p->text[12]), "%.3f", r->request->sweep ? 0 : now - r->counted_at);
    p->values[12] = p->text[12];
    r->counted_at = l->placed_at = now;
}

/*
 * Sends l->chunk. With place its transaction also stores where the chunk begins: all before that is committed
 * by then, and a chunk that is done again does no harm.
 */
static void send_chunk(struct lane *l, bool place)
{
    const struct run *r = l->run;
    const struct chunk *c = &l->chunk;
    struct params p = {.values = {NULL}};

    put_row(&p, 0, c->block_from, c->line_from);
    put_row(&p, 1, c->block_to, 0);
    put(&p, 2, r->ranges.filenode);
    put(&p, 3, c->mask);
    put(&p, 4, c->remainder);
    if (r->request->settings->chunk_size > 0)
        put(&p, 5, r->request->settings->chunk_size);
    if (place)
        put_place(&p, l);
    l->counting = place;
    l->state = LANE_BUSY;
    l->run->busy++;
    session_send(l->session, place ? "chunk_place" : "chunk", true, place ? 13 : 6, p.values, answered, l);
}

/* A chunk without blocks, to store the position at the end of a part or of the run. */
static void send_place(struct lane *l)
{
    l->placing = true;
    l->chunk = (struct chunk){.block_from = 0, .block_to = 0};
    send_chunk(l, true);
}

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

void lane_step(struct lane *l)
{
    struct run *r = l->run;
    double now = loop_now(r->request->loop);
    bool ending = run_is_ending(r);

    if (l->state == LANE_WAITING && !ending) {
        send_chunk(l, l->placing);
        return;
    }
    if (ending || (l->part != NULL && blocks_done(&l->part->at))) {
        if (l->dirty && !r->moved && !l->given_up) {
            send_place(l);
            return;
        }
        l->part = NULL;
    }
    if (ending || (l->part == NULL && !take_part(l))) {
        rest(l);
        return;
    }
    l->chunk = blocks_chunk(&l->part->at, r->ranges.passes, lane_pace(l)->blocks);
    send_chunk(l, !r->request->sweep && now - l->placed_at >= PLACE_MS);
}

/* ---- answers ---- */

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

static bool can_be_repeated(const struct err *e)
{
    static const char *const states[] = {"40001", "40P01", "55P03"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(e->sqlstate, states[i]) == 0)
            return true;
    return false;
}

static void take_error(struct lane *l, const struct err *e)
{
    bool ending = run_is_ending(l->run), repeat = can_be_repeated(e);
    struct err gave_up = *e;

    if (repeat && (!ending || l->tries < LAST_TRIES) && wait_a_little(l))
        return;
    /* the stored position is older than it could be: harmless */
    l->given_up = l->given_up || l->placing;
    if (repeat && ending)
        return;
    if (repeat) {
        gave_up.kind = ERR_LOCK;
        err_prefix(&gave_up, "gave up waiting for %s", l->run->request->relation);
    }
    run_fail(l->run, &gave_up);
}

/* The last sweep may not leave a row: the chunk again, until nobody holds one. */
static void take_left(struct lane *l, int64_t left)
{
    const struct backfill_request *q = l->run->request;
    struct err e;

    if (run_is_ending(l->run) || wait_a_little(l))
        return;
    l->run->rows_left = left;
    err_set(&e, ERR_LOCK, "gave up waiting for rows of %s that are locked", q->relation);
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
    int64_t limit = l->run->request->settings->chunk_size, block;
    int line;

    if (limit > 0 && seen >= limit && sscanf(last_row, "(%" SCNd64 ",%d)", &block, &line) == 2)
        blocks_advance_to(&l->part->at, block, line);
    else
        blocks_advance(&l->part->at, l->run->ranges.passes, &l->chunk);
}

/* updated, moved, seen, last_row, ms. */
static void take_chunk(struct lane *l, const struct rows *rows)
{
    struct pace *pace = lane_pace(l) == &l->first ? &l->first : &l->later;
    int64_t updated = rows_int(rows, 0, 0), seen = rows_int(rows, 0, 2);
    struct run *r = l->run;

    r->rows += updated;
    r->ranges.rows_done += updated;
    r->chunks += updated > 0;
    r->chunk_rows += updated;
    l->uncounted = l->counting ? 0 : l->uncounted + updated;
    l->dirty = !r->request->sweep || l->uncounted > 0;
    if (l->chunk.block_to - l->chunk.block_from == pace->blocks)
        pace_add(pace, rows_double(rows, 0, 4));
    if (r->request->sweep && seen > updated) {
        take_left(l, seen - updated);
        return;
    }
    l->tries = 0;
    move_on(l, seen, rows_text(rows, 0, 3));
}

static void answered(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct lane *l = context;

    l->run->busy--;
    l->state = LANE_READY;
    if (e != NULL) {
        l->given_up = l->given_up || session_is_broken(s);
        take_error(l, e);
    } else if (rows_bool(rows, 0, 1)) {
        l->run->moved = true;
        l->placing = false;
    } else if (l->placing) {
        l->placing = l->dirty = false;
        l->uncounted = 0;
    } else {
        take_chunk(l, rows);
    }
    if (l->state != LANE_WAITING)
        lane_step(l);
}
