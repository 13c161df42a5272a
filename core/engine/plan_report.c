/*
 * plan and --dry-run: the steps' queries are asked in a transaction that is rolled back, with the state in
 * temporary tables when no conversion is open. Nothing is left, no lock is taken that a client could notice.
 */
#include "engine/context.h"
#include "sql.h"

#include <stdlib.h>
#include <string.h>

/* Statements being gathered. */
struct gathering {
    struct engine *engine;
    struct table *table;
    struct plan_statement *list;
    int count, room;
};

static void gather(struct gathering *s, const struct step *step, const struct statements *rows)
{
    for (int i = 0; i < rows->count; i++) {
        if (s->count == s->room) {
            struct plan_statement *longer =
                arena_alloc(s->engine->arena, 2 * ((size_t)s->room + 8) * sizeof *longer);

            if (s->count > 0)
                memcpy(longer, s->list, (size_t)s->count * sizeof *longer);
            s->list = longer;
            s->room = 2 * (s->room + 8);
        }
        s->list[s->count++] = (struct plan_statement){.phase = step->phase,
                                                      .step = step->name,
                                                      .object = rows->list[i].object,
                                                      .statement = rows->list[i].text,
                                                      .lock = rows->list[i].lock ? rows->list[i].lock : ""};
    }
}

/* A query that stands in the table twice is asked again in case something has changed meanwhile: a plan shows
 * it once. */
static bool is_repeated(const struct step *list, int i)
{
    for (int j = 0; j < i; j++)
        if (list[j].missing == list[i].missing)
            return true;
    return false;
}

static bool ask(struct gathering *s, const struct step *list, int count, enum phase last, struct err *e)
{
    unsigned has;

    if (!plan_has(s->engine->session, s->table->targets[0].relid, &has, e))
        return false;
    for (int i = 0; i < count; i++) {
        struct statements rows;

        if (list[i].phase > last || is_repeated(list, i) || !plan_concerns(&list[i], has))
            continue;
        if (!plan_step(s->engine->session, s->engine->arena, &list[i], s->table->targets[0].relid, &rows, e))
            return false;
        gather(s, &list[i], &rows);
    }
    return true;
}

/* Which phases' statements the command would send: a plan shows all. */
static enum phase last_phase(const struct engine *g)
{
    switch (g->request->command) {
    case COMMAND_PREPARE:
        return PHASE_PREPARE;
    case COMMAND_BACKFILL:
        return PHASE_BACKFILL;
    case COMMAND_INDEX:
        return PHASE_INDEX;
    case COMMAND_VERIFY:
        return PHASE_VERIFY;
    case COMMAND_SWAP:
        return PHASE_SWAP;
    case COMMAND_RUN:
        return g->settings->cleanup ? PHASE_CLEANUP : g->settings->until;
    case COMMAND_PLAN:
    case COMMAND_CLEANUP:
    case COMMAND_ABORT:
    case COMMAND_STATUS:
    case COMMAND_PAUSE:
    case COMMAND_RESUME:
    case COMMAND_STOP:
    case COMMAND_SET:
        break;
    }
    return PHASE_CLEANUP;
}

static bool fingerprint(struct gathering *s, struct plan_report *p, struct err *e)
{
    struct arena *a = s->engine->arena;
    const char *params[] = {arena_printf(a, "%u", s->table->targets[0].relid)};
    struct rows rows;

    if (!session_query(s->engine->session, a, sql_fingerprint, 1, params, &rows, e))
        return false;
    p->fingerprint = arena_strndup(a, rows_text(&rows, 0, 0), 8);
    return true;
}

/* What the texts say when they are tried (rehearse_texts) is asked in the same transaction: what comes before
 * it is the most of a plan's time. */
static bool begin_or_load(struct engine *g, struct table *t, struct err *e)
{
    const struct target_list narrow = targets_narrow(g, t);

    if (t->conversion.id != 0)
        return state_functions(g->session, e);
    return state_create_temporary(g->session, e) && state_begin(g->session, &narrow, begin_patience(g), e) &&
           catalog_rehearsal(g->session, g->arena, g->settings, t->targets[0].relid, &t->findings, e);
}

static bool ask_all(struct gathering *s, struct plan_report *p, struct err *e)
{
    struct engine *g = s->engine;
    bool ok;

    if (s->table->findings.refusals > 0)
        return true;
    if (g->request->command == COMMAND_ABORT)
        ok = ask(s, undo_steps, undo_step_count, PHASE_CLEANUP, e);
    else
        ok = ask(s, steps, step_count, last_phase(g), e);
    return ok && fingerprint(s, p, e);
}

static bool statements(struct gathering *s, struct plan_report *p, struct err *e)
{
    struct engine *g = s->engine;
    bool ok;

    ok = state_functions_ahead(g->session, e) && session_script(g->session, g->arena, "BEGIN", NULL, e) &&
         begin_or_load(g, s->table, e) && ask_all(s, p, e);
    state_roll_back(g->session, s->table->conversion.id == 0);
    p->statements = s->list;
    p->statement_count = s->count;
    return ok;
}

