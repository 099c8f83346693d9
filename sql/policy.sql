--
-- Policies: which row of ddlguard.policy decides about a finding.
--
-- explain_policy() gives the answer that the guard would act on.  Comments of the rows tell here which
-- one it was.
--
\set asked 'SELECT action, comment FROM ddlguard.explain_policy'
\set forget 'DELETE FROM ddlguard.policy WHERE NOT installed;'

CREATE SCHEMA shop;
CREATE TABLE shop.orders AS SELECT g AS id FROM generate_series(1, 5000) g;
CREATE TABLE shop.order_items AS SELECT 1 AS id;
CREATE TABLE shop.events (id int) PARTITION BY RANGE (id);
CREATE TABLE shop.events_1 PARTITION OF shop.events FOR VALUES FROM (0) TO (10000);
INSERT INTO shop.events SELECT generate_series(1, 5000);
ANALYZE shop.orders, shop.events_1;

-- The default set, as a DBA reads it.
SELECT priority, rule, relation_name, action, min_rows, pg_size_pretty(min_bytes) AS min_size FROM ddlguard.policy ORDER BY priority, id;
:asked('drop_table', 'shop.orders');
:asked('drop_not_null', 'shop.orders');
-- blocking work on 5,000 rows
:asked('create_index_blocking', 'shop.orders');

-- The lowest priority decides, then the lowest id; a new row comes before the default set.
INSERT INTO ddlguard.policy (rule, action, comment) VALUES ('drop_table', 'warn', 'first of the new ones');
INSERT INTO ddlguard.policy (rule, action, comment) VALUES ('drop_table', 'allow', 'second of the new ones');
:asked('drop_table', 'shop.orders');
INSERT INTO ddlguard.policy (priority, rule, action, comment) VALUES (50, 'drop_table', 'log', 'lower priority');
:asked('drop_table', 'shop.orders');
:forget

-- A row is about a rule, a group of rules or all of them.
INSERT INTO ddlguard.policy (priority, rule, action, comment) VALUES
    (1, 'drop_column', 'allow', 'the rule'), (2, 'destructive', 'allow', 'the group'), (3, '*', 'allow', 'all');
SELECT rule, comment FROM unnest('{drop_column,drop_table,rename_column}'::text[]) rule, ddlguard.explain_policy(rule, 'shop.orders');
:forget

-- Schema and relation are LIKE patterns; null is any.
INSERT INTO ddlguard.policy (priority, rule, schema_name, relation_name, action, comment) VALUES
    (1, '*', 'shop', 'order\_items', 'allow', 'exact, underscore escaped'),
    (2, '*', 'sh%',  'order_items',  'allow', 'underscore is any character'),
    (3, '*', NULL,   '%s_1',         'allow', 'tail'),
    (4, '*', '%op',  '%r%e%',        'allow', 'literals in between'),
    (5, '*', 'other', NULL,          'allow', 'another schema'),
    (6, '*', 'sho_', '%',            'allow', 'any relation');
SELECT t, comment FROM unnest('{order_items,events_1,orders,events}'::text[]) t, ddlguard.explain_policy('drop_table', ('shop.' || t)::regclass);
-- the unescaped one also matches other names
CREATE TABLE shop."orderXitems" ();
:asked('drop_table', 'shop."orderXitems"');
-- the same where bytes are not characters
CREATE TABLE shop.U&"order\00DFitems" ();
:asked('drop_table', U&'shop."order\00DFitems"');
-- an object without a name in question is matched by null and % alone
:asked('alter_system');
:forget

-- Role is the session user, application is application_name; both are patterns too.
INSERT INTO ddlguard.policy (priority, rule, role_name, application_name, action, comment) VALUES
    (1, 'drop_table', 'deploy\_%', 'flyway%', 'allow', 'both match'),
    (2, 'drop_table', 'deploy\_%', NULL,      'warn',  'role matches'),
    (3, 'drop_table', NULL,        '',        'log',   'no application_name');
:asked('drop_table', 'shop.orders', 'deploy_shop', 'flyway 10');
:asked('drop_table', 'shop.orders', 'deploy_shop', 'psql');
:asked('drop_table', 'shop.orders', 'deployer', '');
:asked('drop_table', 'shop.orders', 'deployer', 'psql');
CREATE ROLE regress_ddlguard_owner;
INSERT INTO ddlguard.policy (priority, rule, role_name, action, comment) VALUES
    (1, 'drop_table', 'regress\_ddlguard\_owner', 'allow', 'SET ROLE would be enough');
