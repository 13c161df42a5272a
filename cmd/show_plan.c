/*
 * The report of `plan`, and the script of a dry run.
 */
#include "base/units.h"
#include "cmd/show.h"
#include "cmd/text.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_SHOWN = 200, STANDBY_WIDTH = 30 };
enum { NUMBER_MAX = 40, OBJECTS_SHOWN = 20 };

static const char *or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

/* PostgreSQL's table lock modes, by strength */
static int lock_rank(const char *lock)
{
    static const char *const locks[] = {
        "",      "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",   "SHARE UPDATE EXCLUSIVE",
        "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};
    const int count = (int)(sizeof(locks) / sizeof(locks[0]));
    for (int i = 0; i < count; i++)
        if (strcmp(locks[i], lock) == 0)
            return i;
    return 0;
}

static void put_columns(FILE *out, const struct plan_report *p)
{
    for (int i = 0; i < p->column_count; i++) {
        const struct plan_column *c = &p->columns[i];
        text_put(out, c->name);
        fprintf(out, "  %s%s", or_empty(c->type),
                strcmp(or_empty(c->type), "bigint") == 0 ? "" : " -> bigint");
        if (i + 1 < p->column_count)
            fputc('\n', out);
    }
}

static void put_size(FILE *out, const struct plan_report *p)
{
    char rows[NUMBER_MAX], heap[NUMBER_MAX], indexes[NUMBER_MAX];
    fprintf(out, "\n  rows      %18s (about)\n", units_print_count(p->rows, rows, sizeof(rows)));
    fprintf(out, "  heap      %18s\n", units_print_size(p->heap_bytes, heap, sizeof(heap)));
    fprintf(out, "  indexes   %18s in %d\n", units_print_size(p->index_bytes, indexes, sizeof(indexes)),
            p->index_count);
    if (p->sequence_limit > 0) {
        char last[NUMBER_MAX];
        fprintf(out, "  sequence  %18s, %.1f %% used (",
                units_print_count(p->sequence_last, last, sizeof(last)),
                100 * (double)p->sequence_last / (double)p->sequence_limit);
        text_put(out, or_empty(p->sequence));
        fputs(")\n", out);
    }
    if (*or_empty(p->phase) != '\0')
        fprintf(out, "  begun     it stands at %s\n", p->phase);
}

static bool is_first(const struct plan_report *p, int i)
{
    for (int k = 0; k < i; k++)
        if (strcmp(p->statements[k].object, p->statements[i].object) == 0)
            return false;
    return true;
}

/* Every object once, in the order in which it is worked on. */
static void put_objects(FILE *out, const struct plan_report *p, bool all)
{
    int shown = 0, left = 0;
    for (int i = 0; i < p->statement_count; i++) {
        if (*p->statements[i].object == '\0' || !is_first(p, i))
            continue;
        if (!all && shown >= OBJECTS_SHOWN) {
            left++;
            continue;
        }
        fputs(shown == 0 ? "\n  hangs on it, or is made\n    " : "    ", out);
        text_put(out, p->statements[i].object);
        fputc('\n', out);
        shown++;
    }
    if (left > 0)
        fprintf(out, "    and %d more (-v)\n", left);
}

static const char *strongest_lock(const struct plan_report *p, enum phase phase, int *count)
{
    const char *strongest = "";
    *count = 0;
    for (int i = 0; i < p->statement_count; i++) {
        const struct plan_statement *s = &p->statements[i];
        if (s->phase != phase)
            continue;
        ++*count;
        if (lock_rank(or_empty(s->lock)) > lock_rank(strongest))
            strongest = s->lock;
    }
    return strongest;
}

static void put_phases(FILE *out, const struct plan_report *p)
{
    fputs("\n  phase      statements  strongest lock\n", out);
    for (enum phase phase = PHASE_PREPARE; phase < PHASE_COUNT; phase++) {
        int count = 0;
        const char *strongest = strongest_lock(p, phase, &count);
        if (phase == PHASE_BACKFILL && count == 0)
            fputs("  backfill            -  ROW EXCLUSIVE, chunk by chunk\n", out);
        else
            fprintf(out, "  %-10s %10d  %s\n", phase_name(phase), count,
                    *strongest == '\0' ? "-" : strongest);
    }
}

/* What can't be seen from here is what is free. */
static void put_disk(FILE *out, const struct plan_report *p)
{
    const struct plan_disk *d = &p->disk;
    char size[NUMBER_MAX];

    fprintf(out, "\n  disk needed at the peak, about %s:\n",
            units_print_size(d->heap + d->index + d->sort, size, sizeof(size)));
    fprintf(out, "    table       %10s more", units_print_size(d->heap, size, sizeof(size)));
    fprintf(out, " (%s if an old snapshot stands all the time)\n",
            units_print_size(d->heap_worst, size, sizeof(size)));
    fprintf(out, "    new indexes %10s", units_print_size(d->index, size, sizeof(size)));
    fprintf(out, ", %s to sort the largest\n", units_print_size(d->sort, size, sizeof(size)));
    fprintf(out, "    WAL         %10s in all; a client can't see what is free\n",
            units_print_size(d->wal, size, sizeof(size)));
}

/* "12 [view]  view public.v: reason", wrapped */
static void put_finding(FILE *out, int number, const struct plan_finding *f)
{
    char *text = NULL;
    size_t size = 0;
    int column = fprintf(out, "  %d [%s]  ", number, f->code);
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL)
        abort();
    text_put(memory, or_empty(f->object));
    if (!f->refuses && *or_empty(f->object) != '\0' && *or_empty(f->reason) != '\0')
        fputs(": ", memory);
    if (!f->refuses)
        text_put(memory, or_empty(f->reason));
    fclose(memory);
    text_wrap(out, text, column, 4);
    free(text);
    if (f->refuses && *or_empty(f->reason) != '\0') {
        fputs("    DETAIL:  ", out);
        text_wrap(out, f->reason, 13, 13);
    }
    if (*or_empty(f->hint) != '\0') {
        fputs("    HINT:    ", out);
        text_wrap(out, f->hint, 13, 13);
    }
}

