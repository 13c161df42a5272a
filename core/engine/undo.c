/*
 * abort: everything before the swap is undone; and --forget.
 */
#include "engine/context.h"
#include "sql.h"

#include <string.h>

bool undo_forget(struct engine *g, struct table *t, struct err *e)
{
    control_rest(g); /* it reads the tables that may be dropped */
    return state_forget(g->session, t->targets[0].relid, e);
}

/* Waits a second for those who have used the table since before: nobody waits behind that. */
static bool drop_index(struct engine *g, const struct statement *s)
{
    const double second = 1000;
    struct err ignored;
    bool ok = catalog_limit_lock_waits(g->session, second, &ignored) &&
              session_query(g->session, g->arena, s->text, 0, NULL, NULL, &ignored);

    catalog_lift_lock_limit(g->session);
    return ok;
}

void undo_invalid(struct engine *g, const struct table *t, struct err *e)
{
    const struct step invalid = {.phase = PHASE_INDEX, .name = "drop", .missing = sql_index_drop};
    struct statements rows;
    struct err ignored;

    if (t->conversion.id == 0 || t->conversion.swapped || session_is_broken(g->session) ||
        !plan_step(g->session, g->arena, &invalid, t->targets[0].relid, &rows, &ignored))
        return;
    for (int i = 0; i < rows.count; i++) {
        if (plan_lock_is_strong(rows.list[i].lock))
            continue;
        if (drop_index(g, &rows.list[i]))
            err_detail(e, "The unfinished %s was dropped.", rows.list[i].object);
        else
            err_detail(e,
                       "The unfinished %s stays, INVALID: the next run drops it, or abort. Until then writes "
                       "keep it up.",
                       rows.list[i].object);
    }
}

static bool run_undo_steps(struct apply *a, struct err *e)
{
    for (int i = 0; i < undo_step_count; i++)
        if (!apply_step(a, &undo_steps[i], e))
            return false;
    return true;
}

bool undo_check_swapped(struct engine *g, const struct table *t, struct err *e)
{
    if (!t->conversion.swapped)
        return true;
    err_set(e, ERR_REFUSED, "%s has been swapped: abort undoes only what comes before the swap", t->name);
    err_code(e, "swapped");
    return err_hint(e, "To end the conversion: %s", tell_command(g, "cleanup", t->arguments, ""));
}

bool undo_table(struct engine *g, struct table *t, struct err *e)
{
    struct apply a;

    if (!begin_table(g, t, &a, e))
        return outcome_explain_start(g, t, e);
    if (t->conversion.id == 0) {
        tell_notice(g, t->name, "no conversion of %s is open: there is nothing to undo",
                    t->targets[0].relation);
    } else {
        if (!undo_check_swapped(g, t, e))
            return outcome_explain_start(g, t, e);
        a.conversion = t->conversion.id;
        a.phase = t->conversion.phase;
        /* whoever thinks better of it begins anew, and finds what is still there */
        if (!plan_has(g->session, a.relid, &a.has, e) ||
            !state_set_phase(g->session, t->conversion.id, PHASE_PREPARE, false, e) ||
            !run_undo_steps(&a, e) || !state_finish(g->session, t->conversion.id, "aborted", e)) {
            err_hint(e, "Run the same command again; it goes on undoing.");
            return false;
        }
        tell_notice(g, t->name, "%s is as it was before: the conversion was undone", t->targets[0].relation);
    }
    tell_next(g, t, URGENCY_DONE, "aborted", "", "");
    return !g->settings->forget || undo_forget(g, t, e);
}
