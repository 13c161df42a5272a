#include "cmd/show.h"

#include "base/clock.h"
#include "cmd/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* PG_COLOR as in PostgreSQL's programs; NO_COLOR wins. */
static bool wants_color(bool terminal)
{
    const char *no = getenv("NO_COLOR");
    const char *color = getenv("PG_COLOR");
    if ((no != NULL && *no != '\0') || color == NULL)
        return false;
    return strcmp(color, "always") == 0 || (strcmp(color, "auto") == 0 && terminal);
}

void view_init(struct view *v, const struct options *o, FILE *out, FILE *err)
{
    bool terminal = fileno(err) >= 0 && isatty(fileno(err)) == 1;
    *v = (struct view){.options = o, .out = out, .err = err};
    v->color = wants_color(terminal);
    v->live = terminal && !o->quiet && o->log_format == LOG_FORMAT_TEXT && o->settings.progress >= 0;
}

bool view_reports(const struct view *v)
{
    return v->options->command != NULL && v->options->command->reports;
}

bool view_progress_is_due(struct view *v, double time)
{
    double given = v->options->settings.progress;
    if (given < 0 || time < v->next_progress)
        return false;
    v->next_progress = time + (given > 0 ? given / 1000 : time - v->started < 60 ? 5 : 30);
    return true;
}

void view_flush(struct view *v)
{
    if (fflush(v->out) != 0 && v->write_errno == 0)
        v->write_errno = errno;
}

double view_percent(const struct event *progress)
{
    bool blocks = progress->u.progress.blocks_total > 0;
    double total = (double)(blocks ? progress->u.progress.blocks_total : progress->u.progress.rows_total);
    double done = (double)(blocks ? progress->u.progress.blocks_done : progress->u.progress.rows_done);
    if (total <= 0)
        return -1;
    double percent = 100 * done / total;
    return done >= total ? 100 : percent > 99.9 ? 99.9 : percent;
}

/* What later events and the end need to know of this one. */
static void remember(struct view *v, const struct event *event)
{
    if (v->started == 0) { /* the first line of progress comes a period after the start */
        v->started = event->time;
        view_progress_is_due(v, event->time);
    }
    if (event->kind == EVENT_ERROR && !v->failed) {
        v->failed = true;
        v->error = *event->u.error;
    }
    if (event->kind == EVENT_EXIT) {
        v->exited = true;
        snprintf(v->state, sizeof(v->state), "%s", event->u.exit.state == NULL ? "" : event->u.exit.state);
        snprintf(v->next_command, sizeof(v->next_command), "%s",
                 event->u.exit.next_command == NULL ? "" : event->u.exit.next_command);
    }
}

void view_event(void *context, const struct event *event)
{
    struct view *v = context;
    remember(v, event);
    if (v->options->json)
        json_event(v, event);
    text_event(v, event);
    if (v->live)
        live_event(v, event);
    view_flush(v);
}

void view_error(struct view *v, const struct err *e)
{
    view_event(v, &(struct event){.kind = EVENT_ERROR, .time = clock_unix(), .u.error = e});
}

void view_warning(struct view *v, const char *text)
{
    message_put(v, &(struct message){.level = MESSAGE_WARNING, .time = clock_unix(), .primary = text});
}

static void finish_json(struct view *v, const struct engine_report *report, int status)
{
    if (view_reports(v)) {
        json_report(v, report);
        return;
    }
    if (report != NULL)
        json_plans(v, report);
    json_exit(v, status);
}

static void finish_text(struct view *v, const struct engine_report *report)
{
    if (report == NULL || v->options->command == NULL)
        return;
    if (v->options->command->command == COMMAND_STATUS)
        text_status(v, report);
    else if (v->options->command->command == COMMAND_SET)
        text_settings(v, report);
    else if (v->options->settings.dry_run)
        text_dry_run(v, report);
    else if (v->options->command->command == COMMAND_PLAN)
        text_plan(v, report);
}

int view_finish(struct view *v, const struct engine_report *report, int status)
{
    live_clear(v);
    if (v->options->json)
        finish_json(v, report, status);
    else
        finish_text(v, report);
    view_flush(v);
    if (ferror(v->out) == 0 && v->write_errno == 0)
        return status;
    struct err e;
    err_set(&e, ERR_FAILED, "could not write to standard output: %s",
            strerror(v->write_errno == 0 ? EIO : v->write_errno));
    message_put(v, &(struct message){.level = MESSAGE_ERROR, .time = clock_unix(), .primary = e.primary});
    return status == 0 ? ERR_FAILED : status;
}
