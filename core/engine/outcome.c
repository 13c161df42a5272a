/*
 * What a command says at its beginning and end.
 */
#include "base/units.h"
#include "engine/context.h"
#include "sql.h"

#include <string.h>

void tell_start(struct engine *g, struct table *t)
{
    struct event event = {.kind = EVENT_START, .target = t->name};
    int version = session_version(g->session);

    if (t->started)
        return;
    t->started = true;
    event.u.start.server_version = arena_printf(g->arena, "%d.%d", version / 10000, version % 10000);
    event.u.start.database = session_database(g->session);
    event.u.start.host = session_host(g->session);
    event.u.start.resumed = t->conversion.id != 0;
    event.u.start.type = t->conversion.id != 0 ? t->conversion.types : t->targets[0].type;
    tell(g, &event);
}

static const char *with(struct engine *g, const char *options, const char *option)
{
    return arena_printf(g->arena, "%s%s%s", options, *options && *option ? " " : "", option);
}

/* What a command was told to wait for before it swaps, the next one has to be told again. */
static const char *with_waits(struct engine *g, const char *options)
{
    const struct settings *s = g->settings;
    char window[32];

    if (s->hold_swap)
        options = with(g, options, "--hold-swap");
    if (s->swap_window.from < 0)
        return options;
    units_give_window(s->swap_window.from, s->swap_window.to, window, sizeof(window));
    return with(g, options, arena_printf(g->arena, "--swap-window %s", window));
}

void tell_next(struct engine *g, const struct table *t, enum urgency urgency, const char *state,
               const char *command, const char *options)
{
    if (urgency >= g->state_urgency) {
        g->state_urgency = urgency;
        g->state = state;
    }
    if (*command && urgency >= g->next_urgency) {
        g->next_urgency = urgency;
        if (strcmp(command, "run") == 0)
            options = with_waits(g, options);
        g->next_command = tell_command(g, command, g->several ? g->arguments : t->arguments, options);
    }
}

void outcome_again(struct engine *g, const struct table *t)
{
    static const char *const names[] = {
        [COMMAND_RUN] = "run",     [COMMAND_PREPARE] = "prepare", [COMMAND_BACKFILL] = "backfill",
        [COMMAND_INDEX] = "index", [COMMAND_VERIFY] = "verify",   [COMMAND_SWAP] = "swap",
        [COMMAND_ABORT] = "abort", [COMMAND_CLEANUP] = "cleanup"};
    enum command command = g->request->command;
    const struct settings *s = g->settings;
    const char *options = s->yes ? "--yes" : "";

    if (command == COMMAND_RUN && s->cleanup)
        options = with(g, "--cleanup", options);
    else if (command == COMMAND_RUN && s->until != PHASE_SWAP)
        options = with(g, arena_printf(g->arena, "--until %s", phase_name(s->until)), options);
    if (command == COMMAND_RUN && s->max_table_rows >= 0)
        options =
            with(g, options, arena_printf(g->arena, "--max-table-rows %lld", (long long)s->max_table_rows));
    if (command == COMMAND_SWAP)
        options = with_waits(g, options);
    tell_next(g, t, URGENCY_FAILED, "", names[command], options);
}

static void explain_unsure(struct engine *g, const struct table *t, struct err *e)
{
    if (t->conversion.id == 0) {
        err_detail(e, "Nothing of the table was changed; whether its conversion was opened is not known.");
        err_hint(e, "Run the same command again; or undo everything: %s",
                 tell_command(g, "abort", t->arguments, ""));
        return;
    }
    err_detail(e, "Whether the swap has taken place is not known: its answer did not come.");
    err_hint(e, "Run the same command again, it goes on from there; or look: %s",
             tell_command(g, "status", arena_printf(g->arena, "--check %s", t->arguments), ""));
}

/* Kept even when the run fails: what is done stays done. */
static void explain_kept(const struct table *t, struct err *e)
{
    const struct conversion *c = &t->conversion;

    if (c->swapped)
        err_detail(e, "The swap is done and kept: %s %s bigint.", t->name, t->count == 1 ? "is" : "are");
    else
        err_detail(e, "Done and kept: everything up to phase %s%s.", phase_name(c->phase),
                   c->phase_done ? "" : ", which is under way");
}

/* The same command would not find what was renamed meanwhile. False: it was not. */
static bool explain_renamed(struct engine *g, struct table *t, struct err *e)
{
    struct err renamed;

    if (session_is_broken(g->session) || targets_check_names(g, t, &renamed) ||
        strcmp(renamed.code, "renamed") != 0)
        return false;
    if (strcmp(e->code, "renamed") != 0)
        err_detail(e, "%s.", renamed.primary);
    err_hint(e, "Name it so; or give the old name back: the conversion goes on under either.");
    return true;
}

/* The same command would not find it. False: it is there. */
static bool explain_dropped(struct engine *g, const struct table *t, struct err *e)
{
    const char *params[] = {arena_printf(g->arena, "%u", t->targets[0].relid)};
    struct err ignored;
    struct rows rows;

    if (session_is_broken(g->session) ||
        !session_query(g->session, g->arena, sql_facts_exists, 1, params, &rows, &ignored) ||
        rows_bool(&rows, 0, 0))
        return false;
    err_detail(e, "The table was dropped: there is nothing left to convert or to undo.");
    err_hint(e, "Close its conversion: %s", tell_command(g, "abort", t->arguments, ""));
    tell_next(g, t, URGENCY_FAILED, "", "abort", "");
    return true;
}

