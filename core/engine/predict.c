/*
 * Measured on tables of 10^6 to 5 * 10^6 rows with 0 to 10 indexes besides the primary key against copies of
 * 10^5 rows: what looks at every row takes 9 to 11 times as long on a table ten times as large, an index
 * build 10 to 15 times, and what is left of each phase the same. What a copy can't show widens a range: full
 * page images after a checkpoint, reads from disk, clients, sorts that spill.
 */
#include "engine/predict.h"

#include <math.h>

static const double start_up = 0.15; /* s that a backfill may take to begin and to end, whatever the table */
static const double disk = 150e6;    /* bytes/s that a slow disk reads: of what no buffer holds */

/* One prediction. */
struct scaling {
    const struct figures *figures;
    const struct predict_table *table;
    const struct figures_server *server;
    const struct settings *pace;
    struct rehearsal_report *out;
    double factor;
};

static struct range sum(struct range a, struct range b)
{
    return (struct range){a.low + b.low, a.high + b.high};
}

/* What is the same for every table, but for waits; a partitioned one's has a share for each leaf. */
static struct range fixed(const struct scaling *s, double seconds)
{
    double leaves = s->table->leaves > 1 ? s->table->leaves : 1;

    return (struct range){seconds * (0.15 + 0.05 * leaves), seconds * (1 + 2 * leaves) + 0.4};
}

/* The larger the table, the longer it takes, and the more comes in between: load, snapshots, autovacuum. */
static double doubt(const struct scaling *s)
{
    return log10(fmax(s->factor, 1));
}

/* A look at each row, once. */
static struct range linear(const struct scaling *s, double seconds)
{
    return (struct range){seconds * s->factor * 0.45, seconds * s->factor * 2.2};
}

/* A build sorts, from some size on in several passes, and by several processes. */
static struct range sorted(const struct scaling *s, double seconds)
{
    double rows = s->table->rows, before = (double)s->figures->rows;
    double deeper = before > 2 && rows > before ? log(rows) / log(before) : 1;
    double spills = rows * 24 > s->server->maintenance_work_mem ? 1.5 : 1;

    return (struct range){seconds * s->factor * 0.5 / (1 + 0.5 * s->server->workers),
                          seconds * s->factor * deeper * spills * 2.2};
}

/* ANALYZE reads so many rows and no more, of ever more pages. */
static struct range sampled(const struct scaling *s, double seconds)
{
    double pages = fmin(s->table->heap_bytes / 8192, 30000);

    return (struct range){seconds * fmin(s->factor, 1) * 0.3,
                          seconds * fmax(1, fmin(s->factor, 6)) + pages * 20e-6};
}

/* Seconds to read once what is larger than the server's buffers. */
static double cold(const struct scaling *s)
{
    return fmax(s->table->heap_bytes + s->table->index_bytes - s->server->shared_buffers, 0) / disk;
}

/* --- the phases' time --- */

/* The sessions share the blocks window by window: a small copy has too few of them for several sessions. */
static struct range backfill_seconds(const struct scaling *s, const struct figures_phase *m)
{
    struct range r = linear(s, fmax(m->seconds - start_up, 0));
    double before = s->figures->jobs > 0 ? s->figures->jobs : 1, jobs = s->pace->jobs;

    r.high = m->seconds * s->factor * (s->out->logged ? 2.2 : 3) * (1 + 0.35 * doubt(s)) + 2 * cold(s) + 0.5;
    if (jobs > 1 && s->factor > 1)
        r.low *= fmax(1.2 / jobs, 0.3);
    r.low *= fmin(1, before / jobs);
    r.high *= fmax(1, before / jobs);
    return r;
}

static struct range index_seconds(const struct scaling *s, const struct figures_phase *m)
{
    struct range r = fixed(s, fmax(m->seconds - m->linear - m->sorted - m->sampled, 0));

    r = sum(r, sum(linear(s, m->linear), sum(sorted(s, m->sorted), sampled(s, m->sampled))));
    r.high += 2 * cold(s);
    return r;
}

