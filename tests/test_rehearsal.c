/* run --dry-run on a copy of some rows, swap --rehearse, and figures of a copy: nothing is left of them. */
#include "engine/predict.h"
#include "support_writers.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(rehearsal, .timeout = 400);

#define ROWS 20000

/* Whoever writes to the table, or takes of its sequence, is noticed. */
static const char setup[] =
    "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1); "
    "CREATE TABLE t (id serial PRIMARY KEY, \"A b\" int NOT NULL DEFAULT 1 REFERENCES parent, c text, "
    "twice int GENERATED ALWAYS AS (\"A b\" * 2) STORED, CHECK (id > 0)) WITH (fillfactor = 80); "
    "CREATE INDEX t_c ON t (c, id); CREATE VIEW v AS SELECT id, c FROM t; "
    "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'";

static struct db *make(void)
{
    struct db *db = db_create();

    db_exec(db, "%s", setup);
    db_exec(db, "INSERT INTO t (c) SELECT md5(g::text) FROM generate_series(1, %d) AS g", ROWS);
    db_exec(db,
            "CREATE TRIGGER no BEFORE INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION no(); ANALYZE t");
    return db;
}

/* What must be the same before and after. */
static char *picture(struct db *db)
{
    char *catalogs = catalog_snapshot(db);
    char *data =
        db_text(db, "SELECT concat_ws(' ', (SELECT md5(string_agg(t::text, ',' ORDER BY ctid)) FROM t), "
                    "(SELECT last_value FROM t_id_seq), pg_relation_filenode('t'))");
    char *all = text_format("%s\n%s", catalogs, data);

    free(catalogs);
    free(data);
    return all;
}

static void expect_same(struct db *db, const char *before, const char *when)
{
    char *after = picture(db), *diff = text_diff(before, after);

    cr_expect(strcmp(diff, "") == 0, "%s:\n%s", when, diff);
    free(after);
    free(diff);
}

static void expect_nothing_left(struct db *db, const char *before, const char *when)
{
    cr_expect(!state_exists(db), "%s: schema pgwiden is left", when);
    expect_same(db, before, when);
}

/* The plan's object of a dry run, in --json. */
static json_t *plan_of(const struct outcome *o)
{
    char *copy = strdup(o->out), *rest = copy;
    json_t *plan = NULL;

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        json_t *object = json_loads(line, 0, NULL);
        const char *name = json_string_value(json_object_get(object, "event"));

        if (plan == NULL && name != NULL && strcmp(name, "plan") == 0)
            plan = json_incref(object);
        json_decref(object);
    }
    free(copy);
    cr_assert(plan != NULL, "no plan:\n%s\n%s", o->out, o->err);
    return plan;
}

static void check_range(const json_t *object, const char *key)
{
    const json_t *range = json_object_get(object, key);
    const json_t *low = json_object_get(range, "low"), *high = json_object_get(range, "high");

    cr_assert(json_is_number(low) && json_is_number(high), "%s is no range", key);
    cr_expect(json_number_value(low) <= json_number_value(high), "%s: low is above high", key);
}

/* The shape of what others read. */
static void check_rehearsal(const json_t *plan, double rows)
{
    static const char *const names[] = {"prepare", "backfill", "index", "verify", "swap", "cleanup"};
    const json_t *r = json_object_get(plan, "rehearsal"), *phases = json_object_get(r, "phases");

    cr_assert(json_is_object(r), "there is no rehearsal");
    cr_expect(json_is_null(json_object_get(r, "failed")));
    cr_expect(json_number_value(json_object_get(r, "rows")) == rows, "%g rows",
              json_number_value(json_object_get(r, "rows")));
    cr_assert(json_array_size(phases) == 6, "%zu phases", json_array_size(phases));
    for (size_t i = 0; i < 6; i++) {
        const json_t *phase = json_array_get(phases, i);

        cr_expect(strcmp(json_string_value(json_object_get(phase, "phase")), names[i]) == 0);
        check_range(phase, "seconds");
        check_range(phase, "wal_bytes");
        check_range(phase, "heap_growth_bytes");
        check_range(phase, "index_growth_bytes");
    }
    check_range(json_object_get(r, "total"), "seconds");
    check_range(r, "lock_held_ms");
}

