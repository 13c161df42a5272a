-- The indexes and extended statistics of the old materialized views, as they are at this moment, on the new ones. Nobody
-- uses those yet: not CONCURRENTLY. The text is PostgreSQL's own, but for the prefix, which is compared; an operator class
-- that was spelled out for the narrow type gives way to its sibling where the column is bigint now.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: SHARE on ours, which nobody uses yet
WITH idx AS (
    SELECT m.new, m.ours, m.schema, i.indexrelid, x.relname, coalesce(s.spcname, '') AS tablespace,
           CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END AS uniq
    FROM pg_temp.matviews($1) AS m
         JOIN pg_index AS i ON i.indrelid = m.old AND i.indisvalid
         JOIN pg_class AS x ON x.oid = i.indexrelid
         LEFT JOIN pg_tablespace AS s ON s.oid = x.reltablespace
    WHERE (m.planned OR m.new IS NOT NULL)
      AND NOT EXISTS (SELECT FROM pg_index AS n JOIN pg_class AS c ON c.oid = n.indexrelid
                      WHERE n.indrelid = m.new AND c.relname = format('pgwiden_mvidx_%s', i.indexrelid)::name)
), statistic AS (
    SELECT m.level, m.number, m.ours, s.oid, s.stxname, n.nspname, s.stxkind, pg_get_statisticsobjdef_columns(s.oid) AS columns
    FROM pg_temp.matviews($1) AS m
         JOIN pg_statistic_ext AS s ON s.stxrelid = m.old
         JOIN pg_namespace AS n ON n.oid = s.stxnamespace
    WHERE (m.planned OR m.new IS NOT NULL)
      AND NOT EXISTS (SELECT FROM pg_statistic_ext AS o
                      WHERE o.stxrelid = m.new AND o.stxname = format('pgwiden_mvstat_%s', s.oid)::name)
)
SELECT format('index %I.%I', i.schema, i.relname) AS object,
       format('SET LOCAL default_tablespace = %L; CREATE %sINDEX pgwiden_mvidx_%s ON %s %s', i.tablespace, i.uniq, i.indexrelid,
              i.ours, pg_temp.matview_index(i.indexrelid, i.new)) AS statement,
       NULL::text AS lock, NULL::text AS relation, NULL::text AS also
FROM idx AS i
UNION ALL
SELECT format('statistics %I.%I', s.nspname, s.stxname),
       format('CREATE STATISTICS %I.pgwiden_mvstat_%s%s ON %s FROM %s', s.nspname, s.oid,
              (SELECT CASE WHEN count(*) BETWEEN 1 AND 2 THEN format(' (%s)', string_agg(word, ', ' ORDER BY word))
                           ELSE '' END
               FROM (VALUES ('d', 'ndistinct'), ('f', 'dependencies'), ('m', 'mcv')) AS v (letter, word)
               WHERE letter = ANY (s.stxkind)), s.columns, s.ours),
       NULL, NULL, NULL
FROM statistic AS s
ORDER BY object
