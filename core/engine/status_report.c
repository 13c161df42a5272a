/*
 * status: every conversion of the database; status --check: a gate for deployments.
 */
#include "engine/context.h"
#include "sql.h"

#include <math.h>
#include <string.h>

/* Columns of sql/state/status.sql. */
enum {
    TARGET,
    TYPE,
    PHASE,
    PHASE_DONE,
    OUTCOME,
    SWAPPED,
    RUNNING,
    PERCENT,
    ROWS,
    RATE,
    ETA,
    LOCK_HELD,
    WHO,
    STARTED,
    UPDATED,
    FINISHED,
    ID,
    PAUSED_AT,
    PAUSED_BY,
    READY_SINCE,
    WAITS_FOR,
    BLOCKED_BY,
    HOT,
    SWEEP,
    EXHAUSTED
};

static const char *state_of(const struct status_report *s, bool phase_done)
{
    if (s->running && *s->ready_since && !s->swapped)
        return "ready";
    if (s->running)
        return *s->paused_at ? "paused" : "running";
    if (s->swapped)
        return "swapped";
    if (strcmp(s->phase, "swap") == 0 || (phase_done && strcmp(s->phase, "verify") == 0))
        return "ready";
    if (phase_done && strcmp(s->phase, "prepare") == 0)
        return "prepared";
    return "nobody runs it";
}

static const char *next_command(struct engine *g, const struct status_report *s, const char *arguments)
{
    if (s->open && s->running && s->held)
        return tell_command(g, "set", arguments, "swap=go");
    if (s->open && *s->paused_at && !s->swapped)
        return tell_command(g, "resume", arguments, "");
    if (!s->open || s->running)
        return "";
    if (s->swapped)
        return tell_command(g, "cleanup", arguments, "");
    return tell_command(g, strcmp(s->state, "ready") == 0 ? "swap" : "run", arguments, "");
}

/* Of an instance that runs: what another one left behind holds no more. */
static void fill_waits(const struct rows *r, int i, struct status_report *s)
{
    bool ready = s->running && !s->swapped;

    s->paused_at = s->open ? rows_text(r, i, PAUSED_AT) : "";
    s->paused_by = s->open ? rows_text(r, i, PAUSED_BY) : "";
    s->ready_since = ready ? rows_text(r, i, READY_SINCE) : "";
    s->waits_for = ready ? rows_text(r, i, WAITS_FOR) : "";
    s->held = strcmp(s->waits_for, "swap=go") == 0;
    if (*s->waits_for == '\0' && s->running)
        s->waits_for = *s->paused_at ? "resume" : rows_text(r, i, BLOCKED_BY);
}

static void fill(struct engine *g, const struct rows *r, int i, struct status_report *s)
{
    s->target = rows_text(r, i, TARGET);
    s->type = rows_text(r, i, TYPE);
    s->phase = rows_text(r, i, PHASE);
    s->open = *rows_text(r, i, OUTCOME) == '\0';
    s->swapped = rows_bool(r, i, SWAPPED);
    s->running = s->open && rows_bool(r, i, RUNNING);
    fill_waits(r, i, s);
    s->state = s->open ? state_of(s, rows_bool(r, i, PHASE_DONE)) : rows_text(r, i, OUTCOME);
    s->percent = rows_double(r, i, PERCENT);
    s->rows_done = rows_int(r, i, ROWS);
    s->rows_per_second = rows_double(r, i, RATE);
    s->eta_seconds = s->running ? rows_double(r, i, ETA) : -1;
    s->exhausted_seconds = rows_double(r, i, EXHAUSTED);
    s->lock_held_ms = rows_double(r, i, LOCK_HELD);
    s->hot_ratio = rows_is_null(r, i, HOT) ? -1 : rows_double(r, i, HOT);
    s->sweep = s->running && strcmp(s->phase, "backfill") == 0 ? rows_text(r, i, SWEEP) : "";
    s->who = rows_text(r, i, WHO);
    s->started_at = rows_text(r, i, STARTED);
    s->updated_at = rows_text(r, i, UPDATED);
    s->finished_at = rows_text(r, i, FINISHED);
    s->ok = s->swapped;
    s->next_command = next_command(g, s, tell_arguments(g, s->target));
}

/* Columns of sql/signals/throttles.sql. */
enum { SIGNAL, VALUE, LIMIT, UNIT, SINCE, DETAIL };

static double or_nan(const struct rows *r, int i, int column)
{
    return rows_is_null(r, i, column) ? NAN : rows_double(r, i, column);
}

