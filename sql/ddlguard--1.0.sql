/*
 * ddlguard 1.0: what CREATE EXTENSION makes.
 *
 * Names are qualified, functions pin their search_path or are C that resolves nothing by it, nothing
 * replaces what exists, and PUBLIC gets only what is granted at the end.
 */
\echo Use "CREATE EXTENSION ddlguard" to load this file. \quit

/*
 * A schema that was there before.  What somebody put there could be called in place of ours (a function for
 * varchar beside ours for text), and its owner could rename it away; so it must be empty, and not an ordinary
 * user's.  pg_dump makes the schema before the extension, so that it is there at all is no fault.
 */
DO LANGUAGE plpgsql $do$
DECLARE
    which text;
BEGIN
    SELECT r.rolname INTO which
      FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid OPERATOR(pg_catalog.=) n.nspowner
     WHERE n.nspname OPERATOR(pg_catalog.=) 'ddlguard'::pg_catalog.name AND NOT r.rolsuper
       AND r.rolname OPERATOR(pg_catalog.<>) CURRENT_USER;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = pg_catalog.format('schema "ddlguard" was there before and belongs to role "%s"', which),
            HINT = 'Drop it, or see what is in it and make it yours: ALTER SCHEMA ddlguard OWNER TO CURRENT_USER.';
    END IF;
    SELECT pg_catalog.pg_describe_object(d.classid, d.objid, 0) INTO which
      FROM pg_catalog.pg_depend d
     WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass::pg_catalog.oid
       AND d.refobjid OPERATOR(pg_catalog.=) 'ddlguard'::pg_catalog.regnamespace::pg_catalog.oid
       AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass::pg_catalog.oid
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = 'schema "ddlguard" was there before and is not empty',
            DETAIL = pg_catalog.format('It holds %s.', which),
            HINT = 'Move or drop what is in it: only ddlguard may have objects there.';
    END IF;
END
$do$;
ALTER SCHEMA ddlguard OWNER TO CURRENT_USER;
REVOKE ALL ON SCHEMA ddlguard FROM PUBLIC;

/* ---- roles ------------------------------------------------------------------------------------- */

/*
 * Groups to be granted, not to log in as.  Roles belong to the cluster: the first database makes them, the others
 * find them, and DROP EXTENSION leaves them.  The lock is for two databases that do so at the same time; it
 * makes CREATE ROLE wait, nobody else.
 *
 * That admins may let others bypass is given once, with the role: what a DBA took away again stays so.
 */
DO LANGUAGE plpgsql $do$
DECLARE
    group_name name;
    which text;
BEGIN
    LOCK TABLE pg_catalog.pg_authid IN SHARE ROW EXCLUSIVE MODE;
    FOREACH group_name IN ARRAY ARRAY['ddlguard_admin', 'ddlguard_reader']::name[] LOOP
        IF pg_catalog.to_regrole(group_name::text) IS NULL THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', group_name);
            IF group_name OPERATOR(pg_catalog.=) 'ddlguard_admin'::name THEN
                GRANT SET ON PARAMETER ddlguard.bypass TO ddlguard_admin WITH GRANT OPTION;
                -- Remembered as what the extension was born with, although a parameter does not belong to it and can
                -- lose all its grants: from 17 on the role could not be dropped then.
                DELETE FROM pg_catalog.pg_init_privs
                 WHERE classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_parameter_acl'::pg_catalog.regclass::pg_catalog.oid
                   AND objoid OPERATOR(pg_catalog.=) (SELECT a.oid FROM pg_catalog.pg_parameter_acl a
                                                       WHERE a.parname OPERATOR(pg_catalog.=) 'ddlguard.bypass');
                DELETE FROM pg_catalog.pg_shdepend
                 WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_parameter_acl'::pg_catalog.regclass::pg_catalog.oid
                   AND objid OPERATOR(pg_catalog.=) (SELECT a.oid FROM pg_catalog.pg_parameter_acl a
                                                      WHERE a.parname OPERATOR(pg_catalog.=) 'ddlguard.bypass')
                   AND deptype OPERATOR(pg_catalog.=) 'i';
            END IF;
            CONTINUE;
        END IF;
        PERFORM FROM pg_catalog.pg_roles r
          WHERE r.rolname OPERATOR(pg_catalog.=) group_name
            AND (r.rolcanlogin OR r.rolsuper OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls);
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = pg_catalog.format('role "%s" was there before and is more than a group', group_name),
                DETAIL = 'ddlguard would give it rights over the guard; it must be NOLOGIN, and without SUPERUSER, CREATEROLE, REPLICATION and BYPASSRLS.',
                HINT = pg_catalog.format('ALTER ROLE %I NOLOGIN NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS, or rename it.', group_name);
        END IF;
        SELECT pg_catalog.string_agg(DISTINCT m.rolname::text, ', ') INTO which
          FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles m ON m.oid OPERATOR(pg_catalog.=) a.member
         WHERE a.roleid OPERATOR(pg_catalog.=) pg_catalog.to_regrole(group_name::text)::pg_catalog.oid;
        IF which IS NOT NULL THEN
            RAISE WARNING USING MESSAGE = pg_catalog.format(
                'role "%s" was there before; its members have its rights in this database too: %s', group_name, which);
        END IF;
    END LOOP;
END
$do$;

COMMENT ON SCHEMA ddlguard IS 'Guard that refuses dangerous DDL before it takes its lock';

/* ---- policies ---------------------------------------------------------------------------------- */

CREATE TABLE ddlguard.policy (
    id               bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    priority         integer     NOT NULL DEFAULT 100,
    rule             text        NOT NULL DEFAULT '*',
    schema_name      text,
    relation_name    text,
    role_name        text,
    application_name text,
    action           text        NOT NULL,
    argument         text,
    min_rows         bigint,
    min_bytes        bigint,
    max_blocking     interval,
    lock_hold        interval,
    no_bypass        boolean     NOT NULL DEFAULT false,
    expires_at       timestamptz,
    comment          text,
    installed        boolean     NOT NULL DEFAULT false,
    CONSTRAINT policy_action_known CHECK (action IN ('allow', 'log', 'warn', 'reject')),
    CONSTRAINT policy_min_rows_not_negative CHECK (min_rows >= 0),
    CONSTRAINT policy_min_bytes_not_negative CHECK (min_bytes >= 0),
    CONSTRAINT policy_max_blocking_positive CHECK (max_blocking > '0'::pg_catalog.interval),
    CONSTRAINT policy_lock_hold_not_negative CHECK (lock_hold >= '0'::pg_catalog.interval)
);
REVOKE ALL ON TABLE ddlguard.policy FROM PUBLIC;

COMMENT ON TABLE ddlguard.policy IS
    'What findings lead to. Read like pg_hba.conf: by priority, then id, the first row that matches decides; when none matches, the finding is logged. A change shows at the next statement of every session.';
