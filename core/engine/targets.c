#include "engine/context.h"
#include "sql.h"

#include <string.h>

static struct table *table_of(struct engine *g, uint32_t relid)
{
    for (int i = 0; i < g->table_count; i++)
        if (g->tables[i].targets[0].relid == relid)
            return &g->tables[i];
    return NULL;
}

static void add_target(struct engine *g, struct table *t, const struct target *target)
{
    if (t->count == t->room) {
        struct target *longer = arena_alloc(g->arena, (size_t)(2 * t->room + 1) * sizeof *longer);

        for (int i = 0; i < t->count; i++)
            longer[i] = t->targets[i];
        t->targets = longer;
        t->room = 2 * t->room + 1;
    }
    t->targets[t->count++] = *target;
}

static bool has_column(const struct table *t, int attnum)
{
    for (int i = 0; i < t->count; i++)
        if (t->targets[i].attnum == attnum)
            return true;
    return false;
}

/* Adds a target to its table; the same column twice counts once. A table that is named is the patterns' no
 * more. */
static void add(struct engine *g, const struct found *found)
{
    struct table *t = table_of(g, found->target.relid);

    if (!t)
        t = &g->tables[g->table_count++];
    t->named = t->named || found->named;
    t->refused = t->refused || found->refused;
    if (!has_column(t, found->target.attnum))
        add_target(g, t, &found->target);
}

static void name_table(struct engine *g, struct table *t)
{
    t->name = t->arguments = "";
    for (int i = 0; i < t->count; i++) {
        t->name = arena_printf(g->arena, "%s%s%s", t->name, i ? ", " : "", t->targets[i].name);
        t->arguments = arena_printf(g->arena, "%s%s%s", t->arguments, i ? " " : "",
                                    target_argument(g->arena, t->targets[i].name));
    }
}

/* A column of the open conversion, as an argument for the command that undoes it. */
static const char *open_column(struct engine *g, const struct table *t)
{
    const char *columns = t->conversion.columns, *first = target_next(g->arena, &columns);

    return target_argument(g->arena, arena_printf(g->arena, "%s.%s", t->targets[0].relation, first));
}

/* An open conversion must be of these columns (or of more: they go together). Undone it can be under any
 * name. */
static bool check_covered(struct engine *g, struct table *t, struct err *e)
{
    bool undo = g->request->command == COMMAND_ABORT;

    for (int i = 0; i < t->count; i++) {
        const char *params[] = {arena_printf(g->arena, "%d", t->conversion.id), t->targets[i].column,
                                undo ? arena_printf(g->arena, "%d", t->targets[i].attnum) : NULL};
        struct rows rows;

        if (!session_query(g->session, g->arena, sql_state_covers, 3, params, &rows, e))
            return false;
        if (rows_bool(&rows, 0, 0) || t->targets[i].is_bigint)
            continue;
        err_set(e, ERR_FAILED, "a conversion of other columns of %s is open: %s", t->targets[i].relation,
                t->conversion.columns);
        err_detail(e, "All columns of a table go through together; %s was not changed.", t->targets[i].name);
        return err_hint(e, "Finish that conversion, or undo it (%s), and name all columns then.",
                        tell_command(g, "abort", open_column(g, t), ""));
    }
    return true;
}

/* What goes together is named together: whoever says yes to a swap reads what is swapped. */
static void add_open_columns(struct engine *g, struct table *t)
{
    const char *columns = t->conversion.columns, *column;
    int count = t->count;

    while ((column = target_next(g->arena, &columns))) {
        const char *name = arena_printf(g->arena, "%s.%s", t->targets[0].relation, column);
        struct target target;
        struct err ignored; /* renamed meanwhile: it goes on under its number */

        if (target_resolve(g->session, g->arena, name, &target, &ignored) &&
            target.relid == t->targets[0].relid && !has_column(t, target.attnum))
            add_target(g, t, &target);
    }
    if (t->count > count)
        name_table(g, t);
}

bool targets_load(struct engine *g, struct table *t, struct err *e)
{
    if (!state_load(g->session, g->arena, t->targets[0].relid, &t->conversion, e))
        return false;
    t->nothing_to_do = t->conversion.id == 0;
    for (int i = 0; i < t->count; i++)
        t->nothing_to_do = t->nothing_to_do && t->targets[i].is_bigint;
    if (t->conversion.id == 0 || g->request->command == COMMAND_STATUS || engine_steers(g->request->command))
        return true;
    if (!check_covered(g, t, e))
        return false;
    if (g->request->command != COMMAND_ABORT)
        add_open_columns(g, t);
    return true;
}