Test(rehearsal, a_dry_run_leaves_nothing)
{
    struct db *db = make();
    char *before = picture(db);
    struct outcome o = program_run(db, "pgwiden run t.id --dry-run --json");
    json_t *plan;

    cr_assert(o.status == 0, "%d\n%s", o.status, o.err);
    plan = plan_of(&o);
    check_rehearsal(plan, ROWS);
    cr_expect(json_array_size(json_object_get(plan, "statements")) > 5);
    expect_nothing_left(db, before, "dry run");
    outcome_free(&o);
    o = program_run(db, "pgwiden run t.id --dry-run --sample 3000");
    cr_expect(o.status == 0);
    cr_expect(strstr(o.out, "ALTER TABLE public.t ADD COLUMN") != NULL, "%s", o.out);
    cr_expect(strstr(o.out, "times as large") != NULL, "%s", o.out);
    expect_nothing_left(db, before, "sample");
    outcome_free(&o);
    o = program_run(db, "pgwiden run t.id --dry-run --sample off --json");
    cr_expect(o.status == 0);
    json_decref(plan);
    plan = plan_of(&o);
    cr_expect(json_is_null(json_object_get(plan, "rehearsal")));
    json_decref(plan);
    outcome_free(&o);
    free(before);
    db_drop(db);
}

/* Schema pgwiden that was there before stays, with all that is in it. */
Test(rehearsal, the_schema_stays_when_it_was_there)
{
    static const char state[] =
        "SELECT concat_ws(' ', (SELECT string_agg(c::text, ',' ORDER BY id) FROM pgwiden.conversion AS c), "
        "(SELECT count(*) FROM pgwiden.journal), (SELECT string_agg(relname, ' ' ORDER BY relname) "
        "FROM pg_class WHERE relnamespace = 'pgwiden'::regnamespace AND relkind = 'r'), "
        "(SELECT string_agg(oid::regprocedure::text, ' ' ORDER BY oid) FROM pg_proc "
        "WHERE pronamespace = 'pgwiden'::regnamespace), obj_description('pgwiden'::regnamespace))";
    struct db *db = make();
    char *before, *pgwiden, *after;

    db_exec(db, "CREATE TABLE o (id int PRIMARY KEY)");
    program_expect(db, 0, "pgwiden run o.id --until backfill");
    before = picture(db);
    pgwiden = db_text(db, "%s", state);
    program_expect(db, 0, "pgwiden run t.id --dry-run");
    program_expect(db, 137, "PGWIDEN_TEST_KILL_AFTER=30 pgwiden run t.id --dry-run");
    program_expect(db, 0, "pgwiden status");
    after = db_text(db, "%s", state);
    cr_expect(strcmp(pgwiden, after) == 0, "before: %s\nafter:  %s", pgwiden, after);
    expect_same(db, before, "schema there");
    program_expect(db, 0, "pgwiden run o.id --yes --cleanup");
    free(before);
    free(pgwiden);
    free(after);
    db_drop(db);
}

/* An observer looks at pg_locks all the time. */
Test(rehearsal, takes_no_lock_but_access_share)
{
    struct db *db = make();
    struct program p;
    struct outcome o;
    int64_t seen = 0;

    program_start(&p, db, "pgwiden run t.id --dry-run");
    while (program_runs(&p)) {
        /* nextval's lock on the sequence: its last value is read */
        char *strong = db_text(
            db,
            "SELECT l.mode || ' ' || l.relation::regclass FROM pg_locks AS l JOIN pg_stat_activity AS a "
            "USING (pid) "
            "WHERE l.locktype = 'relation' AND a.application_name LIKE 'pgwiden%%' "
            "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND l.relation IN ('t'::regclass, 'parent'::regclass, 't_id_seq'::regclass, 't_pkey'::regclass) "
            "AND l.mode <> 'AccessShareLock' AND (l.relation, l.mode) <> ('t_id_seq'::regclass, "
            "'RowExclusiveLock')");

        cr_expect(strcmp(strong, "") == 0, "a lock was taken: %s", strong);
        seen +=
            db_int(db, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgwiden: backfill "
                       "pgwiden.%%'");
        free(strong);
    }
    o = program_await(&p, 10);
    cr_expect(o.status == 0, "%s", o.err);
    cr_expect(seen > 0, "the copy was not seen at work");
    outcome_free(&o);
    db_drop(db);
}