COMMENT ON COLUMN ddlguard.policy.id IS 'Names the row in messages; the lower id is tried first among rows of one priority';
COMMENT ON COLUMN ddlguard.policy.priority IS 'Lower is tried first; the default set begins at 1000, so that a new row comes before it';
COMMENT ON COLUMN ddlguard.policy.rule IS 'Rule id (see view ddlguard.rules), group of rules (blocking, destructive, compatibility, transaction, locking, maintenance, convention), or * for all but conventions';
COMMENT ON COLUMN ddlguard.policy.schema_name IS 'LIKE pattern for the schema of the relation or object; null: any, also objects without a schema';
COMMENT ON COLUMN ddlguard.policy.relation_name IS 'LIKE pattern for the name of the relation or object, without its schema; null: any';
COMMENT ON COLUMN ddlguard.policy.role_name IS 'LIKE pattern for the session user (SET ROLE and SECURITY DEFINER change nothing); null: any';
COMMENT ON COLUMN ddlguard.policy.application_name IS 'LIKE pattern for application_name, which any client can set as it likes; null: any';
COMMENT ON COLUMN ddlguard.policy.action IS 'allow: nothing happens; log: a line in the server log; warn: a WARNING to the client; reject: the statement is refused';
COMMENT ON COLUMN ddlguard.policy.argument IS 'For rules with a parameter (view ddlguard.rules): the number, comma-separated list or regular expression; the row matches only what breaks it; null: the default of the rule';
COMMENT ON COLUMN ddlguard.policy.min_rows IS 'The row matches from this many rows (estimate) of work or target; reaching any one of min_rows, min_bytes and max_blocking is enough; null: no such threshold';
COMMENT ON COLUMN ddlguard.policy.min_bytes IS 'The row matches from this many bytes on disk of work or target; reaching any one of min_rows, min_bytes and max_blocking is enough; null: no such threshold';
COMMENT ON COLUMN ddlguard.policy.max_blocking IS 'The row matches when the work of the statement would keep readers or writers waiting for longer than this (SHARE lock or stronger), predicted by view ddlguard.throughput; reaching any one of min_rows, min_bytes and max_blocking is enough; null: no such threshold';
COMMENT ON COLUMN ddlguard.policy.lock_hold IS 'How long the transaction of a statement that this row decides about may hold its locks, also under a bypass or an approval; 0: as long as it likes; null: setting ddlguard.lock_hold';
COMMENT ON COLUMN ddlguard.policy.no_bypass IS 'true: setting ddlguard.bypass does not help against this row';
COMMENT ON COLUMN ddlguard.policy.expires_at IS 'The row stops matching at this time; null: never';
COMMENT ON COLUMN ddlguard.policy.comment IS 'Why the row is there; shown in messages';
COMMENT ON COLUMN ddlguard.policy.installed IS 'Kept by a trigger. true: the row is as this CREATE EXTENSION wrote it; a changed or restored row is false';

CREATE TABLE ddlguard.policy_baseline (
    version text PRIMARY KEY
);
REVOKE ALL ON TABLE ddlguard.policy_baseline FROM PUBLIC;
COMMENT ON TABLE ddlguard.policy_baseline IS
    'Exactly one row, for pg_dump: reading it back removes the installed default rows from ddlguard.policy, so that a restore brings back the dumped ones and no others';
COMMENT ON COLUMN ddlguard.policy_baseline.version IS 'Version of ddlguard whose default policy rows CREATE EXTENSION installed';

CREATE FUNCTION ddlguard.policy_check() RETURNS trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_policy_check';
COMMENT ON FUNCTION ddlguard.policy_check() IS
    'Trigger of ddlguard.policy: refuses invalid rows with SQLSTATE 22023 and maintains column installed';

CREATE FUNCTION ddlguard.policy_changed() RETURNS trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_policy_changed';
COMMENT ON FUNCTION ddlguard.policy_changed() IS
    'Trigger of ddlguard.policy: makes every session read the policies again';

CREATE FUNCTION ddlguard.policy_restored() RETURNS trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_policy_restored';
COMMENT ON FUNCTION ddlguard.policy_restored() IS
    'Trigger of ddlguard.policy_baseline: removes installed default rows when a dump is restored';

CREATE FUNCTION ddlguard.table_writer() RETURNS trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_table_writer';
COMMENT ON FUNCTION ddlguard.table_writer() IS
    'Trigger of the tables of ddlguard: keeps out whoever may write them as a member of pg_write_all_data alone, with SQLSTATE 42501';

CREATE FUNCTION ddlguard.table_recorded() RETURNS trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_table_recorded';
COMMENT ON FUNCTION ddlguard.table_recorded() IS
    'Trigger of the tables of ddlguard: writes a line to the server log for each row that is changed';

REVOKE ALL ON FUNCTION ddlguard.table_writer() FROM PUBLIC;
REVOKE ALL ON FUNCTION ddlguard.table_recorded() FROM PUBLIC;
REVOKE ALL ON FUNCTION ddlguard.policy_check() FROM PUBLIC;
REVOKE ALL ON FUNCTION ddlguard.policy_changed() FROM PUBLIC;
REVOKE ALL ON FUNCTION ddlguard.policy_restored() FROM PUBLIC;

CREATE TRIGGER policy_check BEFORE INSERT OR UPDATE ON ddlguard.policy
    FOR EACH ROW EXECUTE FUNCTION ddlguard.policy_check();
CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ddlguard.policy
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.policy_changed();
CREATE TRIGGER policy_writer BEFORE INSERT OR UPDATE OR DELETE ON ddlguard.policy
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.table_writer();
CREATE TRIGGER policy_recorded AFTER INSERT OR UPDATE OR DELETE ON ddlguard.policy
    FOR EACH ROW EXECUTE FUNCTION ddlguard.table_recorded();
CREATE TRIGGER policy_emptied AFTER TRUNCATE ON ddlguard.policy
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.table_recorded();
CREATE TRIGGER policy_baseline_writer BEFORE INSERT OR UPDATE OR DELETE ON ddlguard.policy_baseline
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.table_writer();
CREATE TRIGGER policy_restored BEFORE INSERT ON ddlguard.policy_baseline
    FOR EACH ROW EXECUTE FUNCTION ddlguard.policy_restored();

-- ALWAYS: session_replication_role = replica must not skip them.
ALTER TABLE ddlguard.policy ENABLE ALWAYS TRIGGER policy_check;
ALTER TABLE ddlguard.policy ENABLE ALWAYS TRIGGER policy_changed;
ALTER TABLE ddlguard.policy ENABLE ALWAYS TRIGGER policy_writer;
ALTER TABLE ddlguard.policy ENABLE ALWAYS TRIGGER policy_recorded;
ALTER TABLE ddlguard.policy ENABLE ALWAYS TRIGGER policy_emptied;
ALTER TABLE ddlguard.policy_baseline ENABLE ALWAYS TRIGGER policy_baseline_writer;
ALTER TABLE ddlguard.policy_baseline ENABLE ALWAYS TRIGGER policy_restored;

/*
 * The default set, read from top to bottom.  First what a group would refuse although it is harmless
 * as a rule, then the groups, then the rest.
 *
 * Work that grows with a relation is refused from 100,000 rows or 64 MB on: below that it is over in
 * well under a second.  What loses data or breaks running clients does so at any size; empty tables
 * and tables made in the same transaction are no findings in the first place.
 */
INSERT INTO ddlguard.policy (priority, rule, action, min_rows, min_bytes, installed, comment) VALUES
    (1000, 'drop_not_null',                        'log', NULL, NULL, true, 'readers that expect no nulls are rare; nothing is lost'),
    (1000, 'rename_other_object',                  'log', NULL, NULL, true, 'names of indexes, constraints and the like are seldom used by clients'),
    (1000, 'add_unique_on_existing_data',          'log', NULL, NULL, true, 'fails by itself when there are duplicates; building the index has its own rule'),
    (1000, 'alter_type_timezone_reinterpretation', 'log', NULL, NULL, true, 'needs a look at the session time zone; a rewrite has its own rule'),
    (1000, 'drop_foreign_key',                     'log', NULL, NULL, true, 'loosens the schema; no client breaks'),
    (1000, 'drop_check_constraint',                'log', NULL, NULL, true, 'loosens the schema; no client breaks'),
    (1000, 'replace_view_rows',                    'log', NULL, NULL, true, 'views are replaced every day, and seldom by mistake'),
    (1000, 'owner_change',                         'log', NULL, NULL, true, 'privileges that were granted stay'),
    (1000, 'set_not_null_without_default',         'log', NULL, NULL, true, 'fails by itself while a writer leaves it null; the scan has its own rule'),
    (1000, 'delete_without_where',                 'log', NULL, NULL, true, 'DML, on purpose as a rule'),
    (1000, 'update_without_where',                 'log', NULL, NULL, true, 'DML, on purpose as a rule'),
    (2000, 'blocking',      'reject', 100000, 67108864, true, 'work under a lock that stops readers or writers, on a large relation'),
    (2000, 'transaction',   'reject', 100000, 67108864, true, 'a transaction that holds a strong lock for long'),
    (2000, 'destructive',   'reject', NULL,   NULL,     true, 'data or shape is lost'),
    (2000, 'compatibility', 'reject', NULL,   NULL,     true, 'clients that run now would break'),
    (2000, 'locking',       'log',    NULL,   NULL,     true, 'a strong lock, but a brief one'),
    (2000, 'maintenance',   'log',    NULL,   NULL,     true, 'worth knowing'),
    (9000, '*',             'log',    NULL,   NULL,     true, 'everything else, such as blocking work on a small relation');

