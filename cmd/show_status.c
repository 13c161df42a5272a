/*
 * The report of `status`: a table, the next commands; with --check one line a target.
 */
#include "base/clock.h"
#include "base/units.h"
#include "cmd/show.h"
#include "cmd/text.h"

#include <stdio.h>
#include <string.h>

enum { NUMBER_MAX = 40, TARGET_MIN = 24, TARGET_MAX = 60 };

static const char *or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

static int target_width(const struct engine_report *report)
{
    int width = TARGET_MIN;
    for (int i = 0; i < report->status_count; i++) {
        int w = text_width(or_empty(report->statuses[i].target));
        width = w > width ? w : width;
    }
    return width > TARGET_MAX ? TARGET_MAX : width;
}

static bool is_abandoned(const struct status_report *s)
{
    return s->open && !s->running && !s->swapped;
}

/* What needs a person is in capitals. */
static const char *state_text(const struct status_report *s)
{
    if (strcmp(or_empty(s->state), "ready") == 0)
        return s->held ? "READY, held" : "READY";
    if (is_abandoned(s))
        return *or_empty(s->paused_at) != '\0' ? "NOBODY RUNS IT, paused" : "NOBODY RUNS IT";
    return or_empty(s->state);
}

static void print_percent(const struct status_report *s, char *buf, size_t size)
{
    buf[0] = '\0';
    if (s->open && *or_empty(s->phase) != '\0' && s->percent >= 0)
        snprintf(buf, size, "%.1f %%", s->swapped ? 100 : s->percent);
}

static void put_row(FILE *out, const struct status_report *s, int width)
{
    char percent[NUMBER_MAX], rate[NUMBER_MAX] = "-", eta[NUMBER_MAX] = "-";
    print_percent(s, percent, sizeof(percent));
    if (s->running && s->rows_per_second > 0) {
        units_print_count((int64_t)s->rows_per_second, rate, sizeof(rate) - 2);
        memcpy(rate + strlen(rate), "/s", 3);
    }
    if (s->running && s->eta_seconds >= 0)
        units_print_duration(s->eta_seconds, eta, sizeof(eta));
    fputs("  ", out);
    text_cell(out, or_empty(s->target), width);
    fprintf(out, "  %-9s %8s %11s %12s  ", or_empty(s->phase), percent, rate, eta);
    text_put(out, state_text(s));
    if (s->running && *or_empty(s->who) != '\0') {
        fputs("  ", out);
        text_put(out, s->who);
    }
    if (s->lock_held_ms > 0)
        fprintf(out, "  lock held %.1f ms", s->lock_held_ms);
    if (*or_empty(s->finished_at) != '\0')
        fprintf(out, "  %s", s->finished_at);
    fputc('\n', out);
}

/* On lines of their own: what holds it up, and for how long. */
static void put_throttles(FILE *out, const struct status_report *s)
{
    for (int i = 0; i < s->throttle_count; i++) {
        char text[THROTTLE_TEXT_MAX], since[NUMBER_MAX];
        fputs("    throttled: ", out);
        text_put(out, throttle_print(&s->throttles[i], text, sizeof(text)));
        fprintf(out, ", for %s\n",
                units_print_duration(clock_unix() - s->throttles[i].since, since, sizeof(since)));
    }
}

/* When the ids run out first: RUNBOOK.md, exhausted-before-done. */
static void put_exhausted(FILE *out, const struct status_report *s)
{
    char left[NUMBER_MAX];

    if (!s->running || s->exhausted_seconds < 0 || s->exhausted_seconds >= s->eta_seconds)
        return;
    fprintf(out, "    ids run out in about %s, before the backfill is done\n",
            units_print_duration(s->exhausted_seconds, left, sizeof(left)));
}

static void put_line(FILE *out, const char *what, const char *text, const char *and, const char *more)
{
    if (*or_empty(text) == '\0')
        return;
    fprintf(out, "    %s", what);
    text_put(out, text);
    fputs(and, out);
    text_put(out, more);
    fputc('\n', out);
}

/* What people asked for from elsewhere, and what it waits for. */
static void put_control(FILE *out, const struct status_report *s)
{
    bool ready = *or_empty(s->ready_since) != '\0';
    put_line(out, "", s->sweep, "", "");
    put_line(out, "paused since ", s->paused_at, " by ", or_empty(s->paused_by));
    put_line(out, "ready since ", s->ready_since, ready ? ", waits for " : "", ready ? s->waits_for : "");
    if (!ready && *or_empty(s->paused_at) == '\0')
        put_line(out, "waits for ", s->waits_for, "", "");
    for (int i = 0; i < s->setting_count; i++) {
        fprintf(out, "    %s=", s->settings[i].name);
        text_put(out, s->settings[i].value);
        fputs(", set by ", out);
        text_put(out, s->settings[i].set_by);
        fputc('\n', out);
    }
}

static void put_next(FILE *out, const struct engine_report *report)
{
    bool first = true;
    for (int i = 0; i < report->status_count; i++) {
        const struct status_report *s = &report->statuses[i];
        if (*or_empty(s->next_command) == '\0')
            continue;
        fputs(first ? "\n  next:  " : "         ", out);
        text_put(out, s->next_command);
        if (is_abandoned(s) && *or_empty(s->updated_at) != '\0')
            fprintf(out, "   (last seen %s)", s->updated_at);
        fputc('\n', out);
        first = false;
    }
}

static void put_table(FILE *out, const struct engine_report *report)
{
    int width = target_width(report), open = 0;
    fputs("database ", out);
    text_put(out, or_empty(report->database));
    fputs(" at ", out);
    text_put(out, or_empty(report->host));
    fprintf(out, ", PostgreSQL %s\n", or_empty(report->server_version));
    if (report->status_count == 0) {
        fputs("  no conversions\n", out);
        return;
    }
    fputs("\n  ", out);
    text_cell(out, "target", width);
    fprintf(out, "  %-9s %8s %11s %12s  state\n", "phase", "done", "rate", "ETA");
    for (int i = 0; i < report->status_count; i++) {
        put_row(out, &report->statuses[i], width);
        put_throttles(out, &report->statuses[i]);
        put_exhausted(out, &report->statuses[i]);
        put_control(out, &report->statuses[i]);
        open += report->statuses[i].open;
    }
    put_next(out, report);
    fprintf(out, "  %d open, %d finished\n", open, report->status_count - open);
}

static void put_check(FILE *out, const struct status_report *s, int width)
{
    char percent[NUMBER_MAX];
    print_percent(s, percent, sizeof(percent));
    text_cell(out, or_empty(s->target), width);
    fprintf(out, "  %-8s  ", or_empty(s->type));
    if (s->open && !s->swapped)
        fprintf(out, "%s %s  ", or_empty(s->phase), percent);
    fputs(s->ok ? "ok" : "not yet", out);
    if (!s->ok && is_abandoned(s))
        fputs(", nobody runs it", out);
    if (!s->ok && *or_empty(s->next_command) != '\0') {
        fputs("  next: ", out);
        text_put(out, s->next_command);
    }
    fputc('\n', out);
}

void text_status(struct view *v, const struct engine_report *report)
{
    int width = target_width(report);
    if (!v->options->check) {
        if (!v->failed || report->status_count > 0) /* what can't be read is not nothing */
            put_table(v->out, report);
        return;
    }
    for (int i = 0; i < report->status_count; i++)
        put_check(v->out, &report->statuses[i], width);
}
