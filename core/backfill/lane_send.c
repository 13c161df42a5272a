#include "backfill/lane.h"
#include "backfill/signals.h"
#include "base/arena.h"
#include "io/loop.h"
#include "sql.h"

#include <inttypes.h>
#include <stdio.h>

#define PAGES_READ 16 /* of a window, to see what its pages look like */

/* A statement's parameters as text. */
struct params {
    char text[13][32];
    const char *values[13];
};

static void put(struct params *p, int i, int64_t value)
{
    snprintf(p->text[i], sizeof(p->text[i]), "%" PRId64, value);
    p->values[i] = p->text[i];
}

static void put_double(struct params *p, int i, double value)
{
    snprintf(p->text[i], sizeof(p->text[i]), "%.3f", value);
    p->values[i] = p->text[i];
}

bool lane_is_exact(const struct lane *l)
{
    return l->run->request->sweep || l->run->request->settings->chunk_size > 0;
}

bool lane_is_touching(const struct lane *l)
{
    return lane_is_swept(l) && l->rest && sweep_is_stuck(&l->run->sweep);
}

static void send_text(struct lane *l)
{
    struct params p = {.values = {NULL}};

    put(&p, 0, l->part->leaf->relid);
    put(&p, 1, l->run->request->conversion);
    l->exact = lane_is_exact(l);
    l->touching = lane_is_touching(l);
    p.values[2] = l->exact ? "t" : "f";
    p.values[3] = l->touching ? "t" : "f";
    session_send(l->session, "chunk_text", true, 4, p.values, lane_answered, l);
}

static void send_horizon(struct lane *l)
{
    const struct backfill_request *q = l->run->request;
    struct params p = {.values = {NULL}};

    put(&p, 0, signals_process(q->signals));
    l->run->looked_at = loop_now(q->loop);
    session_send(l->session, "horizon", true, 1, p.values, lane_answered, l);
}

static void send_page(struct lane *l)
{
    const struct position *at = &l->part->at;
    int64_t to =
        at->window_start + BLOCKS_WINDOW < at->block_to ? at->window_start + BLOCKS_WINDOW : at->block_to;
    struct params p = {.values = {NULL}};

    put(&p, 0, at->window_start);
    put(&p, 1, to);
    put(&p, 2, (to - at->window_start + PAGES_READ - 1) / PAGES_READ);
    session_send(l->session, "page", true, 3, p.values, lane_answered, l);
}

/* "{"(0,1)","(1,1)"}": where the scans of a chunk begin, or end (exclusive). */
static const char *tids(struct arena *a, const struct chunk *c, bool whole, bool ends)
{
    const size_t longest = sizeof("\"(4294967295,65535)\",");
    int64_t from = whole && ends ? c->block_to - 1 : c->block_from;
    int64_t to = whole && !ends ? c->block_from + 1 : c->block_to;
    char *text = arena_alloc(a, (size_t)(to - from) * longest + 2), *at = text;

    for (int64_t block = from; block < to; block++) {
        int line = ends ? c->line_to : block == c->block_from ? c->line_first : c->line_from;
        at += snprintf(at, longest + 1, "%c\"(%" PRId64 ",%d)\"", block == from ? '{' : ',', block, line);
    }
    *at++ = '}';
    *at = '\0';
    return text;
}

static void send_chunk(struct lane *l)
{
    const struct chunk *c = &l->chunk;
    bool whole = l->part->at.pass >= l->part->passes.count - 1;
    struct arena *a = arena_new();
    struct params p = {
        .values = {tids(a, c, whole, false), tids(a, c, whole, true)}
    };

    put(&p, 2, l->part->leaf->filenode);
    l->limit = l->exact ? l->run->request->settings->chunk_size : 0;
    if (l->limit > 0)
        put(&p, 3, l->limit);
    session_send(l->session, "chunk", true, 4, p.values, lane_answered, l);
    arena_free(a);
}

/* The position in a transaction of its own: all before it is committed by then. */
static void send_place(struct lane *l)
{
    struct run *r = l->run;
    const struct position *at = &l->part->at;
    double now = loop_now(r->request->loop);
    char text[SWEEP_TEXT * 2];
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
    put_double(&p, 9, r->request->sweep ? 0 : now - r->counted_at);
    put(&p, 10, l->uncounted_hot);
    p.values[11] = sweep_text(&r->sweep, text, sizeof(text));
    put_double(&p, 12, blocks_swept(at, &l->part->passes));
    r->counted_at = l->placed_at = now;
    session_send(l->session, "place", true, 13, p.values, lane_answered, l);
}

void lane_send(struct lane *l, enum message message)
{
    static void (*const senders[])(struct lane *) = {
        [MESSAGE_TEXT] = send_text, [MESSAGE_PREPARE] = send_text, [MESSAGE_HORIZON] = send_horizon,
        [MESSAGE_PAGE] = send_page, [MESSAGE_CHUNK] = send_chunk,  [MESSAGE_PLACE] = send_place};

    l->message = message == MESSAGE_PREPARE ? MESSAGE_TEXT : message;
    l->state = LANE_BUSY;
    l->run->busy++;
    senders[message](l);
}

void lane_send_prepare(struct lane *l, const char *chunk, const char *page)
{
    struct arena *a = arena_new();

    l->message = MESSAGE_PREPARE;
    l->state = LANE_BUSY;
    l->run->busy++;
    session_send_script(l->session,
                        arena_printf(a, "%sPREPARE chunk AS %s; PREPARE page AS %s",
                                     l->has_chunk ? "DEALLOCATE chunk; DEALLOCATE page; " : "", chunk, page),
                        lane_answered, l);
    l->has_chunk = false; /* until it is known that there is one */
    arena_free(a);
}
