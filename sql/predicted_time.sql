--
-- How long a statement will block others, predicted from the size of its work and from what the server has been seen
-- to do in a second; max_blocking in a policy row compares with it.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
SELECT ddlguard.reset_throughput();
CREATE TABLE regress_payers (id int PRIMARY KEY);
INSERT INTO regress_payers SELECT generate_series(1, 100);
CREATE TABLE regress_payments (id int, payer int, amount int NOT NULL, paid timestamptz);
INSERT INTO regress_payments SELECT i, i % 100, i, 'epoch' FROM generate_series(1, 1000) i;
VACUUM ANALYZE regress_payers, regress_payments;
-- As if its 1,000 rows were 100 million.
UPDATE pg_class SET reltuples = 1e8 WHERE relname = 'regress_payments';
RESET ddlguard.mode;
-- In tenths of seconds.
CREATE FUNCTION pg_temp.predicted(sql text) RETURNS numeric LANGUAGE sql AS
  $$ SELECT round(max(extract(epoch FROM predicted_time)), 1) FROM ddlguard.explain(sql) $$;

-- Before anything is learnt.
SELECT work, bytes_per_second, source, samples, learnt, last_learnt_at, since <= now() AS since FROM ddlguard.throughput;

-- ---- what is counted ----
-- All that ALTER TABLE has to look at is looked at in one pass.
SELECT pg_temp.predicted('ALTER TABLE regress_payments ALTER id SET NOT NULL') AS one,
       pg_temp.predicted('ALTER TABLE regress_payments ALTER id SET NOT NULL, ALTER payer SET NOT NULL, ADD CHECK (amount > 0)') AS three;
-- A primary key over a nullable column reads the table for that, and reads it again for the index.
SELECT pg_temp.predicted('CREATE UNIQUE INDEX ON regress_payments (amount)') AS index,
       pg_temp.predicted('ALTER TABLE regress_payments ADD PRIMARY KEY (amount)') AS required,
       pg_temp.predicted('ALTER TABLE regress_payments ADD PRIMARY KEY (id)') AS nullable;
-- Wider keys are more to sort.
SELECT pg_temp.predicted('CREATE INDEX ON regress_payments (id)') AS integer,
       pg_temp.predicted('CREATE INDEX ON regress_payments (id, payer, paid)') AS three_columns,
       pg_temp.predicted('CREATE INDEX ON regress_payments USING brin (id)') AS brin;
-- Strings of a collation with rules take longer to compare.
SET ddlguard.mode = off;
ALTER TABLE regress_payments ADD code text COLLATE "C", ADD name text COLLATE "und-x-icu";
UPDATE pg_class SET reltuples = 1e8 WHERE relname = 'regress_payments';
RESET ddlguard.mode;
SELECT pg_temp.predicted('CREATE INDEX ON regress_payments (code)') < pg_temp.predicted('CREATE INDEX ON regress_payments (name)') AS longer;
-- A rewrite builds every index anew.
SELECT pg_temp.predicted('VACUUM FULL regress_payments') AS none;
SET ddlguard.mode = off;
CREATE INDEX regress_payments_payer ON regress_payments (payer);
UPDATE pg_class SET reltuples = 1e8 WHERE relname = 'regress_payments';
RESET ddlguard.mode;
SELECT pg_temp.predicted('VACUUM FULL regress_payments') AS one,
       pg_temp.predicted('ALTER TABLE regress_payments ALTER amount TYPE bigint') AS type,
       pg_temp.predicted('REINDEX TABLE regress_payments') AS reindex,
       pg_temp.predicted('REINDEX INDEX regress_payments_payer') AS reindex_index;
-- Files are moved without their indexes; nothing is done to rows.
SELECT pg_temp.predicted('ALTER TABLE regress_payments ADD note text') AS instant,
       pg_temp.predicted('DROP TABLE regress_payments') AS dropped;
-- Of a foreign key both tables are busy, whichever the finding is about.
SELECT rule, relation, work, round(extract(epoch FROM predicted_time), 1) AS seconds
  FROM ddlguard.check('ALTER TABLE regress_payments ADD CONSTRAINT paid_by FOREIGN KEY (payer) REFERENCES regress_payers')
 WHERE rule IN ('add_fk_validates', 'fk_locks_referenced_table') ORDER BY rule;
SELECT statement_number, lock_mode, work, round(extract(epoch FROM predicted_time), 1) AS seconds FROM ddlguard.explain($$
  ALTER TABLE regress_payments ADD CONSTRAINT paid_by FOREIGN KEY (payer) REFERENCES regress_payers NOT VALID;
  ALTER TABLE regress_payments VALIDATE CONSTRAINT paid_by$$) WHERE relation = 'public.regress_payments' AND reason IS NULL;
-- VACUUM goes from one table to the next, and blocks each for its own time.
SELECT relation, predicted_time > '1 min' AS long FROM ddlguard.explain('VACUUM FULL regress_payments, regress_payers')
 ORDER BY relation;

-- ---- where it shows ----
SELECT rule, substring(detail FROM 'Predicted time:[^\n]*') AS predicted, substring(detail FROM 'Work:[^\n]*') AS work
  FROM ddlguard.check('ALTER TABLE regress_payments ALTER id SET NOT NULL; CREATE INDEX ON regress_payments (id)')
 WHERE rule IN ('set_not_null_scan', 'create_index_blocking');