/* What target_resolve has against a column that a pattern means, before it is told with the others. */
static bool check_types(struct engine *g, struct table *t, struct err *e)
{
    bool matters = t->refused && (g->request->command != COMMAND_STATUS || g->request->check);

    for (int i = 0; i < t->count && matters; i++)
        if (!target_resolve(g->session, g->arena, t->targets[i].name, &t->targets[i], e))
            return false;
    return true;
}

bool targets_leave_out(struct engine *g, struct table *t, struct err *e)
{
    if (t->named || outcome_ends_all(g, e))
        return false;
    err_detail(e, "It is left out; nothing of it was changed.");
    tell_error(g, t->name, e);
    outcome_failed(g, t, e->kind);
    t->left_out = true;
    return true;
}

/* Takes away those that are left out. */
static void keep_others(struct engine *g)
{
    int kept = 0;

    for (int i = 0; i < g->table_count; i++)
        if (!g->tables[i].left_out)
            g->tables[kept++] = g->tables[i];
    g->table_count = kept;
}

/* A pattern's tables that are bigint already: counted, and not worked on. A check shows them, --forget has
 * work to do. */
static void skip_done(struct engine *g)
{
    const char **names = arena_alloc(g->arena, (size_t)(g->table_count + 1) * sizeof *names);
    int count = 0;

    if (g->request->command == COMMAND_STATUS || g->settings->forget)
        return;
    for (int i = 0; i < g->table_count; i++)
        if (!g->tables[i].named && g->tables[i].nothing_to_do) {
            g->tables[i].left_out = true;
            names[count++] = g->tables[i].name;
        }
    if (count > 0)
        find_tell_list(g, arena_printf(g->arena, "%d bigint already, nothing to do", count), count, names);
    keep_others(g);
}

bool targets_find(struct engine *g, struct err *e)
{
    struct found_list found;

    if (!find_targets(g, &found, e))
        return false;
    g->tables = arena_alloc(g->arena, (size_t)(found.count + 1) * sizeof *g->tables);
    for (int i = 0; i < found.count; i++)
        add(g, &found.list[i]);
    for (int i = 0; i < g->table_count; i++) {
        struct table *t = &g->tables[i];

        name_table(g, t);
        if (!(check_types(g, t, e) && targets_load(g, t, e)) && !targets_leave_out(g, t, e))
            return false;
    }
    keep_others(g);
    g->several = g->several || g->table_count > 1;
    skip_done(g);
    return true;
}

/* "{1,3}" */
static const char *numbers(struct engine *g, const struct table *t)
{
    const char *text = "{";

    for (int i = 0; i < t->count; i++)
        text = arena_printf(g->arena, "%s%s%d", text, i ? "," : "", t->targets[i].attnum);
    return arena_printf(g->arena, "%s}", text);
}

bool targets_check_names(struct engine *g, struct table *t, struct err *e)
{
    const char *params[] = {arena_printf(g->arena, "%u", t->targets[0].relid), numbers(g, t)};
    struct table called = *t;
    bool same = true;
    struct rows rows;

    if (!session_query(g->session, g->arena, sql_facts_called, 2, params, &rows, e))
        return false;
    if (rows.count < t->count)
        return err_set(e, ERR_FAILED, "%s was dropped", t->name);
    called.targets = arena_alloc(g->arena, (size_t)t->count * sizeof *called.targets);
    for (int i = 0; i < t->count; i++) {
        called.targets[i] = (struct target){.name = rows_text(&rows, i, 0)};
        same = same && strcmp(called.targets[i].name, t->targets[i].name) == 0;
    }
    if (same)
        return true;
    name_table(g, &called);
    t->arguments = called.arguments;
    err_set(e, ERR_FAILED, "%s %s called %s now", t->name, t->count == 1 ? "is" : "are", called.name);
    return err_code(e, "renamed");
}

bool targets_refresh(struct engine *g, struct table *t, struct err *e)
{
    for (int i = 0; i < t->count; i++)
        if (!target_resolve(g->session, g->arena, t->targets[i].name, &t->targets[i], e))
            return false;
    return targets_load(g, t, e);
}

struct target_list targets_narrow(struct engine *g, const struct table *t)
{
    struct target *list = arena_alloc(g->arena, (size_t)t->count * sizeof *list);
    int count = 0;

    for (int i = 0; i < t->count; i++)
        if (!t->targets[i].is_bigint)
            list[count++] = t->targets[i];
    return (struct target_list){.count = count, .list = list};
}

