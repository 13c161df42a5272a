/* The question before the swap, on a terminal: its answers, and what others say meanwhile. */
#include "control_fixture.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char question[] = "swap public.t.id now? [y/N] ";

static struct db *db;
static struct program program;
static int terminal, slave; /* held open: a terminal without a process is gone */
static char shown[65536];
static size_t used;

static void make(void)
{
    db = control_make();
}

TestSuite(ask, .timeout = 120, .init = make);

static int count(const char *what)
{
    int n = 0;

    for (const char *p = shown; (p = strstr(p, what)) != NULL; p++)
        n++;
    return n;
}

static void look(void)
{
    ssize_t n;

    while ((n = read(terminal, shown + used, sizeof(shown) - 1 - used)) > 0)
        used += (size_t)n;
    shown[used] = '\0';
}

static void await_shown(const char *what, int times)
{
    for (double until = now() + 60; count(what) < times; pause_ms(20)) {
        cr_assert(now() < until, "the terminal does not show %s %d times:\n%s", what, times, shown);
        look();
    }
}

static void type(const char *text)
{
    cr_assert(write(terminal, text, strlen(text)) == (ssize_t)strlen(text));
}

/* Until a question stands there. */
static void start(const char *command)
{
    char name[64];

    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    cr_assert(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    cr_assert(ptsname_r(terminal, name, sizeof name) == 0);
    slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    program_start(&program, db, "%s <%s 2>%s", command, name, name);
    await_shown("? [y/N] ", 1);
}

static void finish(int status, const char *said)
{
    struct outcome o = program_await(&program, 60);

    look();
    cr_expect(o.status == status, "%d\n%s\n%s", o.status, o.out, shown);
    cr_expect(strstr(shown, said) != NULL, "%s", shown);
    if (status == 0 && strstr(program.command, "run") != NULL)
        control_check_done(db);
    outcome_free(&o);
    close(slave);
    close(terminal);
    db_drop(db);
}

Test(ask, yes_goes)
{
    start("pgwiden run t.id");
    type("ye");
    pause_ms(300);
    type("s\n");
    finish(0, question);
}

Test(ask, anything_else_is_a_no)
{
    start("pgwiden run t.id");
    type("yesterday\n");
    finish(6, "The answer was no.");
}

Test(ask, a_yes_with_a_null_byte_behind_it_is_a_no)
{
    start("pgwiden run t.id");
    cr_assert(write(terminal, "y\0\n", 3) == 3);
    finish(6, "The answer was no.");
}

Test(ask, the_end_of_the_input_is_a_no)
{
    start("pgwiden run t.id");
    type("\004");
    finish(6, "The answer was no.");
}

/* The second question is asked when the first swap is done. */
Test(ask, each_table_has_its_question)
{
    db_exec(db, "CREATE TABLE second (id int PRIMARY KEY)");
    start("pgwiden run t.id second.id");
    type("y\n");
    await_shown("swap public.second.id now? [y/N] ", 1);
    cr_expect(count(question) == 1);
    control_check_done(db);
    type("no\n");
    finish(6, "The answer was no.");
}

Test(ask, a_rehearsal_asks_too)
{
    program_expect(db, 0, "pgwiden run t.id --until verify");
    start("pgwiden swap t.id --rehearse");
    type("y\n");
    finish(0, "rehearse the swap of public.t.id now (it takes the lock, and is rolled back)? [y/N] ");
}

Test(ask, a_rehearsal_hears_a_stop)
{
    program_expect(db, 0, "pgwiden run t.id --until verify");
    start("pgwiden swap t.id --rehearse");
    program_expect(db, 0, "pgwiden stop t.id");
    finish(5, "Nothing was swapped.");
}

Test(ask, a_stop_ends_it)
{
    start("pgwiden run t.id");
    control_expect(db, 0, "waits for an answer", "pgwiden status");
    program_expect(db, 0, "pgwiden stop t.id");
    finish(5, "stop was asked for by ");
}

Test(ask, so_does_a_signal)
{
    start("pgwiden run t.id");
    program_signal(&program, SIGINT);
    finish(5, "stopped before the swap of public.t.id");
}

Test(ask, the_proof_is_kept_fresh_and_a_pause_takes_the_question_back)
{
    start("pgwiden run t.id");
    db_exec(db, "CREATE INDEX t_late ON t (id, n)");
    db_await(db, 60, "SELECT count(*) = 3 FROM pg_class WHERE relname LIKE 'pgwiden_idx%%'");
    program_expect(db, 0, "pgwiden pause t.id");
    await_shown("nothing new is begun until", 1);
    control_expect(db, 0, "waits for resume", "pgwiden status");
    program_expect(db, 0, "pgwiden resume t.id");
    await_shown(question, 2);
    program_expect(db, 0, "pgwiden set t.id swap=go");
    finish(0, "swap=go, set by ");
}
