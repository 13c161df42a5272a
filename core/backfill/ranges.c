#include "backfill/ranges.h"

#include "sql.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int ranges_left(const struct ranges *r)
{
    int left = 0;

    for (int i = 0; i < r->count; i++)
        left += !blocks_done(&r->parts[i].at);
    return left;
}

const struct leaf *ranges_leaf(const struct ranges *r, uint32_t relid)
{
    for (int i = 0; i < r->leaf_count; i++)
        if (r->leaves[i].relid == relid)
            return &r->leaves[i];
    return NULL;
}

/* ---- the leaves as they are now ---- */

static void fill_leaf(struct leaf *leaf, struct arena *a, const struct rows *rows, int row,
                      const struct ranges *before)
{
    const struct leaf *was;

    *leaf = (struct leaf){.relid = (uint32_t)rows_int(rows, row, 0),
                          .name = arena_strdup(a, rows_text(rows, row, 1)),
                          .filenode = (uint32_t)rows_int(rows, row, 2),
                          .blocks = rows_int(rows, row, 3),
                          .rows = rows_int(rows, row, 4)};
    was = ranges_leaf(before, leaf->relid);
    if (was != NULL && was->filenode == leaf->filenode)
        leaf->vacuumed = was->vacuumed;
}

static bool read_leaves(struct session *s, struct arena *a, const struct backfill_request *request,
                        const struct ranges *before, struct ranges *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%u", request->relid),
                            arena_printf(a, "%d", request->conversion)};
    struct rows rows;

    if (!session_query(s, a, sql_backfill_leaves, 2, params, &rows, e))
        return false;
    if (rows.count == 0)
        return err_set(e, ERR_FAILED, "relation %s does not exist any more", request->relation);
    out->leaf_count = rows_is_null(&rows, 0, 0) ? 0 : rows.count;
    out->window = rows_int(&rows, 0, 5);
    out->leaves = arena_alloc(a, (size_t)rows.count * sizeof(*out->leaves));
    for (int i = 0; i < out->leaf_count; i++) {
        struct leaf *leaf = &out->leaves[i];
        fill_leaf(leaf, a, &rows, i, before);
        out->rows = out->rows < 0 || leaf->rows < 0 ? -1 : out->rows + leaf->rows;
    }
    return true;
}

/* ---- stored parts ---- */

/* "{1,2}" of one field of every leaf. */
static const char *array_of(struct arena *a, const struct ranges *r, int64_t (*field)(const struct leaf *))
{
    const size_t digits = 21;
    char *text = arena_alloc(a, (size_t)r->leaf_count * digits + 3), *end = text;

    *end++ = '{';
    for (int i = 0; i < r->leaf_count; i++)
        end += snprintf(end, digits + 1, "%s%" PRId64, i == 0 ? "" : ",", field(&r->leaves[i]));
    *end = '}';
    return text;
}

static int64_t relid_of(const struct leaf *leaf)
{
    return leaf->relid;
}

static int64_t filenode_of(const struct leaf *leaf)
{
    return leaf->filenode;
}

static int64_t blocks_of(const struct leaf *leaf)
{
    return leaf->blocks;
}

static const char *name_of(struct arena *a, const struct ranges *before, const struct rows *rows, int row)
{
    const struct leaf *known = ranges_leaf(before, (uint32_t)rows_int(rows, row, 0));

    if (!rows_is_null(rows, row, 1))
        return arena_strdup(a, rows_text(rows, row, 1));
    return known != NULL ? arena_strdup(a, known->name)
                         : arena_printf(a, "number %s", rows_text(rows, row, 0));
}

static bool make(struct session *s, struct arena *a, int conversion, const struct ranges *before,
                 struct ranges *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%d", conversion), array_of(a, out, relid_of),
                            array_of(a, out, filenode_of), array_of(a, out, blocks_of)};
    struct rows rows;

    if (!session_query(s, a, sql_backfill_make, 4, params, &rows, e))
        return false;
    out->change_count = rows.count;
    out->changes = arena_alloc(a, (size_t)(rows.count + 1) * sizeof(*out->changes));
    for (int i = 0; i < rows.count; i++) {
        const char *kind = rows_text(&rows, i, 2);
        out->changes[i].name = name_of(a, before, &rows, i);
        out->changes[i].kind = *kind == 'n' ? LEAF_NEW : *kind == 'm' ? LEAF_MOVED : LEAF_GONE;
    }
    return true;
}

/* The parts of a leaf end where it ended when they were made. */
static void remember_first(struct ranges *r, const struct part *p)
{
    struct leaf *leaf = &r->leaves[p->leaf - r->leaves];

    if (p->at.block_to > leaf->first)
        leaf->first = p->at.block_to;
}