Test(rehearsal, a_signal_leaves_nothing)
{
    struct db *db = make();
    char *before = picture(db);
    struct outcome o = program_run(db, "pgwiden run t.id --dry-run");
    double whole = o.seconds;
    int stopped = 0;

    outcome_free(&o);
    srand48(getpid());
    for (int i = 0; i < 10; i++) {
        struct program p;

        program_start(&p, db, "pgwiden run t.id --dry-run");
        pause_ms((int)(whole * 1000 * drand48()));
        program_signal(&p, i % 2 ? SIGTERM : SIGINT);
        if (i % 3 == 0) {
            pause_ms((int)(50 * drand48()));
            program_signal(&p, SIGINT);
        }
        o = program_await(&p, 60);
        stopped += o.status == 5;
        /* before its handlers stand a signal ends it at once */
        cr_expect(o.status == 0 || o.status == 5 || o.status > 128, "%d: %s", o.status, o.err);
        expect_nothing_left(db, before, "signal");
        outcome_free(&o);
    }
    cr_expect(stopped > 0, "none was stopped");
    free(before);
    db_drop(db);
}

static void kill_everywhere(const char *variable)
{
    struct db *db = make();
    char *before = picture(db);
    bool killed = true;
    int n;

    for (n = 1; killed; n += 4) {
        char *when = text_format("%s=%d", variable, n);
        struct outcome o = program_run(db, "PGWIDEN_TEST_%s pgwiden run t.id --dry-run", when);

        killed = o.status == 137;
        cr_expect(killed || o.status == 0, "%s: %d\n%s", when, o.status, o.err);
        outcome_free(&o);
        program_expect(db, 0, "pgwiden status");
        expect_nothing_left(db, before, when);
        free(when);
    }
    cr_expect(n > 40, "killed at %d messages only", n);
    free(before);
    db_drop(db);
}

/* The next command, whatever it is, takes away what is left. */
Test(rehearsal, a_kill_after_any_message_is_mended_by_the_next_command)
{
    kill_everywhere("KILL_AFTER");
}

Test(rehearsal, a_kill_during_any_message_is_mended_by_the_next_command)
{
    kill_everywhere("KILL_DURING");
}

/* A copy that somebody works on is left alone. */
Test(rehearsal, one_that_runs_is_not_disturbed_by_other_commands)
{
    struct db *db = make();
    char *before = picture(db);
    struct program p;
    struct outcome o;

    program_start(&p, db, "pgwiden run t.id --dry-run");
    while (program_runs(&p)) {
        o = program_run(db, "pgwiden status");
        cr_expect(o.status == 0, "%s", o.err);
        cr_expect(strstr(o.out, "sample") == NULL, "%s", o.out);
        outcome_free(&o);
    }
    o = program_await(&p, 10);
    cr_expect(o.status == 0, "%s", o.err);
    outcome_free(&o);
    expect_nothing_left(db, before, "others");
    free(before);
    db_drop(db);
}

/* The copy breaks where the table would: the statements are printed all the same. */
Test(rehearsal, a_failure_is_said_and_leaves_nothing)
{
    struct db *db = make();
    struct outcome o;
    char *before;

    db_exec(db, "ALTER TABLE t ADD CONSTRAINT never CHECK (c <> md5('77')) NOT VALID");
    before = picture(db);
    o = program_run(db, "pgwiden run t.id --dry-run");
    cr_expect(o.status == 1, "%d", o.status);
    cr_expect(strstr(o.out, "ALTER TABLE public.t ADD COLUMN") != NULL, "%s", o.out);
    cr_expect(strstr(o.out, "not rehearsed") != NULL, "%s", o.out);
    cr_expect(strstr(o.err, "never") != NULL, "%s", o.err);
    expect_nothing_left(db, before, "failure");
    outcome_free(&o);
    free(before);
    db_drop(db);
}