-- Databases that tools make to replay a history of migrations, and drop again.
INSERT INTO ddlguard.policy (priority, rule, relation_name, action, installed, comment) VALUES
    (1000, 'drop_database', 'prisma\_migrate\_shadow\_db\_%', 'allow', true, 'shadow databases of Prisma'),
    (1000, 'drop_database', 'test\_%',                        'allow', true, 'test databases of Django and others'),
    (1000, 'drop_database', '%\_test',                        'allow', true, 'test databases of Rails and others'),
    (1000, 'drop_database', '%\_test-%',                      'allow', true, 'the same, of tests that run side by side: shop_test-1'),
    (1000, 'drop_database', '%\_test_',                       'allow', true, 'the same of Ecto: shop_test1');

-- Its own rule, so that rows about the group destructive with thresholds do not lay it open.
INSERT INTO ddlguard.policy (priority, rule, action, installed, comment) VALUES
    (1000, 'guard_tampering', 'reject', true, 'the guard protects itself; ddlguard.bypass with a reason lets it be done');

-- The copies and logs that pg_repack makes beside a table, and drops once it has swapped the files.
INSERT INTO ddlguard.policy (priority, rule, schema_name, relation_name, action, installed, comment) VALUES
    (1000, '*', 'repack', '%\_%', 'allow', true, 'working tables of pg_repack');

-- What breaks clients now and then, and is right as a rule.
INSERT INTO ddlguard.policy (priority, rule, action, installed, comment) VALUES
    (1000, 'drop_trigger_fills_column', 'log', true, 'the last step of many a staged change'),
    (1000, 'foreign_table_source',      'log', true, 'only the other side knows whether it is a mistake');

-- What `graphile-migrate commit` drops and makes again each time, by the name that its manual gives it.
INSERT INTO ddlguard.policy (priority, rule, relation_name, action, installed, comment) VALUES
    (1000, 'drop_database', '%\_shadow', 'allow', true, 'shadow databases of Graphile Migrate');

INSERT INTO ddlguard.policy_baseline (version) VALUES ('1.0');

/*
 * Dump and restore.
 *
 * pg_dump writes all rows of ddlguard.policy, and a restore must end with exactly these: default rows
 * that a DBA changed or deleted must not come back.  But CREATE EXTENSION, which a restore runs first,
 * has installed the default set again by then.  So
 *   - the one row of policy_baseline, when read back, removes every row that is still as installed;
 *   - a row that arrives in ddlguard.policy with the id of such a row takes its place;
 *   - rows that arrive in any other way than from this script are not "installed".
 * Either may come first, so that it does not matter in which order pg_restore loads the two tables,
 * nor whether it loads them at the same time.  The sequence is dumped too, so that ids go on.
 */
SELECT pg_catalog.pg_extension_config_dump('ddlguard.policy'::pg_catalog.regclass, '');
SELECT pg_catalog.pg_extension_config_dump('ddlguard.policy_id_seq'::pg_catalog.regclass, '');
SELECT pg_catalog.pg_extension_config_dump('ddlguard.policy_baseline'::pg_catalog.regclass, '');

/* ---- approvals --------------------------------------------------------------------------------- */

CREATE TABLE ddlguard.approval (
    id                bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    script_id         bigint           NOT NULL,
    fingerprint       bytea            NOT NULL,
    statement         text             NOT NULL,
    findings          jsonb            NOT NULL,
    growth            double precision NOT NULL DEFAULT 2,
    max_rows          bigint,
    max_bytes         bigint,
    role_name         text,
    valid_from        timestamptz      NOT NULL DEFAULT pg_catalog.now(),
    valid_until       timestamptz      NOT NULL,
    uses_left         integer,
    used_at           timestamptz,
    used_by           text,
    reason            text             NOT NULL,
    approver          text             NOT NULL,
    approver_login    text,
    approved_at       timestamptz      NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    revoked_at        timestamptz,
    revoked_by        text,
    revoke_reason     text,
    database_name     text             NOT NULL,
    database_id       oid              NOT NULL,
    system_identifier bigint           NOT NULL,
    CONSTRAINT approval_fingerprint_sha256 CHECK (pg_catalog.octet_length(fingerprint) = 32),
    CONSTRAINT approval_findings_array CHECK (pg_catalog.jsonb_typeof(findings) = 'array'),
    CONSTRAINT approval_growth_not_below_one CHECK (growth >= 1),
    CONSTRAINT approval_max_rows_not_negative CHECK (max_rows >= 0),
    CONSTRAINT approval_max_bytes_not_negative CHECK (max_bytes >= 0),
    CONSTRAINT approval_valid_for_some_time CHECK (valid_until > valid_from),
    CONSTRAINT approval_uses_left_not_negative CHECK (uses_left >= 0),
    CONSTRAINT approval_reason_not_empty CHECK (reason <> '')
) USING heap; -- the library changes rows below SQL
CREATE INDEX approval_fingerprint_idx ON ddlguard.approval (fingerprint);
REVOKE ALL ON TABLE ddlguard.approval FROM PUBLIC;

COMMENT ON TABLE ddlguard.approval IS
    'Statements that may run although policy refuses them. Made by ddlguard.approve(); a row stays as a record when it is used, revoked or over. Whoever may write here may write anybody''s name into it, so grant EXECUTE on ddlguard.approve() instead';
COMMENT ON COLUMN ddlguard.approval.id IS 'Names the approval in messages and to ddlguard.revoke_approval()';
COMMENT ON COLUMN ddlguard.approval.script_id IS 'The first approval of the script that was approved with this one; its own id when it is the first';
COMMENT ON COLUMN ddlguard.approval.fingerprint IS 'ddlguard.fingerprint(statement): comments, white space and the case of keywords and unquoted names make no difference';
COMMENT ON COLUMN ddlguard.approval.statement IS 'The statement as it was approved, for people; the fingerprint is what counts';
COMMENT ON COLUMN ddlguard.approval.findings IS 'What the approver saw: rule, relation or object (class and object are oids; object 0: made by the same script, so the name counts), part of it, rows and bytes. Only findings of these rules on these objects are covered';
COMMENT ON COLUMN ddlguard.approval.growth IS 'A relation may be this many times as large as it was, and always up to 64 MB; where a finding has no bytes, rows count, and always up to 100,000';
COMMENT ON COLUMN ddlguard.approval.max_rows IS 'Takes the place of growth: rows (estimate) that are covered at most, whatever was seen; null beside max_bytes: any number';
COMMENT ON COLUMN ddlguard.approval.max_bytes IS 'Takes the place of growth: bytes on disk that are covered at most, whatever was seen; null beside max_rows: any size';
COMMENT ON COLUMN ddlguard.approval.role_name IS 'Session user who may run it, or a role that he is a member of; null: anyone';
COMMENT ON COLUMN ddlguard.approval.valid_from IS 'From when on it holds';
COMMENT ON COLUMN ddlguard.approval.valid_until IS 'It does not hold any more from this time on';
COMMENT ON COLUMN ddlguard.approval.uses_left IS 'How often it may still be used; null: any number of times';
COMMENT ON COLUMN ddlguard.approval.used_at IS 'Last use; not kept where uses_left is null';
COMMENT ON COLUMN ddlguard.approval.used_by IS 'Session user of the last use; not kept where uses_left is null';
COMMENT ON COLUMN ddlguard.approval.reason IS 'Why it was approved';
COMMENT ON COLUMN ddlguard.approval.approver IS 'Session user who approved it';
COMMENT ON COLUMN ddlguard.approval.approver_login IS 'Role that had logged in then; differs after SET SESSION AUTHORIZATION';
COMMENT ON COLUMN ddlguard.approval.approved_at IS 'When it was approved';
COMMENT ON COLUMN ddlguard.approval.revoked_at IS 'When it was revoked; null: it was not';
COMMENT ON COLUMN ddlguard.approval.revoked_by IS 'Session user who revoked it';
COMMENT ON COLUMN ddlguard.approval.revoke_reason IS 'Why it was revoked';
COMMENT ON COLUMN ddlguard.approval.database_name IS 'Database in which it was given, for people';
COMMENT ON COLUMN ddlguard.approval.database_id IS 'It holds in the database with this oid, in the cluster with this system identifier, and in no copy or restored dump of it';
COMMENT ON COLUMN ddlguard.approval.system_identifier IS 'See database_id';

