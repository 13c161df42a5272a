/* The way to the server gets worse in mid-run: new connections are refused, or nothing is answered any more.
 */
#include "control_fixture.h"
#include "proxy.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(way, .timeout = 300);

/* A server that shuts down takes no new sessions, and lets those that are there work. */
Test(way, a_session_that_is_refused_in_mid_run_is_a_stop)
{
    static const struct {
        const char *session;
        int status;
    } refused[] = {
        {"the first",            1},
        {"who watches",          5},
        {"who listens",          5},
        {"who fills",            5},
        {"who measures the lag", 0}
    };
    struct db *db = control_make();
    struct proxy *p = proxy_start();

    for (int i = 0; i < (int)(sizeof refused / sizeof *refused); i++) {
        proxy_refuse_after(p, i);
        struct outcome o = program_run(
            db, "PGHOST=%s pgwiden run t.id --until backfill --max-rate 5000 --json", proxy_host(p));
        bool lost = strstr(o.out, "\"code\":\"connection-lost\",\"sqlstate\":\"57P03\"") != NULL;

        cr_expect(eq(int, o.status, refused[i].status), "%s\n%s\n%s", refused[i].session, o.out, o.err);
        cr_expect(lost == (o.status == 5), "%s\n%s", refused[i].session, o.out);
        cr_expect(strstr(o.out, "FATAL:  the database system is shutting down") != NULL, "%s", o.out);
        outcome_free(&o);
    }
    proxy_stop(p);
    db_drop(db);
}

/* The answer to the last statement never comes, nor does a request for cancelling arrive. */
static void interrupt_stalled(int signals, double least, double most)
{
    struct db *db = control_make();
    struct proxy *way = proxy_start();
    struct program p;
    double began;

    program_start(&p, db, "PGHOST=%s pgwiden run t.id --yes --json " SLOWLY, proxy_host(way));
    control_await_rows(db, 100);
    proxy_stall(way);
    began = now();
    for (int i = 0; i < signals; i++) {
        program_signal(&p, SIGINT);
        pause_ms(300);
    }
    struct outcome o = program_await(&p, 60);
    double seconds = now() - began;
    cr_expect(eq(int, o.status, 5), "%s\n%s", o.out, o.err);
    cr_expect(strstr(o.out, "was given up") != NULL, "%s", o.out);
    cr_expect(strstr(o.out, "\"event\":\"exit\"") != NULL, "%s", o.out);
    cr_expect(seconds >= least && seconds < most, "%g s", seconds);
    outcome_free(&o);
    proxy_stop(way);
    program_expect(db, 0, "pgwiden run t.id --yes");
    control_check_done(db);
    db_drop(db);
}

Test(way, a_stalled_connection_is_left_at_the_third_signal)
{
    interrupt_stalled(3, 0.6, 5);
}

Test(way, a_stalled_connection_is_left_10_s_after_the_second_signal)
{
    interrupt_stalled(2, 10, 20);
}

/* ---- a pooler ---- */

/* The gate of deployments works through it, and nothing else. */
Test(way, through_a_pooler_there_is_only_status)
{
    static const char *const refused[] = {"run t.id --yes",       "plan t.id",  "run t.id --dry-run",
                                          "abort t.id",           "pause t.id", "set t.id swap=go",
                                          "cleanup --forget t.id"};
    struct db *db = control_make();
    struct proxy *p = proxy_start();

    proxy_pool(p);
    program_expect(db, 1, "PGHOST=%s pgwiden status --check t.id", proxy_host(p));
    program_expect(db, 0, "PGHOST=%s pgwiden status", proxy_host(p));
    program_expect(db, 0, "pgwiden run t.id --until index");
    program_expect(db, 1, "PGHOST=%s pgwiden status --check t.id", proxy_host(p));
    program_expect(db, 0, "PGHOST=%s pgwiden status t.id", proxy_host(p));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct outcome o = program_run(db, "PGHOST=%s pgwiden %s", proxy_host(p), refused[i]);

        cr_expect(eq(int, o.status, 3), "%s\n%s\n%s", refused[i], o.out, o.err);
        cr_expect(strstr(o.err, "[pooler]") != NULL, "%s", o.err);
        outcome_free(&o);
    }
    proxy_stop(p);
    db_drop(db);
}

/* ---- no free connection ---- */

/* A role for this database alone, that may have so many sessions in all; the owner of t, which gets several
 * parts. */
static char *limited_role(struct db *db, int connections)
{
    char *role = text_format("pgwiden_of_%s", db_name(db));

    db_exec(db, "ALTER TABLE t SET (fillfactor = 10)");
    db_exec(db, "VACUUM FULL t");
    db_exec(db,
            "CREATE ROLE %s LOGIN CONNECTION LIMIT %d; GRANT pg_monitor TO %s; ALTER TABLE t OWNER TO %s; "
            "ALTER SCHEMA public OWNER TO %s; GRANT CREATE, TEMPORARY ON DATABASE %s TO %s",
            role, connections, role, role, role, db_name(db), role);
    return role;
}

static void drop_role(struct db *db, char *role)
{
    db_exec(db, "DROP OWNED BY %s CASCADE; DROP ROLE %s", role, role);
    free(role);
}

#define ALLOWED "--allow user-triggers-fire"

static int count_said(const char *text, const char *what)
{
    int count = 0;

    for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
        count++;
    return count;
}

/* Who does the work, who watches, who listens, who measures: there is room for two that fill. */
Test(way, a_backfill_goes_on_with_the_sessions_that_it_gets)
{
    struct db *db = control_make();
    char *role = limited_role(db, 5);
    struct program p;

    program_start(&p, db, "pgwiden -U %s run t.id --until backfill " ALLOWED " " SLOWLY, role);
    control_await_rows(db, 100);
    control_expect(db, 0, "jobs=4", "pgwiden set t.id jobs=4");
    control_await_said(&p, "going on with ");
    control_expect(db, 0, "chunk-size=1000", "pgwiden set t.id chunk-size=1000");
    struct outcome o = program_await(&p, 120);
    cr_expect(eq(int, o.status, 0), "%s", o.err);
    cr_expect(eq(int, count_said(o.err, "too many connections for role"), 1), "%s", o.err);
    outcome_free(&o);
    drop_role(db, role);
    db_drop(db);
}

Test(way, a_backfill_begins_with_the_sessions_that_it_gets)
{
    struct db *db = control_make();
    char *role = limited_role(db, 5);
    struct outcome o = program_run(db, "pgwiden -U %s run t.id --until backfill --jobs 4 " ALLOWED, role);

    cr_expect(eq(int, o.status, 0), "%s", o.err);
    cr_expect(eq(int, count_said(o.err, "of 4 sessions"), 1), "%s", o.err);
    outcome_free(&o);
    drop_role(db, role);
    db_drop(db);
}

/* Clients took the slot between two phases: it is waited for as long as for a lock. */
Test(way, the_only_session_waits_for_a_slot)
{
    struct db *db = control_make();
    char *role = limited_role(db, 3);
    struct program p;

    program_expect(db, 5, "pgwiden -U %s run t.id --until backfill --lock-retries 1 " ALLOWED, role);
    program_start(&p, db, "pgwiden -U %s run t.id --until backfill " ALLOWED, role);
    control_await_said(&p, "waiting for a free connection");
    db_exec(db, "ALTER ROLE %s CONNECTION LIMIT 6", role);
    control_expect_end(&p, 0, "");
    drop_role(db, role);
    db_drop(db);
}
