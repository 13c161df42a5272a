/* The reports of plan and status, as text and as JSON. */
#include "screen.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

static const struct plan_column columns[] = {
    {"public.orders.id",        "integer"},
    {"public.orders.parent_id", "integer"}
};
static const struct plan_finding findings[] = {
    {"prepared-statements", "",                        "sessions with prepared statements get one error after the swap", "",               false},
    {"view",                "view public.open_orders", "It reads the column.",                                           "Drop it first.", true },
};
static const struct plan_statement statements[] = {
    {PHASE_PREPARE, "shadow",  "table public.orders",   "ALTER TABLE public.orders ADD x bigint",
     "ACCESS EXCLUSIVE"                                                                                                   },
    {PHASE_INDEX,   "create",  "index public.\"a\nb\"", "CREATE INDEX ..;",                       "SHARE UPDATE EXCLUSIVE"},
    {PHASE_INDEX,   "analyze", "table public.orders",   "ANALYZE",                                ""                      },
};
static const struct plan_report plan = {
    .column_count = 2,
    .columns = columns,
    .relation = "public.orders",
    .note = "",
    .phase = "",
    .rows = 412000000,
    .heap_bytes = 40802189312,
    .index_bytes = 33285996544,
    .index_count = 4,
    .sequence_last = 1874220118,
    .sequence_limit = 2147483647,
    .sequence = "public.orders_id_seq",
    .disk = {.heap = 10737418240,
             .heap_worst = 42949672960,
             .index = 32212254720,
             .sort = 10737418240,
             .wal = 107374182400},
    .finding_count = 2,
    .refusal_count = 1,
    .findings = findings,
    .statement_count = 3,
    .statements = statements,
    .fingerprint = "",
    .next_command = "pgwiden run orders.id"
};
static const struct engine_report planned = {
    .database = "shop", .host = "db1:5432", .server_version = "15.20", .plan_count = 1, .plans = &plan};

Test(text_view, prints_a_plan)
{
    struct screen *s = screen_new("plan");
    cr_expect(eq(int, screen_finish(s, &planned, 3), 3));
    screen_expect(s->out, "public.orders.id  integer -> bigint\n"
                          "public.orders.parent_id  integer -> bigint, PostgreSQL 15.20, database shop\n"
                          "\n"
                          "  rows             412,000,000 (about)\n"
                          "  heap                   38 GB\n"
                          "  indexes                31 GB in 4\n"
                          "  sequence       1,874,220,118, 87.3 % used (public.orders_id_seq)\n"
                          "\n"
                          "  hangs on it, or is made\n"
                          "    table public.orders\n"
                          "    index public.\"a b\"\n"
                          "\n"
                          "  phase      statements  strongest lock\n"
                          "  prepare             1  ACCESS EXCLUSIVE\n"
                          "  backfill            -  ROW EXCLUSIVE, chunk by chunk\n"
                          "  index               2  SHARE UPDATE EXCLUSIVE\n"
                          "  verify              0  -\n"
                          "  swap                0  -\n"
                          "  cleanup             0  -\n"
                          "\n"
                          "  disk needed at the peak, about 50 GB:\n"
                          "    table            10 GB more (40 GB if an old snapshot stands all the time)\n"
                          "    new indexes      30 GB, 10 GB to sort the largest\n"
                          "    WAL             100 GB in all; a client can't see what is free\n"
                          "\n"
                          "  warnings\n"
                          "  1 [prepared-statements]  sessions with prepared statements get one error after\n"
                          "    the swap\n"
                          "\n"
                          "  refusals\n"
                          "  1 [view]  view public.open_orders\n"
                          "    DETAIL:  It reads the column.\n"
                          "    HINT:    Drop it first.\n"
                          "\n"
                          "  1 refusal. Nothing was changed.\n"
                          "  all statements: the same command with -v\n"
                          "  next:           pgwiden run orders.id\n");
    screen_free(s);
}

Test(text_view, prints_a_dry_run_as_a_script)
{
    struct screen *s = screen_new("run");
    s->options.settings.dry_run = true;
    screen_show(s, event_start);
    screen_finish(s, &planned, 0);
    screen_expect(
        s->out,
        "-- public.orders.id, integer\n"
        "-- public.orders.parent_id, integer\n"
        "-- warning [prepared-statements] sessions with prepared statements get one error after the swap\n"
        "-- refusal [view] view public.open_orders: It reads the column.\n"
        "\n"
        "-- prepare shadow: table public.orders (ACCESS EXCLUSIVE)\n"
        "ALTER TABLE public.orders ADD x bigint;\n"
        "\n"
        "-- index create: index public.\"a b\" (SHARE UPDATE EXCLUSIVE)\n"
        "CREATE INDEX ..;\n"
        "\n"
        "-- index analyze: table public.orders\n"
        "ANALYZE;\n");
    screen_free(s);
}

