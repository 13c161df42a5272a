/*
 * JSON on `out`: a run's events as one object a line, reports as one object.
 */
#include "base/clock.h"
#include "cmd/json_value.h"
#include "cmd/message.h"
#include "cmd/show.h"

#include <stdlib.h>
#include <string.h>

/* Takes the value over; a NULL (out of memory) shows up as a missing key. */
static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *new_event(const char *name, const char *target, double time)
{
    json_t *object = json_object();
    set(object, "event", json_string(name));
    set(object, "target", json_value_text(target));
    set(object, "time", json_value_time(time));
    return object;
}

static json_t *setting_value(const struct option_row *row, const struct options *o)
{
    char buf[OPTION_TEXT_MAX];
    const void *field = option_field(row, o);
    if (row->type->kind == VALUE_FLAG)
        return json_boolean(*(const bool *)field);
    if (row->type->kind == VALUE_INT)
        return json_integer(*(const int *)field);
    if (row->type->kind == VALUE_ROWS)
        return *(const int64_t *)field > 0 ? json_integer(*(const int64_t *)field) : json_null();
    if (row->type->kind == VALUE_NAMES || row->type->kind == VALUE_TEXT)
        return json_value_text_or_null(*(const char *const *)field);
    option_print(row, o, buf, sizeof(buf));
    return json_value_text_or_null(buf);
}

/* What was asked of the work, by the names of the options: nothing about the connection. */
static json_t *settings(const struct options *o)
{
    json_t *object = json_object();
    for (int i = 0; i < option_count; i++) {
        const struct option_row *row = &option_rows[i];
        if (!row->later && row->group == GROUP_WORK &&
            (row->commands & COMMAND_BIT(o->command->command)) != 0)
            set(object, row->name, setting_value(row, o));
    }
    return object;
}

static void add_start(struct view *v, json_t *object, const struct event *event)
{
    set(object, "format", json_integer(1));
    set(object, "version", json_string(PGWIDEN_VERSION));
    set(object, "server_version", json_value_text(event->u.start.server_version));
    set(object, "resumed", json_boolean(event->u.start.resumed));
    set(object, "settings", settings(v->options));
}

static void add_phase(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    set(object, "phase", json_string(phase_name(event->u.phase.phase)));
    set(object, "state", json_string(event->u.phase.end ? "end" : "begin"));
    set(object, "seconds", json_value_positive(event->u.phase.seconds));
}

static void add_progress(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    set(object, "phase", json_string(phase_name(event->u.progress.phase)));
    set(object, "rows_done", json_integer(event->u.progress.rows_done));
    set(object, "rows_total", json_integer(event->u.progress.rows_total));
    set(object, "blocks_done", json_integer(event->u.progress.blocks_done));
    set(object, "blocks_total", json_integer(event->u.progress.blocks_total));
    set(object, "rows_per_second", json_value_positive(event->u.progress.rows_per_second));
    set(object, "eta_seconds", json_value_positive(event->u.progress.eta_seconds));
    set(object, "chunk_rows", json_integer(event->u.progress.chunk_rows));
    set(object, "hot_ratio", json_value_positive(event->u.progress.hot_ratio));
    set(object, "sweep", json_value_text_or_null(event->u.progress.sweep));
    set(object, "throttled_by",
        json_value_throttles(event->u.progress.throttle_count, event->u.progress.throttles));
}

static void add_lock_wait(struct view *v, json_t *object, const struct event *event)
{
    json_t *blockers = json_array();
    (void)v;
    set(object, "relation", json_value_text(event->u.lock_wait.relation));
    for (int i = 0; i < event->u.lock_wait.count; i++) {
        const struct blocker *b = &event->u.lock_wait.blockers[i];
        json_t *one = json_object();
        set(one, "pid", json_integer(b->pid));
        set(one, "application", json_value_text(b->application));
        set(one, "state", json_value_text(b->state));
        set(one, "query", json_value_text(b->query));
        set(one, "seconds", json_value_positive(b->seconds));
        json_array_append_new(blockers, one);
    }
    set(object, "blockers", blockers);
}

static void add_swap(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    set(object, "lock_held_ms", json_value_positive(event->u.swap.lock_held_ms));
    set(object, "lock_wait_ms", json_value_positive(event->u.swap.lock_wait_ms));
    set(object, "attempts", json_integer(event->u.swap.attempts));
}