static bool list(struct session *s, struct arena *a, int conversion, struct ranges *out, struct err *e)
{
    const char *params[] = {arena_printf(a, "%d", conversion)};
    struct rows rows;

    if (!session_query(s, a, sql_backfill_list, 1, params, &rows, e))
        return false;
    out->count = 0;
    out->parts = arena_alloc(a, (size_t)(rows.count + 1) * sizeof(*out->parts));
    out->blocks = out->rows_done = 0;
    for (int i = 0; i < rows.count; i++) {
        struct part *p = &out->parts[out->count++];
        p->number = (int)rows_int(&rows, i, 0);
        p->leaf = ranges_leaf(out, (uint32_t)rows_int(&rows, i, 1));
        if (p->leaf == NULL)
            return err_set(e, ERR_FAILED, "the parts of the backfill were changed by another session");
        p->at = (struct position){.block_from = rows_int(&rows, i, 2),
                                  .block_to = rows_int(&rows, i, 3),
                                  .window_start = rows_int(&rows, i, 4),
                                  .window_end = rows_int(&rows, i, 4),
                                  .pass = (int)rows_int(&rows, i, 5),
                                  .given_up = (int)rows_int(&rows, i, 5),
                                  .block = rows_int(&rows, i, 6),
                                  .line_pointer = (int)rows_int(&rows, i, 7)};
        passes_single(&p->passes);
        remember_first(out, p);
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

/* No part may be much more than one session's share, or the others are idle at the end. */
static bool cut_all(struct session *s, struct arena *a, const struct backfill_request *request,
                    struct ranges *out, struct err *e)
{
    int jobs = request->settings->jobs;
    int64_t total = 0;
    bool any = false;

    for (int i = 0; i < out->count; i++)
        total += out->parts[i].at.block_to - out->parts[i].at.window_start;
    for (int i = 0; i < out->count; i++) {
        const struct part *p = &out->parts[i];
        int pieces = blocks_pieces(p->at.block_to - p->at.window_start, total, jobs);
        if (pieces > 1 && !cut(s, a, request->conversion, p, pieces, e))
            return false;
        any = any || pieces > 1;
    }
    return !any || list(s, a, request->conversion, out, e);
}

/* ---- the last sweep ---- */

static bool all_done(const struct ranges *r, const struct leaf *leaf)
{
    for (int i = 0; i < r->count; i++)
        if (r->parts[i].leaf == leaf && !blocks_done(&r->parts[i].at))
            return false;
    return true;
}

static void keep(struct ranges *out, const struct leaf *leaf, const struct ranges *before,
                 const struct leaf *was)
{
    for (int i = 0; i < before->count; i++)
        if (before->parts[i].leaf == was)
            out->parts[out->count++] =
                (struct part){.leaf = leaf, .at = before->parts[i].at, .passes = before->parts[i].passes};
}

static void sweep_leaf(struct ranges *out, const struct leaf *leaf, int pieces)
{
    for (int i = 0; i < pieces; i++) {
        struct part *p = &out->parts[out->count++];
        p->leaf = leaf;
        passes_single(&p->passes);
        blocks_start(&p->at, blocks_cut(0, leaf->blocks, pieces, i),
                     blocks_cut(0, leaf->blocks, pieces, i + 1));
    }
}

/* What was swept already need not be swept again, unless the rest was moved to another file. */
static void make_sweep(struct arena *a, int jobs, const struct ranges *before, struct ranges *out)
{
    int64_t total = 0;

    for (int i = 0; i < out->leaf_count; i++)
        total += out->leaves[i].blocks;
    /* rounded up, a leaf has at most one piece more than its share */
    out->parts = arena_alloc(a, (size_t)(before->count + out->leaf_count + 2 * jobs) * sizeof(*out->parts));
    out->changes = arena_alloc(a, (size_t)(out->leaf_count + 1) * sizeof(*out->changes));
    for (int i = 0; i < out->leaf_count; i++) {
        const struct leaf *leaf = &out->leaves[i], *was = ranges_leaf(before, leaf->relid);
        if (was != NULL && (was->filenode == leaf->filenode || all_done(before, was))) {
            keep(out, leaf, before, was);
            continue;
        }
        if (was != NULL)
            out->changes[out->change_count++] = (struct change){.kind = LEAF_MOVED, .name = leaf->name};
        sweep_leaf(out, leaf, blocks_pieces(leaf->blocks, total, jobs));
    }
    for (int i = 0; i < out->count; i++)
        out->blocks += out->parts[i].at.block_to - out->parts[i].at.block_from;
    out->rows_done = before->rows_done;
}

bool ranges_load(struct session *s, struct arena *a, const struct backfill_request *request,
                 const struct ranges *before, struct ranges *out, struct err *e)
{
    *out = (struct ranges){.count = 0};
    if (!read_leaves(s, a, request, before, out, e))
        return false;
    if (request->sweep) {
        make_sweep(a, request->settings->jobs, before, out);
        return true;
    }
    return make(s, a, request->conversion, before, out, e) && list(s, a, request->conversion, out, e) &&
           cut_all(s, a, request, out, e);
}
