#include "backfill/ranges.h"

#include "sql.h"

#include <stdio.h>

int ranges_left(const struct ranges *r)
{
    int left = 0;

    for (int i = 0; i < r->count; i++)
        left += !blocks_done(&r->parts[i].at);
    return left;
}

/* The table as it is now. */
static bool read_relation(struct session *s, struct arena *a, const struct backfill_request *request,
                          struct ranges *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", request->relid)};
    struct rows rows;

    if (!session_query(s, a, sql_backfill_relation, 1, params, &rows, e))
        return false;
    if (rows.count == 0 || rows_is_null(&rows, 0, 0) || rows_is_null(&rows, 0, 1))
        return err_set(e, ERR_FAILED, "relation %s does not exist any more", request->relation);
    out->filenode = (uint32_t)rows_int(&rows, 0, 0);
    out->blocks = rows_int(&rows, 0, 1);
    out->rows = rows_int(&rows, 0, 2);
    out->passes = request->sweep ? 1 : blocks_passes(out->blocks, rows_double(&rows, 0, 3));
    return true;
}

static bool make(struct session *s, struct arena *a, const struct backfill_request *request,
                 struct ranges *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%d", request->conversion), arena_printf(a, "%u", out->filenode),
                            arena_printf(a, "%lld", (long long)out->blocks)};
    struct rows rows;

    if (!session_query(s, a, sql_backfill_make, 3, params, &rows, e))
        return false;
    out->restarted = rows.count > 0 && rows_bool(&rows, 0, 0);
    return true;
}

static bool list(struct session *s, struct arena *a, const struct backfill_request *request,
                 struct ranges *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%d", request->conversion)};
    struct rows rows;

    if (!session_query(s, a, sql_backfill_list, 1, params, &rows, e))
        return false;
    out->count = rows.count;
    out->parts = arena_alloc(a, (size_t)rows.count * sizeof(*out->parts));
    out->blocks = out->rows_done = 0;
    for (int i = 0; i < rows.count; i++) {
        struct part *p = &out->parts[i];
        p->number = (int)rows_int(&rows, i, 0);
        p->at = (struct position){.block_from = rows_int(&rows, i, 2),
                                  .block_to = rows_int(&rows, i, 3),
                                  .window_start = rows_int(&rows, i, 4),
                                  .pass = (int)rows_int(&rows, i, 5),
                                  .block = rows_int(&rows, i, 6),
                                  .line_pointer = (int)rows_int(&rows, i, 7)};
        blocks_resume(&p->at, out->passes);
        out->filenode = (uint32_t)rows_int(&rows, i, 1);
        out->blocks += p->at.block_to - p->at.block_from;
        out->rows_done += rows_int(&rows, i, 8);
    }
    return true;
}

/* Into `pieces` parts, the first of which keeps the position and the window that it is in. */
static bool cut(struct session *s, struct arena *a, int conversion, const struct part *p, int pieces,
                struct err *e)
{
    const struct position *at = &p->at;
    const char *cuts = "";

    for (int i = 1; i < pieces; i++)
        cuts = arena_printf(a, "%s%s%lld", cuts, i == 1 ? "" : ",",
                            (long long)blocks_cut(at->window_start, at->block_to, pieces, i));
    const char *params[] = {arena_printf(a, "%d", conversion), arena_printf(a, "%d", p->number),
                            arena_printf(a, "{%s}", cuts)};
    return session_query(s, NULL, sql_backfill_cut, 3, params, NULL, e);
}

/* More sessions than parts: the ranges were just made, or an earlier run had fewer --jobs. */
static bool cut_all(struct session *s, struct arena *a, const struct backfill_request *request,
                    struct ranges *out, struct err *e)
{
    int jobs = request->settings->jobs;
    int64_t total = 0;

    if (ranges_left(out) >= jobs)
        return true;
    for (int i = 0; i < out->count; i++)
        total += out->parts[i].at.block_to - out->parts[i].at.window_start;
    for (int i = 0; i < out->count; i++) {
        const struct part *p = &out->parts[i];
        int pieces = blocks_pieces(p->at.block_to - p->at.window_start, total, jobs);
        if (pieces > 1 && !cut(s, a, request->conversion, p, pieces, e))
            return false;
    }
    return list(s, a, request, out, e);
}

static void cut_sweep(struct arena *a, const struct backfill_request *request, struct ranges *out)
{
    int pieces = blocks_pieces(out->blocks, out->blocks, request->settings->jobs);

    out->count = pieces;
    out->parts = arena_alloc(a, (size_t)pieces * sizeof(*out->parts));
    for (int i = 0; i < pieces; i++)
        blocks_start(&out->parts[i].at, blocks_cut(0, out->blocks, pieces, i),
                     blocks_cut(0, out->blocks, pieces, i + 1));
}

bool ranges_load(struct session *s, struct arena *a, const struct backfill_request *request,
                 struct ranges *out, struct err *e)
{
    *out = (struct ranges){.count = 0};
    if (!read_relation(s, a, request, out, e))
        return false;
    if (request->sweep) {
        cut_sweep(a, request, out);
        return true;
    }
    return make(s, a, request, out, e) && list(s, a, request, out, e) && cut_all(s, a, request, out, e);
}
