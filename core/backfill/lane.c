#include "backfill/lane.h"

#include "backfill/signals.h"
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
    if (!session_query(l->session, NULL, sql_backfill_session, 0, NULL, NULL, e) ||
        !session_prepare(l->session, "chunk_text", sql_backfill_chunk, e) ||
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
    l->dirty = false;
    l->tries = 0;
    l->placed_at = loop_now(l->run->request->loop);
}

const struct pace *lane_pace(const struct lane *l)
{
    if (l->part != NULL && l->part->at.pass == 0 && l->part->leaf->passes > 1)
        return &l->first;
    return &l->later;
}

/* ---- sending ---- */

static void answered(void *context, struct session *s, const struct rows *rows, const struct err *e);

/* A statement's parameters as text: TIDs and numbers. */
struct params {
    char text[10][32];
    const char *values[10];
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

static void put_ms(struct params *p, int i, double ms)
{
    snprintf(p->text[i], sizeof(p->text[i]), "%.3f", ms);
    p->values[i] = p->text[i];
}

static void send_text(struct lane *l)
{
    struct params p = {.values = {NULL}};

    put(&p, 0, l->part->leaf->relid);
    put(&p, 1, l->run->request->conversion);
    p.values[2] = is_exact(l->run) ? "t" : "f";
    session_send(l->session, "chunk_text", true, 3, p.values, answered, l);
}

static void send_chunk(struct lane *l)
{
    const struct chunk *c = &l->chunk;
    struct params p = {.values = {NULL}};

    put_row(&p, 0, c->block_from, c->line_from);
    put_row(&p, 1, c->block_to, 0);
    put(&p, 2, l->part->leaf->filenode);
    put(&p, 3, c->mask);
    put(&p, 4, c->remainder);
    if (l->run->request->settings->chunk_size > 0)
        put(&p, 5, l->run->request->settings->chunk_size);
    session_send(l->session, "chunk", true, 6, p.values, answered, l);
}

/* The position in a transaction of its own: all before it is committed by then. */
static void send_place(struct lane *l)
{
    struct run *r = l->run;
    const struct position *at = &l->part->at;
    double now = loop_now(r->request->loop);
    struct params p = {.values = {NULL}};

    put(&p, 0, r->request->conversion);
    if (!r->request->sweep)
        put(&p, 1, l->part->number); /* the last sweep only counts its rows */
    put(&p, 2, l->part->leaf->relid);
    put(&p, 3, l->part->leaf->filenode);
    put(&p, 4, at->window_start);
    put(&p, 5, at->pass);
    put(&p, 6, at->block);
    put(&p, 7, at->line_pointer);
    put(&p, 8, l->uncounted);
    put_ms(&p, 9, r->request->sweep ? 0 : now - r->counted_at);
    r->counted_at = l->placed_at = now;
    session_send(l->session, "place", true, 10, p.values, answered, l);
}

static void send_message(struct lane *l, enum message message)
{
    static void (*const senders[])(struct lane *) = {[MESSAGE_TEXT] = send_text,
                                                     [MESSAGE_PREPARE] = send_text,
                                                     [MESSAGE_CHUNK] = send_chunk,
                                                     [MESSAGE_PLACE] = send_place};

    l->message = message == MESSAGE_PREPARE ? MESSAGE_TEXT : message;
    l->state = LANE_BUSY;
    l->run->busy++;
    senders[message](l);
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

/* What to do next with the part. */
static enum message next_message(struct lane *l)
{
    const struct run *r = l->run;

    if (l->prepared != l->part->leaf->relid)
        return MESSAGE_TEXT;
    if (!r->request->sweep && l->dirty && loop_now(r->request->loop) - l->placed_at >= PLACE_MS)
        return MESSAGE_PLACE;
    l->chunk = blocks_chunk(&l->part->at, l->part->leaf->passes,
                            signals_blocks(r->request->signals, lane_pace(l)->blocks));
    return MESSAGE_CHUNK;
}

/* No chunk begins before the signals allow it. */
static bool is_held(struct lane *l, enum message message)
{
    double ms = message == MESSAGE_CHUNK ? signals_wait(l->run->request->signals) : 0;

    if (ms <= 0)
        return false;
    l->retry_at = loop_now(l->run->request->loop) + ms;
    l->state = LANE_HELD;
    l->run->wake = true;
    return true;
}

void lane_step(struct lane *l)
{
    bool ending = run_is_ending(l->run);
    enum message message;

    if (l->state == LANE_WAITING && (!ending || l->message == MESSAGE_PLACE)) {
        send_message(l, l->message);
        return;
    }
    if (l->part != NULL && (ending || blocks_done(&l->part->at))) {
        if (l->dirty && !l->given_up) {
            send_message(l, MESSAGE_PLACE);
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
        send_message(l, message);
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

bool lane_may_repeat(const struct err *e)
{
    static const char *const states[] = {"40001", "40P01", "55P03"};

    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(e->sqlstate, states[i]) == 0)
            return true;
    return false;
}

/* Dropped, detached and dropped, renamed; or its column is not there. */
static bool is_lost(const struct err *e)
{
    static const char *const states[] = {"42P01", "42703", "3F000"};

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
    int64_t limit = l->run->request->settings->chunk_size, block;
    int line;

    if (limit > 0 && seen >= limit && sscanf(last_row, "(%" SCNd64 ",%d)", &block, &line) == 2)
        blocks_advance_to(&l->part->at, block, line);
    else
        blocks_advance(&l->part->at, l->part->leaf->passes, &l->chunk);
}

/* The text of the leaf's chunk; the one of the leaf before is not needed any more. */
static void take_text(struct lane *l, const struct rows *rows)
{
    struct arena *a;
    struct err e;

    if (rows->count == 0) {
        err_set(&e, ERR_FAILED, "the shadow columns of %s do not exist", l->part->leaf->name);
        look_again(l, &e);
        return;
    }
    a = arena_new();
    l->message = MESSAGE_PREPARE;
    l->state = LANE_BUSY;
    l->run->busy++;
    session_send_script(l->session,
                        arena_printf(a, "%sPREPARE chunk AS %s", l->has_chunk ? "DEALLOCATE chunk; " : "",
                                     rows_text(rows, 0, 0)),
                        answered, l);
    l->has_chunk = false; /* until it is known that there is one */
    arena_free(a);
}

static void take_prepared(struct lane *l, const struct rows *rows)
{
    (void)rows;
    l->has_chunk = true;
    l->prepared = l->part->leaf->relid;
    l->tries = 0;
}

static void take_place(struct lane *l, const struct rows *rows)
{
    l->dirty = false;
    l->uncounted = 0;
    l->tries = 0;
    l->run->changed = l->run->changed || rows->count == 0 || rows_bool(rows, 0, 0);
}

/* updated, moved, seen, last_row, ms. */
static void take_chunk(struct lane *l, const struct rows *rows)
{
    struct pace *pace = lane_pace(l) == &l->first ? &l->first : &l->later;
    int64_t updated = rows_int(rows, 0, 0), seen = rows_int(rows, 0, 2);
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
    signals_count(r->request->signals, updated, l->chunk.block_to - l->chunk.block_from);
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
    static void (*const takers[])(struct lane *, const struct rows *) = {[MESSAGE_TEXT] = take_text,
                                                                         [MESSAGE_PREPARE] = take_prepared,
                                                                         [MESSAGE_CHUNK] = take_chunk,
                                                                         [MESSAGE_PLACE] = take_place};
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
