#include "engine/engine.h"

#include "engine/context.h"
#include "facts/sample.h"
#include "facts/state.h"

#include <stdlib.h>
#include <string.h>

/* ---- notices and statements of the sessions ---- */

static void on_notice(void *context, const char *severity, const char *message)
{
    struct engine *g = context;

    if (g->settings->verbose > 0 && strcmp(severity, "NOTICE") != 0)
        tell_notice(g, NULL, "server: %s: %s", severity, message);
}

static void on_sent(void *context, const char *statement, double ms)
{
    struct engine *g = context;
    struct event event = {.kind = EVENT_STATEMENT};

    event.u.statement.object = "";
    event.u.statement.statement = statement;
    event.u.statement.ms = ms;
    tell(g, &event);
}

/* ---- one command ---- */

bool engine_steers(enum command c)
{
    return c == COMMAND_PAUSE || c == COMMAND_RESUME || c == COMMAND_STOP || c == COMMAND_SET;
}

static bool converts(enum command c)
{
    return c != COMMAND_PLAN && c != COMMAND_STATUS && !engine_steers(c);
}

static bool open_all(struct engine *g, struct err *e)
{
    if (!loop_open(&g->loop, e))
        return false;
    if (g->settings->stop_after > 0)
        loop_stop_in(g->loop, g->settings->stop_after);
    return session_open(g->loop, g->settings, "pgwiden: preflight", &g->session_listener, &g->session, e);
}

static void close_all(struct engine *g)
{
    struct err ignored;

    if (g->session && session_is_pooled(g->session))
        (void)!session_script(g->session, NULL, "ROLLBACK", NULL, &ignored);
    control_close(g);
    session_close(g->watch);
    session_close(g->session);
    loop_close(g->loop);
}

/* cleanup of a table without a conversion: 0 with a word. */
static bool is_idle_cleanup(struct engine *g, struct table *t)
{
    if (g->request->command != COMMAND_CLEANUP || t->conversion.id != 0)
        return false;
    tell_notice(g, t->name, "no conversion of %s is open: there is nothing to clean up",
                t->targets[0].relation);
    tell_next(g, t, URGENCY_DONE, "done", "", "");
    return true;
}

static bool work_on(struct engine *g, struct table *t, struct err *e)
{
    struct err ignored;
    bool ok;

    if (is_idle_cleanup(g, t))
        return !g->settings->forget || undo_forget(g, t, e);
    ok = g->request->command == COMMAND_ABORT ? undo_table(g, t, e) : convert_table(g, t, e);
    control_rest(g);
    if (!ok)
        control_explain(g, e);
    if (!session_is_broken(g->session))
        (void)!session_query(g->session, g->arena, "SELECT pg_advisory_unlock_all()", 0, NULL, NULL,
                             &ignored);
    return ok;
}

static bool stopped_between(struct engine *g, const struct table *t, struct err *e)
{
    err_set(e, ERR_STOPPED, "stopped before %s", t->name);
    outcome_again(g, t);
    return err_hint(e, "Run the same command again, it goes on from here.");
}

/* The tables one after another; one that fails stops none of the others, a stop or a lost connection does. */
static enum err_kind work_on_all(struct engine *g)
{
    int count = g->table_count + g->not_done_count;

    for (int i = 0; i < g->table_count; i++) {
        struct table *t = &g->tables[i];
        struct err e;

        err_clear(&e);
        g->figures = g->saved ? &g->saved[i].figures : NULL;
        if (i > 0 && loop_stopping(g->loop) ? stopped_between(g, t, &e) : work_on(g, t, &e))
            continue;
        tell_error(g, t->name, &e);
        outcome_failed(g, t, e.kind);
        if (!outcome_ends_all(g, &e))
            continue;
        while (++i < g->table_count)
            outcome_failed(g, &g->tables[i], ERR_STOPPED);
    }
    if (g->not_done_count > 0 && count > 1)
        find_tell_list(g, arena_printf(g->arena, "%d of %d tables not done", g->not_done_count, count),
                       g->not_done_count, g->not_done);
    return g->status;
}

static bool needs_preflight(enum command c)
{
    return c == COMMAND_RUN || c == COMMAND_PREPARE;
}

