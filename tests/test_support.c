/* The tests' own tools. */
#include "support.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>

Test(support, text_diff_names_lines_of_one_side)
{
    char *same = text_diff("b\na", "a\nb"), *other = text_diff("a\nb\nb", "a\nb\nc");

    cr_expect(eq(str, same, ""));
    cr_expect(eq(str, other, "- b\n+ c\n"));
    free(same);
    free(other);
}

Test(support, programs_tell_output_and_status)
{
    struct outcome o = program_run(NULL, "A=b sh -c 'echo $A; echo c >&2; exit 3'");

    cr_expect(eq(str, o.out, "b\n"));
    cr_expect(eq(str, o.err, "c\n"));
    cr_expect(eq(int, o.status, 3));
    outcome_free(&o);
}

Test(support, signals_reach_the_program)
{
    struct program p;
    struct outcome o;

    program_start(&p, NULL, "sleep 30");
    cr_expect(program_runs(&p));
    program_signal(&p, SIGINT);
    o = program_await(&p, 10);
    cr_expect(eq(int, o.status, 128 + SIGINT));
    outcome_free(&o);
}

Test(support, databases_are_their_own)
{
    struct db *db = db_create(), *other = db_session(db);

    db_exec(db, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (NULL)");
    char *text = db_text(other, "SELECT a FROM t ORDER BY a");
    cr_expect(eq(str, text, "1\n"));
    cr_expect(eq(str, db_try(db, "SELECT 1/0"), "22012"));
    db_send(db, "LOCK TABLE t");
    cr_expect(eq(str, db_finish(db, 5), "25P01"));
    free(text);
    db_drop(other);
    db_drop(db);
}
