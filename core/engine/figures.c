/*
 * What each phase of a conversion takes: for a rehearsal, and for --save-figures.
 */
#include "engine/context.h"
#include "sql.h"

static bool measure(struct engine *g, const struct apply *a, struct measure *m, struct err *e)
{
    const char *params[] = {arena_printf(g->arena, "%u", a->relid),
                            arena_printf(g->arena, "%d", a->conversion)};
    struct rows rows;

    if (!session_query(g->session, g->arena, sql_rehearsal_measure, 2, params, &rows, e))
        return false;
    m->wal = rows_double(&rows, 0, 0);
    m->heap = rows_double(&rows, 0, 1);
    m->indexes = rows_double(&rows, 0, 2);
    m->journal = (int)rows_int(&rows, 0, 3);
    m->started = loop_now(g->loop);
    return true;
}

bool figures_begin(struct engine *g, const struct apply *a, struct measure *m, struct err *e)
{
    return !g->figures || measure(g, a, m, e);
}

bool figures_end(struct engine *g, const struct apply *a, const struct measure *m, enum phase phase,
                 struct err *e)
{
    double seconds = (loop_now(g->loop) - m->started) / 1000;
    const char *params[] = {arena_printf(g->arena, "%d", a->conversion),
                            arena_printf(g->arena, "%d", m->journal)};
    struct measure after;
    struct rows journal;

    if (!g->figures)
        return true;
    if (!measure(g, a, &after, e) ||
        !session_query(g->session, g->arena, sql_rehearsal_steps, 2, params, &journal, e))
        return false;
    g->figures->phases[phase] = (struct figures_phase){.measured = true,
                                                       .seconds = seconds,
                                                       .linear = rows_double(&journal, 0, 0) / 1000,
                                                       .sorted = rows_double(&journal, 0, 1) / 1000,
                                                       .sampled = rows_double(&journal, 0, 2) / 1000,
                                                       .wal_bytes = after.wal - m->wal,
                                                       .heap_bytes = after.heap - m->heap,
                                                       .index_bytes = after.indexes - m->indexes};
    return true;
}

bool figures_server(struct engine *g, struct figures_server *out, struct err *e)
{
    struct rows rows;

    if (!session_query(g->session, g->arena, sql_rehearsal_server, 0, NULL, &rows, e))
        return false;
    *out = (struct figures_server){.max_wal_size = rows_double(&rows, 0, 0),
                                   .shared_buffers = rows_double(&rows, 0, 1),
                                   .maintenance_work_mem = rows_double(&rows, 0, 2),
                                   .workers = (int)rows_int(&rows, 0, 3),
                                   .full_page_writes = rows_bool(&rows, 0, 4),
                                   .hints_logged = rows_bool(&rows, 0, 5)};
    return true;
}

bool figures_table(struct engine *g, const struct table *t, struct err *e)
{
    struct table_facts facts;

    if (!g->figures)
        return true;
    if (!catalog_table_facts(g->session, g->arena, g->settings, &t->targets[0], &facts, e))
        return false;
    g->figures->rows = facts.rows;
    g->figures->heap_bytes = facts.heap_bytes;
    g->figures->index_bytes = facts.index_bytes;
    g->figures->jobs = g->settings->jobs;
    return true;
}

void figures_save(struct engine *g, struct engine_report *report)
{
    if (!g->settings->save_figures)
        return;
    g->saved = arena_alloc(g->arena, (size_t)(g->table_count + 1) * sizeof *g->saved);
    report->figures = g->saved;
    report->figures_count = g->table_count;
    for (int i = 0; i < g->table_count; i++)
        g->saved[i] =
            (struct figures_of){.relation = g->tables[i].targets[0].relation, .columns = g->tables[i].name};
}
