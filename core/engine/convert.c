/*
 * The phases of one table, from wherever its conversion stands.
 */
#include "backfill/backfill.h"
#include "engine/context.h"
#include "sql.h"

#include <assert.h>
#include <string.h>

typedef bool phase_function(struct engine *g, struct table *t, struct apply *a, struct err *e);

/* Schema pgwiden when it is missing, the conversion and its definitions: all or nothing. */
static bool open_conversion(struct engine *g, struct table *t, struct err *e)
{
    const struct target_list narrow = targets_narrow(g, t);
    struct err ignored;

    if (!begin_is_fresh(g, t->preflighted) && !targets_preflight_again(g, t, e))
        return false;
    if (session_script(g->session, g->arena, "BEGIN", NULL, e) && state_create(g->session, e) &&
        state_begin(g->session, &narrow, begin_patience(g), e) && rehearse_opened(g, t, e)) {
        t->unsure = true;
        if (session_script(g->session, g->arena, "COMMIT", NULL, e)) {
            t->captured = loop_now(g->loop);
            if (!targets_load(g, t, e))
                return false;
            t->unsure = false;
            return control_listen(g, t, e);
        }
        t->unsure = session_is_broken(g->session);
    }
    (void)!session_script(g->session, g->arena, "ROLLBACK", NULL, &ignored);
    return false;
}

static bool prepare_phase(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    (void)g;
    (void)t;
    return begin_steps(a, PHASE_PREPARE, e);
}

/* PostgreSQL checks constraints that are NOT VALID with every UPDATE of a row, also of one that broke them
 * before. */
static bool explain_violation(struct err *e)
{
    static const char *const states[] = {"23514", "23502"};

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(e->sqlstate, states[i]) == 0)
            err_hint(e, "Clients can't update that row either: correct it, or drop the NOT VALID constraint "
                        "and add it "
                        "again after the conversion.");
    return false;
}

void table_backfill(const struct engine *g, const struct table *t, struct backfill_request *out)
{
    *out = (struct backfill_request){.loop = g->loop,
                                     .signals = t->signals,
                                     .control = g->session,
                                     .settings = g->settings,
                                     .relid = t->targets[0].relid,
                                     .conversion = t->conversion.id,
                                     .relation = t->targets[0].relation,
                                     .application = g->ear.application,
                                     .session_listener = &g->session_listener,
                                     .listener = g->request->listener,
                                     .context = g->request->context,
                                     .target = t->name};
}

/* The copy trigger first: whoever switched it off since has left rows that the ranges may have passed
 * already. */
static bool backfill_phase(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    struct exhausted exhausted;
    struct backfill_request request;
    struct backfill_result result;
    double started = loop_now(g->loop);
    bool ok;

    if (!begin_steps(a, PHASE_PREPARE, e))
        return false;
    exhausted_begin(&exhausted, g, t);
    table_backfill(g, t, &request);
    request.listener = exhausted_listen;
    request.context = &exhausted;
    ok = backfill_run(&request, &result, e);
    exhausted_end(&exhausted);
    t->backfill_ms = loop_now(g->loop) - started;
    return ok || explain_violation(e);
}

static bool index_phase(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    return begin_capture(g, t, a, e) && begin_indexes(g, t, a, e);
}

/* What the swap left to do in transactions of its own comes first: it may have been interrupted there. */
static bool cleanup_phase(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    return (begin_is_fresh(g, t->exchanged) || swap_phase(g, t, a, e)) && begin_steps(a, PHASE_CLEANUP, e) &&
           state_finish(g->session, t->conversion.id, "done", e);
}

static bool verify(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    if (!verify_phase(g, t, a, e))
        return false;
    t->verified = loop_now(g->loop);
    return true;
}

static phase_function *const functions[PHASE_COUNT] = {
    [PHASE_PREPARE] = prepare_phase, [PHASE_BACKFILL] = backfill_phase, [PHASE_INDEX] = index_phase,
    [PHASE_VERIFY] = verify,         [PHASE_SWAP] = swap_phase,         [PHASE_CLEANUP] = cleanup_phase};

static bool run_phase(struct engine *g, struct table *t, struct apply *a, enum phase phase, bool resumed,
                      struct err *e)
{
    double started = loop_now(g->loop);
    struct measure measure;

    bool half = t->conversion.phase == phase && resumed; /* another run has done a part of it */

    assert(phase < PHASE_COUNT);
    tell_phase(g, t, phase, false, 0);
    if (!begin_phase(g, t, a, phase, e) || !figures_begin(g, a, &measure, e) ||
        !functions[phase](g, t, a, e) || (!half && !figures_end(g, a, &measure, phase, e)))
        return false;
    if (phase != PHASE_CLEANUP && !state_set_phase(g->session, t->conversion.id, phase, true, e))
        return false;
    t->conversion.phase = phase;
    t->conversion.phase_done = true;
    tell_phase(g, t, phase, true, (loop_now(g->loop) - started) / 1000);
    return true;
}

/* The first phase that is not complete. */
static enum phase next_phase(const struct conversion *c)
{
    return c->phase_done && c->phase < PHASE_SWAP ? c->phase + 1 : c->phase;
}

/* --max-table-rows: only prepared, when the table has more rows than that. */
static bool limit_by_rows(struct engine *g, struct table *t, enum phase *until, struct err *e)
{
    struct table_facts facts;

    if (g->settings->max_table_rows < 0 || *until <= PHASE_PREPARE || t->conversion.swapped)
        return true;
    if (!catalog_table_facts(g->session, g->arena, g->settings, &t->targets[0], &facts, e))
        return false;
    if (facts.rows <= g->settings->max_table_rows)
        return true;
    *until = PHASE_PREPARE;
    tell_notice(
        g, t->name,
        "%s has about %lld rows, more than --max-table-rows %lld: it is prepared only; go on with: %s",
        t->targets[0].relation, (long long)facts.rows, (long long)g->settings->max_table_rows,
        tell_command(g, "run", t->arguments, ""));
    return true;
}

