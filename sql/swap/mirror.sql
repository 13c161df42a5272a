-- The reverse trigger's function, made before the swap: no lock on the table. After the swap it keeps the old column in
-- step, so that there is a way back, and fails no write: a value that the old type can't hold makes it NULL.
-- One write is refused, PW003: an INSERT or COPY without a column list. Columns by position have moved, and the key
-- would silently go to the old column.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: none
WITH target AS (
    SELECT c.id, c.relid, format('pgwiden.mirror_%s', c.relid) AS function
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), columns AS (
    SELECT string_agg(format($line$
        IF NEW.pgwiden_old_%1$s IS NOT NULL AND NEW.pgwiden_old_%1$s IS DISTINCT FROM NEW.%2$I THEN
            RAISE EXCEPTION USING ERRCODE = 'PW003',
                MESSAGE = format('column %%I of table %%I.%%I can''t differ from column %%I when a row is inserted',
                                 'pgwiden_old_%1$s', TG_TABLE_SCHEMA, TG_TABLE_NAME, %3$L),
                DETAIL = %4$L, HINT = 'Name the columns in the INSERT or COPY.',
                SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, COLUMN = 'pgwiden_old_%1$s';
        END IF;$line$, cc.from_attnum, cc.attname, cc.attname,
        format('Column %I was widened to bigint and stands last now; where it stood is its old self, pgwiden_old_%s, '
               'until pgwiden cleans up. An INSERT or COPY without a column list writes to the wrong columns.',
               cc.attname, cc.from_attnum)), '' ORDER BY cc.from_attnum) AS guards,
        string_agg(format($line$
    NEW.pgwiden_old_%1$s := CASE WHEN NEW.%2$I BETWEEN %3$s THEN NEW.%2$I END;$line$, cc.from_attnum, cc.attname,
        CASE cc.typname WHEN 'int2' THEN '-32768 AND 32767' ELSE '-2147483648 AND 2147483647' END),
        '' ORDER BY cc.from_attnum) AS copies
    FROM target AS t JOIN conversion_column AS cc ON cc.conversion = t.id
), body (text) AS (
    SELECT format($body$
BEGIN
    IF TG_OP = 'INSERT' AND current_setting('session_replication_role') <> 'replica' THEN%s
    END IF;%s
    RETURN NEW;
END
$body$, guards, copies)
    FROM columns
)
SELECT 'function ' || t.function AS object,
       format('CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS %L', t.function, b.text)
           AS statement,
       NULL AS lock, NULL AS relation, NULL AS also
FROM target AS t, body AS b
WHERE NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.oid = to_regproc(t.function) AND p.prosrc = b.text)
