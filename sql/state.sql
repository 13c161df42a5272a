-- The tables of a conversion. Run with search_path = pgwiden (prepare, in the new schema) or = pg_temp (plan, in a
-- transaction that is rolled back): every later query names them bare and finds whichever there is, pg_temp first.
-- Several statements. Every table has a primary key: a publication FOR ALL TABLES must not make our UPDATEs fail.

-- One conversion of one table; at most one of a table is open (outcome IS NULL).
CREATE TABLE conversion (
    id             int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    relid          oid NOT NULL,
    nspname        name NOT NULL,       -- as they were called at the start: the history outlives the table
    relname        name NOT NULL,
    phase          text NOT NULL DEFAULT 'prepare'
                   CHECK (phase IN ('prepare', 'backfill', 'index', 'verify', 'swap', 'cleanup')),
    phase_done     bool NOT NULL DEFAULT false,  -- the work of that phase is complete
    outcome        text CHECK (outcome IN ('done', 'aborted')),
    started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at    timestamptz,
    swapped_at     timestamptz,         -- set by the swap's own message
    lock_held_ms   float8,              -- of the swap, from the grant to after its COMMIT
    size_before    bigint,              -- bytes, pg_total_relation_size
    rows_done      bigint NOT NULL DEFAULT 0,    -- rows that the backfill updated
    hot_rows       bigint NOT NULL DEFAULT 0,    -- of these, new versions on their old page: no index was touched
    backfill_ms    float8 NOT NULL DEFAULT 0,
    sweep          text NOT NULL DEFAULT '',     -- why it is swept otherwise than it should: who holds the xmin horizon
    wal_start      pg_lsn,
    client_host    text,                -- who runs it, or ran it last
    client_pid     int,
    server_pid     int,
    ready_since    timestamptz,         -- verified, and the swap waits
    waits_for      text                 -- for what: a person, its window, the backfills of others
);
CREATE UNIQUE INDEX conversion_open ON conversion (relid) WHERE outcome IS NULL;

-- Its columns. from_attnum is widened, to_attnum takes its place; the swap makes no difference to these numbers.
CREATE TABLE conversion_column (
    conversion  int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    from_attnum int2 NOT NULL,
    to_attnum   int2,                   -- NULL until the shadow column exists
    attname     name NOT NULL,          -- the column's name, before and after
    typname     name NOT NULL,          -- int4 or int2
    first_id    bigint,                 -- where the sequence that feeds it stood at the start
    PRIMARY KEY (conversion, from_attnum)
);

-- What hangs on the columns and must be made again, as captured (sql/capture/).
CREATE TABLE definition (
    conversion int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    number     int GENERATED ALWAYS AS IDENTITY,  -- ours in pgwiden_<what>_<number>; never used twice, in no conversion:
                                        -- indexes share a schema, foreign keys a table, with those of other conversions
    kind       text NOT NULL,           -- index, check, foreign-key, statistics, sequence; view, materialized-view,
                                        -- trigger, rule, policy, function, publication, generated
    oid        oid NOT NULL,            -- of the original
    relid      oid NOT NULL,            -- the table that it stands on (a referencing table for its foreign keys)
    name       name NOT NULL,           -- of the original
    original   text NOT NULL,           -- what made it, for abort
    retargeted text NOT NULL,           -- the same on the shadow, under our own name
    detail     jsonb NOT NULL DEFAULT '{}',  -- what the text does not say: comment, statistics targets, validated ..
    PRIMARY KEY (conversion, number),
    UNIQUE (conversion, kind, oid)
);

-- What was sent, and the only trace of work that leaves none in the catalogs (VACUUM, ANALYZE).
CREATE TABLE journal (
    conversion int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    number     int GENERATED ALWAYS AS IDENTITY,
    phase      text NOT NULL,
    step       text NOT NULL,
    object     text NOT NULL,
    statement  text NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    ms         float8,
    PRIMARY KEY (conversion, number)
);

