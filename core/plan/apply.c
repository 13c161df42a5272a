#include "plan/apply.h"

#include "base/clock.h"
#include "plan/lock.h"
#include "plan/released.h"
#include "plan/standby.h"
#include "sql.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 3 };
static const char *const changed_under_lock = "PW001"; /* pgwiden.assert_fingerprint */
static const char *const over_budget = "PW002";        /* pgwiden.assert_budget */
static const char *const not_moved = "PW004";          /* pgwiden.assert_moved */
static const char *const held = "PW006";               /* pgwiden.assert_go */

/* A line of the journal; its commit is synchronous, which the transactions under a lock are not. */
static bool journal(struct apply *a, const struct step *step, const struct statement *s, double ms,
                    struct err *e)
{
    struct arena *arena = arena_new();
    const char *params[] = {
        arena_printf(arena, "%d", a->conversion), phase_name(step->phase), step->name, s->object, s->text,
        arena_printf(arena, "%.3f", ms)};
    bool ok = session_query(a->session, arena, sql_state_journal, 6, params, NULL, e);

    arena_free(arena);
    return ok;
}

/* Nobody asked for what was done to a partition that somebody has detached in mid-run. */
static void tell_detached(struct apply *a, const struct statement *s)
{
    struct event event = {.kind = EVENT_WARNING, .target = a->target, .time = clock_unix()};
    struct arena *arena = arena_new();

    event.u.message.code = "detached-partition";
    event.u.message.message = arena_printf(
        arena,
        "%s in mid-run: what the conversion had left on it was taken away, it stays as it was detached",
        s->object);
    a->listener(a->context, &event);
    arena_free(arena);
}

/* One row of a step: a transaction. */
static bool send(struct apply *a, const struct step *step, const struct statement *s, struct err *e)
{
    struct arena *arena = arena_new();
    double started = loop_now(a->loop);
    struct rows rows;
    bool ok;

    if (a->steering.gate && !a->steering.gate(a->steering.context, s->object, e)) {
        ok = false;
    } else if (loop_stopping(a->loop)) {
        ok = err_set(e, ERR_STOPPED, "stopped before %s", s->object);
    } else if (plan_lock_is_strong(s->lock)) {
        const struct strong strong = {
            .object = s->object, .lock = s->lock, .relation = s->relation, .also = s->also, .body = s->text};

        ok = lock_run(a, arena, &strong, &rows, e) && standby_wait(a, e);
    } else {
        ok = lock_run_gently(a, s, e);
    }
    if (!ok && e->kind == ERR_FAILED && *e->code == '\0')
        err_prefix(e, "%s", s->object);
    ok = ok && journal(a, step, s, loop_now(a->loop) - started, e);
    if (ok && step->missing == sql_prepare_detached)
        tell_detached(a, s);
    arena_free(arena);
    return ok;
}

/* All rows as one transaction; the first row names the lock. */
static bool send_together(struct apply *a, const struct step *step, const struct statements *rows,
                          struct err *e)
{
    struct arena *arena = arena_new();
    struct arena_text text = {.arena = arena};
    struct statement all = rows->list[0];
    bool ok;

    for (int i = 0; i < rows->count; i++)
        arena_text_add(&text, "%s%s", i ? ";\n" : "", rows->list[i].text);
    all.text = arena_text_get(&text);
    ok = send(a, step, &all, e);
    arena_free(arena);
    return ok;
}

static bool round_of(struct apply *a, const struct step *step, const struct statements *rows, struct err *e)
{
    if (step->mode == STEP_TOGETHER)
        return send_together(a, step, rows, e);
    for (int i = 0; i < rows->count; i++)
        if (!send(a, step, &rows->list[i], e))
            return false;
    return true;
}

bool apply_step(struct apply *a, const struct step *step, struct err *e)
{
    if (!plan_concerns(step, a->has))
        return true;
    for (int round = 0;; round++) {
        struct arena *arena = arena_new();
        struct statements rows;
        bool ok = plan_step(a->session, arena, step, a->relid, &rows, e);
        bool done = ok && rows.count == 0;

        if (ok && !done) {
            a->applied += rows.count;
            ok = round < ROUNDS ? round_of(a, step, &rows, e)
                                : err_set(e, ERR_FAILED, "%s is still missing after %d rounds",
                                          rows.list[0].object, ROUNDS);
        }
        arena_free(arena);
        if (!ok || done)
            return ok;
    }
}

