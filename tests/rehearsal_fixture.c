#include "rehearsal_fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Whoever writes to the table, or takes of its sequence, is noticed. */
static const char setup[] =
    "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1); "
    "CREATE TABLE t (id serial PRIMARY KEY, \"A b\" int NOT NULL DEFAULT 1 REFERENCES parent, c text, "
    "twice int GENERATED ALWAYS AS (\"A b\" * 2) STORED, CHECK (id > 0)) WITH (fillfactor = 80); "
    "CREATE INDEX t_c ON t (c, id); CREATE VIEW v AS SELECT id, c FROM t; "
    "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no''; END'";

void rehearsal_schema(struct db *db)
{
    db_exec(db, "%s", setup);
}

struct db *rehearsal_table(void)
{
    struct db *db = db_create();

    rehearsal_schema(db);
    db_exec(db, "INSERT INTO t (c) SELECT md5(g::text) FROM generate_series(1, %d) AS g", REHEARSAL_ROWS);
    db_exec(db,
            "CREATE TRIGGER no BEFORE INSERT OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION no(); ANALYZE t");
    return db;
}

/* What must be the same before and after. */
char *rehearsal_picture(struct db *db)
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

void expect_same(struct db *db, const char *before, const char *when)
{
    char *after = rehearsal_picture(db), *diff = text_diff(before, after);

    cr_expect(strcmp(diff, "") == 0, "%s:\n%s", when, diff);
    free(after);
    free(diff);
}

void expect_nothing_left(struct db *db, const char *before, const char *when)
{
    cr_expect(!state_exists(db), "%s: schema pgwiden is left", when);
    expect_same(db, before, when);
}

void leave_a_copy(struct db *db)
{
    program_expect(db, 137, "PGWIDEN_TEST_KILL_AFTER=70 pgwiden run t.id --dry-run");
    cr_assert(db_bool(db, "SELECT EXISTS (SELECT FROM pg_class WHERE relname ~ '^sample_\\d+_\\d+$' "
                          "AND relnamespace = to_regnamespace('pgwiden'))"),
              "it was killed before there was a copy, or after");
}

/* The plan's object of a dry run, in --json. */
json_t *plan_of(const struct outcome *o)
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
void check_rehearsal(const json_t *plan, double rows)
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
