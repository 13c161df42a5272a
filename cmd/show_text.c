/*
 * A run as text: its lines on `out`, messages and progress on `err`.
 */
#include "base/units.h"
#include "cmd/message.h"
#include "cmd/show.h"
#include "cmd/text.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_MAX = 40 };

static const char *or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

/* Does `out` get the story of a run? */
static bool tells(const struct view *v)
{
    const struct options *o = v->options;
    return !o->json && !o->quiet && !o->settings.dry_run && !view_reports(v);
}

static void put_ms(FILE *out, double ms)
{
    fprintf(out, ms < 10 ? "%.1f ms" : "%.0f ms", ms);
}

/* What matters most first: a narrow terminal cuts the end. */
void text_progress(FILE *out, const struct event *progress)
{
    char buf[NUMBER_MAX];
    int64_t rows = progress->u.progress.rows_done, total = progress->u.progress.rows_total;
    double percent = view_percent(progress), eta = progress->u.progress.eta_seconds;
    fprintf(out, "%s", phase_name(progress->u.progress.phase));
    if (percent >= 0)
        fprintf(out, "  %.1f %%", percent);
    fprintf(out, "  ETA %s", eta < 0 ? "--" : units_print_duration(eta, buf, sizeof(buf)));
    if (*or_empty(progress->u.progress.what) != '\0')
        fprintf(out, "  %s", progress->u.progress.what);
    for (int i = 0; i < progress->u.progress.throttle_count; i++) {
        char text[THROTTLE_TEXT_MAX];
        fprintf(out, i == 0 ? "  throttled: %s" : ", %s",
                throttle_print(&progress->u.progress.throttles[i], text, sizeof(text)));
    }
    if (progress->u.progress.rows_per_second > 0 || progress->u.progress.phase == PHASE_BACKFILL)
        fprintf(out, "  %s rows/s",
                units_print_count((int64_t)progress->u.progress.rows_per_second, buf, sizeof(buf)));
    if (rows > 0)
        fprintf(out, "  %s", units_print_count(rows, buf, sizeof(buf)));
    if (rows > 0 && total > 0)
        fprintf(out, " of about %s", units_print_count(total, buf, sizeof(buf)));
    if (rows > 0)
        fputs(" rows", out);
    if (progress->u.progress.chunk_rows > 0)
        fprintf(out, "  chunk %s", units_print_count(progress->u.progress.chunk_rows, buf, sizeof(buf)));
    if (progress->u.progress.chunk_rows > 0 && progress->u.progress.chunk_ms > 0)
        fprintf(out, " %.0f ms", progress->u.progress.chunk_ms);
}

void text_lock_wait(FILE *out, const struct event *lock_wait)
{
    fprintf(out, "waiting for %s on %s", or_empty(lock_wait->u.lock_wait.lock_mode),
            or_empty(lock_wait->u.lock_wait.relation));
    if (lock_wait->u.lock_wait.attempts > 0)
        fprintf(out, ", try %d of %d, next in %.1f s", lock_wait->u.lock_wait.attempt,
                lock_wait->u.lock_wait.attempts, lock_wait->u.lock_wait.next_ms / 1000);
    if (lock_wait->u.lock_wait.count > 0) {
        char buf[NUMBER_MAX];
        fprintf(out, ", held up by pid %d for %s", lock_wait->u.lock_wait.blockers[0].pid,
                units_print_duration(lock_wait->u.lock_wait.blockers[0].seconds, buf, sizeof(buf)));
    }
    if (lock_wait->u.lock_wait.count > 1)
        fprintf(out, " and %d more", lock_wait->u.lock_wait.count - 1);
}

/* Of several targets: a line when another one's turn comes. */
static void put_target(struct view *v, const struct event *event)
{
    char before[sizeof(v->target)];
    memcpy(before, v->target, sizeof(before));
    snprintf(v->target, sizeof(v->target), "%s", or_empty(event->target));
    if (event->kind == EVENT_START || strcmp(before, v->target) == 0 || !tells(v))
        return;
    text_put(v->out, v->target);
    fputc('\n', v->out);
}

static void on_start(struct view *v, const struct event *event)
{
    put_target(v, event);
    if (!tells(v))
        return;
    fputs("pgwiden " PGWIDEN_VERSION ": ", v->out);
    if (event->target != NULL)
        text_put(v->out, event->target);
    if (*or_empty(event->u.start.type) != '\0') {
        fputc(' ', v->out);
        text_put(v->out, event->u.start.type);
        fputs(" -> bigint", v->out);
    }
    fputs(", database ", v->out);
    text_put(v->out, or_empty(event->u.start.database));
    fputs(" at ", v->out);
    text_put(v->out, or_empty(event->u.start.host));
    fputs(", PostgreSQL ", v->out);
    text_put(v->out, or_empty(event->u.start.server_version));
    fputs(event->u.start.resumed ? "; goes on where it was\n" : "\n", v->out);
}

