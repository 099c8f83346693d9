--
-- Running a refused statement as it is, on record: ddlguard.bypass with a reason.
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE ROLE regress_bypass_app LOGIN;
CREATE ROLE regress_bypass_trusted LOGIN;
GRANT SET ON PARAMETER ddlguard.bypass TO regress_bypass_trusted;
GRANT ALL ON SCHEMA spec TO regress_bypass_app, regress_bypass_trusted;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'n' FROM generate_series(1, 1000) i;
CREATE TABLE ledger AS SELECT * FROM users;
CREATE TABLE theirs AS SELECT * FROM users;
ALTER TABLE theirs OWNER TO regress_bypass_trusted;
ANALYZE;
SET ddlguard.mode = enforce;

-- For one transaction; the next one is judged again.
BEGIN;
SET LOCAL ddlguard.bypass = 'OPS-17 agreed with the shop team';
CREATE INDEX users_name ON users (name);
ALTER TABLE users ADD x serial;
COMMIT;
ALTER TABLE users ADD y serial;
SELECT count(*) FROM users WHERE x > 0;

-- The reason must not be empty, and white space is none.
BEGIN;
SET LOCAL ddlguard.bypass = '';
ALTER TABLE users ADD y serial;
ROLLBACK;
BEGIN;
SET LOCAL ddlguard.bypass = '   ';
ALTER TABLE users ADD y serial;
ROLLBACK;
-- It is not left behind by a transaction that was rolled back.
BEGIN;
SET ddlguard.bypass = 'OPS-18';
ROLLBACK;
ALTER TABLE users ADD y serial;
-- A transaction under a bypass is not refused for its shape either.
BEGIN;
SET LOCAL ddlguard.bypass = 'OPS-19';
ALTER TABLE users ADD y int;
UPDATE ledger SET name = 'm' WHERE id > 10;
ROLLBACK;

-- Some policies cannot be bypassed.
INSERT INTO ddlguard.policy (priority, rule, relation_name, action, no_bypass, comment) VALUES
    (1, 'destructive', 'ledger', 'reject', true, 'the ledger is for ever');
BEGIN;
SET LOCAL ddlguard.bypass = 'OPS-20';
SAVEPOINT s;
DROP TABLE ledger;
ROLLBACK TO s;
DROP TABLE users, ledger;
ROLLBACK TO s;
ALTER TABLE ledger ADD y serial;
ROLLBACK TO s;
DROP TABLE users;
ROLLBACK;
-- check() tells what a bypass would not help against.
SELECT no_bypass, comment FROM ddlguard.explain_policy('drop_table', 'ledger');
DELETE FROM ddlguard.policy WHERE priority = 1;

-- The reason has to look as the DBA wants.
SET ddlguard.bypass_pattern = '^OPS-[0-9]+ ';
BEGIN;
SET LOCAL ddlguard.bypass = 'because';
ROLLBACK;
BEGIN;
SET LOCAL ddlguard.bypass = 'OPS-21 agreed';
ALTER TABLE users ADD y serial;
ROLLBACK;
RESET ddlguard.bypass_pattern;

-- Who may: superusers, and whom they granted it.
SET SESSION AUTHORIZATION regress_bypass_trusted;
BEGIN;
SET LOCAL ddlguard.bypass = 'OPS-22';
ALTER TABLE spec.theirs ADD y serial;
COMMIT;
CREATE INDEX ON spec.theirs (name);
SET ddlguard.mode = observe;
SET SESSION AUTHORIZATION regress_bypass_app;
SET ddlguard.bypass = 'OPS-23';
RESET SESSION AUTHORIZATION;

-- A role's standing exception, which a policy is better for.
SET ddlguard.bypass = 'test';
ALTER ROLE regress_bypass_trusted SET ddlguard.bypass = 'nightly job';
\c - regress_bypass_trusted
ALTER TABLE spec.theirs ADD z serial;
\c - :me
SET client_min_messages = warning;
SELECT attname FROM pg_attribute WHERE attrelid = 'spec.theirs'::regclass AND attnum > 2 ORDER BY attnum;

\i :dir/sql/include/end.psql
DROP OWNED BY regress_bypass_app, regress_bypass_trusted;
REVOKE SET ON PARAMETER ddlguard.bypass FROM regress_bypass_trusted;
DROP ROLE regress_bypass_app, regress_bypass_trusted;
