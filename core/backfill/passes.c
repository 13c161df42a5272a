#include "backfill/passes.h"

#include <math.h>

/* Bytes; doc. "Database Page Layout": 8192 less the header, a line pointer. Another block size changes
 * little. */
#define PAGE_BYTES 8168.0
#define LINE_BYTES 4.0
#define COLUMN     8.0

/* Of a tuple: what is free at the end of a page where no other tuple fitted. */
#define REST 0.5

/* What a visit of a page costs, and a row that leaves it, for the heap and for each index; microseconds. */
#define VISIT 2.2
#define LEAVE 3.0

/* The first pass may not fill the slack of the indexes' pages (a tenth of them) before anything can be
 * deleted there. */
#define FIRST_SHARE 20.0
#define LATER_SHARE 40.0

/* A page as the passes change it. */
struct model {
    double tuple, grown; /* bytes of an old version; of a new one with its line pointer */
    double free;         /* bytes */
    int rows, leave;     /* how many leave the page in all */
};

void passes_single(struct passes *out)
{
    *out = (struct passes){.count = 1, .from = {1}};
}

static struct model model_of(const struct page *page)
{
    double growth = COLUMN * page->columns + LINE_BYTES;
    double tuple =
        (PAGE_BYTES - LINE_BYTES * page->lines - page->room * growth) / (page->rows + page->room + REST);

    return (struct model){.tuple = tuple,
                          .grown = tuple + growth,
                          .free = page->room * (tuple + growth) + REST * tuple,
                          .rows = (int)page->rows};
}

/* As many as fit stay, `leave` more go, a few in each pass. Returns how many went, -1: too many passes. */
static int simulate(const struct model *m, struct passes *out, double lines_per_row)
{
    double free = m->free;
    int done = 0, left = 0;

    for (out->count = 0; done < m->rows; out->count++) {
        int stay = (int)(free / m->grown);
        int go = (int)ceil(m->rows / (out->count == 0 ? FIRST_SHARE : LATER_SHARE));

        if (out->count == PASSES_MAX)
            return -1;
        if (go > m->leave - left)
            go = m->leave - left;
        if (stay + go < 1)
            go = 1;
        if (stay > m->rows - done)
            stay = m->rows - done;
        if (go > m->rows - done - stay)
            go = m->rows - done - stay;
        out->from[out->count] = 1 + (int)(done * lines_per_row);
        done += stay + go;
        left += go;
        free += go * m->tuple - stay * (m->grown - m->tuple);
    }
    return left;
}

void passes_plan(const struct page *page, struct passes *out)
{
    struct model m;
    double least = -1;

    passes_single(out);
    if (page->rows < 2)
        return;
    m = model_of(page);
    for (m.leave = 0; m.leave < m.rows; m.leave++) {
        struct passes p;
        int left = simulate(&m, &p, page->lines / page->rows);
        double cost = VISIT * p.count + LEAVE * (1 + page->indexes) * left;

        if (left >= 0 && (least < 0 || cost < least)) {
            least = cost;
            *out = p;
        }
    }
}

double passes_share(const struct passes *p, int pass)
{
    /* the last pass: about as many rows as the one before */
    int last = p->from[p->count - 1], before = p->count > 1 ? p->from[p->count - 2] : 0;
    double lines = p->count > 1 ? 2 * last - before : 1;

    return pass >= p->count ? 1 : (p->from[pass] - 1) / lines;
}
