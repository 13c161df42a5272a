/*
 * Before the swap's message: who decides, and when. While it waits the proof is kept fresh: what others
 * change on the table is caught up with, and a copy trigger that was switched off is put right, within about
 * a second.
 */
#include "base/units.h"
#include "engine/context.h"

#include <string.h>

enum obstacle { OBSTACLE_NONE, OBSTACLE_ANSWER, OBSTACLE_PAUSE, OBSTACLE_HOLD, OBSTACLE_WINDOW };

struct wait {
    enum obstacle told; /* for which it waits, as told and written down */
    char fingerprint[FINGERPRINT_SIZE];
    double looked; /* loop_now() */
};

static const double look_each = 1000, look_again = 5000; /* ms; after a lock that was not got */

static bool is_held(const struct engine *g)
{
    enum control_swap said = g->ear.heard.swap;

    return said == CONTROL_SWAP_HOLD || (g->settings->hold_swap && said != CONTROL_SWAP_GO);
}

/* Of those that are set from outside. */
static enum obstacle obstacle(const struct engine *g)
{
    if (g->settings->paused_since > 0)
        return OBSTACLE_PAUSE;
    if (is_held(g))
        return OBSTACLE_HOLD;
    return settings_in_window(&g->settings->swap_window, g->ear.heard.minute) ? OBSTACLE_NONE
                                                                              : OBSTACLE_WINDOW;
}

bool decide_goes(void *context, struct err *e)
{
    struct engine *g = context;

    if (obstacle(g) == OBSTACLE_NONE)
        return true;
    err_set(e, ERR_DECISION, "the swap waits again");
    return err_code(e, "held");
}

static void tell_ready(struct engine *g, struct table *t)
{
    struct event ready = {.kind = EVENT_READY, .target = t->name};

    if (!t->ready)
        tell(g, &ready);
    t->ready = true;
}

/* For status. */
static const char *waits_for(struct engine *g, enum obstacle o)
{
    char window[32];

    switch (o) {
    case OBSTACLE_ANSWER:
        return "an answer";
    case OBSTACLE_PAUSE:
        return "resume";
    case OBSTACLE_HOLD:
        return "swap=go";
    case OBSTACLE_WINDOW:
        units_give_window(g->settings->swap_window.from, g->settings->swap_window.to, window, sizeof window);
        return arena_printf(g->arena, "swap-window %s", window);
    case OBSTACLE_NONE:
        break;
    }
    return NULL;
}

static void tell_wait(struct engine *g, struct table *t, enum obstacle o)
{
    const struct control *c = &g->ear.heard;

    if (o == OBSTACLE_HOLD)
        tell_notice(g, t->name, "the swap is held; to let it go: %s",
                    tell_command(g, "set", t->arguments, "swap=go"));
    else if (o == OBSTACLE_WINDOW)
        tell_notice(g, t->name, "the swap waits for its window, --%s: it is %02d:%02d at the server (%s)",
                    waits_for(g, o), c->minute / 60, c->minute % 60, c->zone);
}

static void take_back(struct engine *g)
{
    (void)g->request->decide(g->request->context, NULL);
}

bool decide_in_window(struct engine *g, struct err *e)
{
    const struct control *c = &g->ear.heard;

    if (!control_ask(g, e))
        return false;
    if (settings_in_window(&g->settings->swap_window, c->minute))
        return true;
    err_set(e, ERR_REFUSED, "it is %02d:%02d at the server (%s), outside of --%s", c->minute / 60,
            c->minute % 60, c->zone, waits_for(g, OBSTACLE_WINDOW));
    err_hint(e, "A rehearsal takes the swap's lock: run it in the window, or with --swap-window off.");
    return err_code(e, "swap-window");
}

/* What it waits for is told and written down when it changes. */
static bool note(struct engine *g, struct table *t, struct wait *w, enum obstacle o, struct err *e)
{
    if (o == w->told)
        return true;
    if (w->told == OBSTACLE_ANSWER)
        take_back(g);
    w->told = o;
    if (o != OBSTACLE_NONE) {
        tell_ready(g, t);
        tell_wait(g, t, o);
    }
    return control_wait(g->session, t->conversion.id, waits_for(g, o), true, e);
}

/* Everything up to the message is there again after somebody changed the table. */
static bool catch_up(struct engine *g, struct table *t, struct apply *a, struct wait *w, struct err *e)
{
    char now[FINGERPRINT_SIZE];
    bool first = *w->fingerprint == '\0';

    if (!apply_fingerprint(a, now, e))
        return false;
    if (strcmp(now, w->fingerprint) == 0)
        return true;
    if (!targets_check_names(g, t, e))
        return false;
    a->applied = 0;
    t->captured = 0;
    if (!verify_phase(g, t, a, e) || !targets_check_captured(g, t, e))
        return false;
    if (a->applied == 0) /* else the next look compares anew: what came meanwhile is not in `now` */
        memcpy(w->fingerprint, now, sizeof now);
    else if (!first)
        tell_notice(g, t->name, "%s was changed by others: caught up with, and ready again", a->relation);
    return true;
}