static bool plan_one(struct apply *a, struct arena *arena, int step, struct statements *out, struct err *e)
{
    struct statements rows;
    struct statement *longer;

    if (!plan_concerns(&steps[step], a->has))
        return true;
    if (!plan_step(a->session, arena, &steps[step], a->relid, &rows, e))
        return false;
    longer = arena_alloc(arena, (size_t)(out->count + rows.count + 1) * sizeof *longer);
    if (out->count > 0)
        memcpy(longer, out->list, (size_t)out->count * sizeof *longer);
    for (int j = 0; j < rows.count; j++)
        longer[out->count + j] = rows.list[j];
    *out = (struct statements){.count = out->count + rows.count, .list = longer};
    return true;
}

/* What is missing of the steps of one mode, in order. */
static bool plan_mode(struct apply *a, struct arena *arena, enum step_mode mode, struct statements *out,
                      struct err *e)
{
    *out = (struct statements){0};
    for (int i = 0; i < step_count; i++)
        if (steps[i].mode == mode && !plan_one(a, arena, i, out, e))
            return false;
    return true;
}

/* What the swap would send before its message, a transaction each. */
static bool plan_before(struct apply *a, struct arena *arena, struct statements *out, struct err *e)
{
    *out = (struct statements){0};
    for (int i = 0; i < step_count && steps[i].mode != STEP_LOCK; i++)
        if (steps[i].phase == PHASE_SWAP && !plan_one(a, arena, i, out, e))
            return false;
    return true;
}

bool apply_fingerprint(struct apply *a, char out[FINGERPRINT_SIZE], struct err *e)
{
    struct arena *arena = arena_new();
    const char *params[] = {arena_printf(arena, "%u", a->relid)};
    struct rows rows;
    bool ok = session_query(a->session, arena, "SELECT pgwiden.fingerprint($1::oid)", 1, params, &rows, e);

    if (ok)
        snprintf(out, FINGERPRINT_SIZE, "%s", rows_text(&rows, 0, 0));
    arena_free(arena);
    return ok;
}

/*
 * Under the lock: what was planned is still true, then the statements, each followed by a look at the clock.
 * All times of the message are the server's: a client that is stopped or cut off can't hold the lock.
 */
static const char *swap_body(struct apply *a, struct arena *arena, const struct statements *rows,
                             const char *fingerprint)
{
    struct arena_text text = {.arena = arena};

    arena_text_add(&text, "SELECT pgwiden.assert_go(%d), pgwiden.assert_fingerprint(%u, '%s')", a->conversion,
                   a->relid, fingerprint);
    for (int i = 0; i < rows->count; i++)
        arena_text_add(&text,
                       ";\n%s;\nSELECT pgwiden.assert_budget(current_setting('pgwiden.locked')::timestamptz, "
                       "interval '%.0f ms')",
                       rows->list[i].text, a->swap_budget);
    return arena_text_get(&text);
}

/* Fills this session's caches with all that the message will read, outside of the lock. */
static bool warm_up(struct apply *a, struct arena *arena, const char *fingerprint, struct err *e)
{
    const char *text = arena_printf(arena,
                                    "SELECT pgwiden.assert_go(%d), pgwiden.assert_fingerprint(%u, '%s'); "
                                    "SELECT pgwiden.assert_budget(clock_timestamp(), interval '1 min'); "
                                    "DO $$BEGIN PERFORM pgwiden.assert_moved(%u); "
                                    "EXCEPTION WHEN SQLSTATE '%s' THEN NULL; END$$",
                                    a->conversion, a->relid, fingerprint, a->relid, not_moved);

    return session_script(a->session, arena, text, NULL, e);
}

/* What the message locks besides its first relation: the partitions, and what its foreign keys reference. */
static const char *also(struct arena *arena, const struct statements *rows)
{
    const char *all = NULL, *last = NULL;

    for (int i = 0; i < rows->count; i++) {
        const char *this = rows->list[i].also;

        if (this && (!last || strcmp(this, last) != 0))
            all = all ? arena_printf(arena, "%s, ONLY %s", all, this) : this;
        last = this ? this : last;
    }
    return all;
}

