/*
 * Phase verify ends with PostgreSQL's own proof that the shadow equals the column in every row. From the
 * moment the equality CHECK stands no new row can be wrong, so a sweep over all blocks before it is validated
 * is enough; when the trigger was off meanwhile, or VALIDATE finds a row, trigger, sweep and proof come
 * again.
 */
#include "backfill/backfill.h"
#include "engine/context.h"
#include "sql.h"

#include <string.h>

enum { PROOFS = 3 };

static bool sweep(const struct engine *g, const struct table *t, struct err *e)
{
    struct backfill_request request;
    struct backfill_result result;

    table_backfill(g, t, &request);
    request.sweep = true;
    return backfill_run(&request, &result, e);
}

/* One step of the phase; the sweep only while the proof is missing. */
static bool one_step(struct engine *g, struct table *t, struct apply *a, const struct step *step,
                     struct err *e)
{
    struct arena *arena;
    struct statements rows;
    bool ok;

    if (step->mode != STEP_SWEEP)
        return apply_step(a, step, e);
    arena = arena_new();
    ok = plan_step(g->session, arena, step, a->relid, &rows, e) && (rows.count == 0 || sweep(g, t, e));
    arena_free(arena);
    return ok;
}

static bool all_steps(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    for (int i = 0; i < step_count; i++)
        if (steps[i].phase == PHASE_VERIFY && !one_step(g, t, a, &steps[i], e))
            return false;
    return true;
}

/* A row that is not equal (check_violation), or a trigger that was switched off under our eyes. */
static bool proof_failed(const struct err *e)
{
    return strcmp(e->code, "trigger-broken") == 0 || strcmp(e->sqlstate, "23514") == 0;
}

/* Running it again does not help: the row was written while the key's triggers were off (a replica session).
 */
static bool explain_orphan(struct err *e)
{
    if (strcmp(e->sqlstate, "23503") == 0)
        err_hint(e, "The row breaks a foreign key that counts as valid; native ALTER would fail as well. "
                    "Correct or delete it first.");
    return false;
}

bool verify_phase(struct engine *g, struct table *t, struct apply *a, struct err *e)
{
    for (int proof = 1, overtaken = 0;; proof++) {
        enum phase phase = a->phase;
        bool ok;

        if (!begin_is_fresh(g, t->captured) && (!begin_capture(g, t, a, e) || !begin_indexes(g, t, a, e)))
            return false;
        a->phase = PHASE_VERIFY;
        ok = all_steps(g, t, a, e);
        a->phase = phase;
        if (ok)
            return true;
        if (begin_overtaken(g, t, &overtaken, e)) {
            proof--;
            continue;
        }
        if (proof == PROOFS || !proof_failed(e))
            return explain_orphan(e);
        t->captured = 0;
        tell_notice(g, t->name, "%s; it is put right, and all rows are looked at again", e->primary);
    }
}
