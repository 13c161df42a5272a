#include "plan/released.h"

#include "sql.h"

#include <stdio.h>

static void ask(struct released *r);

static void on_answer(void *context, struct session *s, const struct rows *rows, const struct err *e)
{
    struct released *r = context;

    (void)s;
    r->idle = true;
    if (e)
        return;
    if (rows_bool(rows, 0, 0))
        r->at = rows_double(rows, 0, 1);
    else if (!r->ended)
        ask(r);
}

static void ask(struct released *r)
{
    r->idle = false;
    session_send(r->apply->watch, sql_facts_lock_released, false, 2, r->params, on_answer, r);
}

void released_begin(struct released *r, struct apply *a)
{
    *r = (struct released){.apply = a, .idle = true};
    snprintf(r->pid, sizeof r->pid, "%d", session_pid(a->session));
    snprintf(r->relid, sizeof r->relid, "%u", a->relid);
    r->params[0] = r->pid;
    r->params[1] = r->relid;
    if (!session_is_broken(a->watch))
        ask(r);
}

void released_end(struct released *r, bool swapped)
{
    struct apply *a = r->apply;
    struct arena *arena = arena_new();
    struct rows granted;
    struct err ignored;

    r->ended = true;
    loop_run_until(a->loop, &r->idle);
    if (swapped && r->at > 0 &&
        session_query(a->session, arena,
                      "SELECT extract(epoch FROM current_setting('pgwiden.granted')::timestamptz) * 1000", 0,
                      NULL, &granted, &ignored)) {
        double held = r->at - rows_double(&granted, 0, 0);

        if (held > 0 && held < a->lock_held_ms)
            a->lock_held_ms = held;
    }
    arena_free(arena);
}