bool targets_check_refusals(const struct table *t, struct err *e)
{
    if (t->findings.refusals == 0)
        return true;
    err_set(e, ERR_REFUSED, "%s was refused by preflight: %d %s", t->name, t->findings.refusals,
            t->findings.refusals == 1 ? "reason" : "reasons");
    return err_code(e, "refused");
}

bool targets_refused_by_server(const struct table *t)
{
    for (int i = 0; i < t->findings.count; i++)
        if (t->findings.list[i].refuses && strcmp(t->findings.list[i].code, "read-only-server") == 0)
            return true;
    return false;
}

bool targets_check_server(struct engine *g, struct err *e)
{
    struct rows rows;
    bool open = false;

    for (int i = 0; i < g->table_count; i++)
        open = open || g->tables[i].conversion.id != 0;
    if (!open)
        return true;
    if (!session_query(g->session, g->arena, sql_preflight_server, 0, NULL, &rows, e))
        return false;
    if (rows.count == 0)
        return true;
    err_set(e, ERR_REFUSED, "the conversion can't go on through this %s: %s", rows_text(&rows, 0, 1),
            rows_text(&rows, 0, 2));
    err_code(e, rows_text(&rows, 0, 0));
    return err_hint(e, "%s", rows_text(&rows, 0, 3));
}

/* Findings of one table; warnings are told once. */
static bool preflight(struct engine *g, struct table *t, bool told, struct err *e)
{
    const struct target_list narrow = targets_narrow(g, t);

    t->rehearsed = false;
    if (!catalog_preflight(g->session, g->arena, g->settings, &narrow, &t->findings, e))
        return false;
    if (t->findings.refusals == 0 && !told && !rehearse_later(g, t) && !rehearse_texts(g, t, e))
        return false;
    for (int j = 0; j < t->findings.count; j++)
        if (!told || t->findings.list[j].refuses)
            tell_finding(g, t->name, &t->findings.list[j], warnings_are_grouped(g, t));
    t->named = t->named || targets_refused_by_server(t);
    t->preflighted = loop_now(g->loop);
    return targets_check_refusals(t, e);
}

bool targets_preflight(struct engine *g, struct err *e)
{
    struct err refused;

    err_clear(&refused);
    for (int i = 0; i < g->table_count; i++) {
        struct table *t = &g->tables[i];

        if (t->nothing_to_do)
            continue;
        if (loop_stopping(g->loop))
            return err_set(e, ERR_STOPPED, "stopped before preflight of %s", t->name);
        tell_start(g, t);
        if (t->conversion.id != 0 || preflight(g, t, false, e) || targets_leave_out(g, t, e))
            continue;
        if (e->kind != ERR_REFUSED)
            return false;
        refused = *e;
        if (targets_refused_by_server(t))
            break;
    }
    warnings_tell(g);
    keep_others(g);
    *e = refused;
    return e->kind == ERR_NONE;
}

bool targets_preflight_again(struct engine *g, struct table *t, struct err *e)
{
    return preflight(g, t, true, e);
}

/* What could have been allowed was, or is not in the way now. */
bool targets_is_obstacle(const struct finding *f)
{
    return f->refuses && !check_by_code(f->code)->allowable;
}

/* What was found refuses, with a conversion open: told, and ERR_FAILED. */
static bool check_obstacles(struct engine *g, const struct table *t, struct err *e)
{
    int refusals = 0;

    for (int i = 0; i < t->findings.count; i++) {
        const struct finding *f = &t->findings.list[i];

        if (!targets_is_obstacle(f))
            continue;
        tell_finding(g, t->name, f, false);
        refusals++;
    }
    if (refusals == 0)
        return true;
    err_set(e, ERR_FAILED, "%s can't be swapped any more: %s came since it was begun", t->name,
            refusals == 1 ? "an obstacle" : "obstacles");
    return err_code(e, "refused");
}

bool targets_preflight_open(struct engine *g, struct table *t, struct err *e)
{
    const struct target_list narrow = targets_narrow(g, t);

    return catalog_preflight(g->session, g->arena, g->settings, &narrow, &t->findings, e) &&
           rehearse_texts(g, t, e) && check_obstacles(g, t, e);
}

bool targets_check_captured(struct engine *g, struct table *t, struct err *e)
{
    t->findings = (struct findings){0};
    return catalog_rehearsal(g->session, g->arena, g->settings, t->targets[0].relid, &t->findings, e) &&
           check_obstacles(g, t, e);
}
