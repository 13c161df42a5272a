#include "plan/plan.h"

#include <string.h>

bool plan_lock_is_strong(const char *lock)
{
    return lock && (strcmp(lock, "ACCESS EXCLUSIVE") == 0 || strcmp(lock, "EXCLUSIVE") == 0 ||
                    strcmp(lock, "SHARE ROW EXCLUSIVE") == 0);
}

static const char *cell(const struct rows *r, int row, int column)
{
    return rows_is_null(r, row, column) ? NULL : rows_text(r, row, column);
}

bool plan_step(struct session *s, struct arena *a, const struct step *step, uint32_t relid,
               struct statements *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", relid)};
    struct rows rows;

    if (!session_query(s, a, step->missing, 1, params, &rows, e))
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