SELECT pg_catalog.pg_extension_config_dump('ddlguard.approval'::pg_catalog.regclass, '');
SELECT pg_catalog.pg_extension_config_dump('ddlguard.approval_id_seq'::pg_catalog.regclass, '');

CREATE VIEW ddlguard.approvals AS
    SELECT id, script_id, statement, role_name,
           CASE WHEN revoked_at IS NOT NULL THEN 'revoked'
                WHEN database_id OPERATOR(pg_catalog.<>) d.oid OR a.system_identifier OPERATOR(pg_catalog.<>) c.system_identifier
                THEN 'of another database'
                WHEN uses_left OPERATOR(pg_catalog.=) 0 THEN 'used'
                WHEN pg_catalog.clock_timestamp() OPERATOR(pg_catalog.>=) valid_until THEN 'expired'
                WHEN pg_catalog.clock_timestamp() OPERATOR(pg_catalog.<) valid_from THEN 'not yet valid'
                ELSE 'open' END AS state,
           uses_left, valid_from, valid_until, used_at, used_by, reason, approver, approved_at,
           (SELECT pg_catalog.string_agg(DISTINCT f.value OPERATOR(pg_catalog.->>) 'rule', ', ')
              FROM pg_catalog.jsonb_array_elements(findings) f(value)) AS rules
      FROM ddlguard.approval a, pg_catalog.pg_control_system() c, pg_catalog.pg_database d
     WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database();
REVOKE ALL ON TABLE ddlguard.approvals FROM PUBLIC;
COMMENT ON VIEW ddlguard.approvals IS
    'The approvals, with what has become of them in state: open, not yet valid, used, expired, revoked, or of another database';

CREATE FUNCTION ddlguard.fingerprint(statement text) RETURNS bytea
    LANGUAGE c STRICT STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_fingerprint';
COMMENT ON FUNCTION ddlguard.fingerprint(text) IS
    'SHA-256 over the tokens of a statement: comments, white space, semicolons at the end, the case of keywords and unquoted names, and how a string constant is quoted make no difference';
REVOKE ALL ON FUNCTION ddlguard.fingerprint(text) FROM PUBLIC;

CREATE FUNCTION ddlguard.approve(
    sql text, reason text, role_name text DEFAULT NULL, valid_for interval DEFAULT '1 day', uses integer DEFAULT 1,
    growth double precision DEFAULT 2, max_rows bigint DEFAULT NULL, max_bytes bigint DEFAULT NULL,
    valid_from timestamptz DEFAULT NULL,
    OUT approval_id bigint, OUT statement_number integer, OUT line integer, OUT statement text, OUT rules text,
    OUT rows bigint, OUT bytes bigint)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'ddlguard_approve';
COMMENT ON FUNCTION ddlguard.approve(text, text, text, interval, integer, double precision, bigint, bigint, timestamptz) IS
    'Lets a script run although policy refuses it, as it is and nowhere else: one row for each statement that would be refused to role_name (null: anyone; judged as for the caller), with the rules that the approval covers and the largest size that was seen. For valid_for from valid_from (null: now), uses times each (null: any number), up to growth times the size of now, or up to max_rows and max_bytes when one is given. Write BEGIN and COMMIT where the script will run in one transaction. Raises 22023 for an argument it does not take.';
REVOKE ALL ON FUNCTION ddlguard.approve(text, text, text, interval, integer, double precision, bigint, bigint, timestamptz) FROM PUBLIC;

