-- Triggers and rules that the backfill's UPDATE of the shadow column would set off, or that would swallow it.
-- $1: oid of the table, $2: the role may set session_replication_role = replica
-- code, object, reason, hint. Lock: none.
WITH RECURSIVE tree (relid) AS (
    SELECT $1::oid
    UNION ALL
    SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid
), tab AS (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS relation
    FROM tree t JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
), firing AS (
    SELECT format('trigger %I on %s', g.tgname, t.relation) AS object, g.tgenabled AS enabled,
           format('ALTER TABLE %s DISABLE TRIGGER %I;', t.relation, g.tgname) AS disable
    FROM tab t
    JOIN pg_trigger g ON g.tgrelid = t.oid
    JOIN pg_proc f ON f.oid = g.tgfoid
    WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND g.tgtype & 16 <> 0 AND cardinality(g.tgattr::int2[]) = 0
      AND f.pronamespace IS DISTINCT FROM to_regnamespace('pgwiden')
    UNION ALL
    SELECT format('rule %I on %s', r.rulename, t.relation), r.ev_enabled,
           format('ALTER TABLE %s DISABLE RULE %I;', t.relation, r.rulename)
    FROM tab t JOIN pg_rewrite r ON r.ev_class = t.oid
    WHERE r.ev_type = '2' AND NOT r.is_instead
)
SELECT 'user-triggers-fire' AS code, f.object,
       CASE WHEN $2::bool THEN 'it is enabled ALWAYS or REPLICA, so it fires for every row of the backfill.'
            ELSE 'it fires for every row of the backfill: this role may not set session_replication_role.' END AS reason,
       CASE WHEN $2 THEN format('%s for the time of the backfill, or accept it: --allow user-triggers-fire', f.disable)
            WHEN current_setting('server_version_num')::int < 150000
            THEN 'Run as a superuser, or accept it: --allow user-triggers-fire'
            ELSE format('GRANT SET ON PARAMETER session_replication_role TO %I; or accept it: --allow user-triggers-fire',
                        current_user) END AS hint
FROM firing f
WHERE f.enabled IN ('A', CASE WHEN $2 THEN 'R' ELSE 'O' END)
UNION ALL
SELECT 'instead-rule', format('rule %I on %s', r.rulename, t.relation),
       'it is ON UPDATE DO INSTEAD, so it swallows the updates of the backfill.',
       format('ALTER TABLE %s DISABLE RULE %I; for the time of the conversion, or drop it.', t.relation, r.rulename)
FROM tab t JOIN pg_rewrite r ON r.ev_class = t.oid
WHERE r.ev_type = '2' AND r.is_instead AND r.ev_enabled <> 'D'
ORDER BY 1, 2