/* They sleep, or there is no rehearsal. */
Test(rehearsal, no_event_trigger_fires)
{
    struct db *db = make();
    struct outcome o;
    char *before;

    db_exec(db,
            "CREATE TABLE ddl (tag text); CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS "
            "'BEGIN INSERT INTO public.ddl VALUES (tg_tag); END'; "
            "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION seen(); "
            "CREATE EVENT TRIGGER dropped ON sql_drop EXECUTE FUNCTION seen()");
    db_exec(db, "TRUNCATE ddl");
    before = picture(db);
    db_exec(db, "TRUNCATE ddl");
    o = program_run(db, "pgwiden run t.id --dry-run");
    cr_expect(o.status == 0, "%s", o.err);
    cr_expect(strstr(o.out, "rehearsed on a copy") != NULL, "%s", o.out);
    program_expect(db, 137, "PGWIDEN_TEST_KILL_AFTER=30 pgwiden run t.id --dry-run");
    program_expect(db, 0, "pgwiden status");
    cr_expect(!db_bool(db, "SELECT EXISTS (SELECT FROM ddl)"), "an event trigger fired");
    expect_nothing_left(db, before, "asleep");
    outcome_free(&o);
    db_exec(db, "ALTER EVENT TRIGGER watch ENABLE ALWAYS");
    o = program_run(db, "pgwiden run t.id --dry-run");
    cr_expect(o.status == 0, "%s", o.err);
    cr_expect(strstr(o.out, "not rehearsed: event triggers would fire: watch") != NULL, "%s", o.out);
    outcome_free(&o);
    free(before);
    db_drop(db);
}

Test(rehearsal, what_is_refused_is_not_rehearsed)
{
    struct db *db = make();
    char *before, *role = text_format("rehearsal_%s", db_name(db));

    db_exec(db, "CREATE ROLE %s; GRANT ALL ON SCHEMA public TO %s; ALTER TABLE t OWNER TO %s", role, role,
            role);
    before = picture(db);
    program_expect(db, 3, "pgwiden run t.id --dry-run --role %s", role); /* may not create schema pgwiden */
    expect_nothing_left(db, before, "privileges");
    db_exec(db, "ALTER TABLE t OWNER TO CURRENT_USER; DROP OWNED BY %s; DROP ROLE %s", role, role);
    db_exec(db, "CREATE PUBLICATION everything FOR ALL TABLES");
    free(before);
    before = picture(db);
    program_expect(db, 3, "pgwiden run t.id --dry-run");
    expect_nothing_left(db, before, "publication");
    free(before);
    free(role);
    db_drop(db);
}

Test(rehearsal, of_every_kind_of_table)
{
    static const char *const targets[] = {"empty.id", "one.id",          "parted.id", "'\"We ird\".\"Id x\"'",
                                          "bloat.id", "loose.id loose.a"};
    struct db *db = db_create();

    db_exec(db,
            "CREATE TABLE empty (id serial PRIMARY KEY); CREATE TABLE one (id int PRIMARY KEY); "
            "INSERT INTO one VALUES (1); "
            "CREATE TABLE parted (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k); "
            "CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM (0) TO (1); "
            "CREATE TABLE p2 (x int, k int NOT NULL, id int NOT NULL); ALTER TABLE p2 DROP x; "
            "ALTER TABLE parted ATTACH PARTITION p2 FOR VALUES FROM (1) TO (9); "
            "INSERT INTO parted SELECT g, g %% 3 FROM generate_series(1, 3000) AS g; "
            "CREATE TABLE \"We ird\" (\"Id x\" int PRIMARY KEY, \"T\" text CHECK (\"T\" <> '')); "
            "INSERT INTO \"We ird\" SELECT g, repeat('ä', 100) FROM generate_series(1, 1000) AS g; "
            "CREATE TABLE bloat (id int PRIMARY KEY, c text); "
            "INSERT INTO bloat SELECT g, repeat('x', 50) FROM generate_series(1, 20000) AS g; "
            "DELETE FROM bloat WHERE id %% 4 <> 0; "
            "CREATE TABLE loose (id int, a smallint) WITH (fillfactor = 50); CREATE INDEX ON loose (a, id); "
            "INSERT INTO loose SELECT g, 1 FROM generate_series(1, 1000) AS g");
    db_exec(db, "VACUUM bloat");
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct outcome o = program_run(db, "pgwiden run %s --dry-run --sample 2000 --json", targets[i]);

        cr_expect(o.status == 0, "%s: %d\n%s", targets[i], o.status, o.err);
        if (o.status == 0) {
            json_t *plan = plan_of(&o);

            check_rehearsal(plan,
                            json_number_value(json_object_get(json_object_get(plan, "rehearsal"), "rows")));
            json_decref(plan);
        }
        cr_expect(!state_exists(db), "%s", targets[i]);
        outcome_free(&o);
    }
    db_drop(db);
}

