#include "plan/plan.h"

#include "sql.h"

#include <string.h>

bool plan_lock_is_strong(const char *lock)
{
    return lock && (strcmp(lock, "ACCESS EXCLUSIVE") == 0 || strcmp(lock, "EXCLUSIVE") == 0 ||
                    strcmp(lock, "SHARE ROW EXCLUSIVE") == 0);
}

bool plan_has(struct session *s, uint32_t relid, unsigned *has, struct err *e)
{
    static const unsigned bits[] = {NEEDS_KEYS, NEEDS_MATVIEWS, NEEDS_TREE};
    struct arena *a = arena_new();
    struct rows rows;
    bool ok = session_query_kept(s, a, sql_state_has, relid, &rows, e);

    *has = 0;
    for (int i = 0; ok && rows.count > 0 && i < (int)(sizeof bits / sizeof *bits); i++)
        if (rows_bool(&rows, 0, i))
            *has |= bits[i];
    arena_free(a);
    return ok;
}

bool plan_concerns(const struct step *step, unsigned has)
{
    return (step->needs & ~has) == 0;
}

static const char *cell(const struct rows *r, int row, int column)
{
    return rows_is_null(r, row, column) ? NULL : rows_text(r, row, column);
}

bool plan_step(struct session *s, struct arena *a, const struct step *step, uint32_t relid,
               struct statements *out, struct err *e)
{
    struct rows rows;

    if (!session_query_kept(s, a, step->missing, relid, &rows, e))
        return err_prefix(e, "could not plan step \"%s\" of phase %s", step->name, phase_name(step->phase));

    struct statement *list = arena_alloc(a, (size_t)(rows.count + 1) * sizeof *list);

    for (int i = 0; i < rows.count; i++)
        list[i] = (struct statement){.object = rows_text(&rows, i, 0),
                                     .text = rows_text(&rows, i, 1),
                                     .lock = cell(&rows, i, 2),
                                     .relation = cell(&rows, i, 3),
                                     .also = cell(&rows, i, 4)};
    *out = (struct statements){.count = rows.count, .list = list};
    return true;
}