CREATE FUNCTION ddlguard.revoke_approval(id bigint, reason text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_revoke_approval';
COMMENT ON FUNCTION ddlguard.revoke_approval(bigint, text) IS
    'Ends an approval; its row stays as a record. Waits for a transaction that is using it. Raises 22023 when there is none, 55000 when it has been revoked before.';
REVOKE ALL ON FUNCTION ddlguard.revoke_approval(bigint, text) FROM PUBLIC;

/* ---- rules ------------------------------------------------------------------------------------- */

CREATE FUNCTION ddlguard.rule_catalogue(
    OUT id text, OUT rule_group text, OUT measure text, OUT consequence text, OUT remedy text, OUT reason text,
    OUT parameter text, OUT unit text, OUT default_argument text, OUT planned boolean)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE PARALLEL SAFE ROWS 150 SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_rule_catalogue';
COMMENT ON FUNCTION ddlguard.rule_catalogue() IS 'The rules that this library knows; read view ddlguard.rules';
REVOKE ALL ON FUNCTION ddlguard.rule_catalogue() FROM PUBLIC;

CREATE VIEW ddlguard.rules AS
    SELECT id, rule_group, measure, consequence, remedy, reason, parameter, unit, default_argument, planned
      FROM ddlguard.rule_catalogue();
REVOKE ALL ON TABLE ddlguard.rules FROM PUBLIC;
COMMENT ON VIEW ddlguard.rules IS 'The catalogue of rules';
COMMENT ON COLUMN ddlguard.rules.id IS 'Name of the rule in messages and in ddlguard.policy';
COMMENT ON COLUMN ddlguard.rules.rule_group IS 'What the rule is about; policies may name a group instead of a rule';
COMMENT ON COLUMN ddlguard.rules.measure IS 'What min_rows and min_bytes of a policy are compared with. work: the part that is scanned, built or rewritten; target: the relation; null: there is no size, so a row with thresholds above zero does not match';
COMMENT ON COLUMN ddlguard.rules.consequence IS 'What would happen, read after the name of the relation; {relation}, {column}, {other} and {fact} are filled in; for rules with a parameter also {value} and {argument}';
COMMENT ON COLUMN ddlguard.rules.remedy IS 'The safe way in a few words';
COMMENT ON COLUMN ddlguard.rules.reason IS 'Why PostgreSQL makes it dangerous; of a convention: why it is one';
COMMENT ON COLUMN ddlguard.rules.parameter IS 'What column argument of a policy row holds. limit: a number, broken by more; allowed list: broken by what is not in it; denied list: broken by what is in it; required list: broken when one of it is missing; pattern: a regular expression, broken by names that do not match, after "index:" or another kind of object and a colon only by names of that kind; null: the rule takes no argument';
COMMENT ON COLUMN ddlguard.rules.unit IS 'What the argument counts, lists or matches';
COMMENT ON COLUMN ddlguard.rules.default_argument IS 'What holds when the policy row has no argument; null beside a parameter: the row must have one';
COMMENT ON COLUMN ddlguard.rules.planned IS 'true: plan() has a recipe for it; false: plan() returns the statement itself, on record';

/* ---- questions --------------------------------------------------------------------------------- */

-- No search_path of its own: the script's names mean what they would mean to the caller.
CREATE FUNCTION ddlguard.check(
    sql text,
    OUT statement_number integer, OUT line integer, OUT statement text,
    OUT rule text, OUT action text, OUT relation text, OUT lock_mode text, OUT blocks text, OUT work text,
    OUT rows bigint, OUT bytes bigint, OUT predicted_time interval, OUT message text, OUT detail text, OUT hint text, OUT approval text)
    RETURNS SETOF record
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'ddlguard_check';
COMMENT ON FUNCTION ddlguard.check(text) IS
    'What the guard would say about a script, executing nothing: one row for each finding. rows is an estimate, bytes are on disk; predicted_time: how long the work of the statement, and so its locks, will last, by what view ddlguard.throughput tells; null without work; line counts from 1. approval: by whom and until when the statement is approved for this session, or why an approval of it does not apply. A syntax error is reported with its line.';
REVOKE ALL ON FUNCTION ddlguard.check(text) FROM PUBLIC;

CREATE FUNCTION ddlguard.explain(
    sql text,
    OUT statement_number integer, OUT line integer, OUT statement text,
    OUT relation text, OUT lock_mode text, OUT blocks text, OUT work text,
    OUT rows bigint, OUT bytes bigint, OUT predicted_time interval, OUT "column" text, OUT reason text, OUT rule text, OUT child_lock_mode text)
    RETURNS SETOF record
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'ddlguard_explain';
COMMENT ON FUNCTION ddlguard.explain(text) IS
    'What the statements of a script would do to relations, executing nothing and whether or not a rule minds: one row for each effect. child_lock_mode is the lock on its partitions and inheritance children, whose rows and bytes are included; null when the statement does not go there. rows is an estimate, bytes are on disk; predicted_time as in ddlguard.check(); line counts from 1.';
REVOKE ALL ON FUNCTION ddlguard.explain(text) FROM PUBLIC;

CREATE FUNCTION ddlguard.plan(
    script text,
    OUT statement_number integer, OUT line integer, OUT statement text, OUT rule text, OUT step integer,
    OUT phase text, OUT sql text, OUT transactional boolean, OUT run_by text, OUT wait_for text, OUT back_out text,
    OUT on_record boolean, OUT predicted_time interval)
    RETURNS SETOF record
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'ddlguard_plan';
COMMENT ON FUNCTION ddlguard.plan(text) IS
    'The staged way to what a script wants, executing nothing: one row for each step, in order. A step with transactional is one transaction (its sql may hold several statements that belong together), one without runs alone outside a transaction block. phase: expand, dual-write, backfill, validate, switch, contract. run_by: migration, backfill (a long job of its own) or deploy (a release of application code: sql is null). wait_for: what must be true before; back_out: SQL that undoes the step, null when nothing can; on_record: the step is the loss or the break itself, run with ddlguard.bypass and a reason. predicted_time: how long its statements will work, by what view ddlguard.throughput tells, whether or not others wait meanwhile; null without work, and for changes of data. rule is null for what needs no plan.';
REVOKE ALL ON FUNCTION ddlguard.plan(text) FROM PUBLIC;

CREATE FUNCTION ddlguard.status(
    OUT library_version text, OUT extension_version text, OUT active boolean, OUT inactive_reason text,
    OUT mode text, OUT bypass text, OUT exempt boolean, OUT exempt_policy_id bigint, OUT policy_rows integer,
    OUT prediction_misses bigint, OUT conventions integer, OUT worker text, OUT events_waiting integer,
    OUT events_lost bigint, OUT fail_mode text, OUT warning text)
    RETURNS record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_status';
COMMENT ON FUNCTION ddlguard.status() IS
    'The guard as this session has it. exempt: a policy row with rule * and action allow, conditioned on nothing but role and application, matches it (rows before that one may still decide otherwise); policy_rows: rows in the cache, null when the table cannot be read; prediction_misses: rewrites, index builds and drops of this session that no statement foresaw and the net judged; conventions: how many rules of group convention the policies switch on for this session; worker: idle, writing, failing (with the reason; it is tried again) or not running, for ddlguard.event of this database; events_waiting: events of this database that are not there yet; events_lost: events of all databases that found no room or could not be written, since the server started; warning: what weakens the guard here (policies that cannot be read or reject nothing, fail_mode open, rows that allow by application_name), null when nothing does.';
REVOKE ALL ON FUNCTION ddlguard.status() FROM PUBLIC;

CREATE FUNCTION ddlguard.explain_policy(
    rule text, relation regclass DEFAULT NULL, role text DEFAULT NULL, application text DEFAULT NULL,
    OUT policy_id bigint, OUT priority integer, OUT action text, OUT no_bypass boolean, OUT comment text,
    OUT rows bigint, OUT bytes bigint, OUT predicted_time interval, OUT argument text, OUT warning text)
    RETURNS record
    LANGUAGE c VOLATILE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_explain_policy';
COMMENT ON FUNCTION ddlguard.explain_policy(text, regclass, text, text) IS
    'Which row of ddlguard.policy decides about a rule on a relation, for a role and an application (null: those of this session); policy_id is null when no row matches. rows (estimate) and bytes (on disk) are those of the whole relation with its partitions; predicted_time: how long the work that the rule is about would take on all of it, with which max_blocking is compared; argument is the one of the row, else the default of the rule; warning: the row allows by application_name, which any client can set. Raises 22023 for an unknown rule, DG005 when the policies cannot be read.';
REVOKE ALL ON FUNCTION ddlguard.explain_policy(text, regclass, text, text) FROM PUBLIC;

/* ---- the record -------------------------------------------------------------------------------- */

CREATE TABLE ddlguard.event (
    id                bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    decided_at        timestamptz NOT NULL,
    database_name     text        NOT NULL,
    pid               integer     NOT NULL,
    session_user_name text,
    current_user_name text,
    application_name  text,
    client_addr       inet,
    command_tag       text,
    statement         text,
    truncated         boolean     NOT NULL,
    action            text        NOT NULL,
    response          text        NOT NULL,
    outcome           text,
    sqlstate          text,
    policy_id         bigint,
    reason            text,
    approval_id       bigint,
    findings          jsonb       NOT NULL,
    findings_omitted  integer     NOT NULL,
    analysis_time     double precision,
    lock_wait_time    double precision,
    run_time          double precision,
    lock_hold_time    double precision,
    waiters           integer
);
CREATE INDEX event_decided_at ON ddlguard.event (decided_at);
REVOKE ALL ON TABLE ddlguard.event FROM PUBLIC;

COMMENT ON TABLE ddlguard.event IS
    'The audit trail: one row for each statement with a finding that policy does not simply allow, and for each that gave up waiting for its locks, was ended by ddlguard.lock_hold, or made others wait. A background worker writes it, so refusals stay although their transaction rolls back; rows older than ddlguard.event_retention are deleted. Nobody is granted the right to write here.';
COMMENT ON COLUMN ddlguard.event.id IS 'In the order in which statements were refused or transactions ended; counted from the time of CREATE EXTENSION in milliseconds, so that what a dump brings along comes before';
COMMENT ON COLUMN ddlguard.event.decided_at IS 'When the guard decided';
COMMENT ON COLUMN ddlguard.event.database_name IS 'The database, by the name that it had then';
COMMENT ON COLUMN ddlguard.event.pid IS 'Process of the session, as in the server log and pg_stat_activity';
COMMENT ON COLUMN ddlguard.event.session_user_name IS 'The role that logged in';
COMMENT ON COLUMN ddlguard.event.current_user_name IS 'The role with whose rights the statement ran: after SET ROLE, or in a SECURITY DEFINER function';
COMMENT ON COLUMN ddlguard.event.application_name IS 'application_name, which the client sets as it likes';
COMMENT ON COLUMN ddlguard.event.client_addr IS 'Address of the client; null: a socket of the same machine, or no client';
COMMENT ON COLUMN ddlguard.event.command_tag IS 'As PostgreSQL calls the statement: ALTER TABLE, DROP INDEX';
COMMENT ON COLUMN ddlguard.event.statement IS 'Its text; strings that may be passwords are replaced by ''***''';
COMMENT ON COLUMN ddlguard.event.truncated IS 'true: the text was longer than 4096 bytes, and is cut';
COMMENT ON COLUMN ddlguard.event.action IS 'What policy says about the finding that weighs most: log, warn, reject; allow: it is here for what it did to others';
COMMENT ON COLUMN ddlguard.event.response IS 'What the guard did: allowed, logged, warned, would warn, would refuse (mode observe), bypassed, approved, refused';
COMMENT ON COLUMN ddlguard.event.outcome IS 'What became of it: refused; committed; rolled back (it ran, its transaction or savepoint did not stay); failed (in the statement itself); prepared (PREPARE TRANSACTION); null: not known';
COMMENT ON COLUMN ddlguard.event.sqlstate IS 'Of the refusal or failure; of a statement that is rolled back since its transaction held its locks for too long: DG003, or 25P03 where the session was idle';
COMMENT ON COLUMN ddlguard.event.policy_id IS 'Row of ddlguard.policy that decided about the finding that weighs most; null: none did';
COMMENT ON COLUMN ddlguard.event.reason IS 'Given in ddlguard.bypass, or with the approval; or why the guard could not decide, or who was in the way of the lock that was given up';
COMMENT ON COLUMN ddlguard.event.approval_id IS 'Row of ddlguard.approval that let it run; null: none';
COMMENT ON COLUMN ddlguard.event.findings IS 'Array of objects, weightiest first: rule, action, relation, column (when there is one), lock, work, bytes (on disk), rows (estimate), policy (row id, 0: none)';
COMMENT ON COLUMN ddlguard.event.findings_omitted IS 'Findings that had no room in findings';
COMMENT ON COLUMN ddlguard.event.analysis_time IS 'Time to judge it, in milliseconds; null: not measured';
COMMENT ON COLUMN ddlguard.event.lock_wait_time IS 'Time until the locks were had that PostgreSQL takes first, in milliseconds; null: not measured';
COMMENT ON COLUMN ddlguard.event.lock_hold_time IS 'Time from when it had its locks that stop readers or writers of what others have rows in until they were given back, as a rule at the end of the transaction, in milliseconds; null: it had none, or it is not known';
COMMENT ON COLUMN ddlguard.event.waiters IS 'Sessions that waited for a lock on a relation when the transaction, which had locked it, was about to give its locks back; null: not looked at, since they were held for less than 10 ms';
COMMENT ON COLUMN ddlguard.event.run_time IS 'Time that the statement ran after that, in milliseconds; null: it did not run, or it is DML';

CREATE FUNCTION ddlguard.event_apply() RETURNS trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_event_apply';
COMMENT ON FUNCTION ddlguard.event_apply() IS
    'Trigger of ddlguard.event and ddlguard.approval: a subscription changes nothing there, since each server keeps its own record';
REVOKE ALL ON FUNCTION ddlguard.event_apply() FROM PUBLIC;
CREATE TRIGGER event_apply BEFORE INSERT OR UPDATE OR DELETE ON ddlguard.event
    FOR EACH ROW EXECUTE FUNCTION ddlguard.event_apply();
ALTER TABLE ddlguard.event ENABLE ALWAYS TRIGGER event_apply;
CREATE TRIGGER approval_apply BEFORE INSERT OR UPDATE OR DELETE ON ddlguard.approval
    FOR EACH ROW EXECUTE FUNCTION ddlguard.event_apply();
ALTER TABLE ddlguard.approval ENABLE ALWAYS TRIGGER approval_apply;
CREATE TRIGGER approval_writer BEFORE INSERT OR UPDATE OR DELETE ON ddlguard.approval
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.table_writer();
CREATE TRIGGER approval_recorded AFTER INSERT OR UPDATE OR DELETE ON ddlguard.approval
    FOR EACH ROW EXECUTE FUNCTION ddlguard.table_recorded();
CREATE TRIGGER approval_emptied AFTER TRUNCATE ON ddlguard.approval
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.table_recorded();
ALTER TABLE ddlguard.approval ENABLE ALWAYS TRIGGER approval_writer;
ALTER TABLE ddlguard.approval ENABLE ALWAYS TRIGGER approval_recorded;
ALTER TABLE ddlguard.approval ENABLE ALWAYS TRIGGER approval_emptied;

-- Not even pg_write_all_data may forge or remove what is on record; what a superuser does to it is told in the log.
CREATE TRIGGER event_writer BEFORE INSERT OR UPDATE OR DELETE ON ddlguard.event
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.table_writer();
CREATE TRIGGER event_recorded AFTER UPDATE OR DELETE OR TRUNCATE ON ddlguard.event
    FOR EACH STATEMENT EXECUTE FUNCTION ddlguard.table_recorded();
ALTER TABLE ddlguard.event ENABLE ALWAYS TRIGGER event_writer;
ALTER TABLE ddlguard.event ENABLE ALWAYS TRIGGER event_recorded;

SELECT pg_catalog.pg_extension_config_dump('ddlguard.event'::pg_catalog.regclass, '');
-- While a dump is restored the worker writes already. The numbers of this database start at the millisecond of its
-- CREATE EXTENSION, above all that the dump has, and the dump does not set them back.
SELECT pg_catalog.setval('ddlguard.event_id_seq'::pg_catalog.regclass,
    (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.*) 1000)::bigint);