/* Besides the proof the last sweep looks at each row: for about as long, or chunk by chunk of the number
 * given. */
static struct range verify_seconds(const struct scaling *s, const struct figures_phase *m)
{
    double rest = fmax(m->seconds - m->linear, 0);
    double sweep = fmax(rest - 0.3, 0);
    struct range r = sum(fixed(s, rest - sweep), linear(s, m->linear));

    r.high += (m->linear * 3 + sweep) * s->factor + cold(s);
    if (s->pace->chunk_size > 0)
        r.high += (rest - sweep) * s->factor;
    r.high += s->table->foreign_keys * (s->table->rows * 3e-6 + 1);
    return r;
}

static struct range seconds_of(const struct scaling *s, enum phase p, const struct figures_phase *m)
{
    struct range r;

    switch (p) {
    case PHASE_BACKFILL:
        return backfill_seconds(s, m);
    case PHASE_INDEX:
        return index_seconds(s, m);
    case PHASE_VERIFY:
        return verify_seconds(s, m);
    case PHASE_PREPARE:
    case PHASE_SWAP:
    case PHASE_CLEANUP:
    case PHASE_COUNT:
        break;
    }
    r = fixed(s, m->seconds);
    if (p == PHASE_SWAP)
        r.high += 0.5 * s->table->foreign_keys;
    return r;
}

/* --- WAL --- */

/*
 * The copy's pages are younger than the last checkpoint, the table's may be older: each is written whole
 * once. With much WAL more checkpoints come, and the indexes' pages are met again and again, at worst by each
 * row that leaves its page.
 */
static double backfill_images(const struct scaling *s, double wal)
{
    double between = fmax(s->server->max_wal_size / 2, 1);
    double heap = s->table->heap_bytes * 1.3, all = wal + heap;
    double worst = s->table->rows * 0.3 * 8192 * s->table->indexes;

    for (int i = 0; i < 2; i++)
        all = wal + heap + fmin(s->table->index_bytes * 0.8 * (1 + all / between), worst);
    return all - wal;
}

static double images(const struct scaling *s, double wal, enum phase p)
{
    if (!s->server->full_page_writes)
        return 0;
    if (p == PHASE_VERIFY)
        return s->server->hints_logged ? s->table->heap_bytes * 1.3 : s->table->heap_bytes * 0.05;
    if (p == PHASE_BACKFILL)
        return backfill_images(s, wal);
    return s->table->heap_bytes * 1.5 + s->table->index_bytes * 1.5;
}

/* Catalogs are the same for every table; their pages may have to be written whole, or not. */
static struct range catalog_wal(const struct scaling *s, enum phase p, const struct figures_phase *m)
{
    double leaves = s->table->leaves > 1 ? s->table->leaves : 1;
    double pages = p == PHASE_SWAP ? 6e6 : 2e6;

    if (p == PHASE_VERIFY)
        pages += images(s, 0, p);
    return (struct range){fmin(m->wal_bytes * 0.3, 2000), m->wal_bytes * 3 * leaves + pages};
}

/* By rule of thumb (sql/facts/disk.sql), at the least. */
static double least_wal(const struct scaling *s, enum phase p, const struct figures_phase *m)
{
    return p == PHASE_BACKFILL ? 180 * s->table->rows + s->table->heap_bytes * 0.8
                               : fmax(m->index_bytes, 0) * s->factor;
}

/* What is measured is the whole server's WAL: others may have written meanwhile. */
static struct range wal_of(const struct scaling *s, enum phase p, const struct figures_phase *m)
{
    double wal = m->wal_bytes * s->factor;

    if (p != PHASE_BACKFILL && p != PHASE_INDEX)
        return catalog_wal(s, p, m);
    if (!s->out->logged)
        wal = least_wal(s, p, m);
    return (struct range){fmin(wal * 0.5, least_wal(s, p, m) * 0.9),
                          wal * (1.25 + 0.3 * doubt(s)) + images(s, wal, p) + 1e6};
}

