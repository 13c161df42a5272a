#include "control_fixture.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct db *control_make(void)
{
    struct db *db = db_create();

    db_exec(db,
            "CREATE TABLE t (id serial PRIMARY KEY, n int NOT NULL DEFAULT 0, filler text NOT NULL); "
            "INSERT INTO t (filler) SELECT repeat('x', 50) FROM generate_series(1, %d); "
            "CREATE INDEX t_n ON t (n, id); ANALYZE t",
            CONTROL_ROWS);
    return db;
}

int64_t control_rows(struct db *db)
{
    return db_int(db, "SELECT count(pgwiden_new_1) FROM t");
}

void control_await_rows(struct db *db, int count)
{
    db_await(db, 60,
             "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass "
             "AND attname = 'pgwiden_new_1')");
    db_await(db, 60, "SELECT count(pgwiden_new_1) >= %d FROM t", count);
}

void control_await_said(const struct program *p, const char *text)
{
    double until = now() + 60;

    for (;;) {
        char *errors = program_errors(p);
        bool said = strstr(errors, text) != NULL;

        cr_assert(said || (program_runs(p) && now() < until), "%s did not say \"%s\":\n%s", p->command, text,
                  errors);
        free(errors);
        if (said)
            return;
        pause_ms(20);
    }
}

void control_expect_end(struct program *p, int status, const char *said)
{
    struct outcome o = program_await(p, 120);

    cr_assert(o.status == status, "%s: exit status %d, not %d\n%s\n%s", p->command, o.status, status, o.out,
              o.err);
    cr_assert(strstr(o.out, said) != NULL || strstr(o.err, said) != NULL, "%s does not say \"%s\":\n%s\n%s",
              p->command, said, o.out, o.err);
    outcome_free(&o);
}

void control_expect(struct db *db, int status, const char *said, const char *fmt, ...)
{
    struct program p;
    struct outcome o;
    va_list args;
    char *command;

    va_start(args, fmt);
    cr_assert(vasprintf(&command, fmt, args) > 0);
    va_end(args);
    program_start_v(&p, db, command);
    o = program_await(&p, 120);
    cr_assert(o.status == status, "%s: exit status %d, not %d\n%s\n%s", command, o.status, status, o.out,
              o.err);
    cr_assert(strstr(o.out, said) != NULL || strstr(o.err, said) != NULL, "%s does not say \"%s\":\n%s\n%s",
              command, said, o.out, o.err);
    outcome_free(&o);
    free(command);
}

void control_check_done(struct db *db)
{
    char *type = db_text(db, "SELECT format_type(atttypid, NULL) FROM pg_attribute "
                             "WHERE attrelid = 't'::regclass AND attname = 'id'");

    cr_expect(strcmp(type, "bigint") == 0, "t.id is %s", type);
    cr_expect(db_int(db, "SELECT count(DISTINCT id) FROM t WHERE id <= %d", CONTROL_ROWS) == CONTROL_ROWS);
    cr_expect(db_int(db, "SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0, "an index is invalid");
    free(type);
}

void control_await_held(struct db *db)
{
    db_await(db, 60, "SELECT to_regclass('pgwiden.conversion') IS NOT NULL");
    db_await(db, 60, "SELECT EXISTS (SELECT FROM pgwiden.conversion WHERE waits_for = 'swap=go')");
}