/* ---- counters ---------------------------------------------------------------------------------- */

CREATE FUNCTION ddlguard.rule_counters(
    OUT rule text, OUT refused bigint, OUT would_refuse bigint, OUT bypassed bigint, OUT approved bigint,
    OUT warned bigint, OUT would_warn bigint, OUT logged bigint, OUT stats_reset timestamptz)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL SAFE ROWS 200 SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_rule_counters';
COMMENT ON FUNCTION ddlguard.rule_counters() IS 'What rules led to; read view ddlguard.stat_rules';
REVOKE ALL ON FUNCTION ddlguard.rule_counters() FROM PUBLIC;

CREATE FUNCTION ddlguard.ddl_counters(
    OUT database_id oid, OUT command_tag text, OUT judged bigint, OUT refused bigint, OUT would_refuse bigint,
    OUT bypassed bigint, OUT approved bigint, OUT warned bigint, OUT would_warn bigint, OUT logged bigint,
    OUT analysis_time double precision, OUT max_analysis_time double precision, OUT lock_wait_time double precision,
    OUT max_lock_wait_time double precision, OUT lock_hold_time double precision,
    OUT max_lock_hold_time double precision, OUT events_lost bigint, OUT stats_reset timestamptz)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL SAFE ROWS 50 SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_ddl_counters';
COMMENT ON FUNCTION ddlguard.ddl_counters() IS 'What became of judged statements; read view ddlguard.stat_ddl';
REVOKE ALL ON FUNCTION ddlguard.ddl_counters() FROM PUBLIC;

CREATE FUNCTION ddlguard.stat_reset() RETURNS void
    LANGUAGE c VOLATILE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_stat_reset';
COMMENT ON FUNCTION ddlguard.stat_reset() IS
    'Sets the counters of views ddlguard.stat_rules, ddlguard.stat_ddl and ddlguard.aftermath to zero, for the whole server';
REVOKE ALL ON FUNCTION ddlguard.stat_reset() FROM PUBLIC;

