/*
 * The parts of a tree that are still to be swept: as stored in pgwiden.backfill_range, or for the last sweep.
 * A plain table is the tree of one leaf.
 */
#ifndef BACKFILL_RANGES_H
#define BACKFILL_RANGES_H

#include "backfill/backfill.h"
#include "backfill/blocks.h"

struct leaf {
    uint32_t relid;
    const char *name; /* schema.table, quoted */
    uint32_t filenode;
    int64_t blocks;
    int64_t first;    /* blocks when its parts were made */
    int64_t rows;     /* estimate; -1: not known */
    int64_t vacuumed; /* blocks when this run had it vacuumed last; 0: not yet */
};

struct part {
    int number; /* of backfill_range */
    const struct leaf *leaf;
    struct position at;
    struct passes passes; /* of the window that it is in */
    bool taken;           /* by a lane */
};

/* What has become of the leaves since the parts were made. */
struct change {
    enum {
        LEAF_NEW,   /* it was attached */
        LEAF_MOVED, /* its rows are in another file: it begins anew */
        LEAF_GONE   /* dropped or detached */
    } kind;
    const char *name;
};

struct ranges {
    int leaf_count;
    struct leaf *leaves;
    int count;
    struct part *parts;
    int change_count;
    struct change *changes;
    int64_t window;    /* blocks that one may have at most, for all sessions */
    int64_t blocks;    /* of all parts */
    int64_t rows;      /* estimate for the tree; -1: not known */
    int64_t rows_done; /* by the parts so far, this run's and earlier ones' */
};

/* NULL: it is none of them. */
const struct leaf *ranges_leaf(const struct ranges *r, uint32_t relid);
/* Parts that are not done. */
int ranges_left(const struct ranges *r);

/*
 * Reads them on s, an idle session: compares them with the leaves that there are now, makes what is missing,
 * cuts what is too large for one of settings.jobs sessions. For the last sweep nothing is stored; what it has
 * done so far is in `before` (all zero at first). The parts live in a.
 */
bool ranges_load(struct session *s, struct arena *a, const struct backfill_request *request,
                 const struct ranges *before, struct ranges *out, struct err *e) MUST_CHECK;

#endif
