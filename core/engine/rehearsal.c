/*
 * run --dry-run: every phase, by the same code, on a copy of some rows in schema pgwiden. What a copy has not
 * (foreign keys, views, triggers) is not rehearsed.
 */
#include "engine/context.h"
#include "engine/predict.h"
#include "facts/sample.h"

#include <string.h>

enum { TRIES = 5 }; /* to take the copy away: a signal may cancel one */
static const char *const canceled = "57014", *const lock_not_available = "55P03";

struct rehearsal {
    struct engine *outer, inner;
    struct engine_request request;
    struct settings settings;
    struct table *original, table;
    struct sample sample;
    struct figures figures;
    const char *declined; /* why there was no rehearsal, though nothing went wrong; NULL: there was one */
    struct err first;     /* error that was told: it says more than the last */
};

/* The rehearsal's own events are nobody's, but for what explains a failure. */
static void listen(void *context, const struct event *event)
{
    struct rehearsal *r = context;

    if (event->kind == EVENT_ERROR && r->first.kind == ERR_NONE)
        r->first = *event->u.error;
}

/* The copy is small: it waits for no throttle. What slows the run down is reckoned in afterwards. */
static void let_go(struct settings *s)
{
    s->max_rate = s->max_lag_bytes = s->max_wal_rate = s->max_archive_backlog = s->max_active = 0;
    s->max_lag = s->max_commit_latency = 0;
    s->throttle_query = s->throttle_file = NULL;
    s->max_bloat = 0;
    s->hold_swap = false;
    s->swap_window = (struct swap_window){.from = -1, .to = -1};
}

static void set_up(struct rehearsal *r, struct engine *g, struct table *t)
{
    r->outer = g;
    r->original = t;
    r->settings = *g->settings;
    r->settings.yes = r->settings.cleanup = true;
    r->settings.dry_run = r->settings.forget = false;
    r->settings.max_table_rows = -1;
    let_go(&r->settings);
    r->request = *g->request;
    r->request.settings = &r->settings;
    r->request.listener = listen;
    r->request.context = r;
    r->inner = *g;
    r->inner.request = &r->request;
    r->inner.live = r->settings;
    r->inner.settings = &r->inner.live;
    r->inner.ear = (struct ear){.answered = true};
    r->inner.watch = NULL;
    r->inner.figures = &r->figures;
}

/* The columns of the copy, by the names of the table's. */
static bool find_columns(struct rehearsal *r, struct err *e)
{
    struct engine *g = &r->inner;
    const struct target_list narrow = targets_narrow(g, r->original);
    const char *params[] = {r->sample.name};
    struct table *t = &r->table;

    if (!session_query(g->session, g->arena, "SELECT set_config('pgwiden.sample', $1, false)", 1, params,
                       NULL, e))
        return false;
    t->targets = arena_alloc(g->arena, (size_t)narrow.count * sizeof *t->targets);
    for (t->count = 0; t->count < narrow.count; t->count++) {
        const struct target *original = &narrow.list[t->count];
        const char *column = original->name + strlen(original->relation); /* ".column" */

        if (!target_resolve(g->session, g->arena,
                            arena_printf(g->arena, "pgwiden.%s%s", r->sample.name, column),
                            &t->targets[t->count], e))
            return false;
    }
    t->name = t->arguments = r->original->name;
    t->named = true;
    return true;
}

/* Event triggers of the user's would fire for the copy's DDL, and may write anywhere: they must sleep. */
static bool silence(struct rehearsal *r, struct err *e)
{
    struct engine *g = &r->inner;
    const char *awake;

    if (!sample_silence(g->session, g->arena, &awake, e))
        return false;
    if (awake)
        r->declined = arena_printf(g->arena, "event triggers would fire: %s", awake);
    return true;
}

static bool run(struct rehearsal *r, int64_t rows, struct err *e)
{
    struct engine *g = &r->inner;
    const struct sample_request request = {.session = g->session,
                                           .loop = g->loop,
                                           .relid = r->original->targets[0].relid,
                                           .wanted = g->settings->sample,
                                           .table_rows = rows,
                                           .patience = begin_patience(g)};

    if (r->original->conversion.id != 0)
        r->declined = "its conversion is under way";
    if (r->declined || !silence(r, e) || r->declined)
        return e->kind == ERR_NONE;
    if (!sample_make(&request, g->arena, &r->sample, e))
        return false;
    if (r->sample.nothing) {
        r->declined = "it has no partition to take rows of";
        return true;
    }
    if (!find_columns(r, e) || !convert_table(g, &r->table, e))
        return false;
    r->figures.rows = r->sample.rows;
    r->figures.lock_held_ms = r->table.conversion.lock_held_ms;
    r->figures.leaves = 1;
    r->figures.jobs = r->settings.jobs;
    return true;
}

/* A session that is lost stays what it is when there is no other to be had. */
static bool connect_again(struct engine *g, struct err *e)
{
    struct session *lost = g->session;

    if (!session_is_broken(lost))
        return true;
    if (!session_open(g->loop, g->settings, "pgwiden: preflight", &g->session_listener, &g->session, e))
        return false;
    session_close(lost);
    return true;
}

/* Also after a signal, and when the connection was lost. */
static bool take_away(struct rehearsal *r, struct err *e)
{
    struct engine *g = r->outer;
    bool ok = r->sample.relid == 0;

    control_close(&r->inner);
    session_close(r->inner.watch);
    if (!connect_again(g, e))
        return false;
    for (int i = 0; !ok && i < TRIES; i++) {
        ok = sample_drop(g->session, r->sample.relid, begin_patience(g), e);
        if (!ok && strcmp(e->sqlstate, canceled) != 0)
            break;
    }
    if (strcmp(e->sqlstate, lock_not_available) == 0)
        e->kind = ERR_LOCK;
    sample_wake(g->session);
    return ok && session_query(g->session, g->arena, "SELECT pg_advisory_unlock_all()", 0, NULL, NULL, e);
}

