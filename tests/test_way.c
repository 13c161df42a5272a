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
        struct outcome o =
            program_run(db, "PGHOST=%s pgwiden run t.id --until backfill --json", proxy_host(p));
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
