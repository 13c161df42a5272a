/* twin.h */
#include "twin.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* targets as one argument each: '"Küche ""A""".t.id' */
static char *twin_arguments(const struct twin *t, const char *targets)
{
    char *text = NULL, *copy = strdup(targets), *rest = copy;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    char *schema = db_text(t->db, "SELECT quote_ident('%s')", TWIN_OURS);

    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        fprintf(out, " '%s.", schema);
        for (const char *c = line; *c != '\0'; c++)
            fputs(*c == '\'' ? "'\\''" : (char[]){*c, '\0'}, out);
        fputc('\'', out);
    }
    fclose(out);
    free(schema);
    free(copy);
    return text;
}

static void twin_start(struct twin *t, const char *label)
{
    t->label = label;
    t->widened = false;
    t->db = db_create();
    db_file(t->db, "fixtures/roles.sql");
    if (db_bool(t->db, "SELECT NOT EXISTS (SELECT FROM pg_tablespace WHERE spcname = 'kitchen_space')")) {
        db_exec(t->db, "SET allow_in_place_tablespaces = on");
        db_try(t->db, "CREATE TABLESPACE kitchen_space LOCATION ''"); /* another test may be faster */
    }
    db_file(t->db, "fixtures/oracle.sql");
    db_file(t->db, "fixtures/native.sql");
}

static void twin_set_targets(struct twin *t, const char *targets)
{
    t->targets = twin_arguments(t, targets);
    t->native = text_format("SELECT native.widen('%s', string_to_array($targets$%s$targets$, E'\\n'))",
                            TWIN_NATIVE, targets);
    t->heaps = twin_heaps(t);
}

/* setup with int8 instead of int4. Freed by the caller. */
static char *twin_wide_setup(const char *setup)
{
    char *wide = strdup(setup);

    for (char *at = strstr(wide, "int4"); at != NULL; at = strstr(at, "int4"))
        at[3] = '8';
    return wide;
}

static void twin_fill(struct twin *t, const char *schema, const char *setup)
{
    db_exec(t->db,
            "DO $$ BEGIN EXECUTE format('CREATE SCHEMA %%1$I; GRANT USAGE ON SCHEMA %%1$I TO PUBLIC', '%s'); "
            "END $$",
            schema);
    db_exec(t->db, "SELECT set_config('search_path', quote_ident('%s'), false)", schema);
    db_exec(t->db, "%s", setup);
    db_exec(t->db, "RESET search_path");
}

void twin_make(struct twin *t, const char *label, const char *setup, const char *targets)
{
    char *text;

    twin_start(t, label);
    twin_fill(t, TWIN_OURS, setup);
    twin_fill(t, TWIN_NATIVE, setup);
    text = catalog_compare(t->db, TWIN_OURS, TWIN_NATIVE);
    cr_assert(*text == '\0', "%s: the two schemas are not alike at the start\n%s", label, text);
    free(text);
    twin_set_targets(t, targets);
}

void twin_make_born_wide(struct twin *t, const char *label, const char *setup, const char *targets)
{
    char *wide = twin_wide_setup(setup), *text;

    twin_start(t, label);
    twin_fill(t, TWIN_OURS, setup);
    twin_fill(t, TWIN_NATIVE, wide);
    free(wide);
    t->widened = true;
    text = catalog_compare(t->db, TWIN_OURS, TWIN_NATIVE);
    cr_assert(*text != '\0', "%s: the two schemas don't differ at the start", label);
    free(text);
    twin_set_targets(t, targets);
}

void twin_make_kitchen(struct twin *t)
{
    char *text;

    twin_start(t, "kitchen sink");
    db_file(t->db, "fixtures/kitchen_sink.sql");
    db_exec(t->db, "SELECT kitchen.make('%s')", TWIN_OURS);
    db_exec(t->db, "SELECT kitchen.make('%s')", TWIN_NATIVE);
    text = db_text(t->db, "SELECT kitchen.targets()");
    twin_set_targets(t, text);
    free(text);
    db_exec(t->db, "DROP SCHEMA kitchen CASCADE");
}