GRANT USAGE ON SCHEMA ddlguard TO regress_ddlguard_owner;
GRANT EXECUTE ON FUNCTION ddlguard.explain_policy TO regress_ddlguard_owner;
SET ROLE regress_ddlguard_owner;
:asked('drop_table');
RESET ROLE;
:forget

-- Thresholds: reaching either one is enough; partitions count for their parent.
INSERT INTO ddlguard.policy (priority, rule, min_rows, min_bytes, action, comment) VALUES
    (1, 'drop_table', 1000000, 1073741824, 'reject', 'reaches neither'),
    (2, 'drop_table', 4000,    1073741824, 'reject', 'reaches min_rows'),
    (3, 'drop_table', NULL,    8192,       'warn',   'reaches min_bytes'),
    (4, 'drop_table', 0,       NULL,       'log',    'zero is always reached');
SELECT t, comment FROM unnest('{orders,events,order_items,orderXitems}'::text[]) t, ddlguard.explain_policy('drop_table', format('shop.%I', t)::regclass);
SELECT rows BETWEEN 4500 AND 5500 AS rows, bytes = pg_relation_size('shop.events_1') AS bytes FROM ddlguard.explain_policy('drop_table', 'shop.events');
:forget

-- A row that has expired does not match any more.
INSERT INTO ddlguard.policy (priority, rule, expires_at, action, comment) VALUES
    (1, 'drop_table', now() - interval '1 second', 'allow', 'past'),
    (2, 'drop_table', '-infinity',                 'allow', 'long past'),
    (3, 'drop_table', now() + interval '1 day',    'allow', 'still good');
:asked('drop_table', 'shop.orders');
:forget

-- A change holds at once, and so does a rollback.
BEGIN;
DELETE FROM ddlguard.policy;
:asked('drop_table', 'shop.orders');
SAVEPOINT s;
INSERT INTO ddlguard.policy (rule, action, comment) VALUES ('*', 'warn', 'in a subtransaction');
:asked('drop_table', 'shop.orders');
ROLLBACK TO s;
:asked('drop_table', 'shop.orders');
ROLLBACK;
:asked('drop_table', 'shop.orders');
BEGIN;
SET LOCAL ddlguard.mode = off;
TRUNCATE ddlguard.policy;
:asked('drop_table', 'shop.orders');
ROLLBACK;

-- status() tells who is exempt from everything, and by which row.
SELECT exempt, exempt_policy_id IS NULL AS no_row FROM ddlguard.status();
INSERT INTO ddlguard.policy (rule, role_name, action) VALUES ('*', current_user, 'allow') RETURNING id AS row \gset
SELECT exempt, exempt_policy_id = :row AS by_this_row FROM ddlguard.status();
UPDATE ddlguard.policy SET min_rows = 1 WHERE id = :row;
SELECT exempt FROM ddlguard.status();
:forget

