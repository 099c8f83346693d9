--
-- The audit trail and the counters: what their tables and views show, and to whom.
--
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT session_user AS me \gset

CREATE ROLE regress_audited LOGIN;
CREATE SCHEMA audited AUTHORIZATION regress_audited;
CREATE TABLE audited.orders AS SELECT i AS id, 'n' AS note FROM generate_series(1, 10) i;
ANALYZE audited.orders;
ALTER TABLE audited.orders OWNER TO regress_audited;
-- Conventions and uses of the table by earlier sessions would add findings.
INSERT INTO ddlguard.policy (priority, rule, action) VALUES (1, 'drop_recently_used', 'allow');

-- Waits until the worker has written what there is.
CREATE PROCEDURE audited.written() LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. 600 LOOP
    IF (SELECT events_waiting FROM ddlguard.status()) = 0 THEN RETURN; END IF;
    COMMIT;
    PERFORM pg_sleep(0.05);
  END LOOP;
  RAISE 'the worker writes nothing: %', (SELECT worker FROM ddlguard.status());
END $$;
CALL audited.written();
DELETE FROM ddlguard.event WHERE id > 0;
SELECT ddlguard.stat_reset();

\c - regress_audited
\set VERBOSITY terse
SET client_min_messages = warning;
DROP TABLE audited.orders;
BEGIN;
ALTER TABLE audited.orders ALTER note SET NOT NULL;
ROLLBACK;
-- Nothing of it is for everybody.
SELECT * FROM ddlguard.event;
INSERT INTO ddlguard.event OVERRIDING SYSTEM VALUE SELECT * FROM ddlguard.event;
SELECT * FROM ddlguard.stat_rules;
SELECT * FROM ddlguard.stat_ddl;
SELECT * FROM ddlguard.rule_counters();
SELECT * FROM ddlguard.ddl_counters();
SELECT ddlguard.stat_reset();
-- But whether events are written.
SELECT worker, events_waiting >= 0 AS waiting FROM ddlguard.status() WHERE worker NOT IN ('idle', 'writing');

\c - :me
\set VERBOSITY terse
SET client_min_messages = warning;
CALL audited.written();
SELECT session_user_name, current_user_name, command_tag, statement, action, response, outcome, sqlstate, run_time IS NULL AS not_run
  FROM ddlguard.event ORDER BY id;
SELECT jsonb_pretty(findings) FROM ddlguard.event ORDER BY id LIMIT 1;
-- What is exempt, harmless or allowed leaves no event, but is counted as judged.
CREATE TABLE audited.harmless (id int);
DROP TABLE audited.harmless;
CALL audited.written();
SELECT count(*) FROM ddlguard.event;
SELECT command_tag, judged, refused, logged, analysis_time > 0 AS timed FROM ddlguard.stat_ddl
  WHERE datname = current_database() AND judged > 0 AND command_tag LIKE '% TABLE' ORDER BY command_tag;
SELECT rule, rule_group, refused, logged FROM ddlguard.stat_rules WHERE refused + logged > 0 ORDER BY rule;
SELECT ddlguard.stat_reset();
SELECT count(*) FROM ddlguard.stat_rules WHERE refused + logged > 0;
SELECT count(*) FROM ddlguard.stat_ddl WHERE judged > 0;
-- There is a line for each rule.
SELECT count(*) = (SELECT count(*) FROM ddlguard.rules) AS all_rules FROM ddlguard.stat_rules;

-- Settings.
SHOW ddlguard.audit_buffer;
SHOW ddlguard.event_retention;
SET ddlguard.audit_buffer = '1MB';
-- 18 says it in other words.
\set VERBOSITY sqlstate
SET ddlguard.event_retention = '-1';
\set VERBOSITY terse
SET ddlguard.event_retention = '30d';

SET ddlguard.mode = off;
DROP SCHEMA audited CASCADE;
DROP ROLE regress_audited;
DELETE FROM ddlguard.policy WHERE priority = 1;
DELETE FROM ddlguard.event WHERE id > 0;
