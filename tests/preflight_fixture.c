/* preflight_fixture.h */
#include "preflight_fixture.h"

/* Other tests make them at the same time. */
void preflight_roles(struct db *db)
{
    db_exec(db, "DO $$ DECLARE r name; BEGIN"
                " FOREACH r IN ARRAY ARRAY['preflight_owner', 'preflight_other'] LOOP"
                "  BEGIN EXECUTE format('CREATE ROLE %%I NOLOGIN', r);"
                "  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END;"
                " END LOOP; END $$");
}

void preflight_table(struct db *db)
{
    db_exec(db,
            "CREATE SCHEMA \"S \"\"q\"; SET search_path = \"S \"\"q\";"
            "GRANT ALL ON SCHEMA \"S \"\"q\" TO preflight_owner;"
            "GRANT CREATE, TEMPORARY ON DATABASE %s TO preflight_owner;"
            "CREATE TABLE \"T able\" (\"i d\" int, \"o'ther\" text, n int);"
            "ALTER TABLE \"T able\" OWNER TO preflight_owner",
            db_name(db));
}

void preflight_clear(struct db *db)
{
    db_exec(
        db,
        "COMMIT; GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC; DO $$ DECLARE s text; BEGIN"
        " FOR s IN SELECT format('DROP PUBLICATION %%I', pubname) FROM pg_publication"
        "  UNION ALL SELECT format('DROP EVENT TRIGGER %%I', evtname) FROM pg_event_trigger"
        "  UNION ALL SELECT format('DROP FOREIGN DATA WRAPPER %%I CASCADE', fdwname) FROM "
        "pg_foreign_data_wrapper"
        "  UNION ALL SELECT format('ALTER EXTENSION plpgsql DROP %%s %%s',"
        "   CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, "
        "objid::regclass)"
        "   FROM pg_depend JOIN pg_class ON pg_class.oid = objid"
        "   WHERE deptype = 'e' AND classid = 'pg_class'::regclass AND refclassid = 'pg_extension'::regclass"
        " LOOP EXECUTE s; END LOOP; END $$;"
        "DROP SCHEMA IF EXISTS pgwiden; DROP SCHEMA IF EXISTS other CASCADE; DROP SCHEMA \"S \"\"q\" "
        "CASCADE");
}
