/*
 * pause, resume, stop, set: what another process is asked for, through the database. Everything is checked
 * before anything is changed, and changed in one transaction.
 */
#include "base/tunable.h"
#include "engine/context.h"
#include "sql.h"

#include <string.h>

static const double patience = 30000; /* ms that stop waits for who runs it */

/* Its columns, to be pasted into a command. */
static const char *arguments_of(struct engine *g, const struct controlled *c)
{
    return tell_arguments(g, c->targets);
}

/* ---- which conversions ---- */

static bool refuse_none(struct engine *g, const char *what, struct err *e)
{
    err_set(e, ERR_REFUSED, "no conversion %s is open", what);
    err_code(e, "no-conversion");
    return err_hint(e, "What is open: %s status", g->request->command_line);
}

/* A column of a table whose conversion is of others has none. */
static bool check_open(struct engine *g, const struct table *t, struct err *e)
{
    for (int i = 0; i < t->count; i++) {
        const char *params[] = {arena_printf(g->arena, "%d", t->conversion.id), t->targets[i].column,
                                arena_printf(g->arena, "%d", t->targets[i].attnum)};
        struct rows rows;

        if (t->conversion.id == 0)
            return refuse_none(g, arena_printf(g->arena, "of %s", t->targets[i].name), e);
        if (!session_query(g->session, g->arena, sql_state_covers, 3, params, &rows, e))
            return false;
        if (!rows_bool(&rows, 0, 0))
            return refuse_none(g, arena_printf(g->arena, "of %s", t->targets[i].name), e);
    }
    return true;
}

static bool load(struct engine *g, struct controlled_list *out, struct err *e)
{
    const char *relids = NULL;
    bool exists;

    for (int i = 0; i < g->table_count; i++) {
        if (!check_open(g, &g->tables[i], e))
            return false;
        relids =
            arena_printf(g->arena, "%s%s%u", i ? relids : "{", i ? "," : "", g->tables[i].targets[0].relid);
    }
    if (relids)
        relids = arena_printf(g->arena, "%s}", relids);
    else if (g->request->target_count > 0)
        relids = "{}"; /* --if-exists: none is left */
    *out = (struct controlled_list){0};
    if (!state_exists(g->session, &exists, e) ||
        (exists && !control_list(g->session, g->arena, relids, out, e) && !state_vanished(g->session, e)))
        return false;
    if (out->count == 0 && g->request->target_count == 0)
        return refuse_none(g, arena_printf(g->arena, "in database %s", session_database(g->session)), e);
    return true;
}

/* ---- the changes ---- */

static bool pause_one(struct engine *g, const struct controlled *c, struct err *e)
{
    const char *params[] = {c->id, control_whence(g->arena)};
    bool changed;

    if (!control_change(g->session, sql_control_pause, 2, params, &changed, e))
        return false;
    if (!changed)
        tell_notice(g, c->targets, "%s is paused already, since %s by %s", c->targets, c->paused_at,
                    c->paused_by);
    else if (c->pid == 0)
        tell_notice(g, c->targets, "%s is paused: nobody runs it, and who does will hold until: %s",
                    c->targets, tell_command(g, "resume", arguments_of(g, c), ""));
    else
        tell_notice(g, c->targets, "%s is paused: nothing new is begun until: %s", c->targets,
                    tell_command(g, "resume", arguments_of(g, c), ""));
    return true;
}

static bool resume_one(struct engine *g, const struct controlled *c, struct err *e)
{
    const char *params[] = {c->id};
    bool changed;

    if (!control_change(g->session, sql_control_resume, 1, params, &changed, e))
        return false;
    if (!changed)
        tell_notice(g, c->targets, "%s is not paused", c->targets);
    else if (c->pid == 0)
        tell_notice(g, c->targets, "%s is not paused any more, but nobody runs it; go on with: %s",
                    c->targets, tell_command(g, "run", arguments_of(g, c), ""));
    else
        tell_notice(g, c->targets, "%s goes on", c->targets);
    return true;
}

