/* Events as JSON. */
#include "screen.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <math.h>
#include <string.h>

static const char run_as_json[] =
    "{\"event\":\"start\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"format\":1,"
    "\"version\":\"0.1.0\",\"server_version\":\"15.20\",\"resumed\":false,\"settings\":{\"yes\":false,"
    "\"until\":"
    "\"swap\",\"cleanup\":false,\"dry-run\":false,\"chunk-size\":null,\"chunk-time\":\"20ms\",\"jobs\":1,"
    "\"max-rate\":null,\"max-lag\":\"10s\",\"max-lag-bytes\":null,\"max-wal-rate\":null,"
    "\"max-archive-backlog\":null,\"max-active\":0,\"max-commit-latency\":null,\"throttle-query\":null,"
    "\"throttle-file\":null,\"ignore-standby\":null,\"max-bloat\":0,"
    "\"lock-timeout\":\"100ms\",\"lock-retries\":30,\"stop-after\":null,\"hold-swap\":false,"
    "\"swap-window\":null,\"sample\":100000,\"save-figures\":null,\"max-table-rows\":null,"
    "\"allow\":null,\"exclude\":null,\"if-exists\":false}}\n"
    "{\"event\":\"phase\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"phase\":"
    "\"backfill\",\"state\":\"begin\",\"seconds\":0.0}\n"
    "{\"event\":\"progress\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"phase\":"
    "\"backfill\",\"rows_done\":170204113,\"rows_total\":412000000,\"blocks_done\":413,\"blocks_total\":"
    "1000,"
    "\"rows_per_second\":61420.0,\"eta_seconds\":4100.0,\"chunk_rows\":3072,\"hot_ratio\":0.875,\"sweep\":"
    "null,\"throttled_by\":[]}\n"
    "{\"event\":\"phase\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"phase\":"
    "\"backfill\",\"state\":\"end\",\"seconds\":6991.0}\n"
    "{\"event\":\"lock_wait\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"relation\":\"public.orders\",\"blockers\":[{\"pid\":23117,\"application\":\"reporting\",\"state\":"
    "\"idle in "
    "transaction\",\"query\":\"SELECT *\\n  FROM orders \\u001B[31m\",\"seconds\":252.0},{\"pid\":23410,"
    "\"application\":\"rails: worker\",\"state\":\"active\",\"query\":\"UPDATE orders "
    "SET\",\"seconds\":9.0}]}\n"
    "{\"event\":\"swap\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"lock_held_ms\":5.12,\"lock_wait_ms\":38.0,\"attempts\":7}\n"
    "{\"event\":\"phase\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"phase\":"
    "\"swap\",\"state\":\"end\",\"seconds\":0.2}\n"
    "{\"event\":\"done\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"rows\":"
    "412118204,\"seconds\":10939.0,\"rows_per_second\":58940.0,\"wal_bytes\":85899345920,\"size_before\":"
    "40802189312,\"size_after\":46170898432,\"lock_held_ms\":5.12}\n"
    "{\"event\":\"warning\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"code\":"
    "\"upsert\",\"message\":\"upserts may fail\"}\n"
    "{\"event\":\"ready\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\"}\n"
    "{\"event\":\"error\",\"target\":\"public.orders.id\",\"time\":\"2026-11-22T03:09:24.250+00:00\","
    "\"code\":"
    "\"stored-generated-column\",\"sqlstate\":null,\"message\":\"public.invoices.total_id can't be "
    "widened "
    "online\",\"detail\":\"Column \\\"total_ref\\\" depends on it.\\nNothing was "
    "changed.\",\"hint\":\"Drop the "
    "expression, then run it again:\\npgwiden run invoices.total_id\"}\n";

Test(json_view, prints_events_with_the_keys_of_the_contract)
{
    struct screen *s = screen_new("run");
    struct err e = screen_error();
    s->options.json = true;
    screen_show_run(s);
    screen_show(s, event_message(EVENT_WARNING, "upsert", "upserts may fail"));
    screen_show(s, (struct event){.kind = EVENT_READY});
    screen_show(s, (struct event){.kind = EVENT_ERROR, .u.error = &e});
    screen_expect(s->out, run_as_json);
    screen_free(s);
}

Test(json_view, ends_with_exit_whatever_happened)
{
    static const struct {
        const char *command; /* NULL: none was found */
        int status;
        const char *state;
    } cases[] = {
        {"run",      2, "usage"  },
        {NULL,       2, "usage"  },
        {"run",      1, "failed" },
        {"cleanup",  0, "done"   },
        {"backfill", 5, "stopped"},
        {"swap",     6, "ready"  },
        {"rollback", 2, "usage"  }
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        struct screen *s = screen_new(cases[i].command == NULL ? "run" : cases[i].command);
        if (cases[i].command == NULL)
            s->options.command = NULL;
        s->options.json = true;
        struct err e = screen_error();
        view_error(&s->view, &e);
        cr_expect(eq(int, screen_finish(s, NULL, cases[i].status), cases[i].status));
        cr_assert(eq(int, screen_lines(s->out), 2), "%s", s->out);
        json_t *line = screen_json(s->out, 1);
        cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "event")), "exit"));
        cr_expect(screen_is_null(line, "target"));
        cr_expect(not(screen_is_null(line, "time")));
        cr_expect(eq(int, (int)json_integer_value(json_object_get(line, "status")), cases[i].status));
        cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "state")), (char *)cases[i].state));
        cr_expect(screen_is_null(line, "next_command"));
        json_decref(line);
        screen_free(s);
    }
}

Test(json_view, keeps_the_words_of_the_exit_event)
{
    struct screen *s = screen_new("run");
    s->options.json = true;
    screen_show(s, (struct event){
                       .kind = EVENT_EXIT, .u.exit = {0, "prepared", "pgwiden run orders.id"}
    });
    screen_finish(s, NULL, 0);
    cr_assert(eq(int, screen_lines(s->out), 1));
    json_t *line = screen_json(s->out, 0);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "state")), "prepared"));
    cr_expect(
        eq(str, (char *)json_string_value(json_object_get(line, "next_command")), "pgwiden run orders.id"));
    json_decref(line);
    screen_free(s);
}

Test(json_view, is_json_for_any_bytes_and_numbers)
{
    struct screen *s = screen_new("run");
    struct event e = event_backfill;
    s->options.json = true;
    e.target = "a\xff\"\n\x01\xc3";
    e.u.progress.rows_per_second = (double)NAN;
    e.u.progress.eta_seconds = (double)INFINITY;
    screen_show(s, e);
    json_t *line = screen_json(s->out, 0);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "target")),
                 "a\xef\xbf\xbd\"\n\x01\xef\xbf\xbd"));
    cr_expect(screen_is_null(line, "rows_per_second"));
    cr_expect(screen_is_null(line, "eta_seconds"));
    json_decref(line);
    screen_free(s);
}

Test(json_view, logs_messages_as_json_lines_too)
{
    struct screen *s = screen_new("run");
    struct err e = screen_error();
    s->options.log_format = LOG_FORMAT_JSON;
    screen_show(s, (struct event){.kind = EVENT_ERROR, .u.error = &e});
    screen_show(s, event_message(EVENT_NOTICE, NULL, "it goes on"));
    json_t *line = screen_json(s->err, 0);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "level")), "error"));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "code")), "stored-generated-column"));
    json_decref(line);
    line = screen_json(s->err, 1);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(line, "message")), "it goes on"));
    json_decref(line);
    screen_expect(s->out, "");
    screen_free(s);
}