\set VERBOSITY default
ALTER TABLE regress_payments ALTER payer TYPE bigint;
\set VERBOSITY terse
-- not what is over in less than a second
SELECT count(*) > 0 AS findings, count(substring(detail FROM 'Predicted')) AS told
  FROM ddlguard.check('ALTER TABLE regress_payers ALTER id TYPE bigint');
-- of the steps of a plan that work: what has been validated leaves SET NOT NULL nothing to do
SELECT step, phase, round(extract(epoch FROM predicted_time), 1) AS seconds, substring(sql FROM 'VALIDATE|SET NOT NULL|INDEX') AS what
  FROM ddlguard.plan($$ -- a comment
    ALTER TABLE regress_payments ALTER id SET NOT NULL, ADD note text; -- and another
    CREATE INDEX ON regress_payments (id); ALTER TABLE regress_payments ALTER payer TYPE bigint$$) WHERE predicted_time IS NOT NULL;

-- ---- max_blocking ----
\set forget 'DELETE FROM ddlguard.policy WHERE priority < 1000;'
SELECT rule, policy_id IS NOT NULL AS row, round(extract(epoch FROM predicted_time), 1) AS seconds
  FROM unnest('{set_not_null_scan,vacuum_full,drop_table}'::text[]) rule, ddlguard.explain_policy(rule, 'regress_payments');
INSERT INTO ddlguard.policy (priority, rule, action, max_blocking, comment) VALUES
  (1, 'blocking', 'reject', '120 s', 'longer than two minutes'), (2, 'blocking', 'warn', '1 s', 'longer than a second'),
  (3, 'blocking', 'allow', NULL, 'short');
SELECT rule, comment FROM unnest('{set_not_null_scan,vacuum_full,create_index_blocking}'::text[]) rule,
  ddlguard.explain_policy(rule, 'regress_payments');
SELECT comment FROM ddlguard.explain_policy('set_not_null_scan', 'regress_payers');
SELECT rule, action FROM ddlguard.check($$
  ALTER TABLE regress_payments ALTER id SET NOT NULL;
  CREATE INDEX ON regress_payments (id);
  VACUUM FULL regress_payments;
  VACUUM FULL regress_payers$$) WHERE rule IN (SELECT id FROM ddlguard.rules WHERE rule_group = 'blocking');
CREATE INDEX ON regress_payments (id);
-- what lets readers and writers go on blocks nobody
INSERT INTO ddlguard.policy (priority, rule, action, max_blocking) VALUES (0, '*', 'reject', '1 ms');
SELECT count(*) FROM ddlguard.check('CREATE INDEX CONCURRENTLY ON regress_payments (id)') WHERE action = 'reject';
:forget
-- reaching any one of the thresholds is enough
INSERT INTO ddlguard.policy (priority, rule, action, max_blocking, min_bytes, comment) VALUES
  (1, 'vacuum_full', 'log', '1 h', 1, 'by size'), (1, 'cluster', 'log', '1 s', '1000000000', 'by time'),
  (1, 'set_logged_unlogged', 'log', '1 h', '1000000000', 'neither');
SELECT rule, comment = CASE rule WHEN 'vacuum_full' THEN 'by size' WHEN 'cluster' THEN 'by time' ELSE 'neither' END AS by_it
  FROM unnest('{vacuum_full,cluster,set_logged_unlogged}'::text[]) rule, ddlguard.explain_policy(rule, 'regress_payments');
:forget

-- ---- learning ----
SET ddlguard.mode = observe;
CREATE TABLE regress_lesson AS SELECT i AS id, repeat('x', 100) AS filler FROM generate_series(1, 200000) i;
VACUUM ANALYZE regress_lesson;
-- nothing of a query, of what fails, of what is done in an instant, and of a temporary table
CREATE TEMP TABLE regress_private AS SELECT * FROM regress_lesson;
ALTER TABLE regress_private ALTER id TYPE bigint;
ALTER TABLE regress_lesson ALTER filler TYPE int USING filler::int;
ALTER TABLE regress_lesson ADD note text;
CREATE MATERIALIZED VIEW regress_seen AS SELECT * FROM regress_lesson;
REFRESH MATERIALIZED VIEW regress_seen;
SELECT max(learnt) FROM ddlguard.throughput;
VACUUM FULL regress_lesson;
SELECT work, source, samples, learnt, last_learnt_at >= since AS last FROM ddlguard.throughput;
CREATE INDEX ON regress_lesson (id);
ALTER TABLE regress_lesson ALTER filler SET NOT NULL;
SELECT work, source, samples FROM ddlguard.throughput WHERE work IN ('scan', 'index build');
-- and no more than the last sixteen
DO $$ BEGIN FOR i IN 1..20 LOOP ALTER TABLE regress_lesson ADD CHECK (id > 0); END LOOP; END $$;
SELECT samples, learnt FROM ddlguard.throughput WHERE work = 'scan';
RESET ddlguard.mode;
SELECT ddlguard.reset_throughput();
SELECT work, source, learnt FROM ddlguard.throughput;

-- ---- who may see it ----
CREATE ROLE regress_ddlguard_reads IN ROLE ddlguard_reader;
SET ROLE regress_ddlguard_reads;
SELECT count(*) FROM ddlguard.throughput;
SELECT ddlguard.reset_throughput();
RESET ROLE;
DROP ROLE regress_ddlguard_reads;
CREATE ROLE regress_ddlguard_anybody;
SET ROLE regress_ddlguard_anybody;
SELECT count(*) FROM ddlguard.throughput;
RESET ROLE;
DROP ROLE regress_ddlguard_anybody;

SET ddlguard.mode = off;
DROP TABLE regress_private;
\i :dir/sql/include/end.psql