static bool stop_one(struct engine *g, const struct controlled *c, struct err *e)
{
    const char *params[] = {c->id, arena_printf(g->arena, "%d", c->pid), control_whence(g->arena)};
    bool changed;

    if (c->pid == 0) {
        tell_notice(g, c->targets, "nobody runs %s: there is nothing to stop", c->targets);
        return true;
    }
    return control_change(g->session, sql_control_stop, 3, params, &changed, e);
}

static bool is_named(const struct engine *g)
{
    for (int i = 0; i < g->table_count; i++)
        if (g->tables[i].named)
            return true;
    return false;
}

/* swap=go, swap=hold; of all, or of a pattern's, those are meant that wait for it. */
static bool assign_swap(struct engine *g, const struct controlled *c, const char *value, struct err *e)
{
    if (!c->swapped) {
        const char *params[] = {c->id, value, control_whence(g->arena)};
        bool changed;

        return control_change(g->session, sql_control_swap, 3, params, &changed, e);
    }
    err_set(e, ERR_REFUSED, "%s has been swapped already", c->targets);
    return err_code(e, "swapped");
}

static bool assign(struct engine *g, const struct controlled *c, const struct assignment *a, struct err *e)
{
    const char *params[] = {c->id, a->name, a->value, control_whence(g->arena)};
    bool changed;

    if (strcmp(a->name, "swap") == 0)
        return assign_swap(g, c, a->value, e);
    if (a->value == NULL)
        return control_change(g->session, sql_control_unset, 2, params, &changed, e);
    return control_change(g->session, sql_control_set, 4, params, &changed, e);
}

static bool set_one(struct engine *g, const struct controlled *c, struct err *e)
{
    for (int i = 0; i < g->request->assignment_count; i++) {
        const struct assignment *a = &g->request->assignments[i];

        if (c->swapped && strcmp(a->name, "swap") == 0 && !is_named(g)) {
            tell_notice(g, c->targets, "%s has been swapped already", c->targets);
            continue;
        }
        if (!assign(g, c, a, e))
            return false;
        tell_notice(g, c->targets, "%s: %s=%s%s", c->targets, a->name, a->value ? a->value : "default",
                    c->pid == 0 ? ": nobody runs it, the next run takes it" : "");
    }
    return true;
}

static bool change_all(struct engine *g, const struct controlled_list *all, struct err *e)
{
    static bool (*const changes[])(struct engine *, const struct controlled *,
                                   struct err *) = {[COMMAND_PAUSE] = pause_one,
                                                    [COMMAND_RESUME] = resume_one,
                                                    [COMMAND_STOP] = stop_one,
                                                    [COMMAND_SET] = set_one};
    const double longest = 5000; /* all others hold these rows for moments */
    struct err ignored;
    /* a synchronous standby that is gone may be why somebody is in a hurry */
    bool ok = session_script(g->session, g->arena, "BEGIN; SET LOCAL synchronous_commit = local", NULL, e) &&
              catalog_limit_lock_waits(g->session, longest, e);

    for (int i = 0; ok && i < all->count; i++)
        ok = changes[g->request->command](g, &all->list[i], e);
    ok = ok && session_script(g->session, g->arena, "COMMIT", NULL, e);
    if (!ok) {
        err_detail(e, "Nothing was changed.");
        if (e->kind == ERR_LOCK)
            err_hint(e, "Another session holds rows of pgwiden.control or pgwiden.tuning: "
                        "find it with pg_blocking_pids(), end it, and try again.");
        (void)!session_script(g->session, g->arena, "ROLLBACK", NULL, &ignored);
    }
    catalog_lift_lock_limit(g->session);
    return ok;
}

/* ---- stop waits ---- */

/* The one of `now` that the same process still runs. */
static const struct controlled *same_runner(const struct controlled *c, const struct controlled_list *now)
{
    for (int i = 0; c->pid != 0 && i < now->count; i++)
        if (strcmp(now->list[i].id, c->id) == 0 && now->list[i].pid == c->pid)
            return &now->list[i];
    return NULL;
}