Test(json_view, prints_a_plan_as_one_object)
{
    struct screen *s = screen_new("plan");
    s->options.json = true;
    screen_finish(s, &planned, 3);
    cr_assert(eq(int, screen_lines(s->out), 1));
    json_t *object = screen_json(s->out, 0);
    json_t *target = json_array_get(json_object_get(object, "targets"), 0);
    cr_expect(eq(str, (char *)json_string_value(json_object_get(object, "pgwiden")), "0.1.0"));
    cr_expect(eq(int, (int)json_integer_value(json_object_get(object, "format")), 1));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(object, "command")), "plan"));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(object, "database")), "shop"));
    cr_expect(eq(ptr, json_object_get(object, "error"), NULL));
    cr_expect(
        eq(str, (char *)json_string_value(json_object_get(target, "target")), "public.orders.id, parent_id"));
    cr_expect(eq(i64, json_integer_value(json_object_get(json_object_get(target, "disk"), "peak_bytes")),
                 53687091200));
    cr_expect(eq(sz, json_array_size(json_object_get(target, "statements")), 3));
    cr_expect(eq(sz, json_array_size(json_object_get(target, "refusals")), 1));
    cr_expect(eq(sz, json_array_size(json_object_get(target, "warnings")), 1));
    json_decref(object);
    screen_free(s);
}

Test(json_view, prints_the_error_of_a_report_in_its_object)
{
    struct screen *s = screen_new("status");
    struct err e;
    s->options.json = true;
    err_set(&e, ERR_FAILED, "could not connect");
    view_error(&s->view, &e);
    cr_expect(eq(int, screen_finish(s, &(struct engine_report){0}, 1), 1));
    cr_assert(eq(int, screen_lines(s->out), 1));
    json_t *object = screen_json(s->out, 0);
    cr_expect(eq(sz, json_array_size(json_object_get(object, "targets")), 0));
    cr_expect(screen_is_null(object, "database"));
    cr_expect(eq(str, (char *)json_string_value(json_object_get(json_object_get(object, "error"), "message")),
                 "could not connect"));
    json_decref(object);
    screen_free(s);
}

static const struct status_report statuses[] = {
    {.target = "public.orders.id",
     .type = "integer",
     .phase = "backfill",
     .state = "running",
     .open = true,
     .running = true,
     .percent = 41.3,
     .rows_per_second = 61420,
     .eta_seconds = 4080,
     .exhausted_seconds = 3600,
     .who = "db-ops1 4711",
     .updated_at = "",
     .finished_at = "",
     .next_command = ""},
    {.target = "tenant_7.users.id",
     .type = "integer",
     .phase = "backfill",
     .state = "stopped",
     .open = true,
     .percent = 8.1,
     .eta_seconds = -1,
     .exhausted_seconds = -1,
     .who = "",
     .updated_at = "2026-11-22 02:47:00+01",
     .finished_at = "",
     .next_command = "pgwiden run tenant_7.users.id"},
};
static const struct engine_report stated = {.database = "shop",
                                            .host = "db1:5432",
                                            .server_version = "15.20",
                                            .status_count = 2,
                                            .statuses = statuses};

Test(text_view, prints_status)
{
    struct screen *s = screen_new("status");
    screen_finish(s, &stated, 0);
    screen_expect(
        s->out,
        "database shop at db1:5432, PostgreSQL 15.20\n"
        "\n"
        "  target                    phase         done        rate          ETA  state\n"
        "  public.orders.id          backfill    41.3 %    61,420/s      1:08:00  running  db-ops1 4711\n"
        "    ids run out in about 1:00:00, before the backfill is done\n"
        "  tenant_7.users.id         backfill     8.1 %           -            -  NOBODY RUNS IT\n"
        "\n"
        "  next:  pgwiden run tenant_7.users.id   (last seen 2026-11-22 02:47:00+01)\n"
        "  2 open, 0 finished\n");
    screen_free(s);
}

Test(text_view, prints_status_without_conversions)
{
    struct screen *s = screen_new("status");
    struct engine_report empty = stated;
    empty.status_count = 0;
    screen_finish(s, &empty, 0);
    screen_expect(s->out, "database shop at db1:5432, PostgreSQL 15.20\n  no conversions\n");
    screen_free(s);
}

Test(text_view, prints_a_check_line_by_line)
{
    struct screen *s = screen_new("status");
    s->options.check = true;
    cr_expect(eq(int, screen_finish(s, &stated, 1), 1));
    screen_expect(
        s->out,
        "public.orders.id          integer   backfill 41.3 %  not yet\n"
        "tenant_7.users.id         integer   backfill 8.1 %  not yet, nobody runs it  next: pgwiden run "
        "tenant_7.users.id\n");
    screen_free(s);
}

Test(views, fail_when_output_can_not_be_written)
{
    FILE *full = fopen("/dev/full", "w");
    struct screen *s = screen_new("status");
    FILE *memory = s->view.out;
    s->view.out = full;
    cr_expect(eq(int, screen_finish(s, &stated, 0), 1));
    cr_expect(ne(ptr, strstr(s->err, "could not write to standard output"), NULL));
    cr_expect(eq(int, screen_finish(s, &stated, 3), 3));
    s->view.out = memory;
    fclose(full);
    screen_free(s);
}
