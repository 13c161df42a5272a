/*
 * What is expected of each phase, as a rehearsal or figures of a copy say.
 */
#include "base/units.h"
#include "cmd/show.h"
#include "cmd/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "10239 bytes .. 10239 kB", "20:00:00 .. 2 d 10:00:00" */
enum { NUMBER_MAX = 40, SECONDS_WIDTH = 24, BYTES_WIDTH = 23 };

static void cell(FILE *out, const char *low, const char *high, int width)
{
    char text[2 * NUMBER_MAX + 8];

    if (strcmp(low, high) == 0)
        snprintf(text, sizeof(text), "%s", low);
    else
        snprintf(text, sizeof(text), "%s .. %s", low, high);
    fprintf(out, "  %-*s", width, text);
}

static void put_seconds(FILE *out, struct range r, int width)
{
    char low[NUMBER_MAX], high[NUMBER_MAX];

    cell(out, units_print_duration(r.low, low, sizeof(low)), units_print_duration(r.high, high, sizeof(high)),
         width);
}

static char *print_bytes(double bytes, char *buf, size_t size)
{
    if (bytes >= 0)
        return units_print_size((int64_t)bytes, buf, size);
    buf[0] = '-';
    units_print_size((int64_t)-bytes, buf + 1, size - 1);
    return buf;
}

static void put_bytes(FILE *out, struct range r, int width)
{
    char low[NUMBER_MAX], high[NUMBER_MAX];

    cell(out, print_bytes(r.low, low, sizeof(low)), print_bytes(r.high, high, sizeof(high)), width);
}

static void put_phase(FILE *out, const char *name, const struct rehearsal_phase *p)
{
    fprintf(out, "--   %-9s", name);
    if (!p->expected) {
        fputs("  no figures\n", out);
        return;
    }
    put_seconds(out, p->seconds, SECONDS_WIDTH);
    put_bytes(out, p->wal, BYTES_WIDTH);
    put_bytes(out, p->heap, BYTES_WIDTH);
    put_bytes(out, p->indexes, 0);
    fputc('\n', out);
}

/* Three digits, and all of them of a large one. */
static char *print_factor(double factor, char *buf, size_t size)
{
    if (factor > 999)
        return units_print_count(llround(factor), buf, size);
    snprintf(buf, size, "%.3g", factor);
    return buf;
}

static void put_factor(FILE *out, double factor)
{
    char text[NUMBER_MAX];
    const char *printed = print_factor(factor, text, sizeof(text));

    if (factor > 1.005 || factor < 0.995)
        fprintf(out, "; the table is %s times as large", printed);
    else
        fputs(", as many as the table has", out);
}

static void put_head(FILE *out, const struct rehearsal_report *r)
{
    char rows[NUMBER_MAX];

    fputs("\n-- expected, ", out);
    units_print_count(r->rows, rows, sizeof(rows));
    if (strcmp(r->source, "sample") == 0)
        fprintf(out, "rehearsed on a copy of %s rows", rows);
    else
        fprintf(out, "from figures of %s rows", rows);
    put_factor(out, r->factor);
    fputc('\n', out);
    fprintf(out, "--   %-9s  %-*s  %-*s  %-*s  %s\n", "phase", SECONDS_WIDTH, "time", BYTES_WIDTH, "WAL",
            BYTES_WIDTH, "table grows by", "indexes grow by");
}

void text_rehearsal(FILE *out, const struct rehearsal_report *r)
{
    if (*r->failed != '\0') {
        fputs("\n-- not rehearsed: ", out);
        text_put(out, r->failed);
        fputc('\n', out);
        return;
    }
    put_head(out, r);
    for (enum phase p = PHASE_PREPARE; p < PHASE_COUNT; p++)
        put_phase(out, phase_name(p), &r->phases[p]);
    put_phase(out, "in all", &r->total);
    fprintf(out, "--   the swap holds its lock for %.1f .. %.1f ms\n", r->lock_ms.low, r->lock_ms.high);
    if (!r->logged)
        fputs("--   the copy was UNLOGGED: WAL is an estimate\n", out);
    if (r->foreign_keys > 0 || r->views > 0)
        fprintf(out, "--   not on the copy, so only an estimate: foreign keys (%d), views (%d)\n",
                r->foreign_keys, r->views);
}