static void twin_widen(struct twin *t)
{
    if (!t->widened)
        db_exec(t->db, "%s", t->native);
    t->widened = true;
}

void twin_copy(struct twin *copy, struct twin *original, const char *label)
{
    twin_widen(original);
    *copy = (struct twin){.db = db_copy(original->db),
                          .label = label,
                          .targets = strdup(original->targets),
                          .native = strdup(original->native),
                          .heaps = strdup(original->heaps),
                          .widened = true};
}

void twin_drop(struct twin *t)
{
    free(t->targets);
    free(t->native);
    free(t->heaps);
    db_drop(t->db);
}

char *twin_heaps(struct twin *t)
{
    return db_text(
        t->db,
        "SELECT format('%%s %%s', oid::regclass, pg_relation_filenode(oid)) FROM pg_class "
        "WHERE relnamespace = to_regnamespace(quote_ident('%s')) AND relkind = 'r' ORDER BY relname",
        TWIN_OURS);
}

void twin_leftovers(struct twin *t)
{
    char *text = db_text(
        t->db, "SELECT what || ' ' || name FROM ("
               "SELECT 'relation', relname, relnamespace FROM pg_class "
               "UNION ALL SELECT 'column', relname || '.' || attname, relnamespace FROM pg_attribute "
               "JOIN pg_class AS c ON c.oid = attrelid WHERE NOT attisdropped "
               "UNION ALL SELECT 'constraint', conname, connamespace FROM pg_constraint "
               "UNION ALL SELECT 'trigger', tgname, relnamespace FROM pg_trigger JOIN pg_class AS c ON c.oid "
               "= tgrelid "
               "UNION ALL SELECT 'statistics', stxname, stxnamespace FROM pg_statistic_ext "
               "UNION ALL SELECT 'function', proname, pronamespace FROM pg_proc "
               "UNION ALL SELECT 'type', typname, typnamespace FROM pg_type "
               "UNION ALL SELECT 'schema', nspname, NULL FROM pg_namespace WHERE nspname <> 'pgwiden') "
               "AS o (what, name, nsp) "
               "WHERE name LIKE '%%pgwiden%%' AND nsp IS DISTINCT FROM to_regnamespace('pgwiden')::oid "
               "AND (nsp IS NULL OR nsp <> 'pg_toast'::regnamespace)");

    cr_assert(*text == '\0', "%s: left behind\n%s", t->label, text);
    free(text);
}

void twin_compare(struct twin *t)
{
    char *text;

    twin_leftovers(t);
    text = twin_heaps(t);
    cr_expect(strcmp(text, t->heaps) == 0, "%s: a table was rewritten\n%s\nbefore:\n%s", t->label, text,
              t->heaps);
    free(text);
    twin_widen(t);
    text = catalog_compare(t->db, TWIN_OURS, TWIN_NATIVE);
    cr_expect(*text == '\0', "%s: the catalogs differ\n%s", t->label, text);
    free(text);
    text = data_compare(t->db, TWIN_OURS, TWIN_NATIVE);
    cr_expect(*text == '\0', "%s: the data differ\n%s", t->label, text);
    free(text);
}

void twin_remember(struct twin *t)
{
    db_exec(t->db, "CREATE TABLE oracle.before AS SELECT fact FROM oracle.snapshot() AS fact");
}

void twin_unchanged(struct twin *t)
{
    char *text = db_text(t->db, "SELECT line FROM ("
                                "(SELECT 'gone: ' || fact FROM oracle.before EXCEPT ALL "
                                "SELECT 'gone: ' || fact FROM oracle.snapshot() AS fact) UNION ALL "
                                "(SELECT 'new: ' || fact FROM oracle.snapshot() AS fact EXCEPT ALL "
                                "SELECT 'new: ' || fact FROM oracle.before)) AS d (line)");

    cr_expect(*text == '\0', "%s, then abort: the catalogs changed\n%s", t->label, text);
    free(text);
}
