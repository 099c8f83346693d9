--
-- The way to NOT NULL: up to 17 through a CHECK that goes again, from 18 on by a NOT NULL that is NOT VALID at
-- first (plan_not_null_1.out).
--
\getenv dir PG_ABS_SRCDIR
\i :dir/sql/include/begin.psql

SET ddlguard.mode = off;
CREATE TABLE users (id int, name text, "Full Name" text);
INSERT INTO users SELECT i, 'n', 'n' FROM generate_series(1, 1000) i;
ANALYZE users;
SET ddlguard.mode = enforce;

SELECT rule, hint FROM ddlguard.check($$
  ALTER TABLE users ADD rank int NOT NULL;
  ALTER TABLE users ADD token uuid NOT NULL DEFAULT gen_random_uuid();
  ALTER TABLE users ALTER "Full Name" SET NOT NULL;
$$) WHERE action = 'reject';
SELECT step, phase, sql, back_out FROM ddlguard.plan('ALTER TABLE users ADD PRIMARY KEY (id)');
-- Each step passes.
ALTER TABLE users ADD CONSTRAINT c CHECK ("Full Name" IS NOT NULL) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT c;
ALTER TABLE users ALTER "Full Name" SET NOT NULL;

\i :dir/sql/include/end.psql