bool outcome_explain_start(struct engine *g, const struct table *t, struct err *e)
{
    bool refused = e->kind == ERR_REFUSED;

    if (!refused)
        outcome_again(g, t);
    return err_detail(e, refused || t->conversion.id == 0 ? "Nothing was changed."
                                                          : "This command has changed nothing.");
}

void outcome_explain(struct engine *g, struct table *t, struct err *e)
{
    const struct conversion *c = &t->conversion;

    if (strcmp(e->sqlstate, "2BP01") == 0)
        e->hint[0] = '\0'; /* the server's advice: CASCADE */
    if (t->unsure) {
        explain_unsure(g, t, e);
        outcome_again(g, t);
        return;
    }
    if (c->id == 0) {
        (void)outcome_explain_start(g, t, e);
        return;
    }
    if (explain_dropped(g, t, e))
        return;
    explain_kept(t, e);
    if (e->kind == ERR_DECISION) {
        tell_next(g, t, URGENCY_READY, "ready", "swap", "--yes");
        return;
    }
    if (!explain_renamed(g, t, e))
        err_hint(e, "Run the same command again, it goes on from here%s.",
                 c->swapped ? ""
                            : arena_printf(g->arena, "; or undo everything: %s",
                                           tell_command(g, "abort", t->arguments, "")));
    outcome_again(g, t);
}

bool outcome_ends_all(const struct engine *g, const struct err *e)
{
    return e->kind == ERR_STOPPED || e->kind == ERR_USAGE || session_is_broken(g->session);
}

/* What has to be mended comes before what a second run mends; but while tables have not been tried at all it
 * is to be run again. */
static int badness(enum err_kind kind)
{
    static const int order[] = {[ERR_NONE] = 0,   [ERR_DECISION] = 1, [ERR_LOCK] = 2,   [ERR_REFUSED] = 3,
                                [ERR_FAILED] = 4, [ERR_USAGE] = 5,    [ERR_STOPPED] = 6};

    return order[kind];
}

static void add_not_done(struct engine *g, const char *name)
{
    if (g->not_done_count == g->not_done_room) {
        int room = 2 * g->not_done_room + 16;
        const char **longer = arena_alloc(g->arena, (size_t)room * sizeof *longer);

        if (g->not_done_count > 0)
            memcpy(longer, g->not_done, (size_t)g->not_done_count * sizeof *longer);
        g->not_done = longer;
        g->not_done_room = room;
    }
    g->not_done[g->not_done_count++] = name;
}

void outcome_failed(struct engine *g, const struct table *t, enum err_kind kind)
{
    if (kind == ERR_REFUSED && !t->named)
        kind = ERR_FAILED;
    if (badness(kind) > badness(g->status))
        g->status = kind;
    if (g->state_urgency < URGENCY_READY)
        tell_next(g, t, URGENCY_FAILED, "", "", ""); /* the state that goes with the exit status */
    add_not_done(g, t->name);
}

bool tell_nothing_to_do(struct engine *g, struct table *t, struct err *e)
{
    struct conversion ended;

    if (!state_load_ended(g->session, g->arena, t->targets[0].relid, &ended, e))
        return false;
    tell_notice(g, t->name, "%s is bigint already: there is nothing to do", t->name);
    tell_next(g, t, URGENCY_DONE, "done", "", "");
    if (g->settings->forget)
        return undo_forget(g, t, e);
    return true;
}

static bool size_of(struct engine *g, const struct table *t, int64_t *size, struct err *e)
{
    const char *params[] = {arena_printf(g->arena, "%u", t->targets[0].relid)};
    struct rows rows;

    if (!session_query(g->session, g->arena,
                       "SELECT sum(pg_total_relation_size(r)) FROM (SELECT $1::oid UNION SELECT relid FROM "
                       "pg_partition_tree($1::oid)) AS o (r)",
                       1, params, &rows, e))
        return false;
    *size = rows_int(&rows, 0, 0);
    return true;
}

static const char *outcome(struct engine *g, const struct table *t, const struct conversion *c)
{
    if (c->swapped)
        return arena_printf(g->arena, "%s %s bigint", t->name, t->count == 1 ? "is" : "are");
    return arena_printf(g->arena, "%s: phase %s is complete", t->name, phase_name(state_complete(c)));
}

bool tell_done(struct engine *g, struct table *t, struct err *e)
{
    struct event event = {.kind = EVENT_DONE, .target = t->name};
    struct conversion c;

    if (!state_load(g->session, g->arena, t->targets[0].relid, &c, e) ||
        (c.id == 0 && !state_load_ended(g->session, g->arena, t->targets[0].relid, &c, e)) ||
        !size_of(g, t, &event.u.done.size_after, e))
        return false;
    event.u.done.rows = c.rows_done;
    event.u.done.seconds = c.seconds;
    event.u.done.rows_per_second = c.backfill_ms > 0 ? (double)c.rows_done * 1000 / c.backfill_ms : 0;
    event.u.done.wal_bytes = c.wal_bytes;
    event.u.done.size_before = c.size_before;
    event.u.done.lock_held_ms = c.lock_held_ms;
    event.u.done.outcome = outcome(g, t, &c);
    event.u.done.rollback = c.swapped && !*c.outcome ? "the old column is kept, in step, until cleanup" : "";
    tell(g, &event);
    return !g->settings->forget || undo_forget(g, t, e);
}