-- Where each part of the backfill stands: a range of blocks of one leaf (a plain table is the only leaf). Written once a
-- second and at the end of a part, behind the chunks: blocks done again after a crash are harmless (rows that are equal
-- are not touched).
CREATE TABLE backfill_range (
    conversion   int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    part         int NOT NULL,
    relid        oid NOT NULL,          -- the relation whose blocks they are
    filenode     oid NOT NULL,          -- its pg_relation_filenode when the range was made; another one: start anew
    block_from   bigint NOT NULL,
    block_to     bigint NOT NULL,       -- exclusive; its size after the trigger was committed, or when it was attached
    window_start bigint NOT NULL,       -- first block of the window that is swept
    pass         int NOT NULL DEFAULT 0,
    block        bigint NOT NULL,       -- next block of this pass
    line_pointer int NOT NULL DEFAULT 0, -- next line pointer in it
    rows_done    bigint NOT NULL DEFAULT 0,
    swept        float8 NOT NULL DEFAULT 0,  -- blocks; those of a window that is swept count by the passes that are done
    done         bool NOT NULL DEFAULT false,
    PRIMARY KEY (conversion, part)
);

-- Settings of a conversion as they were given to the instance that runs it, for status.
CREATE TABLE setting (
    conversion int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    name       text NOT NULL,
    value      text NOT NULL,
    PRIMARY KEY (conversion, name)
);

-- What holds up the backfill at this moment, for status; written by the instance that runs it when it begins and ends.
CREATE TABLE throttle (
    conversion int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    signal     text NOT NULL,           -- the option's name, or pause
    value      float8,                  -- NULL: not known
    bound      float8,                  -- the limit
    unit       text NOT NULL,
    since      timestamptz NOT NULL,
    detail     text NOT NULL,
    PRIMARY KEY (conversion, signal)
);

-- What people ask of the instance that runs a conversion, from any host. A pause and hold outlive the instance.
CREATE TABLE control (
    conversion int PRIMARY KEY REFERENCES conversion ON DELETE CASCADE,
    paused_at  timestamptz,             -- NULL: it is not
    paused_by  text,
    stop_pid   int,                     -- the server process that is to end; no other one heeds it
    stop_by    text,
    swap       text CHECK (swap IN ('go', 'hold')),
    swap_by    text
);

-- Settings as changed by `set`: they hold until they are changed again, or given on the command line of a later run.
CREATE TABLE tuning (
    conversion int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    name       text NOT NULL,
    value      text NOT NULL,
    set_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    set_by     text NOT NULL,
    PRIMARY KEY (conversion, name)
);

-- Written once a second while --max-commit-latency is asked for: how long does a commit take?
CREATE TABLE commit_probe (
    pid int PRIMARY KEY,                -- of the server process that asks
    at  timestamptz NOT NULL
);

-- Tables that were in the tree of a conversion when its definitions were read: what was detached since still bears our
-- column (sql/prepare/detached.sql).
CREATE TABLE partition (
    conversion int NOT NULL REFERENCES conversion ON DELETE CASCADE,
    relid      oid NOT NULL,
    PRIMARY KEY (conversion, relid)
);

-- The table of an open conversion with all its partitions, and those of the tables at the other end of its foreign keys;
-- a plain table is a tree of one. Read from the catalogs, without a lock on any of them.
CREATE VIEW tree AS
WITH RECURSIVE root (conversion, relid) AS (
    SELECT id, relid FROM conversion WHERE outcome IS NULL
    UNION
    SELECT d.conversion, o.relid
    FROM conversion AS c
         JOIN definition AS d ON d.conversion = c.id AND d.kind = 'foreign-key'
         CROSS JOIN unnest(ARRAY[d.relid, (d.detail ->> 'references')::oid]) AS o (relid)
    WHERE c.outcome IS NULL
), member (conversion, root, relid, parent, level) AS (
    SELECT conversion, relid, relid, NULL::oid, 0 FROM root
    UNION ALL
    SELECT m.conversion, m.root, i.inhrelid, i.inhparent, m.level + 1
    FROM member AS m
         JOIN pg_inherits AS i ON i.inhparent = m.relid AND NOT i.inhdetachpending
    WHERE (SELECT c.relispartition FROM pg_class AS c WHERE c.oid = i.inhrelid)
)
SELECT m.conversion, m.root, m.relid, m.parent, m.level, c.relkind <> 'p' AS leaf,
       format('%I.%I', n.nspname, c.relname) AS tab
