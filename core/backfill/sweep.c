#include "backfill/sweep.h"

#include "backfill/blocks.h"
#include "base/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND      1000.0
#define PASS_MS     0.02 /* for a block in a pass, until it is measured: rows of 96 bytes, three indexes */
#define SINGLE_COST 2.5  /* a row in one pass costs so much more than in many, until it is measured */
#define FEW_SAMPLES 3    /* do not tell how long snapshots live */
#define HEAD_ROOM   1.25 /* the oldest snapshot that was seen is not the oldest there was */
#define WORTH       1.1  /* the passes have to win by that */
#define COLD_SHARE  0.25 /* fewer HOT updates than that: pages are not pruned */
#define COLD_ROWS   3.0  /* of a page: most of the second pass; a hiccup of a few chunks does not count */
#define DENSE_ROWS  3.0  /* of a page: with fewer, most of the time is that of looking at pages */
#define FIRST_AGAIN (0.25 * SECOND)
#define TRY_AGAIN   (5 * SECOND)
#define DOUBLINGS   5
#define WARMS       16
#define PATIENCE                                                                                             \
    SECOND /* for a small window: most snapshots are gone by then, and its rest in one pass costs that */
#define PATIENCE_MAX (10 * SECOND)
#define HICCUP       50
#define STUCK        SECOND
#define OFTEN_FREE   0.4 /* of the looks found nobody: passes are begun when nobody is there */
#define SMOOTH       0.3

void sweep_init(struct sweep *s)
{
    *s = (struct sweep){.most = BLOCKS_WINDOW, .pass_ms = PASS_MS, .factor = 1, .window = BLOCKS_WINDOW};
}

void sweep_share(struct sweep *s, int64_t most)
{
    s->most = most < BLOCKS_WINDOW ? BLOCKS_WINDOW : most;
}

/*
 * How long the oldest snapshot may be there: since its xid was the next one, and no longer than its
 * transaction. What is older than can be remembered is at least that old.
 */
static double held(const struct sweep *s, double now, const struct horizon *h)
{
    double since = -1, first = now;

    if (h->oldest >= h->next)
        return 0;
    for (int i = 0; i < s->seen && i < SWEEP_XIDS; i++) {
        first = fmin(first, s->xids[i].at);
        if (s->xids[i].next <= h->oldest && s->xids[i].at > since)
            since = s->xids[i].at;
    }
    if (since < 0)
        return h->seconds >= 0 ? h->seconds * SECOND : now - first;
    return h->seconds >= 0 ? fmin(h->seconds * SECOND, now - since) : now - since;
}

/* Looks come more often than a sample is kept: snapshots that take turns once a second are not always seen at
 * the same age. */