static void add_warning(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    set(object, "code", json_value_text_or_null(event->u.message.code));
    set(object, "message", json_value_text(event->u.message.message));
}

static void add_notice(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    set(object, "message", json_value_text(event->u.message.message));
}

static void add_error(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    json_value_add_error(object, event->u.error);
}

static void add_done(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    set(object, "rows", json_integer(event->u.done.rows));
    set(object, "seconds", json_value_positive(event->u.done.seconds));
    set(object, "rows_per_second", json_value_positive(event->u.done.rows_per_second));
    set(object, "wal_bytes", json_integer(event->u.done.wal_bytes));
    set(object, "size_before", json_integer(event->u.done.size_before));
    set(object, "size_after", json_integer(event->u.done.size_after));
    set(object, "lock_held_ms", json_value_positive(event->u.done.lock_held_ms));
}

static void add_nothing(struct view *v, json_t *object, const struct event *event)
{
    (void)v;
    (void)object;
    (void)event;
}

/* Does something else hold the backfill up than at the last progress? */
static bool is_throttled_otherwise(struct view *v, const struct event *event)
{
    unsigned long before = v->throttled, hash = 0;
    for (int i = 0; i < event->u.progress.throttle_count; i++)
        for (const char *s = event->u.progress.throttles[i].signal; *s != '\0'; s++)
            hash = hash * 33 + (unsigned char)*s;
    v->throttled = hash;
    return hash != before;
}

/* The first progress of a phase is shown, then the rhythm of the lines, and at once what throttles it; a wait
 * for a lock once, then in the rhythm too. */
static bool is_shown(struct view *v, const struct event *event)
{
    bool first = false;
    if (event->kind == EVENT_PROGRESS)
        first =
            is_throttled_otherwise(v, event) || !v->last.known || v->last.phase != event->u.progress.phase;
    else if (event->kind == EVENT_LOCK_WAIT)
        first = v->blocked_by == 0;
    else
        return true;
    if (event->kind == EVENT_LOCK_WAIT)
        v->blocked_by = 1;
    return first || view_progress_is_due(v, event->time);
}

void json_event(struct view *v, const struct event *event)
{
    static const struct {
        const char *name; /* NULL: not an event of the output */
        void (*add)(struct view *v, json_t *object, const struct event *event);
    } events[] = {
        [EVENT_START] = {"start",     add_start    },
        [EVENT_PHASE] = {"phase",     add_phase    },
        [EVENT_PROGRESS] = {"progress",  add_progress },
        [EVENT_LOCK_WAIT] = {"lock_wait", add_lock_wait},
        [EVENT_READY] = {"ready",     add_nothing  },
        [EVENT_SWAP] = {"swap",      add_swap     },
        [EVENT_REHEARSED] = {"rehearsal", add_swap     },
        [EVENT_WARNING] = {"warning",   add_warning  },
        [EVENT_WARNINGS] = {NULL,        NULL         },
        [EVENT_NOTICE] = {"notice",    add_notice   },
        [EVENT_STATEMENT] = {NULL,        NULL         },
        [EVENT_ERROR] = {"error",     add_error    },
        [EVENT_DONE] = {"done",      add_done     },
        [EVENT_EXIT] = {NULL,        NULL         }, /* held back until all else is printed: json_exit */
    };
    if (events[event->kind].name == NULL || view_reports(v) || !is_shown(v, event))
        return;
    json_t *object = new_event(events[event->kind].name, event->target, event->time);
    events[event->kind].add(v, object, event);
    json_value_line(v->out, object);
}

void json_exit(struct view *v, int status)
{
    static const char *const states[] = {"done", "failed", "usage", "refused", "lock", "stopped", "ready"};
    const int count = (int)(sizeof(states) / sizeof(states[0]));
    json_t *object = new_event("exit", NULL, clock_unix());
    const char *state = v->state[0] != '\0'             ? v->state
                        : status >= 0 && status < count ? states[status]
                                                        : "failed";
    set(object, "status", json_integer(status));
    set(object, "state", json_value_text(state));
    set(object, "next_command", json_value_text_or_null(v->next_command));
    json_value_line(v->out, object);
}
