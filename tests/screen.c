#include "screen.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

struct screen *screen_new(const char *command)
{
    struct screen *s = calloc(1, sizeof(*s));
    setenv("TZ", "UTC", 1);
    unsetenv("PG_COLOR");
    options_init(&s->options);
    s->options.settings.chunk_time = 20; /* whatever the default is */
    s->options.command = command_by_name(command);
    view_init(&s->view, &s->options, open_memstream(&s->out, &s->out_size),
              open_memstream(&s->err, &s->err_size));
    return s;
}

void screen_show(struct screen *s, struct event event)
{
    event.time = event.time == 0 ? 1795316964.25 : event.time; /* 2026-11-22 03:09:24.25 UTC */
    event.target = event.target == NULL && event.kind != EVENT_EXIT ? "public.orders.id" : event.target;
    view_event(&s->view, &event);
    fflush(s->view.out);
    fflush(s->view.err);
}

int screen_finish(struct screen *s, const struct engine_report *report, int status)
{
    int result = view_finish(&s->view, report, status);
    fflush(s->view.out);
    fflush(s->view.err);
    return result;
}

void screen_free(struct screen *s)
{
    fclose(s->view.out);
    fclose(s->view.err);
    free(s->out);
    free(s->err);
    free(s);
}

void screen_expect(const char *got, const char *want)
{
    cr_expect(eq(str, (char *)(got == NULL ? "" : got), (char *)want));
}

int screen_lines(const char *text)
{
    int lines = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

const struct event event_start = {
    .kind = EVENT_START, .u.start = {"15.20", "shop", "db1:5432", false, "integer"}
};
const struct event event_backfill = {
    .kind = EVENT_PROGRESS,
    .u.progress = {.phase = PHASE_BACKFILL,
                   .what = "",
                   .rows_done = 170204113,
                   .rows_total = 412000000,
                   .blocks_done = 413,
                   .blocks_total = 1000,
                   .rows_per_second = 61420,
                   .mean_rows_per_second = 58900,
                   .eta_seconds = 4100,
                   .chunk_rows = 3072,
                   .hot_ratio = 0.875,
                   .chunk_ms = 41}
};
static const struct blocker blockers[] = {
    {23117, "reporting",     "app", "idle in transaction", "SELECT *\n  FROM orders \033[31m", 252},
    {23410, "rails: worker", "app", "active",              "UPDATE orders SET",                9  },
};
const struct event event_lock_wait = {
    .kind = EVENT_LOCK_WAIT,
    .u.lock_wait = {"public.orders", "ACCESS EXCLUSIVE", 6, 30, 1900, LENGTH(blockers), blockers}
};

struct event event_phase(enum phase phase, bool end, double seconds)
{
    return (struct event){
        .kind = EVENT_PHASE, .u.phase = {phase, end, seconds}
    };
}

struct event event_message(enum event_kind kind, const char *code, const char *message)
{
    return (struct event){
        .kind = kind, .u.message = {code, message}
    };
}

void screen_show_run(struct screen *s)
{
    screen_show(s, event_start);
    screen_show(s, event_phase(PHASE_BACKFILL, false, 0));
    screen_show(s, event_backfill);
    screen_show(s, event_phase(PHASE_BACKFILL, true, 6991));
    screen_show(s, event_lock_wait);
    screen_show(s, (struct event){
                       .kind = EVENT_SWAP, .u.swap = {5.12, 38, 7}
    });
    screen_show(s, event_phase(PHASE_SWAP, true, 0.2));
    screen_show(s,
                (struct event){
                    .kind = EVENT_DONE,
                    .u.done = {412118204, 10939, 58940, 85899345920, 40802189312, 46170898432, 5.12,
                               "public.orders.id is bigint", "pgwiden rollback orders.id (until cleanup)"}
    });
    screen_show(s, (struct event){
                       .kind = EVENT_EXIT, .u.exit = {0, "done", "pgwiden cleanup public.orders.id"}
    });
}

json_t *screen_json(const char *text, int number)
{
    for (; number > 0; number--)
        text = strchr(text, '\n') + 1;
    json_error_t error;
    json_t *object = json_loadb(text, strcspn(text, "\n"), 0, &error);
    cr_assert(ne(ptr, object, NULL), "%s: %s", error.text, text);
    return object;
}

struct err screen_error(void)
{
    struct err e;
    err_set(&e, ERR_REFUSED, "public.invoices.total_id can't be widened online");
    err_code(&e, "stored-generated-column");
    err_detail(&e, "Column \"total_ref\" depends on it.\nNothing was changed.");
    err_hint(&e, "Drop the expression, then run it again:\npgwiden run invoices.total_id");
    return e;
}

bool screen_is_null(const json_t *object, const char *key)
{
    return json_is_null(json_object_get(object, key));
}