static void put_findings(FILE *out, const struct plan_report *p, bool refusals)
{
    int number = 0;
    for (int i = 0; i < p->finding_count; i++) {
        if (p->findings[i].refuses != refusals)
            continue;
        if (number == 0)
            fputs(refusals ? "\n  refusals\n" : "\n  warnings\n", out);
        put_finding(out, ++number, &p->findings[i]);
    }
}

/* What can be run as it stands: a comment, the statement, a semicolon. */
static void put_statements(FILE *out, const struct plan_report *p)
{
    for (int i = 0; i < p->statement_count; i++) {
        const struct plan_statement *s = &p->statements[i];
        size_t length = strlen(s->statement);
        fprintf(out, "\n-- %s %s: ", phase_name(s->phase), s->step);
        text_put(out, s->object);
        if (*or_empty(s->lock) != '\0')
            fprintf(out, " (%s)", s->lock);
        fprintf(out, "\n%s%s\n", s->statement, length > 0 && s->statement[length - 1] == ';' ? "" : ";");
    }
}

static void put_end(FILE *out, const struct plan_report *p, bool verbose)
{
    fprintf(out, "\n  %d refusal%s.", p->refusal_count, p->refusal_count == 1 ? "" : "s");
    if (*or_empty(p->fingerprint) != '\0')
        fprintf(out, " Plan %s.", p->fingerprint);
    fputs(" Nothing was changed.\n", out);
    if (!verbose && p->statement_count > 0)
        fputs("  all statements: the same command with -v\n", out);
    if (*or_empty(p->next_command) != '\0') {
        fputs("  next:           ", out);
        text_put(out, p->next_command);
        fputc('\n', out);
    }
}

static void put_plan(struct view *v, const struct engine_report *report, const struct plan_report *p)
{
    bool verbose = v->options->settings.verbose > 0;
    put_columns(v->out, p);
    fprintf(v->out, ", PostgreSQL %s, database ", or_empty(report->server_version));
    text_put(v->out, or_empty(report->database));
    fputc('\n', v->out);
    if (*or_empty(p->note) != '\0') {
        fputs("  ", v->out);
        text_wrap(v->out, p->note, 2, 2);
    }
    if (p->statement_count > 0 || p->finding_count > 0)
        put_size(v->out, p);
    if (p->statement_count > 0) {
        put_objects(v->out, p, verbose);
        put_phases(v->out, p);
        if (p->disk.wal > 0)
            put_disk(v->out, p);
    }
    put_findings(v->out, p, false);
    put_findings(v->out, p, true);
    if (verbose)
        put_statements(v->out, p);
    if (p->rehearsal != NULL)
        text_rehearsal(v->out, p->rehearsal);
    put_end(v->out, p, verbose);
}

static void put_standbys(FILE *out, const struct engine_report *report)
{
    if (report->standby_count > 0)
        fputs("\n  standbys and slots:\n", out);
    for (int i = 0; i < report->standby_count; i++) {
        const struct plan_standby *s = &report->standbys[i];
        char size[NUMBER_MAX], name[NAME_MAX_SHOWN];
        snprintf(name, sizeof(name), "%s %s", s->kind, s->name);
        fputs("    ", out);
        text_cell(out, name, STANDBY_WIDTH);
        fprintf(out, "  %s", s->counted ? "its lag counts" : "ignored: ");
        text_put(out, s->why);
        if (s->bytes >= 0)
            fprintf(out, " (%.1f s, %s)", s->seconds, units_print_size(s->bytes, size, sizeof(size)));
        fputc('\n', out);
    }
}

void text_plan(struct view *v, const struct engine_report *report)
{
    for (int i = 0; i < report->plan_count; i++) {
        if (i > 0)
            fputc('\n', v->out);
        put_plan(v, report, &report->plans[i]);
    }
    put_standbys(v->out, report);
}

static void put_script(FILE *out, const struct plan_report *p)
{
    for (int i = 0; i < p->column_count; i++) {
        fputs("-- ", out);
        text_put(out, p->columns[i].name);
        fprintf(out, ", %s\n", or_empty(p->columns[i].type));
    }
    if (*or_empty(p->note) != '\0') {
        fputs("-- ", out);
        text_put(out, p->note);
        fputc('\n', out);
    }
    for (int i = 0; i < p->finding_count; i++) {
        const struct plan_finding *f = &p->findings[i];
        fprintf(out, "-- %s [%s] ", f->refuses ? "refusal" : "warning", f->code);
        text_put(out, or_empty(f->object));
        fputs(*or_empty(f->object) == '\0' ? "" : ": ", out);
        text_put(out, or_empty(f->reason));
        fputc('\n', out);
    }
    put_statements(out, p);
}

void text_dry_run(struct view *v, const struct engine_report *report)
{
    for (int i = 0; i < report->plan_count; i++) {
        if (i > 0)
            fputc('\n', v->out);
        put_script(v->out, &report->plans[i]);
        if (report->plans[i].rehearsal != NULL)
            text_rehearsal(v->out, report->plans[i].rehearsal);
    }
}
