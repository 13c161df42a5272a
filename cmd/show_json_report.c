/*
 * The reports of `plan` and `status` as one JSON object each, and a dry run's plans as lines.
 */
#include "base/clock.h"
#include "base/tunable.h"
#include "cmd/json_value.h"
#include "cmd/show.h"

#include <string.h>

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* Columns of one table as status prints them: "public.orders.id, parent_id". */
static json_t *plan_target(const struct plan_report *p)
{
    char name[2048] = "";
    size_t used = 0, prefix = strlen(p->relation) + 1;
    for (int i = 0; i < p->column_count && used < sizeof(name); i++) {
        const char *column = p->columns[i].name;
        bool bare = i > 0 && strlen(column) > prefix;
        used += (size_t)snprintf(name + used, sizeof(name) - used, "%s%s", i > 0 ? ", " : "",
                                 bare ? column + prefix : column);
    }
    return json_value_text(name);
}

static json_t *plan_columns(const struct plan_report *p)
{
    json_t *list = json_array();
    for (int i = 0; i < p->column_count; i++) {
        json_t *one = json_object();
        set(one, "name", json_value_text(p->columns[i].name));
        set(one, "type", json_value_text(p->columns[i].type));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *plan_sequence(const struct plan_report *p)
{
    if (p->sequence_limit <= 0)
        return json_null();
    json_t *object = json_object();
    set(object, "name", json_value_text(p->sequence));
    set(object, "last_value", json_integer(p->sequence_last));
    set(object, "limit", json_integer(p->sequence_limit));
    return object;
}

/* Bytes that are needed beyond those of now. */
static json_t *plan_disk(const struct plan_report *p)
{
    if (p->disk.wal <= 0)
        return json_null();
    json_t *object = json_object();
    set(object, "peak_bytes", json_integer(p->disk.heap + p->disk.index + p->disk.sort));
    set(object, "heap_bytes", json_integer(p->disk.heap));
    set(object, "heap_bytes_worst", json_integer(p->disk.heap_worst));
    set(object, "index_bytes", json_integer(p->disk.index));
    set(object, "sort_bytes", json_integer(p->disk.sort));
    set(object, "wal_bytes", json_integer(p->disk.wal));
    return object;
}

static json_t *plan_findings(const struct plan_report *p, bool refusals)
{
    json_t *list = json_array();
    for (int i = 0; i < p->finding_count; i++) {
        const struct plan_finding *f = &p->findings[i];
        if (f->refuses != refusals)
            continue;
        json_t *one = json_object();
        set(one, "code", json_value_text(f->code));
        set(one, "object", json_value_text_or_null(f->object));
        set(one, "message", json_value_text_or_null(f->reason));
        set(one, "hint", json_value_text_or_null(f->hint));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *plan_statements(const struct plan_report *p)
{
    json_t *list = json_array();
    for (int i = 0; i < p->statement_count; i++) {
        const struct plan_statement *s = &p->statements[i];
        json_t *one = json_object();
        set(one, "phase", json_string(phase_name(s->phase)));
        set(one, "step", json_value_text(s->step));
        set(one, "object", json_value_text(s->object));
        set(one, "lock", json_value_text_or_null(s->lock));
        set(one, "statement", json_value_text(s->statement));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *range(struct range r)
{
    json_t *object = json_object();
    set(object, "low", json_real(r.low));
    set(object, "high", json_real(r.high));
    return object;
}

static json_t *expected(const char *phase, const struct rehearsal_phase *p)
{
    json_t *object = json_object();
    if (phase != NULL)
        set(object, "phase", json_string(phase));
    set(object, "seconds", p->expected ? range(p->seconds) : json_null());
    set(object, "wal_bytes", p->expected ? range(p->wal) : json_null());
    set(object, "heap_growth_bytes", p->expected ? range(p->heap) : json_null());
    set(object, "index_growth_bytes", p->expected ? range(p->indexes) : json_null());
    if (phase != NULL && p->copy.measured)
        set(object, "copy",
            json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "seconds", p->copy.seconds, "linear_seconds",
                      p->copy.linear, "sorted_seconds", p->copy.sorted, "sampled_seconds", p->copy.sampled,
                      "wal_bytes", p->copy.wal_bytes, "heap_growth_bytes", p->copy.heap_bytes,
                      "index_growth_bytes", p->copy.index_bytes));
    return object;
}

static json_t *rehearsal(const struct rehearsal_report *r)
{
    if (r == NULL)
        return json_null();
    json_t *object = json_object(), *phases = json_array();
    set(object, "source", json_value_text(r->source));
    set(object, "failed", json_value_text_or_null(r->failed));
    set(object, "rows", json_integer(r->rows));
    set(object, "factor", json_real(r->factor));
    set(object, "logged", json_boolean(r->logged));
    set(object, "foreign_keys_left_out", json_integer(r->foreign_keys));
    set(object, "views_left_out", json_integer(r->views));
    for (enum phase p = PHASE_PREPARE; p < PHASE_COUNT && *r->failed == '\0'; p++)
        json_array_append_new(phases, expected(phase_name(p), &r->phases[p]));
    set(object, "phases", phases);
    set(object, "total", *r->failed == '\0' ? expected(NULL, &r->total) : json_null());
    set(object, "lock_held_ms", *r->failed == '\0' ? range(r->lock_ms) : json_null());
    return object;
}

static void add_plan(json_t *object, const struct plan_report *p)
{
    set(object, "relation", json_value_text(p->relation));
    set(object, "columns", plan_columns(p));
    set(object, "note", json_value_text_or_null(p->note));
    set(object, "phase", json_value_text_or_null(p->phase));
    set(object, "rows", json_integer(p->rows));
    set(object, "heap_bytes", json_integer(p->heap_bytes));
    set(object, "index_bytes", json_integer(p->index_bytes));
    set(object, "index_count", json_integer(p->index_count));
    set(object, "sequence", plan_sequence(p));
    set(object, "disk", plan_disk(p));
    set(object, "refused", json_boolean(p->refusal_count > 0));
    set(object, "refusals", plan_findings(p, true));
    set(object, "warnings", plan_findings(p, false));
    set(object, "statements", plan_statements(p));
    set(object, "fingerprint", json_value_text_or_null(p->fingerprint));
    set(object, "next_command", json_value_text_or_null(p->next_command));
    set(object, "rehearsal", rehearsal(p->rehearsal));
}

static json_t *plan(const struct plan_report *p)
{
    json_t *object = json_object();
    set(object, "target", plan_target(p));
    add_plan(object, p);
    return object;
}

static const char *or_empty(const char *s)
{
    return s == NULL ? "" : s;
}

/* As the start event has it: numbers, text with units; null: not limited, or adaptive. */
static json_t *setting_value(const struct setting_report *s)
{
    const struct tunable *t = tunable_by_name(s->name);
    long long number = 0;
    if (strcmp(s->value, "off") == 0 || strcmp(s->value, "default") == 0)
        return json_null();
    if (t != NULL && (t->type.kind == VALUE_INT || t->type.kind == VALUE_ROWS) &&
        sscanf(s->value, "%lld", &number) == 1)
        return json_integer(number);
    return json_value_text(s->value);
}

/* What `set` changed: name, value, by, at. */
static json_t *changes(int count, const struct setting_report *settings)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++) {
        if (*settings[i].set_by == '\0')
            continue;
        json_t *one = json_object();
        set(one, "name", json_value_text(settings[i].name));
        set(one, "value", setting_value(&settings[i]));
        set(one, "set_by", json_value_text(settings[i].set_by));
        set(one, "set_at", json_value_text_or_null(settings[i].set_at));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *settings(const struct settings_report *s)
{
    json_t *object = json_object(), *values = json_object();
    set(object, "target", json_value_text(s->target));
    set(object, "running", json_boolean(s->running));
    set(object, "who", json_value_text_or_null(s->who));
    set(object, "paused", json_boolean(*s->paused_at != '\0'));
    for (int i = 0; i < s->count; i++)
        set(values, s->settings[i].name, setting_value(&s->settings[i]));
    set(object, "settings", values);
    set(object, "changed", changes(s->count, s->settings));
    return object;
}

static json_t *status(const struct view *v, const struct status_report *s)
{
    json_t *object = json_object();
    set(object, "target", json_value_text(s->target));
    set(object, "type", json_value_text_or_null(s->type));
    set(object, "phase", json_value_text_or_null(s->phase));
    set(object, "state", json_value_text_or_null(s->state));
    set(object, "open", json_boolean(s->open));
    set(object, "swapped", json_boolean(s->swapped));
    set(object, "running", json_boolean(s->running));
    if (v->options->check)
        set(object, "ok", json_boolean(s->ok));
    set(object, "percent", json_value_positive(s->percent));
    set(object, "rows_done", json_integer(s->rows_done));
    set(object, "rows_per_second", json_value_positive(s->rows_per_second));
    set(object, "eta_seconds", json_value_positive(s->eta_seconds));
    set(object, "hot_ratio", json_value_positive(s->hot_ratio));
    set(object, "sweep", json_value_text_or_null(s->sweep));
    set(object, "exhausted_seconds", json_value_positive(s->exhausted_seconds));
    set(object, "lock_held_ms", s->lock_held_ms > 0 ? json_value_positive(s->lock_held_ms) : json_null());
    set(object, "throttled_by", json_value_throttles(s->throttle_count, s->throttles));
    set(object, "paused", json_boolean(*or_empty(s->paused_at) != '\0'));
    set(object, "paused_at", json_value_text_or_null(s->paused_at));
    set(object, "paused_by", json_value_text_or_null(s->paused_by));
    set(object, "held", json_boolean(s->held));
    set(object, "ready_since", json_value_text_or_null(s->ready_since));
    set(object, "waits_for", json_value_text_or_null(s->waits_for));
    set(object, "changed", changes(s->setting_count, s->settings));
    set(object, "who", json_value_text_or_null(s->who));
    set(object, "started_at", json_value_text_or_null(s->started_at));
    set(object, "updated_at", json_value_text_or_null(s->updated_at));
    set(object, "finished_at", json_value_text_or_null(s->finished_at));
    set(object, "next_command", json_value_text_or_null(s->next_command));
    return object;
}

static json_t *standbys(const struct engine_report *report)
{
    json_t *list = json_array();
    for (int i = 0; i < report->standby_count; i++) {
        const struct plan_standby *s = &report->standbys[i];
        json_t *one = json_object();
        set(one, "name", json_value_text(s->name));
        set(one, "kind", json_value_text(s->kind));
        set(one, "counted", json_boolean(s->counted));
        set(one, "why", json_value_text_or_null(s->why));
        set(one, "seconds", json_value_positive(s->bytes >= 0 ? s->seconds : -1));
        set(one, "bytes", s->bytes >= 0 ? json_integer(s->bytes) : json_null());
        json_array_append_new(list, one);
    }
    return list;
}

void json_report(struct view *v, const struct engine_report *report)
{
    json_t *object = json_object(), *targets = json_array();
    for (int i = 0; report != NULL && i < report->plan_count; i++)
        json_array_append_new(targets, plan(&report->plans[i]));
    for (int i = 0; report != NULL && i < report->settings_count; i++)
        json_array_append_new(targets, settings(&report->settings[i]));
    for (int i = 0; report != NULL && i < report->status_count; i++)
        json_array_append_new(targets, status(v, &report->statuses[i]));
    set(object, "pgwiden", json_string(PGWIDEN_VERSION));
    set(object, "format", json_integer(1));
    set(object, "command", json_string(v->options->command->name));
    set(object, "database", json_value_text(report == NULL ? NULL : report->database));
    set(object, "targets", targets);
    if (report != NULL && report->standby_count > 0)
        set(object, "standbys", standbys(report));
    if (v->failed) {
        json_t *error = json_object();
        json_value_add_error(error, &v->error);
        set(object, "error", error);
    }
    json_value_line(v->out, object);
}

void json_plans(struct view *v, const struct engine_report *report)
{
    for (int i = 0; i < report->plan_count; i++) {
        json_t *object = json_object();
        set(object, "event", json_string("plan"));
        set(object, "target", plan_target(&report->plans[i]));
        set(object, "time", json_value_time(clock_unix()));
        add_plan(object, &report->plans[i]);
        json_value_line(v->out, object);
    }
}
