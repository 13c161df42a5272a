-- Says what is wrong with the result, or nothing. :inserted rows were added by clients; the table had :columns columns and
-- :indexes indexes.
SELECT concat_ws('; ',
    CASE WHEN atttypid <> 'bigint'::regtype THEN 'id is not bigint' END,
    CASE WHEN NOT attnotnull THEN 'id may be null' END,
    CASE WHEN NOT EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND indisprimary AND indisvalid
                              AND indkey::text = attnum::text) THEN 'id is not the primary key' END,
    CASE WHEN (SELECT count(*) FROM pg_index WHERE indrelid = attrelid AND indisvalid) <> :indexes
         THEN 'not the same indexes' END,
    CASE WHEN (SELECT count(*) FROM pg_attribute o WHERE o.attrelid = a.attrelid AND attnum > 0 AND NOT attisdropped)
              <> :columns THEN 'not the same columns' END,
    CASE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = attrelid) THEN 'a trigger is left' END,
    CASE WHEN pg_get_serial_sequence('t', 'id') IS DISTINCT FROM 'public.t_id_seq' OR NOT atthasdef
         THEN 'the sequence is not the column''s' END,
    CASE WHEN (SELECT seqtypid FROM pg_sequence WHERE seqrelid = to_regclass('t_id_seq')) <> 'bigint'::regtype
         THEN 'the sequence is not bigint' END,
    (SELECT CASE WHEN count(*) <> :rows::bigint + :inserted OR count(*) FILTER (WHERE id <= :rows) <> :rows
                      OR sum(id) FILTER (WHERE id <= :rows) <> :rows::numeric * (:rows + 1) / 2
            THEN format('%s rows, %s of them of before, their ids'' sum %s', count(*),
                        count(*) FILTER (WHERE id <= :rows), sum(id) FILTER (WHERE id <= :rows)) END FROM t))
FROM pg_attribute a WHERE attrelid = 't'::regclass AND attname = 'id';
