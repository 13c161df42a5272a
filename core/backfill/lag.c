#include "backfill/lag.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAUGHT_UP_MS 10000 /* so long below half the limits while our work went on */

static bool is_key(const char *key, const char *other)
{
    return strncmp(key, other, LAG_NAME_MAX - 1) == 0;
}

static struct peer *known(struct lag *l, const char *key)
{
    for (int i = 0; i < l->count; i++)
        if (is_key(l->peers[i].key, key))
            return &l->peers[i];
    return NULL;
}

static struct peer *find(struct lag *l, const struct lag_row *row, double now)
{
    struct peer *p = known(l, row->key);

    if (p != NULL)
        return p;
    if (l->count == l->room) {
        int room = 2 * l->room + 4;
        struct peer *longer = realloc(l->peers, (size_t)room * sizeof(*longer));
        if (longer == NULL)
            abort();
        l->peers = longer;
        l->room = room;
    }
    p = &l->peers[l->count++];
    *p = (struct peer){.slot = row->slot, .first_seen = now, .below_since = -1};
    snprintf(p->name, sizeof(p->name), "%s", row->name);
    snprintf(p->key, sizeof(p->key), "%s", row->key);
    return p;
}

/*
 * The server's figure stands still between two messages of the standby, which come seldom while no WAL is
 * written: what was seen of the WAL's way bounds it. A standby that hangs sends none at all: what it has not
 * written to its disk shows that.
 */
static double seconds_of(const struct lag *l, const struct lag_row *row)
{
    double seconds = row->seconds;

    if (row->replayed >= 0)
        seconds = fmin(seconds, history_at_most(&l->history, row->replayed));
    if (!row->slot && row->flushed >= 0)
        seconds = fmax(seconds, history_at_least(&l->history, row->flushed));
    return seconds;
}

/* What it is behind by more than our time is older than our work. */
static bool lagged_before(const struct peer *p, double now, const struct lag_limits *limits)
{
    bool first = p->first_seen == now;

    return (limits->seconds > 0 && p->seconds - (now - p->first_seen) / 1000 >= limits->seconds) ||
           (limits->bytes > 0 && first && p->bytes >= limits->bytes);
}

static bool has_caught_up(struct peer *p, double now, const struct lag_limits *limits)
{
    bool below = (limits->seconds <= 0 || p->seconds < limits->seconds / 2) &&
                 (limits->bytes <= 0 || p->bytes < limits->bytes / 2);

    if (!below || limits->holding)
        p->below_since = -1;
    else if (p->below_since < 0)
        p->below_since = now;
    return p->below_since >= 0 && now - p->below_since >= CAUGHT_UP_MS;
}

static void judge(struct peer *p, double now, const struct lag_limits *limits)
{
    bool left_out = p->left_out ? !has_caught_up(p, now, limits) : lagged_before(p, now, limits);

    if (p->left_out && !left_out)
        p->first_seen = now;
    p->changed = p->changed || left_out != p->left_out;
    p->left_out = left_out;
}

static void look_at(struct lag *l, double now, const struct lag_row *row, const struct lag_limits *limits)
{
    struct peer *p = find(l, row, now);
    double seconds = seconds_of(l, row);
    bool again = p->seen == now; /* two connections of one name: the worse one counts */

    p->seconds = again ? fmax(p->seconds, seconds) : seconds;
    p->bytes = again && p->bytes > row->bytes ? p->bytes : row->bytes;
    p->seen = now;
    judge(p, now, limits);
}

/* One that is ignored from now on is not missed. */
static void forget(struct lag *l, const struct lag_row *row)
{
    for (int i = 0; i < l->count; i++)
        if (is_key(l->peers[i].key, row->key))
            l->peers[i--] = l->peers[--l->count];
}

static bool is_here(const struct lag_row *rows, int count, const char *key)
{
    for (int i = 0; i < count; i++)
        if (is_key(rows[i].key, key))
            return true;
    return false;
}

/* A standby that comes back from another address is the one of its name that is gone. */
static void recognize(struct lag *l, const struct lag_row *rows, int count)
{
    for (int i = 0; i < count; i++) {
        const struct lag_row *row = &rows[i];
        for (int j = 0; !row->slot && known(l, row->key) == NULL && j < l->count; j++) {
            struct peer *p = &l->peers[j];
            if (!p->slot && strcmp(p->name, row->name) == 0 && !is_here(rows, count, p->key))
                snprintf(p->key, sizeof(p->key), "%s", row->key);
        }
    }
}

static void look_at_all(struct lag *l, double now, const struct lag_row *rows, int count,
                        const struct lag_limits *limits, struct lag_verdict *v)
{
    for (int i = 0; i < l->count; i++)
        l->peers[i].changed = false;
    for (int i = 0; i < count; i++) {
        if (rows[i].ignored) {
            forget(l, &rows[i]);
            continue;
        }
        v->hidden = v->hidden || rows[i].hidden;
        v->hidden_bytes = v->hidden_bytes || rows[i].bytes < 0;
        if (rows[i].bytes >= 0)
            look_at(l, now, &rows[i], limits);
    }
}

static void compare(struct lag_verdict *v, const struct peer *p)
{
    if (v->slowest == NULL || p->seconds > v->seconds) {
        v->slowest = p;
        v->seconds = p->seconds;
    }
    if (v->farthest == NULL || p->bytes > v->bytes) {
        v->farthest = p;
        v->bytes = p->bytes;
    }
}

struct lag_verdict lag_look(struct lag *l, double now, int64_t here, const struct lag_row *rows, int count,
                            const struct lag_limits *limits)
{
    struct lag_verdict v = {.seconds = 0};

    history_add(&l->history, now, here);
    recognize(l, rows, count);
    look_at_all(l, now, rows, count, limits, &v);
    for (int i = 0; i < l->count; i++) {
        const struct peer *p = &l->peers[i];
        if (p->left_out)
            continue;
        if (p->seen >= now)
            compare(&v, p);
        else if (!p->slot)
            v.gone = p;
    }
    return v;
}

void lag_forget_gone(struct lag *l, double now)
{
    int kept = 0;

    for (int i = 0; i < l->count; i++)
        if (l->peers[i].seen >= now)
            l->peers[kept++] = l->peers[i];
    l->count = kept;
}

void lag_free(struct lag *l)
{
    free(l->peers);
    *l = (struct lag){.count = 0};
}