CREATE FUNCTION ddlguard.learnt_throughput(
    OUT work text, OUT bytes_per_second double precision, OUT samples integer, OUT learnt bigint,
    OUT last_learnt_at timestamptz, OUT since timestamptz)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL SAFE ROWS 4 SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_throughput';
COMMENT ON FUNCTION ddlguard.learnt_throughput() IS 'What predicted times rest on; read view ddlguard.throughput';
REVOKE ALL ON FUNCTION ddlguard.learnt_throughput() FROM PUBLIC;

CREATE VIEW ddlguard.throughput AS
    SELECT t.work, t.bytes_per_second, CASE WHEN t.samples OPERATOR(pg_catalog.=) 0 THEN 'default' ELSE 'learnt' END AS source,
           t.samples, t.learnt, t.last_learnt_at, t.since
      FROM ddlguard.learnt_throughput() t;
REVOKE ALL ON TABLE ddlguard.throughput FROM PUBLIC;
COMMENT ON VIEW ddlguard.throughput IS
    'How fast this server works, learnt from statements that have finished here; predicted times rest on it. For all databases; kept over a clean restart, not over a crash.';
COMMENT ON COLUMN ddlguard.throughput.work IS 'Kind of work: scan, validation (of foreign keys), index build, rewrite';
COMMENT ON COLUMN ddlguard.throughput.bytes_per_second IS 'The median of the samples, or the default. Bytes of work: those of the table, and some for each row; of an index build those of the entries that are sorted';
COMMENT ON COLUMN ddlguard.throughput.source IS 'default: nothing has been learnt yet; learnt';
COMMENT ON COLUMN ddlguard.throughput.samples IS 'How many of the last statements count; the last sixteen';
COMMENT ON COLUMN ddlguard.throughput.learnt IS 'How many statements it has been learnt from';
COMMENT ON COLUMN ddlguard.throughput.last_learnt_at IS 'When the last one of these ended';
COMMENT ON COLUMN ddlguard.throughput.since IS 'When learning began: the start of the server after a crash, or reset_throughput()';

CREATE FUNCTION ddlguard.reset_throughput() RETURNS void
    LANGUAGE c VOLATILE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_reset_throughput';
COMMENT ON FUNCTION ddlguard.reset_throughput() IS
    'Forgets what view ddlguard.throughput shows, for the whole server: after a move to other hardware';
REVOKE ALL ON FUNCTION ddlguard.reset_throughput() FROM PUBLIC;

CREATE VIEW ddlguard.stat_rules AS
    SELECT c.rule, r.rule_group, c.refused, c.would_refuse, c.bypassed, c.approved, c.warned, c.would_warn, c.logged,
           c.stats_reset
      FROM ddlguard.rule_counters() c JOIN ddlguard.rule_catalogue() r ON r.id = c.rule;
REVOKE ALL ON TABLE ddlguard.stat_rules FROM PUBLIC;
COMMENT ON VIEW ddlguard.stat_rules IS
    'How many findings of each rule led to what, in all databases of the server; kept over a clean restart, zero after a crash';
COMMENT ON COLUMN ddlguard.stat_rules.rule IS 'As in view ddlguard.rules';
COMMENT ON COLUMN ddlguard.stat_rules.rule_group IS 'Group of the rule';
COMMENT ON COLUMN ddlguard.stat_rules.refused IS 'Findings for which statements were refused';
COMMENT ON COLUMN ddlguard.stat_rules.would_refuse IS 'The same in mode observe, where the statements ran';
COMMENT ON COLUMN ddlguard.stat_rules.bypassed IS 'Findings that ddlguard.bypass let run';
COMMENT ON COLUMN ddlguard.stat_rules.approved IS 'Findings that an approval let run';
COMMENT ON COLUMN ddlguard.stat_rules.warned IS 'Findings that the client was warned of';
COMMENT ON COLUMN ddlguard.stat_rules.would_warn IS 'The same in mode observe, where nobody was';
COMMENT ON COLUMN ddlguard.stat_rules.logged IS 'Findings that were logged';
COMMENT ON COLUMN ddlguard.stat_rules.stats_reset IS 'Since when this is counted';

CREATE VIEW ddlguard.stat_ddl AS
    SELECT d.datname, c.command_tag, c.judged, c.refused, c.would_refuse, c.bypassed, c.approved, c.warned, c.would_warn,
           c.logged, c.analysis_time, c.max_analysis_time, c.lock_wait_time, c.max_lock_wait_time, c.lock_hold_time,
           c.max_lock_hold_time, c.events_lost, c.stats_reset
      FROM ddlguard.ddl_counters() c LEFT JOIN pg_catalog.pg_database d ON d.oid = c.database_id;
REVOKE ALL ON TABLE ddlguard.stat_ddl FROM PUBLIC;
COMMENT ON VIEW ddlguard.stat_ddl IS
    'How many statements were judged and what became of them, for each database and command tag; kept over a clean restart, zero after a crash';
COMMENT ON COLUMN ddlguard.stat_ddl.datname IS 'Database; null: one that is gone, or those that found no place of their own';
COMMENT ON COLUMN ddlguard.stat_ddl.command_tag IS 'As PostgreSQL calls the statement; null: those that found no place of their own';
COMMENT ON COLUMN ddlguard.stat_ddl.judged IS 'Statements judged; of DML only those with a finding';
COMMENT ON COLUMN ddlguard.stat_ddl.refused IS 'Statements refused';
COMMENT ON COLUMN ddlguard.stat_ddl.would_refuse IS 'The same in mode observe, where they ran';
COMMENT ON COLUMN ddlguard.stat_ddl.bypassed IS 'Statements that ddlguard.bypass let run';
COMMENT ON COLUMN ddlguard.stat_ddl.approved IS 'Statements that an approval let run';
COMMENT ON COLUMN ddlguard.stat_ddl.warned IS 'Statements that the client was warned of';
COMMENT ON COLUMN ddlguard.stat_ddl.would_warn IS 'The same in mode observe, where nobody was';
COMMENT ON COLUMN ddlguard.stat_ddl.logged IS 'Statements that were logged';
COMMENT ON COLUMN ddlguard.stat_ddl.analysis_time IS 'Time to judge them, in milliseconds, all together';
COMMENT ON COLUMN ddlguard.stat_ddl.max_analysis_time IS 'The longest of these, in milliseconds';
COMMENT ON COLUMN ddlguard.stat_ddl.lock_wait_time IS 'Time until they had the locks that stop readers or writers, or gave up, in milliseconds, all together';
COMMENT ON COLUMN ddlguard.stat_ddl.max_lock_wait_time IS 'The longest of these, in milliseconds';
COMMENT ON COLUMN ddlguard.stat_ddl.lock_hold_time IS 'Time from the first such lock on what others have rows in until the transaction gave it back, in milliseconds, all together; of a transaction with several statements it is counted once, for the one that took the first';
COMMENT ON COLUMN ddlguard.stat_ddl.max_lock_hold_time IS 'The longest of these, in milliseconds';
COMMENT ON COLUMN ddlguard.stat_ddl.events_lost IS 'Events that found no room in shared memory (ddlguard.audit_buffer) on their way to ddlguard.event';
COMMENT ON COLUMN ddlguard.stat_ddl.stats_reset IS 'Since when this is counted';

/* ---- aftermath --------------------------------------------------------------------------------- */

CREATE FUNCTION ddlguard.recent_changes(
    OUT committed_at timestamptz, OUT watched_until timestamptz, OUT relation text, OUT new_name text,
    OUT columns text, OUT command_tag text, OUT role_id oid, OUT application_name text, OUT pid integer,
    OUT lock_wait_time double precision, OUT lock_hold_time double precision, OUT waiters integer,
    OUT errors bigint, OUT sqlstate text, OUT condition text, OUT column_name text, OUT constraint_name text,
    OUT client_role_id oid, OUT client_application text, OUT first_seen timestamptz, OUT last_seen timestamptz)
    RETURNS SETOF record
    LANGUAGE c VOLATILE PARALLEL SAFE ROWS 50 SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'ddlguard_recent_changes';