-- Rows that could never work are refused.
INSERT INTO ddlguard.policy (rule, action) VALUES ('create_index_bloking', 'allow');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO ddlguard.policy (rule, action) VALUES ('everything', 'allow');
INSERT INTO ddlguard.policy (rule, action) VALUES ('*', 'deny');
INSERT INTO ddlguard.policy (rule, action, relation_name) VALUES ('*', 'allow', 'orders\');
INSERT INTO ddlguard.policy (rule, action, schema_name) VALUES ('*', 'allow', '');
INSERT INTO ddlguard.policy (rule, action, role_name) VALUES ('*', 'allow', repeat('x', 256));
INSERT INTO ddlguard.policy (rule, action, min_rows) VALUES ('*', 'allow', -1);
INSERT INTO ddlguard.policy (rule, action, min_bytes) VALUES ('*', 'allow', -8192);
INSERT INTO ddlguard.policy (rule, action, max_blocking) VALUES ('*', 'allow', '0 s');
UPDATE ddlguard.policy SET action = 'no' WHERE rule = '*';
-- an escaped backslash at the end is one
INSERT INTO ddlguard.policy (rule, action, relation_name) VALUES ('*', 'allow', 'orders\\');

-- A rule takes an argument or takes none; a group and * never.
INSERT INTO ddlguard.policy (rule, action, argument) VALUES ('drop_table', 'allow', '5');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO ddlguard.policy (rule, action, argument) VALUES ('convention', 'reject', '5');
INSERT INTO ddlguard.policy (rule, action, argument) VALUES ('index_too_many_columns', 'reject', 'five');
INSERT INTO ddlguard.policy (rule, action, argument) VALUES ('index_too_many_columns', 'reject', '-1');
INSERT INTO ddlguard.policy (rule, action, argument) VALUES ('disallowed_index_method', 'reject', 'btree,,gin');

-- session_replication_role does not switch the checks off, nor the notice to the sessions.
SET session_replication_role = replica;
INSERT INTO ddlguard.policy (rule, action) VALUES ('everything', 'allow');
INSERT INTO ddlguard.policy (rule, action, comment) VALUES ('*', 'warn', 'by a replica');
:asked('drop_table', 'shop.orders');
RESET session_replication_role;
:forget

-- Conventions are off until a row names one or their group; * neither switches them on nor decides about them,
-- but a row that allows everything allows them too.
SELECT conventions FROM ddlguard.status();
INSERT INTO ddlguard.policy (priority, rule, action, comment) VALUES (1, '*', 'reject', 'everything');
:asked('index_without_name');
SELECT conventions FROM ddlguard.status();
INSERT INTO ddlguard.policy (priority, rule, action, comment) VALUES (2, 'index_without_name', 'warn', 'the rule');
SELECT action, comment FROM ddlguard.explain_policy('index_without_name');
SELECT conventions FROM ddlguard.status();
INSERT INTO ddlguard.policy (priority, rule, action, comment) VALUES (2, 'convention', 'reject', 'the group');
:asked('index_without_name');
SELECT action, comment, argument FROM ddlguard.explain_policy('index_too_many_columns');
SELECT conventions = (SELECT count(*) FROM ddlguard.rules WHERE rule_group = 'convention') AS all_on FROM ddlguard.status();
INSERT INTO ddlguard.policy (priority, rule, role_name, action, comment) VALUES (0, '*', current_user, 'allow', 'exempt');
:asked('index_without_name');
:forget

-- A row matches only what breaks its argument, or the default of the rule.
INSERT INTO ddlguard.policy (priority, rule, action, argument, comment) VALUES
    (1, 'index_too_many_columns', 'reject', '2', 'more than two'), (2, 'index_too_many_columns', 'warn', '1', 'two');
CREATE TABLE shop.wide (a int, b int, c int);
SELECT a, c.action, substring(c.detail FROM 'Limit:[^\n]*') AS limit FROM unnest('{a,"a,b","a,b,c"}'::text[]) a
  LEFT JOIN ddlguard.check('CREATE INDEX ON shop.wide (' || a || ')') c ON true;
:forget

-- What pg_dump writes, read back: the rows of the dump and no others.
SELECT unnest(extconfig)::regclass FROM pg_extension WHERE extname = 'ddlguard';
BEGIN;
INSERT INTO ddlguard.policy_baseline VALUES ('1.0');
INSERT INTO ddlguard.policy (id, priority, rule, action, comment) OVERRIDING SYSTEM VALUE VALUES (13, 7, 'destructive', 'warn', 'as dumped');
SELECT id, priority, rule, action, comment, installed FROM ddlguard.policy;
SELECT count(*) FROM ddlguard.policy_baseline;
ROLLBACK;
-- the rows may also come before the baseline
BEGIN;
INSERT INTO ddlguard.policy (id, priority, rule, action, comment) OVERRIDING SYSTEM VALUE VALUES (13, 7, 'destructive', 'warn', 'as dumped');
INSERT INTO ddlguard.policy_baseline VALUES ('1.0');
SELECT id, priority, rule, action, comment, installed FROM ddlguard.policy;
ROLLBACK;
-- a default row that was changed is the DBA's
BEGIN;
UPDATE ddlguard.policy SET action = 'warn' WHERE rule = 'destructive';
SELECT rule, action FROM ddlguard.policy WHERE NOT installed;
ROLLBACK;

-- Arguments of explain_policy.
SELECT * FROM ddlguard.explain_policy('everything');
SELECT * FROM ddlguard.explain_policy(NULL);

-- The catalogue: policies may name each of these groups, and every rule in them.
SELECT rule_group, count(*) > 0 AS rules FROM ddlguard.rules GROUP BY rule_group ORDER BY rule_group;
SELECT * FROM ddlguard.rules WHERE id = 'create_index_blocking' \gx

-- Everybody may read the catalogue and ask for status; policies are the DBA's.
CREATE ROLE regress_ddlguard_anybody;
SET ROLE regress_ddlguard_anybody;
SELECT count(*) > 100 AS rules FROM ddlguard.rules;
SELECT active FROM ddlguard.status();
SELECT count(*) FROM ddlguard.policy;
INSERT INTO ddlguard.policy (rule, action) VALUES ('*', 'allow');
SELECT ddlguard.explain_policy('drop_table');
RESET ROLE;

SET ddlguard.mode = off;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
DROP OWNED BY regress_ddlguard_owner;
DROP ROLE regress_ddlguard_owner, regress_ddlguard_anybody;
