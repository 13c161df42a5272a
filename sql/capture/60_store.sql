-- The row of one object: known by its oid, or by its name when it was made again as it was (REINDEX CONCURRENTLY, an
-- abort that gave a foreign key back); otherwise it is new and gets a number that nothing else bears.
CREATE OR REPLACE FUNCTION pg_temp.capture_store(c int, f record, head text, tail text)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    d int;
    facts jsonb := f.detail;
BEGIN
    SELECT number INTO d FROM definition WHERE conversion = c AND kind = f.kind AND oid = f.id;
    IF d IS NULL THEN
        SELECT number INTO d FROM definition
        WHERE conversion = c AND kind = f.kind AND relid = f.relid AND name = f.name
          AND retargeted = head || number || tail;
    END IF;
    IF d IS NULL THEN
        INSERT INTO definition (conversion, kind, oid, relid, name, original, retargeted)
        VALUES (c, f.kind, f.id, f.relid, f.name, f.original, '')
        RETURNING number INTO STRICT d;
    END IF;
    -- nothing becomes NOT VALID again but by an abort that did not come to its end
    IF (SELECT (detail ->> 'validated')::bool AND (facts ->> 'enforced')::bool
        FROM definition WHERE conversion = c AND number = d) THEN
        facts := facts || '{"validated": true}';
    END IF;
    UPDATE definition
    SET oid = f.id, name = f.name, original = f.original, retargeted = head || d || tail, detail = facts
    WHERE conversion = c AND number = d
      AND (oid, name, original, retargeted, detail)
          IS DISTINCT FROM (f.id, f.name, f.original, head || d || tail, facts);
END $$;

-- The row of an object that is carried by its text alone: views, triggers, rules, policies, functions, publications. The
-- columns' names in a text mean the new columns after the swap, so that nothing is retargeted.
CREATE OR REPLACE FUNCTION pg_temp.capture_text(c int, of_kind text, id oid, stands_on oid, called name, text text, facts jsonb)
RETURNS void LANGUAGE sql SET search_path = pg_catalog, pgwiden AS $$
    INSERT INTO definition AS d (conversion, kind, oid, relid, name, original, retargeted, detail)
    VALUES (c, of_kind, id, stands_on, called, text, '', jsonb_strip_nulls(facts))
    ON CONFLICT (conversion, kind, oid) DO UPDATE
    SET relid = EXCLUDED.relid, name = EXCLUDED.name, original = EXCLUDED.original, detail = EXCLUDED.detail
    WHERE (d.relid, d.name, d.original, d.detail)
          IS DISTINCT FROM (EXCLUDED.relid, EXCLUDED.name, EXCLUDED.original, EXCLUDED.detail)
$$;
