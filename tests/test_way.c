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