/* Of an instance that runs: what another one left behind is no news. */
static bool load_throttles(struct engine *g, const char *conversion, struct status_report *s, struct err *e)
{
    struct throttle *list;
    struct rows r;

    if (!s->running)
        return true;
    if (!session_query(g->session, g->arena, sql_signals_throttles, 1, &conversion, &r, e))
        return false;
    list = arena_alloc(g->arena, (size_t)(r.count + 1) * sizeof *list);
    for (int i = 0; i < r.count; i++)
        list[i] = (struct throttle){.signal = rows_text(&r, i, SIGNAL),
                                    .value = or_nan(&r, i, VALUE),
                                    .limit = or_nan(&r, i, LIMIT),
                                    .unit = rows_text(&r, i, UNIT),
                                    .since = rows_double(&r, i, SINCE),
                                    .detail = rows_text(&r, i, DETAIL)};
    s->throttles = list;
    s->throttle_count = r.count;
    for (int i = 0; i < r.count; i++)
        if (!throttle_paces(&list[i]))
            s->eta_seconds = -1;
    return true;
}

/* The settings that `set` changed. */
static bool load_changes(struct engine *g, const char *conversion, struct status_report *s, struct err *e)
{
    const struct setting_report *all;
    struct setting_report *list;
    int count;

    if (!s->open)
        return true;
    if (!steer_settings(g, conversion, &count, &all, e))
        return false;
    list = arena_alloc(g->arena, (size_t)(count + 1) * sizeof *list);
    for (int i = 0; i < count; i++)
        if (*all[i].set_by)
            list[s->setting_count++] = all[i];
    s->settings = list;
    return true;
}

/* Only those of the tables that were named, when any was. */
static bool is_wanted(const struct engine *g, const struct status_report *s)
{
    if (g->request->target_count == 0)
        return true;
    for (int i = 0; i < g->table_count; i++) {
        const char *relation = g->tables[i].targets[0].relation;
        size_t length = strlen(relation);

        if (strncmp(s->target, relation, length) == 0 && s->target[length] == '.')
            return true;
    }
    return false;
}

bool status_report(struct engine *g, struct engine_report *report, struct err *e)
{
    struct status_report *list;
    struct rows rows;
    bool exists;
    int count = 0;

    g->state = "reported";
    if (!state_exists(g->session, &exists, e))
        return false;
    if (!exists)
        return true;
    if (!session_query(g->session, g->arena, sql_state_status, 0, NULL, &rows, e))
        return state_vanished(g->session, e);
    list = arena_alloc(g->arena, (size_t)(rows.count + 1) * sizeof *list);
    for (int i = 0; i < rows.count; i++) {
        struct status_report *s = &list[count];

        fill(g, &rows, i, s);
        if (!is_wanted(g, s))
            continue;
        if (!load_throttles(g, rows_text(&rows, i, ID), s, e) ||
            !load_changes(g, rows_text(&rows, i, ID), s, e))
            return false;
        count++;
    }
    report->statuses = list;
    report->status_count = count;
    return true;
}

static bool is_verified(const struct conversion *c)
{
    return c->id != 0 && (c->phase == PHASE_SWAP || (c->phase == PHASE_VERIFY && c->phase_done));
}

/* One line a target: bigint in the table itself, and no conversion of it open before its swap. */
static void check_target(struct engine *g, const struct table *t, const struct target *target,
                         struct status_report *s)
{
    const struct conversion *c = &t->conversion;

    s->target = target->name;
    s->type = target->type;
    s->open = c->id != 0;
    s->phase = s->open ? phase_name(c->phase) : "";
    s->swapped = c->swapped;
    s->ok = target->is_bigint && (!s->open || c->swapped);
    s->state = s->ok ? "done" : "not yet";
    s->rows_done = c->rows_done;
    s->percent = s->eta_seconds = s->hot_ratio = s->exhausted_seconds = -1;
    s->who = s->started_at = s->updated_at = s->finished_at = "";
    s->paused_at = s->paused_by = s->ready_since = s->waits_for = "";
    s->next_command =
        s->ok ? ""
              : tell_command(g, is_verified(c) ? "swap" : "run", target_argument(g->arena, target->name), "");
}

bool status_check(struct engine *g, struct engine_report *report)
{
    struct status_report *list;
    bool ok = true;
    int count = 0;

    for (int i = 0; i < g->table_count; i++)
        count += g->tables[i].count;
    list = arena_alloc(g->arena, (size_t)(count + 1) * sizeof *list);
    for (int i = 0; i < g->table_count; i++)
        for (int j = 0; j < g->tables[i].count; j++) {
            struct status_report *s = &list[report->status_count++];

            check_target(g, &g->tables[i], &g->tables[i].targets[j], s);
            ok = ok && s->ok;
        }
    report->statuses = list;
    g->state = ok ? "done" : "not yet";
    return ok;
}