FROM member AS m
     JOIN pg_class AS c ON c.oid = m.relid
     JOIN pg_namespace AS n ON n.oid = c.relnamespace;

-- What a statement on the whole tree locks: first its root, then all others (also, as in a step's row).
CREATE VIEW whole AS
SELECT conversion, root, max(tab) FILTER (WHERE level = 0) AS tab,
       string_agg(tab, ', ONLY ' ORDER BY level, relid) FILTER (WHERE level > 0) AS also
FROM tree
GROUP BY conversion, root;

-- The columns in every table of the conversion's own tree. Partitions number their columns otherwise than the root: there
-- they are found by the name that the root's have now. number: from_attnum of the root, which our names bear.
CREATE VIEW tree_column AS
SELECT t.conversion, t.root, t.relid, t.level, t.leaf, t.tab, k.from_attnum AS number, a.attname, a.attnum, s.attnum AS shadow
FROM conversion AS c
     JOIN conversion_column AS k ON k.conversion = c.id
     JOIN tree AS t ON t.conversion = c.id AND t.root = c.relid
     JOIN pg_attribute AS f ON f.attrelid = c.relid AND f.attnum = k.from_attnum AND NOT f.attisdropped
     JOIN pg_attribute AS a ON a.attrelid = t.relid AND a.attname = f.attname
     LEFT JOIN pg_attribute AS w ON w.attrelid = c.relid AND w.attnum = k.to_attnum AND NOT w.attisdropped
     LEFT JOIN pg_attribute AS s ON s.attrelid = t.relid AND NOT s.attisdropped
                                AND s.attname = coalesce(w.attname, format('pgwiden_new_%s', k.from_attnum)::name);

-- The foreign keys of a conversion that are exchanged before the swap's message. as_before, as_ours: what follows ADD
-- CONSTRAINT and the name. by_leaf: that of a partitioned table, which can't be NOT VALID before 18: its partitions get
-- theirs first, and it adopts them when they are proved. also, references_also: what a statement on the key locks besides
-- its own table, all or only on the side of the referenced table, which can be locked beforehand only by who has more than
-- REFERENCES on it.
CREATE VIEW foreign_key AS
SELECT k.conversion, k.number, k.oid, k.relid, k.tab, k.name, k.referenced, k.comment, k.proved,
       k.proved AND k.partitioned AS by_leaf,
       'pgwiden_fk_' || k.number AS our_name,
       substr(k.original, length(format('ALTER TABLE %s ADD CONSTRAINT %I', k.tab, k.name)) + 1) AS as_before,
       substr(k.retargeted, length(format('ALTER TABLE %s ADD CONSTRAINT pgwiden_fk_%s', k.tab, k.number)) + 1) AS as_ours,
       o.also, o.references_also
FROM (SELECT d.conversion, d.number, d.oid, d.relid, format('%I.%I', n.nspname, c.relname) AS tab, d.name, d.original, d.retargeted,
             (d.detail ->> 'references')::oid AS referenced, d.detail ->> 'comment' AS comment, c.relkind = 'p' AS partitioned,
             (d.detail ->> 'validated')::bool AND (d.detail ->> 'enforced')::bool AS proved
      FROM definition AS d
           JOIN pg_class AS c ON c.oid = d.relid
           JOIN pg_namespace AS n ON n.oid = c.relnamespace
      WHERE d.kind = 'foreign-key' AND NOT d.detail ? 'late') AS k
     CROSS JOIN LATERAL (
         SELECT string_agg(m.tab, ', ONLY ' ORDER BY m.root <> k.relid, m.level, m.relid) AS also,
                string_agg(m.tab, ', ONLY ' ORDER BY m.level, m.relid) FILTER (WHERE m.root <> k.relid) AS references_also
         FROM tree AS m
         WHERE m.conversion = k.conversion
           AND (m.root = k.relid AND m.level > 0
                OR m.root = k.referenced AND k.referenced <> k.relid
                   AND (has_table_privilege(m.relid, 'UPDATE, DELETE, TRUNCATE')
                        OR CASE WHEN current_setting('server_version_num')::int >= 170000
                                THEN has_table_privilege(m.relid, 'MAINTAIN') END))) AS o;

-- Where such a key is made: on its table, or on the leaves of a partitioned one.
CREATE VIEW foreign_key_place AS
-- a partition's own foreign key: its own tree is not among those of the view
SELECT f.conversion, f.number, f.relid, f.tab, 0 AS level FROM foreign_key AS f WHERE NOT f.by_leaf
UNION ALL
SELECT f.conversion, f.number, t.relid, t.tab, t.level
FROM foreign_key AS f
     JOIN tree AS t ON t.conversion = f.conversion AND t.root = f.relid AND t.leaf
WHERE f.by_leaf;

-- Foreign keys from or to a shadow: ours, whatever they are called.
CREATE VIEW shadow_key AS
SELECT c.id AS conversion, k.oid, k.conrelid, k.confrelid, k.conname, k.convalidated, k.conparentid
FROM conversion AS c
     CROSS JOIN pg_constraint AS k
WHERE c.outcome IS NULL AND k.contype = 'f'
  AND EXISTS (SELECT FROM tree_column AS m
              WHERE m.conversion = c.id AND (k.conrelid = m.relid AND m.shadow = ANY (k.conkey)
                                             OR k.confrelid = m.relid AND m.shadow = ANY (k.confkey)));

-- The sequences that feed the columns until the swap, what is left of them in the range of the column's type, and how long
-- that lasts at the rate since the conversion was begun (NULL: not known, or known for too short a time).
CREATE VIEW fed AS
SELECT k.conversion, k.from_attnum, q.seqrelid AS sequence, s.last, (n.ends - s.last) / q.seqincrement AS ids_left,
       CASE WHEN (s.last - k.first_id) / q.seqincrement > 0 AND clock_timestamp() - c.started_at > interval '30 s'
            THEN greatest(0, (n.ends - s.last)::float8 / (s.last - k.first_id))
                 * extract(epoch FROM clock_timestamp() - c.started_at) END AS seconds
FROM conversion AS c
     JOIN conversion_column AS k ON k.conversion = c.id
     CROSS JOIN LATERAL (
         SELECT min(q.seqrelid::int8)::oid AS oid
         FROM (SELECT d.objid
               FROM pg_depend AS d
               WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.relid
                 AND d.refobjsubid = k.from_attnum AND d.deptype IN ('a', 'i')
               UNION
               SELECT d.refobjid
               FROM pg_attrdef AS f
                    JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
                                       AND d.refclassid = 'pg_class'::regclass
               WHERE f.adrelid = c.relid AND f.adnum = k.from_attnum) AS o (oid)
              JOIN pg_sequence AS q ON q.seqrelid = o.oid) AS o
     JOIN pg_sequence AS q ON q.seqrelid = o.oid
     CROSS JOIN LATERAL (SELECT CASE WHEN has_sequence_privilege(q.seqrelid, 'USAGE, SELECT')
                                     THEN pg_sequence_last_value(q.seqrelid) END AS last) AS s
     CROSS JOIN LATERAL (SELECT CASE k.typname WHEN 'int2' THEN 32767 ELSE 2147483647 END AS most) AS m
     CROSS JOIN LATERAL (SELECT CASE WHEN q.seqincrement > 0 THEN least(q.seqmax, m.most)
                                     ELSE greatest(q.seqmin, -m.most - 1) END AS ends) AS n
WHERE c.outcome IS NULL AND c.swapped_at IS NULL;
