#include "backfill_fixture.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

struct db *db;
struct loop *loop;
struct session *control;
struct settings settings;
struct err err;
struct backfill_result result;
int chunks, notices, progress_events;
int64_t progress_rows, progress_blocks, progress_blocks_total;
void (*after_chunk)(int number);

static void sent(void *context, const char *statement, double ms)
{
    (void)context;
    (void)ms;
    if (strcmp(statement, "chunk") == 0 && after_chunk != NULL)
        after_chunk(++chunks);
}

static void listen(void *context, const struct event *event)
{
    (void)context;
    notices += event->kind == EVENT_NOTICE;
    if (event->kind != EVENT_PROGRESS)
        return;
    progress_events++;
    progress_rows = event->u.progress.rows_done;
    progress_blocks = event->u.progress.blocks_done;
    progress_blocks_total = event->u.progress.blocks_total;
}

/* State and a table as prepare leaves them; the table's two columns are converted together. */
void make_table(int rows, const char *options)
{
    char *state = file_read(SOURCE_DIR "/sql/state.sql");

    db_exec(db, "CREATE SCHEMA pgwiden; SET search_path = pgwiden; %s; RESET search_path", state);
    free(state);
    db_exec(
        db,
        "CREATE TABLE \"T 1\" (id int PRIMARY KEY, \"sm%%l\" smallint, body text) WITH (autovacuum_enabled = "
        "off%s);"
        "INSERT INTO \"T 1\" SELECT g, nullif(g %% 7, 3), repeat('x', 60) FROM generate_series(1, %d) g;"
        "ALTER TABLE \"T 1\" ADD pgwiden_new_1 bigint, ADD pgwiden_new_2 bigint;"
        "CREATE FUNCTION pgwiden.copy() RETURNS trigger LANGUAGE plpgsql AS $$"
        "BEGIN NEW.pgwiden_new_1 := NEW.id; NEW.pgwiden_new_2 := NEW.\"sm%%l\"; RETURN NEW; END$$;"
        "CREATE TRIGGER \"~pgwiden\" BEFORE INSERT OR UPDATE ON \"T 1\" FOR EACH ROW"
        " WHEN (NEW.pgwiden_new_1 IS DISTINCT FROM NEW.id OR NEW.pgwiden_new_2 IS DISTINCT FROM "
        "NEW.\"sm%%l\")"
        " EXECUTE FUNCTION pgwiden.copy();"
        "ALTER TABLE \"T 1\" ENABLE ALWAYS TRIGGER \"~pgwiden\";"
        "INSERT INTO pgwiden.conversion (relid, nspname, relname) VALUES ('\"T 1\"'::regclass, 'public', 'T "
        "1');"
        "INSERT INTO pgwiden.conversion_column VALUES (1, 1, 4, 'id', 'int4'), (1, 2, 5, 'sm%%l', 'int2')",
        options, rows);
}

void backfill_set_up(void)
{
    db = db_create();
    settings_init(&settings);
    settings.dbname = db_name(db);
    cr_assert(loop_open(&loop, &err), "%s", err.primary);
    cr_assert(session_open(loop, &settings, "pgwiden", NULL, &control, &err), "%s", err.primary);
}

void backfill_tear_down(void)
{
    session_close(control);
    loop_close(loop);
    db_drop(db);
}

bool run_once(bool sweep)
{
    const struct session_listener listener = {.sent = sent};
    const struct backfill_request request = {.loop = loop,
                                             .control = control,
                                             .settings = &settings,
                                             .relid = (uint32_t)db_int(db, "SELECT '\"T 1\"'::regclass::oid"),
                                             .conversion = 1,
                                             .sweep = sweep,
                                             .relation = "public.\"T 1\"",
                                             .application = "pgwiden: backfill",
                                             .session_listener = &listener,
                                             .listener = listen,
                                             .target = "public.\"T 1\".id"};

    chunks = notices = progress_events = 0;
    err_clear(&err);
    return backfill_run(&request, &result, &err);
}

void run_well(bool sweep)
{
    bool ok = run_once(sweep);

    cr_assert(ok, "%s\n%s", err.primary, err.detail);
}

int64_t wrong_rows(void)
{
    return db_int(db, "SELECT count(*) FROM \"T 1\" WHERE pgwiden_new_1 IS DISTINCT FROM id"
                      " OR pgwiden_new_2 IS DISTINCT FROM \"sm%%l\"");
}

void expect_done(int64_t rows)
{
    cr_expect(eq(i64, wrong_rows(), 0));
    cr_expect(eq(i64, db_int(db, "SELECT count(*) FROM \"T 1\""), rows));
    cr_expect(db_bool(db, "SELECT bool_and(done) FROM pgwiden.backfill_range"));
}
