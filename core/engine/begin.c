#include "base/backoff.h"
#include "engine/context.h"

#include <math.h>
#include <string.h>

/*
 * How long the swap's message may hold its lock before it gives itself up: as long as a try for a lock may
 * hold up others by default; that is twice the time above which preflight refuses, and ten times what a plain
 * table takes on an idle server. Who accepted a long swap gets more, with head room for a busy server.
 */
static const double usual = 100, accepted = 250; /* ms */
static const double head_room = 5;

static bool set_budget(struct engine *g, const struct table *t, struct apply *a, struct err *e)
{
    const struct target_list narrow = targets_narrow(g, t);
    double predicted = 0;

    if (!settings_allows(g->settings, "long-swap"))
        return true;
    if (narrow.count > 0 && !catalog_swap_time(g->session, &narrow, &predicted, e))
        return false;
    a->swap_budget = fmax(accepted, head_room * predicted);
    return true;
}

double begin_patience(const struct engine *g)
{
    return backoff_patience(g->settings->lock_retries, g->settings->lock_timeout);
}

static void waiting(void *context, const char *who)
{
    struct engine *g = context;

    tell_notice(g, NULL, "waiting: another instance works on this table: %s", who);
}

static const char *application(struct arena *a, const char *phase, const struct table *t)
{
    return arena_printf(a, "pgwiden: %s %s", phase, t->targets[0].relation);
}

static bool name_session(struct session *s, struct arena *a, const char *name, struct err *e)
{
    const char *params[] = {name};

    return session_query(s, a, "SELECT set_config('application_name', $1, false)", 1, params, NULL, e);
}

/* The session that looks on is missed only by who waits for a lock: one that was lost is opened anew. */
static bool open_watch(struct engine *g, const struct table *t, struct apply *a, struct err *e)
{
    if (g->watch && session_is_broken(g->watch)) {
        session_close(g->watch);
        g->watch = NULL;
    }
    if (!g->watch && !session_open(g->loop, g->settings, application(g->arena, "watch", t),
                                   &g->session_listener, &g->watch, e))
        return false;
    a->watch = g->watch;
    return true;
}

bool begin_table(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    const struct state_wait wait = {
        .loop = g->loop, .patience = begin_patience(g), .waiting = waiting, .context = g};

    *a = (struct apply){
        .loop = g->loop,
        .session = g->session,
        .settings = g->settings,
        .listener = g->request->listener,
        .context = g->request->context,
        .target = t->name,
        .relation = t->targets[0].relation,
        .relid = t->targets[0].relid,
        .steering = {.gate = control_gate, .context = g},
        .swap_budget = usual
    };
    return open_watch(g, t, a, e) &&
           name_session(g->session, g->arena, application(g->arena, "start", t), e) &&
           state_lock(g->session, g->arena, a->relid, &wait, e) && targets_refresh(g, t, e) &&
           control_listen(g, t, e) && set_budget(g, t, a, e);
}

bool begin_phase(struct engine *g, struct table *t, struct apply *a, enum phase phase, struct err *e)
{
    const char *name = application(g->arena, phase_name(phase), t);

    a->phase = phase;
    a->conversion = t->conversion.id;
    return open_watch(g, t, a, e) && name_session(g->session, g->arena, name, e) &&
           name_session(g->watch, g->arena, name, e) && control_begin_phase(g, phase, name, e) &&
           state_set_phase(g->session, t->conversion.id, phase, false, e) &&
           plan_has(g->session, a->relid, &a->has, e);
}

bool begin_is_fresh(const struct engine *g, double since)
{
    static const double fresh = 2000; /* ms */

    return since > 0 && loop_now(g->loop) - since < fresh;
}

bool begin_capture(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    if (begin_is_fresh(g, t->captured))
        return true;
    if (!state_capture(g->session, a->relid, begin_patience(g), e) ||
        !plan_has(g->session, a->relid, &a->has, e))
        return false;
    t->captured = loop_now(g->loop);
    return true;
}

bool begin_overtaken(struct engine *g, struct table *t, int *times, struct err *e)
{
    enum { MOST = 6 };
    static const char *const states[] = {"42703", "42704", "42710"}; /* undefined column, object; duplicate */
    bool about_names = false;

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        about_names = about_names || strcmp(e->sqlstate, states[i]) == 0;
    if (!about_names || *times == MOST || loop_stopping(g->loop) || session_is_broken(g->session))
        return false;
    tell_notice(g, t->name, "%s; others are changing it: looks again", e->primary);
    loop_sleep(g->loop, backoff_pause((*times)++, backoff_random()));
    t->captured = 0;
    err_clear(e);
    return true;
}

bool begin_steps(struct apply *a, enum phase phase, struct err *e)
{
    for (int i = 0; i < step_count; i++)
        if (steps[i].phase == phase && (steps[i].mode == STEP_ALONE || steps[i].mode == STEP_TOGETHER) &&
            !apply_step(a, &steps[i], e))
            return false;
    return true;
}

/*
 * A build waits for every older snapshot, and a statement that waits for the build's own lock (ALTER TABLE)
 * has one: the server ends one of the two, mostly the build. Built anew, it meets that statement no more.
 */
static bool lost_a_deadlock(struct engine *g, const struct table *t, int build, struct err *e)
{
    static const int builds = 3; /* each may have taken hours */

    if (strcmp(e->sqlstate, "40P01") != 0 || session_is_broken(g->session))
        return false;
    if (build == builds) {
        e->kind = ERR_LOCK;
        return false;
    }
    tell_notice(g, t->name, "%s; it is dropped and built again", e->primary);
    loop_sleep(g->loop, backoff_pause(build, backoff_random()));
    return true;
}

bool begin_indexes(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    for (int build = 0;; build++) {
        if (begin_steps(a, PHASE_INDEX, e))
            return true;
        if (!lost_a_deadlock(g, t, build, e))
            return false;
        err_clear(e);
    }
}
