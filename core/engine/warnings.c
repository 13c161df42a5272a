/*
 * Preflight of a pattern's tables finds the same of most of them. In text that is a line for each code; JSON
 * has one event for each table.
 */
#include "engine/context.h"

#include <string.h>

enum { NAMES = 3 };

/* Only a pattern's tables: what is said of a named one is read. */
static bool counts(const struct engine *g, const struct table *t)
{
    return warnings_are_grouped(g, t) && !t->left_out && !t->nothing_to_do && t->conversion.id == 0;
}

static const struct finding *warning_of(const struct table *t, const char *code)
{
    for (int i = 0; i < t->findings.count; i++)
        if (!t->findings.list[i].refuses && strcmp(t->findings.list[i].code, code) == 0)
            return &t->findings.list[i];
    return NULL;
}

static void tell_group(struct engine *g, int first, const struct finding *f)
{
    struct event event = {.kind = EVENT_WARNINGS, .target = g->tables[first].name};
    int count = 0, shown = 0;
    const char *names = "";

    for (int i = first; i < g->table_count; i++) {
        if (!counts(g, &g->tables[i]) || !warning_of(&g->tables[i], f->code))
            continue;
        count++;
        if (shown < NAMES || g->settings->verbose > 0)
            names = arena_printf(g->arena, "%s%s%s", names, shown++ ? ", " : "", g->tables[i].name);
    }
    event.u.message.code = f->code;
    event.u.message.message = tell_finding_text(g->arena, f);
    if (count > 1) {
        if (shown < count)
            names = arena_printf(g->arena, "%s and %d more", names, count - shown);
        event.target = NULL;
        event.u.message.message =
            arena_printf(g->arena, "%d tables (%s), the first: %s", count, names, event.u.message.message);
    }
    tell(g, &event);
}

/* Was the code told with a table before this one, or with this one's finding before i? */
static bool is_told(const struct engine *g, int table, int finding)
{
    const struct table *t = &g->tables[table];
    const char *code = t->findings.list[finding].code;

    for (int i = 0; i < table; i++)
        if (counts(g, &g->tables[i]) && warning_of(&g->tables[i], code))
            return true;
    return warning_of(t, code) != &t->findings.list[finding];
}

bool warnings_are_grouped(const struct engine *g, const struct table *t)
{
    return g->table_count > 1 && !t->named;
}

void warnings_tell(struct engine *g)
{
    for (int i = 0; i < g->table_count; i++)
        for (int j = 0; counts(g, &g->tables[i]) && j < g->tables[i].findings.count; j++)
            if (!g->tables[i].findings.list[j].refuses && !is_told(g, i, j))
                tell_group(g, i, &g->tables[i].findings.list[j]);
}
