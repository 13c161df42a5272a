/*
 * Phase swap. First everything that is still missing, then the foreign keys are exchanged, each in a short
 * transaction, then the one message. What was planned must be what runs under the lock: the fingerprint is
 * taken, the steps are asked once more and must find nothing, and the message compares the fingerprint under
 * its lock.
 */
#include "base/backoff.h"
#include "engine/context.h"
#include "sql.h"

#include <math.h>
#include <string.h>

enum { REPLANS = 10, REBUILDS = 1000 };
/* Swaps that run out of their time: clients waited for each of them, all of that time. */
enum { TAKEN_BACK = 10, TAKEN_BACK_REHEARSED = 5 };
static const double rest = 20;                  /* times what it held them up, before it does so again */
static const char *const not_rebuilt = "PW005"; /* pgwiden.assert_rebuilt */

static bool is_before_message(int step)
{
    for (int i = step; i < step_count; i++)
        if (steps[i].mode == STEP_SWAP)
            return true;
    return false;
}

/* The steps of the phase before or after the message. */
static bool side_steps(struct apply *a, bool before, struct err *e)
{
    for (int i = 0; i < step_count; i++)
        if (steps[i].phase == PHASE_SWAP && steps[i].mode != STEP_SWAP && steps[i].mode != STEP_LOCK &&
            is_before_message(i) == before && !apply_step(a, &steps[i], e))
            return false;
    return true;
}

/* Everything up to the message is there, and nothing had to be done since the fingerprint was taken. A
 * rehearsal leaves out the steps before it: they can't be taken back. */
static bool settle(struct engine *g, struct table *t, struct apply *a, char fingerprint[FINGERPRINT_SIZE],
                   struct err *e)
{
    for (int i = 0; i < REPLANS; i++) {
        /* the lock is asked for by name; a rename after this changes the fingerprint */
        if (!apply_fingerprint(a, fingerprint, e) || !targets_check_names(g, t, e))
            return false;
        a->applied = 0;
        t->captured = 0;
        if (!verify_phase(g, t, a, e) || !targets_check_captured(g, t, e) ||
            (!g->settings->rehearse && !side_steps(a, true, e)))
            return false;
        if (a->applied == 0)
            return true;
    }
    return err_set(e, ERR_FAILED, "%s is changed by others all the time: the plan does not settle",
                   a->relation);
}

/* Another try makes sense: the plan was overtaken, or the message ran out of time. Waits in the second case.
 */
static bool again(struct engine *g, struct apply *a, struct err *e, int *replans, int *tries)
{
    int bound = g->settings->rehearse ? TAKEN_BACK_REHEARSED : TAKEN_BACK;
    int most = g->settings->lock_retries < bound ? g->settings->lock_retries : bound;

    if (strcmp(e->code, "plan-changed") == 0)
        return ++*replans < REPLANS;
    if (strcmp(e->code, "over-budget") != 0)
        return false;
    a->taken_back = ++*tries;
    if (*tries >= most) {
        e->kind = ERR_LOCK; /* as one that was not got: nothing is lost, a less busy hour may do */
        err_hint(e, settings_allows(g->settings, "long-swap")
                        ? "Choose a less busy hour."
                        : "Choose a less busy hour, or let clients wait longer: --allow long-swap.");
        return err_detail(e, "Tried %d times.", *tries);
    }
    /* clients have waited for nothing: nobody should have to guess why */
    tell_notice(g, a->target,
                "the swap was taken back, its lock would have been held for more than %.0f ms: "
                "try %d of %d",
                a->swap_budget, *tries, most);
    loop_sleep(g->loop, fmax(backoff_pause(*tries, backoff_random()), rest * a->swap_budget));
    return !loop_stopping(g->loop) || err_set(e, ERR_STOPPED, "stopped before the swap of %s", a->relation);
}

static bool send(struct engine *g, struct table *t, struct apply *a, const char *fingerprint, bool *swapped,
                 struct err *e)
{
    bool ok = (g->settings->rehearse ? apply_swap_rehearsed : apply_swap)(a, fingerprint, swapped, e);

    /* its answer is lost, or that of what follows it */
    t->unsure = !ok && !g->settings->rehearse && session_is_broken(g->session);
    return ok;
}

static bool message_once(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    char fingerprint[FINGERPRINT_SIZE];
    bool swapped, settled = false;

    a->taken_back = 0;
    /* what has to be sent anyway, before the plan is asked whether it is all there */
    if (!g->settings->rehearse && begin_is_fresh(g, t->verified) && !side_steps(a, true, e))
        return false;
    for (int replans = 0, tries = 0;;) {
        if (!settled && !settle(g, t, a, fingerprint, e))
            return false;
        if (send(g, t, a, fingerprint, &swapped, e))
            break;
        settled = strcmp(e->code, "plan-changed") != 0; /* what ran out of time is still what was planned */
        if (!again(g, a, e, &replans, &tries))
            return false;
    }
    if (swapped && !g->settings->rehearse) {
        const char *params[] = {arena_printf(g->arena, "%d", t->conversion.id),
                                arena_printf(g->arena, "%.3f", a->lock_held_ms)};

        t->conversion.swapped = true;
        t->conversion.lock_held_ms = a->lock_held_ms;
        return session_query(g->session, g->arena, sql_state_lock_held, 2, params, NULL, e);
    }
    return true;
}

static bool message(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    for (int overtaken = 0; !message_once(g, t, a, e);)
        if (t->unsure || !begin_overtaken(g, t, &overtaken, e))
            return false;
    return true;
}

/*
 * What follows the message. Materialized views that stand on others are rebuilt after those: a round for each
 * level, and another one when somebody refreshed one between our look and the exchange.
 */
static bool after_message(struct engine *g, struct apply *a, struct err *e)
{
    if (!state_functions(g->session, e))
        return false;
    for (int i = 0; i < REBUILDS; i++) {
        a->applied = 0;
        if (side_steps(a, false, e)) {
            if (a->applied == 0 || !(a->has & NEEDS_MATVIEWS))
                return true;
        } else if (strcmp(e->sqlstate, not_rebuilt) != 0) {
            return false;
        }
        err_clear(e);
    }
    return err_set(e, ERR_FAILED, "the materialized views on %s are changed by others all the time",
                   a->relation);
}

bool swap_phase(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    while (!t->conversion.swapped) {
        bool done;

        if (!decide_swap(g, t, a, e))
            return false;
        a->steering.goes = decide_goes;
        done = message(g, t, a, e);
        a->steering.goes = NULL;
        if (done)
            break;
        if (strcmp(e->code, "held") != 0)
            return false;
        err_clear(e);
    }
    if (!after_message(g, a, e))
        return false;
    t->exchanged = loop_now(g->loop);
    return true;
}

static void tell_rehearsed(struct engine *g, const struct table *t, const struct apply *a)
{
    struct event event = {.kind = EVENT_REHEARSED, .target = t->name};

    event.u.swap.lock_held_ms = a->lock_held_ms;
    event.u.swap.lock_wait_ms = a->lock_wait_ms;
    event.u.swap.attempts = a->attempts + a->taken_back;
    tell(g, &event);
}

bool swap_rehearse(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    a->phase = PHASE_SWAP;
    a->conversion = t->conversion.id;
    if (t->conversion.swapped) {
        tell_notice(g, t->name, "%s is swapped already: there is nothing to rehearse", t->name);
        return true;
    }
    if (!decide_in_window(g, e) || (!g->settings->yes && !decide_ask(g, t, e)) || !message(g, t, a, e))
        return false;
    tell_rehearsed(g, t, a);
    return true;
}
