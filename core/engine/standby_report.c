/*
 * plan: whose lag will count during the backfill.
 */
#include "engine/context.h"
#include "sql.h"

/* Columns of sql/signals/lag.sql. */
enum { NAME, KEY, KIND, HIDDEN, IGNORED, SECONDS, BYTES, REPLAYED, FLUSHED, HERE, ACTIVE };

static void fill(const struct engine *g, const struct rows *r, int i, struct plan_standby *out)
{
    const struct settings *s = g->settings;

    *out = (struct plan_standby){.name = rows_text(r, i, NAME),
                                 .kind = rows_text(r, i, KIND),
                                 .seconds = rows_double(r, i, SECONDS),
                                 .bytes = rows_is_null(r, i, BYTES) ? -1 : rows_int(r, i, BYTES),
                                 .why = ""};
    bool hidden = rows_bool(r, i, HIDDEN);
    bool behind = (settings_max_lag(s) > 0 && out->seconds * 1000 >= settings_max_lag(s)) ||
                  (s->max_lag_bytes > 0 && out->bytes >= s->max_lag_bytes);

    if (rows_bool(r, i, IGNORED))
        out->why = "--ignore-standby";
    else if (hidden)
        out->why = "can't be seen without pg_monitor";
    else if (behind)
        out->why = "it is behind already";
    else if (s->max_lag_bytes <= 0 && settings_max_lag(s) <= 0)
        out->why = "no limit is set";
    else if (s->max_lag_bytes <= 0 && !rows_bool(r, i, ACTIVE))
        out->why = "nobody reads it: it counts by --max-lag-bytes";
    out->counted = *out->why == '\0';
}

/* Where it can't be asked (on a standby, say) preflight has said why. */
void standby_report(struct engine *g, struct engine_report *report)
{
    const char *params[] = {g->settings->ignore_standby};
    struct plan_standby *list;
    struct err ignored;
    struct rows r;

    if (!session_query(g->session, g->arena, sql_signals_lag, 1, params, &r, &ignored))
        return;
    list = arena_alloc(g->arena, (size_t)(r.count + 1) * sizeof *list);
    for (int i = 0; i < r.count; i++)
        if (!rows_is_null(&r, i, NAME))
            fill(g, &r, i, &list[report->standby_count++]);
    report->standbys = list;
}