void sweep_see(struct sweep *s, double now, const struct horizon *h)
{
    int last = (s->seen + SWEEP_SAMPLES - 1) % SWEEP_SAMPLES;

    s->held = held(s, now, h);
    s->visible = h->visible;
    snprintf(s->who, sizeof(s->who), "%s", h->who);
    if (s->seen > 0 && now - s->xids[(s->seen - 1) % SWEEP_XIDS].at < SECOND) {
        if (s->held > s->gaps[last]) {
            s->gaps[last] = s->held;
            s->holders[last] = h->oldest;
        }
        return;
    }
    s->gaps[s->seen % SWEEP_SAMPLES] = s->held;
    s->holders[s->seen % SWEEP_SAMPLES] = h->oldest;
    s->found[s->seen % SWEEP_SAMPLES] = s->held > HICCUP;
    s->xids[s->seen % SWEEP_XIDS].at = now;
    s->xids[s->seen % SWEEP_XIDS].next = h->next;
    s->seen++;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static int samples(const struct sweep *s)
{
    return s->seen < SWEEP_SAMPLES ? s->seen : SWEEP_SAMPLES;
}

/* All samples that found somebody found the same snapshot. */
static bool came_once(const struct sweep *s)
{
    int64_t holder = -1;

    for (int i = 0; i < samples(s); i++) {
        if (s->gaps[i] <= HICCUP)
            continue;
        if (holder >= 0 && holder != s->holders[i])
            return false;
        holder = s->holders[i];
    }
    return true;
}

/*
 * How old the oldest snapshot is most of the time: three of four samples are younger. One that came once, or
 * lived longer than samples are kept, is not expected again.
 */
static double usual(const struct sweep *s)
{
    double sorted[SWEEP_SAMPLES];
    int count = samples(s);

    if (count == 0 || came_once(s))
        return 0;
    for (int i = 0; i < count; i++)
        sorted[i] = s->gaps[i] <= SWEEP_SAMPLES * SECOND ? s->gaps[i] : 0;
    qsort(sorted, (size_t)count, sizeof(sorted[0]), compare);
    return sorted[count * 3 / 4] * HEAD_ROOM;
}

static double gap(const struct sweep *s)
{
    return fmax(usual(s), s->held * HEAD_ROOM);
}

/* Nobody is there, and that is often so. */
static bool is_free(const struct sweep *s)
{
    int found = 0;

    for (int i = 0; i < samples(s); i++)
        found += s->found[i];
    return s->held <= HICCUP && samples(s) - found >= OFTEN_FREE * samples(s);
}

/* How far apart passes are without waiting. */
static double apart(const struct sweep *s, int64_t blocks)
{
    return (double)blocks * (s->pass_ms + s->throttled_ms);
}

/* So old a snapshot is too old for passes so far apart. */
static double too_old(const struct sweep *s)
{
    return fmax(fmax(s->gap, apart(s, s->window)), HICCUP);
}

static bool is_overtaken(const struct sweep *s)
{
    return !s->single && s->held > too_old(s);
}

/* The larger the window, the dearer its rest in one pass. */
static double patience(const struct sweep *s)
{
    return fmin(fmax((double)s->window / BLOCKS_WINDOW, 1) * PATIENCE, PATIENCE_MAX);
}

/* For one snapshot, or for several in one window. */
static bool is_too_much(const struct sweep *s, double now)
{
    return s->overtaken > 0 && fmax(now - s->overtaken, s->waited + now - s->waiting) >= patience(s);
}

bool sweep_waits(struct sweep *s, double now)
{
    if (!is_overtaken(s)) {
        s->waited += s->overtaken > 0 ? now - s->waiting : 0;
        s->overtaken = 0;
        return false;
    }
    /* one that was there for long when it was found is not expected to be gone in a moment */
    if (s->overtaken == 0) {
        s->overtaken = fmax(now - (s->held - too_old(s)), 1);
        s->waiting = now;
    }
    s->excused = true;
    return !is_too_much(s, now);
}

bool sweep_is_stuck(const struct sweep *s)
{
    return s->single && gap(s) > STUCK;
}

bool sweep_has_lost(const struct sweep *s, double now)
{
    return is_overtaken(s) && is_too_much(s, now);
}

static int64_t limit(int64_t value, int64_t least, int64_t most)
{
    return value > most ? most : value < least ? least : value;
}

static struct sweep_choice chosen(struct sweep *s, bool single, int64_t window, double wait)
{
    s->single = single;
    s->window = window;
    s->gap = wait;
    s->excused = false;
    s->overtaken = s->waited = 0;
    return (struct sweep_choice){.single = single, .window = window, .gap = wait};
}

void sweep_throttle(struct sweep *s, int64_t blocks, double ms)
{
    if (blocks > 0)
        s->throttled_ms = ms / (double)blocks;
}

struct sweep_choice sweep_choose(struct sweep *s, double now, double rows, int passes, int64_t blocks_left)
{
    int64_t most = blocks_left < s->most ? blocks_left : s->most;
    double wait = gap(s), needed = ceil(wait / apart(s, 1)), ms, row_ms;
    int64_t window, blocks;

    if (passes < 2 || now < s->single_until)
        return chosen(s, true, BLOCKS_WINDOW, 0);
    if (samples(s) < FEW_SAMPLES)
        most = BLOCKS_WINDOW;
    window = limit(needed < (double)most ? (int64_t)needed : most, BLOCKS_WINDOW, s->most);
    window = limit(window * s->factor, BLOCKS_WINDOW, s->most);
    if (wait <= apart(s, BLOCKS_WINDOW))
        return chosen(s, false, window, 0);
    blocks = window < blocks_left ? window : blocks_left;
    ms = ((double)blocks * s->pass_ms + fmax(wait - apart(s, blocks), 0)) * passes;
    row_ms = s->single_ms > 0 ? s->single_ms : SINGLE_COST * s->pass_ms * passes / rows;
    if (ms * WORTH <= row_ms * rows * (double)blocks)
        return chosen(s, false, window, wait);
    return chosen(s, !is_free(s), BLOCKS_WINDOW, 0);
}

bool sweep_is_cold(const struct sweep_result *r)
{
    return !r->single && (double)r->again >= COLD_ROWS * (double)r->blocks &&
           (double)r->again_hot < COLD_SHARE * (double)r->again;
}

void sweep_give_up(struct sweep *s)
{
    s->single = true;
    s->cold = !s->excused;
}

static void smooth(double *value, double sample)
{
    *value = *value > 0 ? *value + SMOOTH * (sample - *value) : sample;
}

/* Larger windows help against what can't be seen, up to a point; then one pass for a while, longer each time.
 */
static void try_larger(struct sweep *s, double now)
{
    double pause = TRY_AGAIN;

    s->cold = true;
    s->warms = 0;
    if (s->window < s->most && s->factor * BLOCKS_WINDOW < s->most) {
        s->factor *= 2;
        return;
    }
    if (s->colds < DOUBLINGS)
        pause = FIRST_AGAIN * (double)(1 << s->colds);
    s->colds++;
    s->single_until = now + pause;
}

/* What was too small once is not tried again at once. */
static void try_smaller(struct sweep *s)
{
    s->cold = false;
    s->colds = 0;
    if (s->factor > 1 && ++s->warms % WARMS == 0)
        s->factor /= 2;
}

void sweep_learn(struct sweep *s, double now, const struct sweep_result *r)
{
    s->rows += r->rows;
    s->hot += r->again_hot + r->first_hot;
    if (r->rows == 0 || s->excused)
        return;
    if (r->single) {
        if ((double)r->rows >= DENSE_ROWS * (double)r->blocks)
            smooth(&s->single_ms, r->ms / (double)r->rows);
        return;
    }
    if (sweep_is_cold(r)) {
        try_larger(s, now);
        return;
    }
    try_smaller(s);
    smooth(&s->pass_ms, r->ms / (double)r->blocks / r->passes);
}

double sweep_hot(const struct sweep *s)
{
    return s->rows > 0 ? (double)s->hot / (double)s->rows : -1;
}

const char *sweep_text(const struct sweep *s, char *buf, int size)
{
    char count[32], age[32];

    buf[0] = '\0';
    if (s->single && s->held > 0 && gap(s) > apart(s, BLOCKS_WINDOW))
        snprintf(buf, (size_t)size, "one pass: %s has held back the xmin horizon for %s", s->who,
                 units_print_duration(s->held / SECOND, age, sizeof(age)));
    else if (s->single && s->cold)
        snprintf(buf, (size_t)size, "one pass: row versions can't be removed%s",
                 s->visible ? "" : " (horizon not visible: needs pg_monitor)");
    else if (s->overtaken > 0)
        snprintf(buf, (size_t)size, "waiting: %s has held back the xmin horizon for %s", s->who,
                 units_print_duration(s->held / SECOND, age, sizeof(age)));
    else if (!s->single && s->window > BLOCKS_WINDOW)
        snprintf(buf, (size_t)size, "windows of %s blocks, for snapshots of up to %s",
                 units_print_count(s->window, count, sizeof(count)),
                 units_print_duration(gap(s) / SECOND, age, sizeof(age)));
    return buf;
}