static void copy_findings(struct engine *g, const struct findings *from, struct plan_report *p)
{
    struct plan_finding *list = arena_alloc(g->arena, (size_t)(from->count + 1) * sizeof *list);

    for (int i = 0; i < from->count; i++)
        list[i] = (struct plan_finding){.code = from->list[i].code,
                                        .object = from->list[i].object,
                                        .reason = from->list[i].reason,
                                        .hint = from->list[i].hint,
                                        .refuses = from->list[i].refuses};
    p->findings = list;
    p->finding_count = from->count;
    p->refusal_count = from->refusals;
}

/* Why the command has nothing to do; "": it has. */
static const char *note_of(const struct engine *g, const struct table *t)
{
    if (t->nothing_to_do)
        return "is bigint already: there is nothing to do";
    if (t->conversion.id != 0)
        return "";
    if (g->request->command == COMMAND_ABORT)
        return "has no open conversion: there is nothing to undo";
    return g->request->command == COMMAND_CLEANUP ? "has no open conversion: there is nothing to clean up"
                                                  : "";
}

static void describe(struct engine *g, const struct table *t, const struct table_facts *facts,
                     struct plan_report *p)
{
    struct plan_column *columns = arena_alloc(g->arena, (size_t)t->count * sizeof *columns);

    for (int i = 0; i < t->count; i++)
        columns[i] = (struct plan_column){.name = t->targets[i].name, .type = t->targets[i].type};
    p->columns = columns;
    p->column_count = t->count;
    p->relation = t->targets[0].relation;
    p->note = note_of(g, t);
    p->phase = t->conversion.id ? phase_name(t->conversion.phase) : "";
    p->rows = facts->rows;
    p->heap_bytes = facts->heap_bytes;
    p->index_bytes = facts->index_bytes;
    p->index_count = facts->indexes;
    p->sequence = facts->sequence;
    p->sequence_last = facts->sequence_last;
    p->sequence_limit = facts->sequence_limit;
    p->fingerprint = "";
    p->next_command = *p->note ? "" : tell_command(g, "run", t->arguments, "");
}

static bool disk(struct engine *g, const struct target_list *narrow, struct plan_report *p, struct err *e)
{
    struct disk_facts disk = {.rows = p->rows};

    if (narrow->count == 0)
        return true;
    if (!catalog_disk_facts(g->session, g->arena, g->settings, narrow, &disk, e))
        return false;
    p->disk = (struct plan_disk){
        .heap = disk.heap, .heap_worst = disk.worst, .index = disk.index, .sort = disk.sort, .wal = disk.wal};
    return true;
}

static void refuse(struct engine *g, struct table *t, struct plan_report *p)
{
    t->named = t->named || targets_refused_by_server(t);
    outcome_failed(g, t, ERR_REFUSED);
    p->next_command = "";
}

/* Of a conversion that is open: what has come since. */
static bool preflight(struct engine *g, struct table *t, const struct target_list *narrow, struct err *e)
{
    struct finding *list;

    if (!catalog_preflight(g->session, g->arena, g->settings, narrow, &t->findings, e))
        return false;
    if (t->conversion.id == 0)
        return true;
    list = arena_alloc(g->arena, (size_t)(t->findings.count + 1) * sizeof *list);
    t->findings.refusals = 0;
    for (int i = 0; i < t->findings.count; i++) {
        list[i] = t->findings.list[i];
        list[i].refuses = targets_is_obstacle(&list[i]);
        t->findings.refusals += list[i].refuses;
    }
    t->findings.list = list;
    return true;
}

static bool one_table(struct engine *g, struct table *t, struct plan_report *p, struct err *e)
{
    const struct target_list narrow = targets_narrow(g, t);
    struct gathering s = {.engine = g, .table = t};
    struct table_facts facts;

    if (!catalog_table_facts(g->session, g->arena, g->settings, &t->targets[0], &facts, e))
        return false;
    describe(g, t, &facts, p);
    if (*p->note)
        return true;
    if (!t->conversion.swapped && !preflight(g, t, &narrow, e))
        return false;
    if (t->findings.refusals == 0 && !(disk(g, &narrow, p, e) && statements(&s, p, e)))
        return false;
    copy_findings(g, &t->findings, p);
    if (p->refusal_count > 0)
        refuse(g, t, p);
    else if (g->request->command == COMMAND_RUN && g->settings->sample > 0)
        rehearsal_run(g, t, p);
    else if (g->request->rehearsed_count > 0)
        rehearsal_scale(g, t, p);
    return true;
}

bool plan_report(struct engine *g, struct engine_report *report, struct err *e)
{
    struct plan_report *plans = arena_alloc(g->arena, (size_t)(g->table_count + 1) * sizeof *plans);

    report->plans = plans;
    for (int i = 0; i < g->table_count; i++) {
        if (loop_stopping(g->loop))
            return err_set(e, ERR_STOPPED, "stopped before %s", g->tables[i].name);
        if (one_table(g, &g->tables[i], &plans[report->plan_count], e))
            report->plan_count++;
        else if (!targets_leave_out(g, &g->tables[i], e))
            return false;
    }
    if (g->request->command == COMMAND_PLAN)
        standby_report(g, report);
    g->state = "planned";
    return true;
}