static bool fail_unheard(struct engine *g, const struct controlled *c, struct err *e)
{
    err_set(e, ERR_FAILED, "%s is still worked on after %.0f s: nobody listened", c->targets,
            patience / 1000);
    err_detail(e, "It is %s.", c->who);
    return err_hint(e,
                    "If that process is gone or hangs, end what it left on the server: SELECT "
                    "pg_terminate_backend(%d); then: %s",
                    c->pid, tell_command(g, "status", arguments_of(g, c), ""));
}

/* *still: the process that ran it does so yet. */
static bool look(struct engine *g, const struct controlled *c, double until, bool *still, struct err *e)
{
    struct arena *a = arena_new();
    struct controlled_list now = {0};
    const struct controlled *runs = NULL;
    /* what was to be stopped may have ended with the last conversion and its schema (abort --forget) */
    bool ok = control_list(g->session, a, NULL, &now, e) || state_vanished(g->session, e);

    if (ok)
        runs = same_runner(c, &now);
    *still = runs != NULL;
    if (runs && loop_now(g->loop) >= until)
        ok = fail_unheard(g, runs, e);
    else if (runs && loop_stopping(g->loop))
        ok = err_set(e, ERR_STOPPED, "stopped while waiting for the end of %s", c->targets);
    arena_free(a);
    return ok;
}

/* Until none of those that were asked holds its lock. */
static bool wait_for_end(struct engine *g, const struct controlled_list *all, struct err *e)
{
    double until = loop_now(g->loop) + patience;

    for (int i = 0; i < all->count; i++) {
        const struct controlled *c = &all->list[i];

        for (bool still = c->pid != 0; still;) {
            if (!look(g, c, until, &still, e))
                return false;
            if (still)
                loop_sleep(g->loop, 100);
        }
        if (c->pid != 0)
            tell_notice(g, c->targets, "%s was stopped; go on with: %s", c->targets,
                        tell_command(g, "run", arguments_of(g, c), ""));
    }
    return true;
}

/* ---- set's report ---- */

bool steer_settings(struct engine *g, const char *conversion, int *count, const struct setting_report **out,
                    struct err *e)
{
    struct setting_report *list;
    struct rows r;

    if (!session_query(g->session, g->arena, sql_control_settings, 1, &conversion, &r, e))
        return false;
    list = arena_alloc(g->arena, (size_t)(r.count + 1) * sizeof *list);
    for (int i = 0; i < r.count; i++)
        list[i] = (struct setting_report){.name = rows_text(&r, i, 0),
                                          .value = rows_text(&r, i, 1),
                                          .set_by = rows_text(&r, i, 2),
                                          .set_at = rows_text(&r, i, 3)};
    *count = r.count;
    *out = list;
    return true;
}

static bool report_settings(struct engine *g, const struct controlled_list *all, struct engine_report *report,
                            struct err *e)
{
    struct settings_report *list = arena_alloc(g->arena, (size_t)(all->count + 1) * sizeof *list);

    for (int i = 0; i < all->count; i++) {
        const struct controlled *c = &all->list[i];

        list[i] = (struct settings_report){.target = c->targets,
                                           .running = c->pid != 0,
                                           .who = c->who,
                                           .paused_at = c->paused_at,
                                           .paused_by = c->paused_by};
        if (!steer_settings(g, c->id, &list[i].count, &list[i].settings, e))
            return false;
    }
    report->settings = list;
    report->settings_count = all->count;
    return true;
}

bool steer(struct engine *g, struct engine_report *report, struct err *e)
{
    static const char *const states[] = {[COMMAND_PAUSE] = "paused",
                                         [COMMAND_RESUME] = "resumed",
                                         [COMMAND_STOP] = "stopped",
                                         [COMMAND_SET] = "set"};
    struct controlled_list all;

    if (!load(g, &all, e))
        return false;
    if ((g->request->command != COMMAND_SET || g->request->assignment_count > 0) && !change_all(g, &all, e))
        return false;
    if (g->request->command == COMMAND_STOP && !wait_for_end(g, &all, e))
        return false;
    if (g->request->command == COMMAND_SET && !report_settings(g, &all, report, e))
        return false;
    g->state = states[g->request->command];
    return true;
}