static void scale(struct rehearsal *r, const struct plan_report *p, struct rehearsal_report *out,
                  struct err *e)
{
    struct engine *g = r->outer;
    const struct target_list narrow = targets_narrow(g, r->original);
    struct predict_table table = {.factor = r->sample.factor,
                                  .rows = (double)r->sample.rows * r->sample.factor,
                                  .heap_bytes = (double)p->heap_bytes,
                                  .index_bytes = (double)p->index_bytes,
                                  .leaves = r->sample.leaves,
                                  .indexes = p->index_count,
                                  .foreign_keys = r->sample.foreign_keys};
    struct figures_server server;

    if (!catalog_swap_time(g->session, &narrow, &table.swap_ms, e) || !figures_server(g, &server, e))
        return;
    predict(&r->figures, &table, &server, g->settings,
            g->settings->cleanup ? PHASE_CLEANUP : g->settings->until, out);
}

static void explain(const struct rehearsal *r, bool taken, struct err *e)
{
    struct err last = *e;

    if (r->first.kind != ERR_NONE && last.kind != ERR_STOPPED)
        *e = r->first;
    e->kind = last.kind == ERR_REFUSED ? ERR_FAILED : last.kind;
    err_prefix(e, "the rehearsal of %s failed", r->original->name);
    e->detail[0] = e->hint[0] = '\0';
    if (strcmp(last.sqlstate, "23514") == 0)
        err_hint(e, "The table has a row that breaks a constraint which is NOT VALID: the backfill can't "
                    "update it either. "
                    "Correct it first.");
    if (*r->first.detail)
        err_detail(e, "%s", r->first.detail);
    err_detail(e, taken ? "The copy was taken away; nothing was changed."
                        : "The copy is still there: the next pgwiden command takes it away.");
}

static void tell_failure(struct rehearsal *r, const struct err *e)
{
    tell_error(r->outer, r->original->name, e);
    outcome_failed(r->outer, r->original, e->kind);
}

/* What was found out counts nevertheless. */
static void tell_left(struct rehearsal *r, struct err *e)
{
    err_prefix(e, "the copy of %s could not be taken away", r->original->name);
    err_hint(e, "Whoever reads schema pgwiden holds it, pg_dump for example; the next pgwiden command "
                "takes it away.");
    tell_failure(r, e);
}

/* Of the same table on the copy. */
static const struct figures_of *find(const struct engine *g, const struct table *t)
{
    for (int i = 0; i < g->request->rehearsed_count; i++)
        if (strcmp(g->request->rehearsed[i].relation, t->targets[0].relation) == 0)
            return &g->request->rehearsed[i];
    return NULL;
}

static bool is_usable(const struct engine *g, const struct table *t, const struct figures_of *found,
                      int64_t rows, struct err *e)
{
    const char *relation = t->targets[0].relation, *file = g->settings->rehearsed;

    if (found != NULL && (found->figures.rows > 0 || rows == 0))
        return true;
    if (found == NULL)
        err_set(e, ERR_FAILED, "there are no figures of %s in \"%s\"", relation, file);
    else
        err_set(e, ERR_FAILED, "the figures in \"%s\" are of an empty %s", file, relation);
    return err_hint(e, "Run it with --save-figures on a copy of the database that has the table's rows.");
}

void rehearsal_scale(struct engine *g, struct table *t, struct plan_report *p)
{
    const struct figures_of *found = find(g, t);
    struct rehearsal_report *out = arena_alloc(g->arena, sizeof *out);
    struct rehearsal r = {.outer = g, .original = t, .sample.leaves = 1};
    struct err e;

    err_clear(&e);
    *out = (struct rehearsal_report){.source = g->settings->rehearsed, .failed = "", .logged = true};
    p->rehearsal = out;
    if (is_usable(g, t, found, p->rows, &e)) {
        r.figures = found->figures;
        r.sample.rows = out->rows = found->figures.rows;
        r.sample.factor = out->factor =
            found->figures.rows > 0 ? (double)p->rows / (double)found->figures.rows : 1;
        scale(&r, p, out, &e);
    }
    if (e.kind == ERR_NONE)
        return;
    out->failed = arena_strdup(g->arena, e.primary);
    tell_failure(&r, &e);
}

void rehearsal_run(struct engine *g, struct table *t, struct plan_report *p)
{
    struct rehearsal r = {0};
    struct rehearsal_report *out = arena_alloc(g->arena, sizeof *out);
    struct err e, left;
    bool ok, taken;

    err_clear(&e);
    err_clear(&left);
    set_up(&r, g, t);
    if (t->conversion.id == 0)
        tell_notice(g, t->name, "rehearsing on a copy of %s", t->targets[0].relation);
    ok = run(&r, p->rows, &e);
    taken = take_away(&r, &left);
    *out = (struct rehearsal_report){.source = "sample",
                                     .failed = "",
                                     .rows = r.sample.rows,
                                     .factor = r.sample.factor,
                                     .logged = r.sample.logged,
                                     .foreign_keys = r.sample.foreign_keys,
                                     .views = r.sample.views};
    if (r.declined)
        out->failed = r.declined;
    else if (ok)
        scale(&r, p, out, &e);
    p->rehearsal = out;
    if (e.kind != ERR_NONE) {
        explain(&r, taken, &e);
        out->failed = arena_strdup(g->arena, e.primary);
        tell_failure(&r, &e);
    } else if (!taken) {
        tell_left(&r, &left);
    }
}
