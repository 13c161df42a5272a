/* Figures of a copy, swap --rehearse, and what is made of figures. */
#include "engine/predict.h"
#include "rehearsal_fixture.h"
#include "support_writers.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(rehearsal_swap, .timeout = 400);

/* --- figures --- */

Test(rehearsal_swap, figures_of_a_copy_are_scaled)
{
    struct db *db = rehearsal_table(), *copy;
    char *before = rehearsal_picture(db), *file = text_format("/tmp/pgwiden-%s.json", db_name(db));
    struct outcome o;
    json_t *report;
    int fd;

    copy = db_create();
    rehearsal_schema(copy);
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
    char *rest = snapshot, *kept = NULL;
    size_t size;
    FILE *out = open_memstream(&kept, &size);

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        if (strstr(line, " last=") == NULL)
            fprintf(out, "%s\n", line);
    fclose(out);
    free(snapshot);
    return kept;
}

Test(rehearsal_swap, the_swap_is_rolled_back_among_writers)
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
    for (int i = 0, done = 0; i < 20 && done < 3; i++) {
        struct outcome o = program_run(db, "pgwiden swap t.id --rehearse --yes --lock-retries 1000");
        bool late = strstr(o.err, "over-budget") != NULL; /* a loaded machine */

        cr_expect(o.status == 0 || late, "%d: %s", o.status, o.err);
        cr_expect(late || strstr(o.out, "rolled back") != NULL, "%s", o.out);
        done += o.status == 0;
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

Test(rehearsal_swap, a_dry_run_of_the_swap_takes_no_lock)
{
    struct db *db = rehearsal_table(), *other;
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
    db_drop(other);
    db_drop(db);
}

Test(rehearsal_swap, takes_its_lock_in_the_window_only)
{
    struct db *db = rehearsal_table();
    char *later =
        db_text(db, "SELECT to_char(now() + '2 h', 'HH24:MI-') || to_char(now() + '3 h', 'HH24:MI')");
    struct outcome o;

    program_expect(db, 0, "pgwiden run t.id --until verify");
    o = program_run(db, "pgwiden swap t.id --rehearse --yes --swap-window %s", later);
    cr_expect(o.status == 3 && strstr(o.err, "[swap-window]") != NULL, "%d: %s", o.status, o.err);
    outcome_free(&o);
    program_expect(db, 0, "pgwiden swap t.id --rehearse --yes --swap-window off");
    free(later);
    db_drop(db);
}

/* --- predictions --- */

Test(rehearsal_swap, ranges_grow_with_the_table)
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
