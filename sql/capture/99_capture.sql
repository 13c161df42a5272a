-- pg_temp.capture(rel oid): fills and refreshes `definition` for the open conversion of rel: everything that hangs on
-- its columns and must be made again on the shadows. Called in plan (temporary state tables), in prepare's first
-- transaction, and again at the beginning of index, verify and swap, where it finds what others have made since.
-- What is known keeps its number, what is gone loses its row, but for a foreign key that the swap has exchanged
-- already. After the swap it does nothing.
--
-- No text of the user's is edited: PostgreSQL's own deparser retargets it. Every object is made again on an empty
-- temporary clone of the table (LIKE), the clone's columns are renamed to the shadows' names, and the text is read
-- back. Only the prefix `CREATE [UNIQUE] INDEX name ON table` is replaced, after it was compared; and an operator class that
-- was spelled out for the narrow type gives way to its sibling for bigint.
--
-- definition.detail, keys that would be null are left out:
--   index        comment; tablespace; statistics {attribute number: target}; unique; constraint {name, type p or u,
--                deferrable, deferred, comment}; clustered, replica-identity (true or absent)
--   check        comment; validated; enforced; no-inherit
--   foreign-key  comment; validated; enforced; references (oid of the referenced table)
--   statistics   comment; schema; owner; target
--   sequence     schema; type (before it became bigint)
--   view         80_views.sql says
-- Of what is carried by its text alone: drop: the statement that detaches it before anything else is changed; error: why the
-- text does not work on a bigint column (found on replicas, 70_replica.sql), code: the refusal's name when it is not
-- function-signature.
-- retargeted is a full statement but for check: `ADD CONSTRAINT pgwiden_check_D CHECK (..) ..`.
-- The functions of the other files here are its parts, in the order of their numbers. Lock: ACCESS SHARE. Needs TEMP on
-- the database.
CREATE OR REPLACE FUNCTION pg_temp.capture(rel oid)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    c int := (SELECT id FROM conversion WHERE relid = rel AND outcome IS NULL);
    widened int2[];
    shadows int2[];
    swapped bool;
    f record;
    head text;
    tail text;
    views oid[];
BEGIN
    SELECT array_agg(from_attnum ORDER BY from_attnum),
           coalesce(array_agg(to_attnum) FILTER (WHERE to_attnum IS NOT NULL), '{}'),
           coalesce(bool_or(a.attname = o.attname), false)
    INTO widened, shadows, swapped
    FROM conversion_column o
    LEFT JOIN pg_attribute a ON attrelid = rel AND attnum = to_attnum AND NOT attisdropped
    WHERE conversion = c;
    IF widened IS NULL OR swapped THEN
        RETURN;
    END IF;
    PERFORM pg_temp.capture_clone(rel, widened, shadows);
    FOR f IN SELECT * FROM pg_temp.capture_found(rel, widened, shadows) ORDER BY ord, id LOOP
        IF f.kind <> 'sequence' THEN
            SELECT * INTO head, tail FROM pg_temp.capture_retargeted(rel, widened, f.kind, f.id, f.detail);
            PERFORM pg_temp.capture_store(c, f, head, tail);
        ELSIF NOT EXISTS (SELECT FROM definition WHERE conversion = c AND kind = f.kind AND oid = f.id) THEN
            -- the type it had at first is what abort goes back to
            INSERT INTO definition (conversion, kind, oid, relid, name, original, retargeted, detail)
            VALUES (c, f.kind, f.id, rel, f.name, f.original,
                    format('ALTER SEQUENCE %I.%I AS bigint', f.detail ->> 'schema', f.name), f.detail);
        END IF;
    END LOOP;
    EXECUTE 'DROP TABLE pg_temp.pgwiden_wide, pg_temp.pgwiden_clone';
    DELETE FROM definition d
    WHERE conversion = c AND kind IN ('index', 'check', 'foreign-key', 'statistics', 'sequence')
      AND NOT EXISTS (SELECT FROM pg_temp.capture_found(rel, widened, shadows) g WHERE g.kind = d.kind AND g.id = d.oid)
      AND NOT (kind = 'sequence' AND EXISTS (SELECT FROM pg_class WHERE pg_class.oid = d.oid))
      -- exchanged by the swap: ours bears the name
      AND NOT (kind = 'foreign-key' AND EXISTS (
                SELECT FROM pg_constraint k
                WHERE k.conrelid = d.relid AND k.conname = d.name AND contype = 'f'
                  AND (k.conrelid = rel AND conkey && shadows OR confrelid = rel AND confkey && shadows)));
    views := pg_temp.capture_views(c, rel, widened);
    PERFORM pg_temp.capture_texts(c, rel, widened, views);
    PERFORM pg_temp.capture_matviews(c, rel, widened, views);
    PERFORM pg_temp.capture_replica_drop();
END $$;