/* --- figures --- */

Test(rehearsal, figures_of_a_copy_are_scaled)
{
    struct db *db = make(), *copy;
    char *before = picture(db), *file = text_format("/tmp/pgwiden-%s.json", db_name(db));
    struct outcome o;
    json_t *report;
    int fd;

    copy = db_create();
    db_exec(copy, "%s", setup);
    db_exec(copy, "INSERT INTO t (c) SELECT md5(g::text) FROM generate_series(1, 500) AS g; ANALYZE t");
    program_expect(copy, 0, "pgwiden run t.id --yes --cleanup --save-figures %s", file);
    db_drop(copy);

    o = program_run(db, "pgwiden plan t.id --json --rehearsed %s", file);
    cr_assert(o.status == 0, "%s", o.err);
    report = json_loads(o.out, 0, NULL);
    check_rehearsal(json_array_get(json_object_get(report, "targets"), 0), 500);
    outcome_free(&o);
    program_expect(db, 0, "pgwiden plan t.id --rehearsed %s", file);
    expect_nothing_left(db, before, "plan --rehearsed");

    program_expect(db, 2, "pgwiden plan t.id --rehearsed %s.no", file);
    program_expect(db, 2, "pgwiden plan t.id --rehearsed /dev/null");
    fd = open(file, O_WRONLY | O_TRUNC);
    cr_assert(write(fd, "{\"a\": 1}", 8) == 8);
    close(fd);
    program_expect(db, 2, "pgwiden plan t.id --rehearsed %s", file);
    program_expect(db, 1, "pgwiden run t.id --yes --save-figures /no/such/directory/file");
    program_expect(db, 2, "pgwiden run t.id --dry-run --save-figures %s", file);
    expect_nothing_left(db, before, "bad files");
    unlink(file);
    program_expect(db, 3, "pgwiden run parent.nothing --save-figures %s", file);
    cr_expect(access(file, F_OK) != 0, "a file without figures is left");
    json_decref(report);
    free(before);
    free(file);
    db_drop(db);
}

/* --- swap --rehearse --- */

/* A snapshot less the lines that tell how far sequences have come. */
static char *without_sequences(char *snapshot)
{
    char *rest = snapshot, *kept = calloc(strlen(snapshot) + 2, 1);

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        if (strstr(line, " last=") == NULL) {
            strcat(kept, line);
            strcat(kept, "\n");
        }
    free(snapshot);
    return kept;
}

Test(rehearsal, the_swap_is_rolled_back_among_writers)
{
    struct db *db = db_create();
    struct writers_report report;
    struct writers *w;
    char *before, *after, *diff, *state, *lines;

    db_exec(db, "CREATE TABLE t (id serial PRIMARY KEY, tag bigint, n int NOT NULL DEFAULT 0); "
                "CREATE INDEX t_tag ON t (tag, id); CREATE VIEW v AS SELECT id, n FROM t; "
                "CREATE TABLE child (id int PRIMARY KEY, t_id int REFERENCES t); "
                "INSERT INTO t (n) SELECT 0 FROM generate_series(1, 5000); ANALYZE t");
    program_expect(db, 3, "pgwiden swap t.id --rehearse --yes");
    program_expect(db, 0, "pgwiden run t.id --until verify");
    before = without_sequences(catalog_snapshot(db));
    state = db_text(db, "SELECT c::text FROM pgwiden.conversion AS c");
    w = writers_start(db, 4);
    program_expect(db, 6, "pgwiden swap t.id --rehearse </dev/null");
    for (int i = 0; i < 3; i++) {
        struct outcome o = program_run(db, "pgwiden swap t.id --rehearse --yes --lock-retries 1000");

        cr_expect(o.status == 0, "%d: %s", o.status, o.err);
        cr_expect(strstr(o.out, "rolled back") != NULL, "%s", o.out);
        outcome_free(&o);
    }
    writers_stop(w, &report);
    cr_expect(report.other_errors == 0, "%s", report.first_error);
    after = without_sequences(catalog_snapshot(db));
    diff = text_diff(before, after);
    cr_expect(strcmp(diff, "") == 0, "%s", diff);
    free(after);
    after = db_text(db, "SELECT c::text FROM pgwiden.conversion AS c");
    cr_expect(strcmp(state, after) == 0, "%s\n%s", state, after);
    lines = writers_audit(w, db);
    cr_expect(strcmp(lines, "") == 0, "%s", lines);
    writers_free(w);
    program_expect(db, 0, "pgwiden swap t.id --yes");
    program_expect(db, 0, "pgwiden swap t.id --rehearse --yes"); /* nothing to rehearse */
    free(before);
    free(after);
    free(diff);
    free(state);
    free(lines);
    db_drop(db);
}

