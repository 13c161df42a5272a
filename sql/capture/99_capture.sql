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
--                deferrable, deferred, comment}; clustered, replica-identity; partitioned: on a partitioned table
--                (true or absent)
--   check        comment; validated; enforced; no-inherit
--   foreign-key  comment; validated; enforced; references (oid of the referenced table); late: it can be made only in
--                the swap (true or absent)
--   statistics   comment; schema; owner; target
--   sequence     schema; type (before it became bigint)
--   view         80_views.sql says
-- Of what is carried by its text alone: drop: the statement that detaches it before anything else is changed; error: why the
-- text does not work on a bigint column (found on replicas, 70_replica.sql), code: the refusal's name when it is not
-- function-signature.
-- retargeted is a full statement but for check: `ADD CONSTRAINT pgwiden_check_D CHECK (..) ..`.
-- All tables of a partition tree are read; what the root's objects have made on the partitions comes with them, but for
-- indexes, which have a row each. Partitions have the same indexes as a rule: an index's text is worked out once.
-- The functions of the other files here are its parts, in the order of their numbers. Lock: ACCESS SHARE. Needs TEMP on
-- the database.
CREATE OR REPLACE FUNCTION pg_temp.capture_table(c int, rel oid, widened int2[], numbers int2[], shadows int2[],
                                                 INOUT known jsonb, INOUT seen text[])
LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden AS $$
DECLARE
    f record;
    head text;
    tail text;
    text text;
    key text;
BEGIN
    FOR f IN
        SELECT * FROM pg_temp.capture_found(rel, widened, shadows) AS o
        -- made by an abort that did not come to its end (undo/fk_restore.sql); those of other conversions are carried
        WHERE NOT EXISTS (SELECT FROM definition AS d
                          WHERE d.conversion = c AND o.kind = 'foreign-key' AND o.name = format('pgwiden_fk_%s', d.number)::name)
        ORDER BY ord, id
    LOOP
        seen := seen || format('%s %s', f.kind, f.id);
        IF f.kind = 'sequence' THEN
            -- the type it had at first is what abort goes back to
            INSERT INTO definition (conversion, kind, oid, relid, name, original, retargeted, detail)
            VALUES (c, f.kind, f.id, rel, f.name, f.original,
                    format('ALTER SEQUENCE %I.%I AS bigint', f.detail ->> 'schema', f.name), f.detail)
            ON CONFLICT (conversion, kind, oid) DO NOTHING;
            CONTINUE;
        END IF;
        text := NULL;
        IF f.kind = 'index' THEN
            key := concat_ws(' ', f.detail ->> 'unique', f.detail ->> 'tablespace', pg_temp.capture_index_tail(f.id));
            text := known ->> key;
        END IF;
        IF text IS NULL AND f.kind <> 'foreign-key' AND to_regclass('pg_temp.pgwiden_clone') IS NULL THEN
            PERFORM pg_temp.capture_clone(rel, widened, numbers, shadows);
        END IF;
        IF f.kind = 'index' AND text IS NULL THEN
            text := pg_temp.capture_index_widened(f.id, pg_temp.capture_index_placed(
                        to_regclass(format('pg_temp.pgwiden_%s', f.id)), f.detail ->> 'tablespace'), numbers);
            known := known || jsonb_build_object(key, text);
        END IF;
        SELECT * INTO head, tail FROM pg_temp.capture_retargeted(c, rel, f.kind, f.id, f.detail, text);
        CONTINUE WHEN head || tail IS NULL;  -- gone meanwhile: the other end of a foreign key has its own conversion
        PERFORM pg_temp.capture_store(c, f, head, tail);
    END LOOP;
    EXECUTE 'DROP TABLE IF EXISTS pg_temp.pgwiden_wide, pg_temp.pgwiden_clone';
END $$;

-- Most of its time is planning: a statement is planned once a session. That is why its larger parts are in plpgsql: before 18
-- the body of a function in SQL is planned anew by each statement that calls it.
CREATE OR REPLACE FUNCTION pg_temp.capture(rel oid)
RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pgwiden SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    c int := (SELECT id FROM conversion WHERE relid = rel AND outcome IS NULL);
    widened int2[];
    swapped bool;
    member record;
    known jsonb := '{}';
    seen text[] := '{}';
    views oid[];
BEGIN
    SELECT array_agg(from_attnum ORDER BY from_attnum), coalesce(bool_or(a.attname = o.attname), false)
    INTO widened, swapped
    FROM conversion_column o
    LEFT JOIN pg_attribute a ON attrelid = rel AND attnum = to_attnum AND NOT attisdropped
    WHERE conversion = c;
    IF widened IS NULL OR swapped THEN
        RETURN;
    END IF;
    FOR member IN
        SELECT relid, array_agg(attnum ORDER BY number) AS widened, array_agg(number ORDER BY number) AS numbers,
               coalesce(array_agg(shadow) FILTER (WHERE shadow IS NOT NULL), '{}') AS shadows
        FROM tree_column WHERE conversion = c
        GROUP BY relid, level
        ORDER BY level, relid
    LOOP
        SELECT * INTO known, seen
        FROM pg_temp.capture_table(c, member.relid, member.widened, member.numbers, member.shadows, known, seen);
        INSERT INTO partition (conversion, relid) SELECT c, member.relid WHERE member.relid <> rel ON CONFLICT DO NOTHING;
    END LOOP;
    DELETE FROM definition d
    WHERE conversion = c AND kind IN ('index', 'check', 'foreign-key', 'statistics', 'sequence')
      AND format('%s %s', kind, oid) <> ALL (seen)
      AND NOT (kind = 'sequence' AND EXISTS (SELECT FROM pg_class WHERE pg_class.oid = d.oid))
      -- exchanged by the swap: ours bears the name
      AND NOT (kind = 'foreign-key' AND EXISTS (
                SELECT FROM pg_constraint k
                JOIN tree_column m ON m.conversion = c AND (k.conrelid = m.relid AND m.shadow = ANY (k.conkey)
                                                            OR k.confrelid = m.relid AND m.shadow = ANY (k.confkey))
                WHERE k.conrelid = d.relid AND k.conname = d.name AND contype = 'f'));
    views := pg_temp.capture_views(c, rel);
    PERFORM pg_temp.capture_texts(c, rel, views);
    PERFORM pg_temp.capture_matviews(c, rel, views);
    PERFORM pg_temp.capture_replica_drop();
END $$;