static void on_phase(struct view *v, const struct event *event)
{
    char took[NUMBER_MAX];
    enum phase phase = event->u.phase.phase;
    v->blocked_by = 0;
    if (!event->u.phase.end) {
        v->last.known = false;
        put_target(v, event);
        return;
    }
    if (!tells(v))
        return;
    fprintf(v->out, "  %-10s done  %14s", phase_name(phase),
            units_print_duration(event->u.phase.seconds, took, sizeof(took)));
    if (v->last.known && v->last.phase == phase && phase == PHASE_BACKFILL) {
        char rows[NUMBER_MAX], rate[NUMBER_MAX];
        fprintf(v->out, "   %s rows, %s/s", units_print_count(v->last.rows, rows, sizeof(rows)),
                units_print_count((int64_t)v->last.rows_per_second, rate, sizeof(rate)));
    }
    fputc('\n', v->out);
}

static char *one_line(void (*print)(FILE *out, const struct event *event), const struct event *event)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        abort();
    print(out, event);
    fclose(out);
    return text;
}

static void put_progress(struct view *v, const struct event *event,
                         void (*print)(FILE *out, const struct event *event))
{
    char *text = one_line(print, event);
    message_put(
        v, &(struct message){
               .level = MESSAGE_PROGRESS, .time = event->time, .target = event->target, .primary = text});
    free(text);
}

static void on_progress(struct view *v, const struct event *event)
{
    v->last.known = true;
    v->last.phase = event->u.progress.phase;
    v->last.rows = event->u.progress.rows_done;
    v->last.rows_per_second = event->u.progress.mean_rows_per_second;
    if (!v->options->json && !v->live && !v->options->quiet && view_progress_is_due(v, event->time))
        put_progress(v, event, text_progress);
}

static void put_blockers(FILE *out, const struct event *event)
{
    char age[NUMBER_MAX];
    fprintf(out, "  %7s  %-10s  %-15s  %-20s %9s  query", "pid", "user", "application", "state", "age");
    for (int i = 0; i < event->u.lock_wait.count; i++) {
        const struct blocker *b = &event->u.lock_wait.blockers[i];
        fprintf(out, "\n  %7d  ", b->pid);
        text_cell(out, or_empty(b->user), 10);
        fputs("  ", out);
        text_cell(out, or_empty(b->application), 15);
        fputs("  ", out);
        text_cell(out, or_empty(b->state), 20);
        fprintf(out, " %9s  ", units_print_duration(b->seconds, age, sizeof(age)));
        text_put_cut(out, or_empty(b->query), 40);
    }
}

/* The table of blockers, when it is not the one that was shown last. */
static void on_lock_wait(struct view *v, const struct event *event)
{
    unsigned long hash = 5381;
    if (v->options->quiet || v->options->json)
        return;
    for (const char *s = or_empty(event->u.lock_wait.relation); *s != '\0'; s++)
        hash = hash * 33 + (unsigned char)*s;
    for (int i = 0; i < event->u.lock_wait.count; i++)
        hash = hash * 33 + (unsigned long)event->u.lock_wait.blockers[i].pid;
    if (hash != v->blocked_by && event->u.lock_wait.count > 0) {
        char *text = one_line(text_lock_wait, event), *table = one_line(put_blockers, event);
        bool json = v->options->log_format == LOG_FORMAT_JSON;
        message_put(v, &(struct message){.level = MESSAGE_NOTICE,
                                         .time = event->time,
                                         .target = event->target,
                                         .primary = text,
                                         .detail = json ? table : NULL});
        if (!json)
            fprintf(v->err, "%s\n", table);
        free(text);
        free(table);
    } else if (!v->live && view_progress_is_due(v, event->time)) {
        put_progress(v, event, text_lock_wait);
    }
    v->blocked_by = hash;
}

static void on_ready(struct view *v, const struct event *event)
{
    (void)event;
    if (tells(v))
        fputs("  swap       READY\n", v->out);
}

static void on_swap(struct view *v, const struct event *event)
{
    char ordinal[NUMBER_MAX];
    v->blocked_by = 0;
    if (!tells(v))
        return;
    fputs("  swap       lock held ", v->out);
    put_ms(v->out, event->u.swap.lock_held_ms);
    fputs(", wait ", v->out);
    put_ms(v->out, event->u.swap.lock_wait_ms);
    fprintf(v->out, ", %s try\n", text_ordinal(event->u.swap.attempts, ordinal, sizeof(ordinal)));
}

static void on_rehearsed(struct view *v, const struct event *event)
{
    v->blocked_by = 0;
    if (!tells(v))
        return;
    fputs("  rehearsal  lock held ", v->out);
    put_ms(v->out, event->u.swap.lock_held_ms);
    fputs(", rolled back: nothing was changed\n", v->out);
}