/* Before anything of any table was begun. */
static enum err_kind failed(struct engine *g, struct err *e)
{
    if (e->kind == ERR_LOCK) {
        err_prefix(e, "could not look at the table");
        err_hint(e, "Find who holds ACCESS EXCLUSIVE on it (pg_locks), and run the same command again.");
    }
    if (converts(g->request->command) && e->kind != ERR_USAGE)
        err_detail(e, "Nothing was changed.");
    tell_error(g, NULL, e);
    g->state = e->kind == ERR_REFUSED ? "refused" : e->kind == ERR_STOPPED ? "stopped" : "failed";
    return e->kind;
}

static enum err_kind reports(struct engine *g, struct engine_report *report, struct err *e)
{
    if (g->request->command == COMMAND_STATUS) {
        if (g->request->check)
            return status_check(g, report) ? g->status : ERR_FAILED;
        return status_report(g, report, e) ? g->status : failed(g, e);
    }
    if (!plan_report(g, report, e))
        return failed(g, e);
    /* as for run, which does nothing at all when a target that is named is refused */
    for (int i = 0; i < g->table_count; i++)
        if (g->tables[i].named && g->tables[i].findings.refusals > 0)
            return ERR_REFUSED;
    return g->status;
}

/* That it can't be taken away now is no reason not to work. */
static bool forgive(struct engine *g, const char *what, struct err *e)
{
    if (session_is_broken(g->session))
        return false;
    tell_notice(g, NULL, "%s: %s", what, e->primary);
    err_clear(e);
    return true;
}

/* What rehearsals left that were killed, and conversions of tables that were dropped. */
static bool clean_up(struct engine *g, struct err *e)
{
    bool exists;

    if (session_is_pooled(g->session))
        return true;
    /* what is wrong with the schema is told after what is wrong with the arguments */
    if (!state_exists(g->session, &exists, e)) {
        if (session_is_broken(g->session))
            return false;
        err_clear(e);
        return true;
    }
    if (!exists)
        return true;
    if (!sample_drop_leftovers(g->session, g->loop, e) &&
        !forgive(g, "what a rehearsal left in schema pgwiden could not be taken away", e))
        return false;
    return !converts(g->request->command) || g->settings->dry_run || dropped_close(g, e) ||
           forgive(g, "the conversion of a table that was dropped could not be closed", e);
}

static enum err_kind command(struct engine *g, struct engine_report *report)
{
    struct err e;

    err_clear(&e);
    if (!open_all(g, &e) || !clean_up(g, &e) || !targets_find(g, &e))
        return failed(g, &e);
    report->database = arena_strdup(g->arena, session_database(g->session));
    report->host = arena_strdup(g->arena, session_host(g->session));
    report->server_version = arena_printf(g->arena, "%d.%d", session_version(g->session) / 10000,
                                          session_version(g->session) % 10000);
    if (engine_steers(g->request->command))
        return steer(g, report, &e) ? g->status : failed(g, &e);
    if (g->request->command != COMMAND_STATUS && !targets_check_server(g, &e))
        return failed(g, &e);
    if (converts(g->request->command) && !convert_check_order(g, &e))
        return failed(g, &e);
    if (!converts(g->request->command) || g->settings->dry_run)
        return reports(g, report, &e);
    if (needs_preflight(g->request->command) && !targets_preflight(g, &e))
        return failed(g, &e);
    figures_save(g, report);
    return work_on_all(g);
}

int engine_run(const struct engine_request *request, struct arena *a, struct engine_report *report)
{
    struct engine g = {.request = request,
                       .settings = &g.live,
                       .live = *request->settings,
                       .arena = a,
                       .state = "",
                       .next_command = "",
                       .arguments = "",
                       .ear = {.answered = true}};
    struct event event = {.kind = EVENT_EXIT};
    enum err_kind status;

    memset(report, 0, sizeof *report);
    g.live.through_pooler = request->command == COMMAND_STATUS;
    g.session_listener = (struct session_listener){
        .notice = on_notice, .sent = request->settings->echo ? on_sent : NULL, .context = &g};
    status = command(&g, report);
    close_all(&g);
    event.u.exit.status = (int)status;
    event.u.exit.state = g.state;
    event.u.exit.next_command = g.next_command;
    tell(&g, &event);
    return (int)status;
}
