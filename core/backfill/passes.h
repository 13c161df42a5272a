/*
 * In how many passes a window is swept, and which rows of a page each pass takes. Pure.
 *
 * A page of the heap is full. The first pass has to move its rows to other pages; what they leave is pruned
 * when the next pass enters the page, and that pass takes as many rows as have room there: their new versions
 * stay on the page, and no index is touched (HOT). A row grows, so each pass leaves a little less room than
 * it found. The sizes of the passes follow from that, row by row, and the number of rows that have to leave
 * from what a visit of a page costs against entries in so many indexes. (Measured on rows of 96 bytes, three
 * indexes: 16 passes of one size 6.2 s, HOT 0.838; these sizes 4.5 s, HOT 0.876.)
 */
#ifndef BACKFILL_PASSES_H
#define BACKFILL_PASSES_H

enum { PASSES_MAX = 32 };

/* A page of a window, as found on a few of them. */
struct page {
    double rows;  /* on it, still to be updated */
    double lines; /* the last line pointer of such a row, on nine of ten pages */
    double room;  /* new versions that fit on it as it is */
    int columns;  /* that are widened: each makes a row 8 bytes longer */
    int indexes;
};

/* Pass i takes the line pointers from[i] .. from[i + 1] - 1 of each page, the last one all that is left. */
struct passes {
    int count;
    int from[PASSES_MAX];
};

/* One pass: nothing can be pruned, or it is not worth it. */
void passes_single(struct passes *out);
void passes_plan(const struct page *page, struct passes *out);
/* The share of a page's rows that passes 0 .. pass - 1 have taken. */
double passes_share(const struct passes *p, int pass);

#endif