/* A lock that is not got now may be got later: nothing presses while the swap waits. */
static bool keep_fresh(struct engine *g, struct table *t, struct apply *a, struct wait *w, struct err *e)
{
    if (loop_now(g->loop) < w->looked + look_each)
        return true;
    w->looked = loop_now(g->loop);
    if (catch_up(g, t, a, w, e))
        return true;
    if (e->kind != ERR_LOCK)
        return loop_stopping(g->loop) && e->kind == ERR_STOPPED && !session_is_broken(g->session);
    tell_notice(g, t->name, "%s was changed by others; to be caught up with: %s", a->relation, e->primary);
    err_clear(e);
    w->looked += look_again;
    return true;
}

static bool ended(struct engine *g, struct table *t, const struct wait *w, struct err *e)
{
    if (w->told == OBSTACLE_WINDOW)
        return err_set(e, ERR_STOPPED, "stopped while the swap of %s waited for its window", t->name);
    if (g->ear.lost || !is_held(g))
        return err_set(e, ERR_STOPPED, "stopped before the swap of %s", t->name);
    err_set(e, ERR_DECISION, "ended while the swap of %s was held: it is ready, and waits for a decision",
            t->name);
    if (g->ear.heard.swap == CONTROL_SWAP_HOLD)
        err_hint(e, "First let it go: %s", tell_command(g, "set", t->arguments, "swap=go"));
    return err_hint(e, "To swap: %s", tell_command(g, "swap", t->arguments, "--yes"));
}

static bool is_decided(const struct engine *g, const struct table *t)
{
    return t->decided || g->settings->yes || g->ear.heard.swap == CONTROL_SWAP_GO;
}

/* One look at the person's answer. */
static bool take_answer(struct engine *g, struct table *t, enum decision *decision, struct err *e)
{
    *decision = g->request->decide(g->request->context, t->name);
    if (*decision == DECISION_PENDING)
        return true;
    t->decided = *decision == DECISION_GO;
    if (t->decided)
        return control_wait(g->session, t->conversion.id, NULL, true, e);
    err_set(e, ERR_DECISION, "%s is ready for the swap, which waits for a decision", t->name);
    err_detail(e, "%s", *decision == DECISION_NO ? "The answer was no." : "There is no terminal to ask on.");
    return err_hint(
        e, g->settings->rehearse ? "To rehearse it: %s" : "To swap: %s",
        tell_command(g, "swap", t->arguments, g->settings->rehearse ? "--rehearse --yes" : "--yes"));
}

bool decide_ask(struct engine *g, struct table *t, struct err *e)
{
    enum decision decision = DECISION_PENDING;

    tell_ready(g, t);
    if (!control_wait(g->session, t->conversion.id, waits_for(g, OBSTACLE_ANSWER), true, e))
        return false;
    while (decision == DECISION_PENDING) {
        if (!take_answer(g, t, &decision, e))
            return false;
        loop_sleep(g->loop, 1); /* signals, and what is asked by others */
        if (!loop_stopping(g->loop))
            continue;
        take_back(g);
        return err_set(e, ERR_STOPPED, "stopped before the swap of %s", t->name);
    }
    return true;
}

/* One look; *go: the swap may be tried. */
static bool look(struct engine *g, struct table *t, struct apply *a, struct wait *w, bool *go, struct err *e)
{
    enum decision decision = DECISION_NOBODY;
    enum obstacle o = obstacle(g);

    if (loop_stopping(g->loop))
        return ended(g, t, w, e);
    if ((o == OBSTACLE_NONE || o == OBSTACLE_WINDOW) && !is_decided(g, t))
        o = OBSTACLE_ANSWER;
    if (!note(g, t, w, o, e))
        return false;
    *go = o == OBSTACLE_NONE;
    if (*go)
        return true;
    if (o == OBSTACLE_ANSWER && !take_answer(g, t, &decision, e))
        return false;
    if (decision == DECISION_GO) {
        w->told = OBSTACLE_NONE; /* the answer has ended the question */
        return true;
    }
    if (!keep_fresh(g, t, a, w, e))
        return false;
    loop_sleep(g->loop, decision == DECISION_PENDING ? 1 : 50);
    return true;
}

bool decide_swap(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    struct wait w = {.told = OBSTACLE_NONE};
    bool go = false;

    if (!control_ask(g, e))
        return false;
    while (!go)
        if (!look(g, t, a, &w, &go, e)) {
            if (w.told == OBSTACLE_ANSWER)
                take_back(g);
            return false;
        }
    return true;
}