/* --- growth --- */

static struct range grown(const struct scaling *s, double bytes, double least, double most, double slack)
{
    double all = bytes * s->factor;

    if (all < 0)
        return (struct range){all * most - slack, all * least + slack};
    return (struct range){fmax(all * least - slack, 0), all * most + slack};
}

/* Several sessions can spoil each other's pruning, which a copy of a few windows does not show: then
 * everything moves. */
static bool may_spoil(const struct scaling *s)
{
    return s->pace->jobs > 1 && s->factor > 1.5;
}

/* What the backfill may make table and indexes grow by beyond the copy's share. */
static double heap_slack(const struct scaling *s)
{
    double share = may_spoil(s) ? 1.1 : 0.05 + 0.08 * doubt(s);

    return s->table->heap_bytes * share + 65536;
}

static double index_slack(const struct scaling *s)
{
    return s->table->index_bytes * (may_spoil(s) ? 1.1 : 0.2 + 0.15 * doubt(s));
}

static struct rehearsal_phase phase_of(const struct scaling *s, enum phase p)
{
    const struct figures_phase *m = &s->figures->phases[p];
    bool fills = p == PHASE_BACKFILL;
    /* what is swapped out has grown meanwhile */
    double least = p == PHASE_SWAP ? 0.5 : fills ? 0.2 : 0.8;
    double most = p == PHASE_SWAP ? may_spoil(s) ? 2.3 : 1.7 : fills ? 1.5 : 1.25;

    if (!m->measured)
        return (struct rehearsal_phase){.expected = false};
    return (struct rehearsal_phase){
        .expected = true,
        .seconds = seconds_of(s, p, m),
        .wal = wal_of(s, p, m),
        .heap = grown(s, m->heap_bytes, 0.4, 1.5, fills ? heap_slack(s) : 0),
        .indexes = grown(s, m->index_bytes, least, most, fills ? index_slack(s) : 65536),
        .copy = *m,
    };
}

static void at_most(struct range *seconds, double low, double high)
{
    seconds->low = fmax(seconds->low, low * 0.9);
    seconds->high = fmax(seconds->high, high * 1.3 + 2);
}

/* Rates that were asked for are kept, whatever the copy could do. */
static void keep_pace(const struct scaling *s, struct rehearsal_phase *p)
{
    double rows = s->table->rows, rate = (double)s->pace->max_rate, wal = (double)s->pace->max_wal_rate;

    if (rate > 0)
        at_most(&p->seconds, rows / rate, rows / rate);
    if (wal > 0)
        at_most(&p->seconds, p->wal.low / wal, p->wal.high / wal);
}

static void add_up(struct rehearsal_phase *total, const struct rehearsal_phase *p)
{
    total->expected = total->expected && p->expected;
    total->seconds = sum(total->seconds, p->seconds);
    total->wal = sum(total->wal, p->wal);
    total->heap = sum(total->heap, p->heap);
    total->indexes = sum(total->indexes, p->indexes);
}

void predict(const struct figures *f, const struct predict_table *t, const struct figures_server *server,
             const struct settings *pace, enum phase last, struct rehearsal_report *out)
{
    const struct scaling s = {
        .figures = f, .table = t, .server = server, .pace = pace, .out = out, .factor = t->factor};

    out->total = (struct rehearsal_phase){.expected = true};
    for (enum phase p = PHASE_PREPARE; p < PHASE_COUNT; p++) {
        out->phases[p] = phase_of(&s, p);
        if (p == PHASE_BACKFILL)
            keep_pace(&s, &out->phases[p]);
        if (p <= last)
            add_up(&out->total, &out->phases[p]);
    }
    out->lock_ms =
        (struct range){fmin(f->lock_held_ms, t->swap_ms) * 0.4, fmax(f->lock_held_ms * 5, t->swap_ms * 3)};
}
