#include "backfill/lane.h"
#include "io/loop.h"

#define SINGLE_MS 1000

void lane_begin_window(struct lane *l, double rows, double lines)
{
    struct run *r = l->run;
    struct part *p = l->part;
    struct sweep_choice choice;
    double now = loop_now(r->request->loop);

    l->page.rows = rows;
    l->page.lines = lines > rows ? lines : rows;
    passes_single(&p->passes);
    if (rows > 0)
        passes_plan(&l->page, &p->passes);
    l->planned = p->passes.count;
    choice = sweep_choose(&r->sweep, now, rows, p->passes.count, p->at.block_to - p->at.window_start);
    if (choice.single)
        passes_single(&p->passes);
    blocks_window(&p->at, choice.window, &p->passes);
    l->rest = p->at.pass == p->passes.count - 1;
    l->window = (struct sweep_result){
        .single = l->rest, .passes = p->passes.count, .blocks = p->at.window_end - p->at.window_start};
    l->first = 0;
    l->gap = choice.gap;
    l->pass_began = now;
    l->throttled = 0;
}

void lane_count(struct lane *l, int64_t updated, int64_t hot, double ms)
{
    l->window.rows += updated;
    l->window.ms += ms;
    if (hot < 0)
        return;
    if (l->part->at.pass == 0) {
        l->first += updated;
        l->window.first_hot += hot;
    } else {
        l->window.again += updated;
        l->window.again_hot += hot;
    }
}

/* Rows of the first pass that stayed on their page found room there: the next window's may be more. */
static void learn_room(struct lane *l)
{
    double share, tried = l->window.single ? l->page.rows : l->part->passes.from[1] - 1;

    if (tried < 1 || l->first == 0)
        return;
    share = (double)l->window.first_hot / (double)l->first;
    if (share > 0.9) {
        l->page.room = l->page.room * 2 > tried && !l->window.single ? l->page.room * 2 : tried;
        return;
    }
    /* one pass for all of them was too much, or for pages that had more room than these have */
    l->page.room = l->page.room > tried ? tried : l->page.room;
    l->page.room += (share * tried - l->page.room) / 2;
}

/* The many passes that one pass stands for would have shared what held it. */
static void tell_throttled(struct lane *l)
{
    const struct sweep_result *w = &l->window;

    if (l->planned > 1 && (w->passes == 1 || !l->rest))
        sweep_throttle(&l->run->sweep, w->passes == 1 ? w->blocks * l->planned : w->blocks, l->throttled);
    l->throttled = 0;
}

static void end_window(struct lane *l)
{
    tell_throttled(l);
    learn_room(l);
    if (!l->run->request->sweep)
        sweep_learn(&l->run->sweep, loop_now(l->run->request->loop), &l->window);
}

/* What the last pass has left must be old enough to be pruned. */
static void end_pass(struct lane *l)
{
    double now = loop_now(l->run->request->loop);

    if (now >= l->pass_began + l->gap) {
        l->pass_began = now;
        return;
    }
    l->retry_at = l->pass_began += l->gap;
    l->state = LANE_HELD;
    l->run->wake = true;
}

void lane_give_up(struct lane *l)
{
    sweep_give_up(&l->run->sweep);
    if (!blocks_has_window(&l->part->at))
        return;
    l->rest = l->rest || l->part->at.pass < l->part->passes.count - 1;
    blocks_finish_window(&l->part->at, &l->part->passes);
}

/* One pass for a while, then it is looked whether that is still right: with throttles a window takes long. */
static bool is_long(const struct lane *l)
{
    return l->window.passes == 1 && loop_now(l->run->request->loop) - l->pass_began >= SINGLE_MS;
}

void lane_end_chunk(struct lane *l, const struct position *before)
{
    struct position *at = &l->part->at;

    if (at->window_start != before->window_start) {
        end_window(l);
    } else if (is_long(l)) {
        l->window.blocks = at->block - at->window_start;
        end_window(l);
        blocks_end_window(at);
    } else if (sweep_is_cold(&l->window)) {
        lane_give_up(l);
    } else if (at->pass != before->pass) {
        tell_throttled(l);
        end_pass(l);
    }
}
