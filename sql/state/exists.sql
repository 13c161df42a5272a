-- Is there a schema pgwiden with our tables (0: no schema, 1: ours, 2: a schema of that name without them)?
SELECT CASE WHEN to_regnamespace('pgwiden') IS NULL THEN 0
            WHEN to_regclass('pgwiden.conversion') IS NULL THEN 2
            ELSE 1 END