COMMENT ON FUNCTION ddlguard.recent_changes() IS 'What others met on relations after DDL; read view ddlguard.aftermath';
REVOKE ALL ON FUNCTION ddlguard.recent_changes() FROM PUBLIC;

CREATE VIEW ddlguard.aftermath AS
    SELECT c.committed_at, c.watched_until, c.relation, c.new_name, c.columns, c.command_tag,
           u.rolname AS session_user_name, c.application_name, c.pid, c.lock_wait_time, c.lock_hold_time, c.waiters,
           c.errors, c.sqlstate, c.condition, c.column_name, c.constraint_name, e.rolname AS client_role,
           c.client_application, c.first_seen, c.last_seen
      FROM ddlguard.recent_changes() c
      LEFT JOIN pg_catalog.pg_roles u ON u.oid = c.role_id
      LEFT JOIN pg_catalog.pg_roles e ON e.oid = c.client_role_id;
REVOKE ALL ON TABLE ddlguard.aftermath FROM PUBLIC;
COMMENT ON VIEW ddlguard.aftermath IS
    'What others met after DDL on relations with rows of this database: a row for each statement and relation, or for each kind of error, role and application. Errors are counted for ddlguard.aftermath_window after the commit; the last 128 changes of the server stay to be seen, until it stops';
COMMENT ON COLUMN ddlguard.aftermath.committed_at IS 'When the change was committed';
COMMENT ON COLUMN ddlguard.aftermath.watched_until IS 'Until when errors are counted';
COMMENT ON COLUMN ddlguard.aftermath.relation IS 'Schema and name before the change';
COMMENT ON COLUMN ddlguard.aftermath.new_name IS 'The same after it; null: the name stayed, or the relation is gone';
COMMENT ON COLUMN ddlguard.aftermath.columns IS 'Columns that it is about, each with what became of it: added, changed, retyped, or gone (dropped or renamed), and constraints and unique indexes that it made by name; null: none. The first 8 of them';
COMMENT ON COLUMN ddlguard.aftermath.command_tag IS 'As PostgreSQL calls the statement: ALTER TABLE, DROP VIEW';
COMMENT ON COLUMN ddlguard.aftermath.session_user_name IS 'Who had logged in to make it; null: a role that is gone';
COMMENT ON COLUMN ddlguard.aftermath.application_name IS 'Its application_name';
COMMENT ON COLUMN ddlguard.aftermath.pid IS 'Its process';
COMMENT ON COLUMN ddlguard.aftermath.lock_wait_time IS 'As in ddlguard.event';
COMMENT ON COLUMN ddlguard.aftermath.lock_hold_time IS 'As in ddlguard.event';
COMMENT ON COLUMN ddlguard.aftermath.waiters IS 'As in ddlguard.event';
COMMENT ON COLUMN ddlguard.aftermath.errors IS 'Errors of this kind that others, or later transactions of the same session, met; 0: none of any kind so far';
COMMENT ON COLUMN ddlguard.aftermath.sqlstate IS 'Of the errors; null beside errors that found no place of their own (16 kinds for each change)';
COMMENT ON COLUMN ddlguard.aftermath.condition IS 'What PostgreSQL calls this SQLSTATE; null: one that is seldom met here';
COMMENT ON COLUMN ddlguard.aftermath.column_name IS 'The column that they are about; null: not known';
COMMENT ON COLUMN ddlguard.aftermath.constraint_name IS 'The constraint that they are about; null: none';
COMMENT ON COLUMN ddlguard.aftermath.client_role IS 'Session user who met them';
COMMENT ON COLUMN ddlguard.aftermath.client_application IS 'His application_name';
COMMENT ON COLUMN ddlguard.aftermath.first_seen IS 'The first of them';
COMMENT ON COLUMN ddlguard.aftermath.last_seen IS 'The last of them';

/* ---- privileges -------------------------------------------------------------------------------- */

/* Default privileges of who runs this script would let others in: take away what is not given below. */
DO LANGUAGE plpgsql $do$
DECLARE
    grantee text;
BEGIN
    FOR grantee IN
        SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)::text) END
          FROM (SELECT c.relacl, c.relowner FROM pg_catalog.pg_class c
                 WHERE c.relnamespace OPERATOR(pg_catalog.=) 'ddlguard'::pg_catalog.regnamespace::pg_catalog.oid
                 UNION ALL
                SELECT p.proacl, p.proowner FROM pg_catalog.pg_proc p
                 WHERE p.pronamespace OPERATOR(pg_catalog.=) 'ddlguard'::pg_catalog.regnamespace::pg_catalog.oid
                 UNION ALL
                SELECT n.nspacl, n.nspowner FROM pg_catalog.pg_namespace n
                 WHERE n.oid OPERATOR(pg_catalog.=) 'ddlguard'::pg_catalog.regnamespace::pg_catalog.oid) o (acl, owner),
               pg_catalog.aclexplode(o.acl) a
         WHERE a.grantee OPERATOR(pg_catalog.<>) o.owner
    LOOP
        EXECUTE 'REVOKE ALL ON SCHEMA ddlguard FROM ' || grantee || ' CASCADE';
        EXECUTE 'REVOKE ALL ON ALL TABLES IN SCHEMA ddlguard FROM ' || grantee || ' CASCADE';
        EXECUTE 'REVOKE ALL ON ALL SEQUENCES IN SCHEMA ddlguard FROM ' || grantee || ' CASCADE';
        EXECUTE 'REVOKE ALL ON ALL ROUTINES IN SCHEMA ddlguard FROM ' || grantee || ' CASCADE';
    END LOOP;
END
$do$;

-- Everybody: questions about what the caller may see.
GRANT USAGE ON SCHEMA ddlguard TO PUBLIC;
GRANT EXECUTE ON FUNCTION ddlguard.check(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION ddlguard.explain(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION ddlguard.plan(text) TO PUBLIC;
GRANT EXECUTE ON FUNCTION ddlguard.status() TO PUBLIC;
GRANT EXECUTE ON FUNCTION ddlguard.rule_catalogue() TO PUBLIC; -- a view asks for the caller's right
GRANT SELECT ON TABLE ddlguard.rules TO PUBLIC;
-- Who owns a database dumps its schema, for which pg_dump reads the sequences as well.
GRANT SELECT ON SEQUENCE ddlguard.policy_id_seq, ddlguard.approval_id_seq, ddlguard.event_id_seq TO PUBLIC;

-- ddlguard_reader: what the guard decides, and by what; enough to dump it.
GRANT SELECT ON TABLE ddlguard.policy, ddlguard.policy_baseline, ddlguard.approval, ddlguard.approvals, ddlguard.event,
    ddlguard.stat_rules, ddlguard.stat_ddl, ddlguard.aftermath, ddlguard.throughput
    TO ddlguard_reader, ddlguard_admin;
GRANT EXECUTE ON FUNCTION ddlguard.explain_policy(text, regclass, text, text), ddlguard.rule_counters(), ddlguard.ddl_counters(),
    ddlguard.recent_changes(), ddlguard.learnt_throughput()
    TO ddlguard_reader, ddlguard_admin;

-- ddlguard_admin: the same, and to decide.
GRANT INSERT, UPDATE, DELETE ON TABLE ddlguard.policy TO ddlguard_admin;
GRANT EXECUTE ON FUNCTION ddlguard.approve(text, text, text, interval, integer, double precision, bigint, bigint, timestamptz),
    ddlguard.revoke_approval(bigint, text), ddlguard.stat_reset(), ddlguard.reset_throughput() TO ddlguard_admin;
