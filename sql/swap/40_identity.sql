-- The swap's message: an identity's sequence can't be given to another column, so a new one of the same name takes over
-- position, options, grants and comment. Minimum and maximum as ALTER SEQUENCE AS bigint makes them: the type's own
-- limits are widened, others stay.
-- $1: the table's oid
-- Columns: object, statement, lock, relation, also
-- Lock: ACCESS EXCLUSIVE, held by the message already
WITH target AS (
    SELECT c.id, c.relid, c.relid::regclass AS relation
    FROM conversion AS c
    WHERE c.relid = $1 AND c.outcome IS NULL
      AND NOT EXISTS (SELECT FROM conversion_column AS cc
                           JOIN pg_attribute AS a ON a.attnum = cc.to_attnum AND a.attname = cc.attname
                      WHERE cc.conversion = c.id AND a.attrelid = c.relid)
), identity AS (
    SELECT t.relation, t.relid, cc.from_attnum, a.attname, a.attidentity, q.*, s.relowner, s.relacl, s.relpersistence,
           s.relnamespace, r.relpersistence AS table_persistence,
           format('%I.%I', n.nspname, s.relname) AS sequence,
           format('%I.pgwiden_oldseq_%s', n.nspname, cc.from_attnum) AS old_sequence,
           obj_description(s.oid, 'pg_class') AS comment
    FROM target AS t
         JOIN pg_class AS r ON r.oid = t.relid
         JOIN conversion_column AS cc ON cc.conversion = t.id
         JOIN pg_attribute AS a ON a.attrelid = t.relid AND a.attnum = cc.from_attnum AND a.attidentity <> ''
         JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.relid
                            AND d.refobjsubid = cc.from_attnum AND d.classid = 'pg_class'::regclass AND d.deptype = 'i'
         JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
         JOIN pg_namespace AS n ON n.oid = s.relnamespace
         JOIN pg_sequence AS q ON q.seqrelid = s.oid
), preset AS (
    -- default privileges, which the new sequence gets
    SELECT i.seqrelid, x.grantee
    FROM identity AS i
         JOIN pg_default_acl AS d ON d.defaclrole = i.relowner AND d.defaclobjtype = 'S'
                                 AND d.defaclnamespace IN (0, i.relnamespace)
         CROSS JOIN aclexplode(d.defaclacl) AS x
), held AS (
    SELECT i.seqrelid, i.sequence, i.relowner,
           coalesce(i.relacl, CASE WHEN i.seqrelid IN (SELECT p.seqrelid FROM preset AS p)
                                   THEN acldefault('s', i.relowner) END) AS acl
    FROM identity AS i
), loser (seqrelid, grantee) AS (
    SELECT h.seqrelid, h.relowner FROM held AS h WHERE h.acl IS NOT NULL
    UNION
    SELECT p.seqrelid, p.grantee FROM preset AS p
), grants AS (
    SELECT h.seqrelid, h.sequence, h.relowner, x.ordinality, g.grantor, g.is_grantable,
           format('GRANT %s ON SEQUENCE %s TO %s%s', string_agg(g.privilege_type, ', ' ORDER BY g.privilege_type),
                  h.sequence,
                  CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END,
                  CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END) AS text
    FROM held AS h
         CROSS JOIN unnest(h.acl) WITH ORDINALITY AS x (item, ordinality)
         CROSS JOIN aclexplode(ARRAY[x.item]) AS g
    GROUP BY h.seqrelid, h.sequence, h.relowner, x.ordinality, g.grantor, g.grantee, g.is_grantable
), part (seqrelid, ordinal, number, text) AS (
    SELECT seqrelid, 1, 0::bigint, format('ALTER SEQUENCE %s RENAME TO pgwiden_oldseq_%s', sequence, from_attnum)
    FROM identity
    UNION ALL
    SELECT seqrelid, 2, 0,
           format('ALTER TABLE %s ALTER COLUMN pgwiden_new_%s ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s '
                  'INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s)', relation, from_attnum,
                  CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, sequence, seqincrement,
                  CASE WHEN (seqtypid, seqmin) IN (('int2'::regtype, -32768), ('int4'::regtype, -2147483648))
                       THEN -9223372036854775808 ELSE seqmin END,
                  CASE WHEN (seqtypid, seqmax) IN (('int2'::regtype, 32767), ('int4'::regtype, 2147483647))
                       THEN 9223372036854775807 ELSE seqmax END,
                  seqstart, seqcache, CASE WHEN seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END)
    FROM identity
    UNION ALL
    -- from 15 on it is made as the table is, but may have been another
    SELECT seqrelid, 3, 0, format('ALTER SEQUENCE %s SET %s', sequence,
                                  CASE relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE 'LOGGED' END)
    FROM identity
    WHERE relpersistence <> table_persistence AND current_setting('server_version_num')::int >= 150000
    UNION ALL
    SELECT seqrelid, 4, 0, format('SELECT setval(%L, last_value, is_called) FROM %s', sequence, old_sequence)
    FROM identity
    UNION ALL
    SELECT seqrelid, 5, 0, format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY', relation, attname) FROM identity
    UNION ALL
    SELECT l.seqrelid, 6, 0,
           format('REVOKE ALL ON SEQUENCE %s FROM %s', i.sequence,
                  string_agg(CASE l.grantee WHEN 0 THEN 'PUBLIC' ELSE l.grantee::regrole::text END, ', '))
    FROM loser AS l JOIN identity AS i USING (seqrelid)
    GROUP BY l.seqrelid, i.sequence
    UNION ALL
    -- GRANT writes down who runs it: what a role passed on is passed on again by the same role
    SELECT seqrelid, 7, ordinality * 2 + is_grantable::int,
           CASE WHEN grantor = relowner THEN text
                ELSE format('SET LOCAL ROLE %s; %s; SET LOCAL ROLE %s', grantor::regrole, text,
                            coalesce(quote_ident(nullif(current_setting('role'), 'none')), 'NONE')) END
    FROM grants
    UNION ALL
    SELECT seqrelid, 8, 0, format('COMMENT ON SEQUENCE %s IS %L', sequence, comment)
    FROM identity
    WHERE comment IS NOT NULL
)
SELECT 'sequence ' || i.sequence AS object, string_agg(p.text, '; ' ORDER BY p.ordinal, p.number) AS statement,
       'ACCESS EXCLUSIVE' AS lock, i.relation::text AS relation, NULL AS also
FROM identity AS i JOIN part AS p USING (seqrelid)
GROUP BY i.sequence, i.relation, i.from_attnum
ORDER BY i.from_attnum