/* The last phase that the command asks for. */
static enum phase last_phase(const struct engine *g)
{
    static const enum phase by_command[] = {
        [COMMAND_PREPARE] = PHASE_PREPARE, [COMMAND_BACKFILL] = PHASE_BACKFILL,
        [COMMAND_INDEX] = PHASE_INDEX,     [COMMAND_VERIFY] = PHASE_VERIFY,
        [COMMAND_SWAP] = PHASE_SWAP,       [COMMAND_CLEANUP] = PHASE_CLEANUP};

    if (g->request->command == COMMAND_RUN)
        return g->settings->cleanup ? PHASE_CLEANUP : g->settings->until;
    return by_command[g->request->command];
}

/* A command of one phase needs the phase before it. */
static bool check_order(struct engine *g, struct table *t, enum phase last, struct err *e)
{
    enum phase missing;

    if (g->request->command == COMMAND_RUN || last == PHASE_PREPARE)
        return true;
    if (t->conversion.id == 0)
        missing = PHASE_PREPARE;
    else if (next_phase(&t->conversion) < last && !(last == PHASE_CLEANUP && t->conversion.swapped))
        missing = next_phase(&t->conversion);
    else
        return true;
    err_set(e, ERR_REFUSED, "%s has not come so far: phase %s is missing", t->name, phase_name(missing));
    err_code(e, "phase-missing");
    return err_hint(e, "Run %s first, or all at once: %s",
                    tell_command(g, phase_name(missing), t->arguments, ""),
                    tell_command(g, "run", t->arguments, ""));
}

/* What is done and what comes next, for EVENT_EXIT. */
static void summarize(struct engine *g, struct table *t)
{
    const struct conversion *c = &t->conversion;

    if (c->phase == PHASE_CLEANUP && c->phase_done)
        tell_next(g, t, URGENCY_DONE, "done", "", "");
    else if (c->swapped)
        tell_next(g, t, URGENCY_SWAPPED, "swapped", "cleanup", "");
    else if (state_complete(c) == PHASE_PREPARE)
        tell_next(g, t, URGENCY_BEGUN, "prepared", "run", "");
    else
        tell_next(g, t, URGENCY_BEGUN, phase_name(state_complete(c)), "run", "");
}

static bool run_phases(struct engine *g, struct table *t, struct apply *a, enum phase last, struct err *e)
{
    bool resumed = t->conversion.id != 0;

    if (resumed && !t->conversion.swapped && !targets_preflight_open(g, t, e))
        return false;
    if (!resumed && !open_conversion(g, t, e))
        return false;
    if (!state_set_settings(g->session, t->conversion.id, g->request->settings, e) || !figures_table(g, t, e))
        return false;
    for (enum phase p = next_phase(&t->conversion); p <= last; p++) {
        if (loop_stopping(g->loop))
            return err_set(e, ERR_STOPPED, "stopped before phase %s", phase_name(p));
        if ((p == PHASE_INDEX && !turn_await(g, t, e)) || !run_phase(g, t, a, p, resumed, e))
            return false;
    }
    return true;
}

/* Nothing is changed, but what preflight of a swap would have put right all the same. */
static bool rehearse(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    bool ok = (t->conversion.swapped || targets_preflight_open(g, t, e)) && swap_rehearse(g, t, a, e);

    if (!ok)
        err_detail(e, "Nothing was swapped.");
    else if (t->conversion.swapped)
        tell_next(g, t, URGENCY_SWAPPED, "swapped", "cleanup", "");
    else
        tell_next(g, t, URGENCY_READY, "ready", "swap", g->settings->yes ? "--yes" : "");
    return ok;
}

bool convert_check_order(struct engine *g, struct err *e)
{
    bool undo = g->request->command == COMMAND_ABORT;

    for (int i = 0; i < g->table_count; i++) {
        struct table *t = &g->tables[i];

        if (!t->named || t->nothing_to_do ||
            (t->conversion.id == 0 && (undo || last_phase(g) == PHASE_CLEANUP)))
            continue;
        if (!(undo ? undo_check_swapped(g, t, e) : check_order(g, t, last_phase(g), e)))
            return false;
    }
    return true;
}

bool convert_table(struct engine *g, struct table *t, struct err *e)
{
    enum phase last = last_phase(g);
    struct apply a;
    bool ok;

    if (!begin_table(g, t, &a, e))
        return outcome_explain_start(g, t, e);
    if (t->nothing_to_do)
        return tell_nothing_to_do(g, t, e);
    if (!check_order(g, t, last, e) || !limit_by_rows(g, t, &last, e))
        return outcome_explain_start(g, t, e);
    tell_start(g, t);
    t->signals = signals_open(g->loop, g->settings);
    g->held = t;
    ok = g->settings->rehearse ? rehearse(g, t, &a, e) : run_phases(g, t, &a, last, e);
    g->held = NULL;
    signals_close(t->signals);
    t->signals = NULL;
    if (g->settings->rehearse)
        return ok;
    if (g->figures)
        g->figures->lock_held_ms = t->conversion.lock_held_ms;
    if (ok) {
        summarize(g, t);
        ok = tell_done(g, t, e);
    } else {
        outcome_explain(g, t, e);
        undo_invalid(g, t, e);
    }
    return ok;
}