Test(rehearsal, a_dry_run_of_the_swap_takes_no_lock)
{
    struct db *db = make(), *other;
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    other = db_session(db);
    db_exec(other, "BEGIN; LOCK t IN ROW EXCLUSIVE MODE");
    o = program_run(db, "pgwiden swap t.id --dry-run --lock-retries 1");
    cr_expect(o.status == 0, "%s", o.err);
    cr_expect(strstr(o.out, "RENAME COLUMN id TO pgwiden_old_1") != NULL, "%s", o.out);
    outcome_free(&o);
    program_expect(db, 4, "pgwiden swap t.id --rehearse --yes --lock-retries 2 --lock-timeout 10");
    db_exec(other, "ROLLBACK");
    db_drop(db);
}

/* --- predictions --- */

Test(rehearsal, ranges_grow_with_the_table)
{
    struct figures f = {.rows = 100000,
                        .heap_bytes = 10000000,
                        .index_bytes = 3000000,
                        .leaves = 1,
                        .jobs = 1,
                        .lock_held_ms = 3};
    struct predict_table t = {.factor = 10,
                              .rows = 1e6,
                              .heap_bytes = 1e8,
                              .index_bytes = 3e7,
                              .leaves = 1,
                              .indexes = 1,
                              .swap_ms = 8};
    const struct figures_server server = {.max_wal_size = 1e9,
                                          .shared_buffers = 1e9,
                                          .maintenance_work_mem = 64e6,
                                          .workers = 2,
                                          .full_page_writes = true};
    struct rehearsal_report out = {.logged = true}, slow = {.logged = true}, larger = {.logged = true};
    struct settings pace;

    settings_init(&pace);
    for (enum phase p = PHASE_PREPARE; p < PHASE_COUNT; p++)
        f.phases[p] =
            (struct figures_phase){.measured = true, .seconds = 1, .wal_bytes = 1e6, .heap_bytes = 1e5};
    predict(&f, &t, &server, &pace, PHASE_SWAP, &out);
    cr_expect(out.phases[PHASE_BACKFILL].seconds.low < 10 && out.phases[PHASE_BACKFILL].seconds.high > 10);
    cr_expect(out.phases[PHASE_SWAP].seconds.high < 5, "the swap does not grow with the table");
    pace.max_rate = 1000;
    predict(&f, &t, &server, &pace, PHASE_SWAP, &slow);
    cr_expect(slow.phases[PHASE_BACKFILL].seconds.low >= 900, "%g", slow.phases[PHASE_BACKFILL].seconds.low);
    pace.max_rate = 0;
    t.factor = 100;
    t.rows = 1e7;
    predict(&f, &t, &server, &pace, PHASE_CLEANUP, &larger);
    cr_expect(larger.phases[PHASE_BACKFILL].seconds.low > 5 * out.phases[PHASE_BACKFILL].seconds.low);
    cr_expect(larger.total.wal.high > out.total.wal.high);
    f.phases[PHASE_INDEX].measured = false;
    predict(&f, &t, &server, &pace, PHASE_CLEANUP, &larger);
    cr_expect(!larger.phases[PHASE_INDEX].expected && !larger.total.expected);
}