static void on_warning(struct view *v, const struct event *event)
{
    if ((!v->options->json || !v->options->quiet) && !event->u.message.grouped)
        message_put(v, &(struct message){.level = MESSAGE_WARNING,
                                         .time = event->time,
                                         .target = event->target,
                                         .primary = or_empty(event->u.message.message),
                                         .code = event->u.message.code});
}

static void on_notice(struct view *v, const struct event *event)
{
    if (!v->options->quiet)
        message_put(v, &(struct message){.level = MESSAGE_NOTICE,
                                         .time = event->time,
                                         .target = event->target,
                                         .primary = or_empty(event->u.message.message)});
}

/* As a script: what it is for in a comment, the statement, a semicolon. */
static void on_statement(struct view *v, const struct event *event)
{
    const char *statement = or_empty(event->u.statement.statement);
    size_t length = strlen(statement);
    if (!v->options->settings.echo)
        return;
    if (v->options->log_format == LOG_FORMAT_JSON) {
        message_put(v, &(struct message){.level = MESSAGE_STATEMENT,
                                         .time = event->time,
                                         .target = event->target,
                                         .primary = statement,
                                         .detail = event->u.statement.object});
        return;
    }
    live_clear(v);
    fprintf(v->err, "-- %.3f ms%s", event->u.statement.ms,
            *or_empty(event->u.statement.object) == '\0' ? "" : ": ");
    text_put(v->err, or_empty(event->u.statement.object));
    fprintf(v->err, "\n%s%s\n", statement, length > 0 && statement[length - 1] == ';' ? "" : ";");
}

static void on_error(struct view *v, const struct event *event)
{
    const struct err *e = event->u.error;
    message_put(v, &(struct message){.level = MESSAGE_ERROR,
                                     .time = event->time,
                                     .target = event->target,
                                     .primary = e->primary,
                                     .code = e->code,
                                     .sqlstate = e->sqlstate,
                                     .detail = e->detail,
                                     .hint = e->hint});
}

static void on_done(struct view *v, const struct event *event)
{
    char took[NUMBER_MAX], size[NUMBER_MAX];
    if (!tells(v))
        return;
    text_put(v->out, or_empty(event->u.done.outcome));
    fprintf(v->out, ": %s", units_print_duration(event->u.done.seconds, took, sizeof(took)));
    if (event->u.done.wal_bytes > 0)
        fprintf(v->out, ", WAL %s", units_print_size(event->u.done.wal_bytes, size, sizeof(size)));
    if (event->u.done.size_before > 0) {
        char after[NUMBER_MAX];
        fprintf(v->out, ", table %s -> %s", units_print_size(event->u.done.size_before, size, sizeof(size)),
                units_print_size(event->u.done.size_after, after, sizeof(after)));
    }
    if (event->u.done.lock_held_ms > 0) {
        fputs(", lock held ", v->out);
        put_ms(v->out, event->u.done.lock_held_ms);
    }
    fputc('\n', v->out);
    if (*or_empty(event->u.done.rollback) != '\0') {
        fputs("  rollback:  ", v->out);
        text_put(v->out, event->u.done.rollback);
        fputc('\n', v->out);
    }
}

/* 0 means more than that only where the state is said: only prepared, say. */
static bool is_all_done(const char *state)
{
    return state[0] == '\0' || strcmp(state, "done") == 0 || strcmp(state, "swapped") == 0;
}

/* The next command comes last, unless the error's hint has named it. */
static void on_exit_event(struct view *v, const struct event *event)
{
    if (!tells(v))
        return;
    if (event->u.exit.status == 0 && !is_all_done(v->state))
        fprintf(v->out, "  state:     %s\n", v->state);
    if (v->next_command[0] == '\0' || (v->failed && strstr(v->error.hint, v->next_command) != NULL))
        return;
    fputs("  next:      ", v->out);
    text_put(v->out, v->next_command);
    fputc('\n', v->out);
}

void text_event(struct view *v, const struct event *event)
{
    static void (*const handlers[])(struct view * v, const struct event *event) = {
        [EVENT_START] = on_start,         [EVENT_PHASE] = on_phase,         [EVENT_PROGRESS] = on_progress,
        [EVENT_LOCK_WAIT] = on_lock_wait, [EVENT_READY] = on_ready,         [EVENT_SWAP] = on_swap,
        [EVENT_WARNING] = on_warning,     [EVENT_NOTICE] = on_notice,       [EVENT_STATEMENT] = on_statement,
        [EVENT_ERROR] = on_error,         [EVENT_DONE] = on_done,           [EVENT_EXIT] = on_exit_event,
        [EVENT_WARNINGS] = on_warning,    [EVENT_REHEARSED] = on_rehearsed,
    };
    if (event->kind != EVENT_PROGRESS)
        live_clear(v);
    handlers[event->kind](v, event);
    if (!v->options->json)
        view_flush(v);
}