static void tell_swap(struct apply *a)
{
    struct event event = {.kind = EVENT_SWAP, .target = a->target, .time = clock_unix()};

    event.u.swap.lock_held_ms = a->lock_held_ms;
    event.u.swap.lock_wait_ms = a->lock_wait_ms;
    event.u.swap.attempts = a->attempts + a->taken_back;
    a->listener(a->context, &event);
}

/* A message that ran out of its time budget has held the lock for nothing: it is tried again like a lock. */
static bool send_swap(struct apply *a, struct arena *arena, const struct strong *strong, struct err *e)
{
    struct released released;
    struct rows rows;
    bool ok;

    released_begin(&released, a);
    ok = lock_run(a, arena, strong, &rows, e);
    released_end(&released, ok && !strong->rolled_back);
    if (ok)
        return true;
    if (strcmp(e->sqlstate, changed_under_lock) == 0 || strcmp(e->sqlstate, not_moved) == 0)
        err_code(e, "plan-changed");
    if (strcmp(e->sqlstate, over_budget) == 0)
        err_code(e, "over-budget");
    if (strcmp(e->sqlstate, held) == 0)
        err_code(e, "held");
    return false;
}

static struct strong strong_of(struct apply *a, struct arena *arena, const struct statements *locks,
                               const char *others, const char *body)
{
    return (struct strong){.object = arena_printf(arena, "the swap of %s", a->relation),
                           .lock = "ACCESS EXCLUSIVE",
                           .relation = a->relation,
                           .before = *locks,
                           .also = others,
                           .body = body};
}

static bool warm_and_send(struct apply *a, struct arena *arena, const struct strong *strong,
                          const char *fingerprint, struct err *e)
{
    bool ok = warm_up(a, arena, fingerprint, e);

    if (!ok && strcmp(e->sqlstate, changed_under_lock) == 0)
        err_code(e, "plan-changed");
    if (!ok && strcmp(e->sqlstate, held) == 0)
        err_code(e, "held");
    return ok && send_swap(a, arena, strong, e);
}

bool apply_swap(struct apply *a, const char *fingerprint, bool *swapped, struct err *e)
{
    struct arena *arena = arena_new();
    struct statements locks, rows;
    bool ok = plan_mode(a, arena, STEP_LOCK, &locks, e) && plan_mode(a, arena, STEP_SWAP, &rows, e);

    *swapped = ok && rows.count > 0;
    if (*swapped) {
        const struct step step = {.phase = PHASE_SWAP, .name = "swap"};
        const char *body = swap_body(a, arena, &rows, fingerprint);
        const struct statement message = {.object = a->relation, .text = body};
        const struct strong strong = strong_of(a, arena, &locks, also(arena, &rows), body);

        ok = warm_and_send(a, arena, &strong, fingerprint, e);
        if (ok)
            tell_swap(a);
        ok = ok && journal(a, &step, &message, a->lock_held_ms, e);
    }
    arena_free(arena);
    return ok;
}

/* All relations of these statements that must be locked besides the first one, and `others`. */
static const char *join(struct arena *arena, const struct statements *rows, const char *others)
{
    for (int i = 0; i < rows->count; i++) {
        const struct statement *s = &rows->list[i];

        if (s->relation)
            others = others ? arena_printf(arena, "%s, ONLY %s", others, s->relation) : s->relation;
        if (s->also)
            others = others ? arena_printf(arena, "%s, ONLY %s", others, s->also) : s->also;
    }
    return others;
}

bool apply_swap_rehearsed(struct apply *a, const char *fingerprint, bool *rehearsed, struct err *e)
{
    struct arena *arena = arena_new();
    struct statements locks, all, rows;
    bool ok = plan_before(a, arena, &all, e) && plan_mode(a, arena, STEP_LOCK, &locks, e) &&
              plan_mode(a, arena, STEP_SWAP, &rows, e);

    *rehearsed = ok && rows.count > 0;
    if (*rehearsed) {
        const char *others = join(arena, &all, also(arena, &rows));
        struct strong strong;

        for (int i = 0; ok && i < step_count; i++)
            ok = steps[i].mode != STEP_SWAP || plan_one(a, arena, i, &all, e);
        strong = strong_of(a, arena, &locks, others, swap_body(a, arena, &all, fingerprint));
        strong.rolled_back = true;
        ok = ok && warm_and_send(a, arena, &strong, fingerprint, e);
    }
    arena_free(arena);
    return ok;
}
