-- The safe way for what the generated migrations do in one step, and other changes that must never be
-- stopped. See replay.pl for the format.

-- @base
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
CREATE TABLE users (id bigserial PRIMARY KEY, email text NOT NULL, name text, login text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX users_created_at_idx ON users (created_at);
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), total integer NOT NULL,
    note varchar(40), code text NOT NULL, status order_status NOT NULL DEFAULT 'new', parent_id bigint);
CREATE TABLE logs (id bigserial PRIMARY KEY, key text NOT NULL, user_id bigint NOT NULL REFERENCES users (id));
CREATE TABLE visits (day date NOT NULL, user_id bigint NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visits_old PARTITION OF visits FOR VALUES FROM (MINVALUE) TO ('2200-01-01');

-- @safe index_concurrently
CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);

-- @safe index_out_of_band_then_recorded
CREATE INDEX CONCURRENTLY orders_user_id_idx ON orders (user_id);
-- @commit
CREATE INDEX IF NOT EXISTS orders_user_id_idx ON orders (user_id);

-- @safe drop_index_concurrently
DROP INDEX CONCURRENTLY users_created_at_idx;

-- @safe rebuild_index_concurrently
REINDEX INDEX CONCURRENTLY users_created_at_idx;

-- @safe unique_using_index
CREATE UNIQUE INDEX CONCURRENTLY users_email_key ON users (email);
-- @commit
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE USING INDEX users_email_key;

-- @safe check_not_valid
ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
-- @commit
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;

-- @safe foreign_key_not_valid
ALTER TABLE orders ADD CONSTRAINT orders_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES orders (id) NOT VALID;
-- @commit
ALTER TABLE orders VALIDATE CONSTRAINT orders_parent_id_fkey;

-- @safe required_by_check
ALTER TABLE users ADD CONSTRAINT users_name_check CHECK (name IS NOT NULL) NOT VALID;
-- @commit
ALTER TABLE users VALIDATE CONSTRAINT users_name_check;
-- @commit
ALTER TABLE users ALTER COLUMN name SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_name_check;

-- @safe volatile_default_in_two_steps
ALTER TABLE users ADD COLUMN token uuid;
ALTER TABLE users ALTER COLUMN token SET DEFAULT gen_random_uuid();

-- @safe new_tables_in_one_go
CREATE TABLE tags (id bigserial PRIMARY KEY, name text NOT NULL);
INSERT INTO tags (name) SELECT 'tag ' || g FROM generate_series(1, 1000) AS g;
CREATE UNIQUE INDEX tags_name_key ON tags (name);
ALTER TABLE tags ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();
ALTER TABLE tags ALTER COLUMN name TYPE varchar(200);
ALTER TABLE tags RENAME COLUMN name TO label;
CREATE TABLE users_tags (user_id bigint REFERENCES users (id), tag_id bigint REFERENCES tags (id),
    PRIMARY KEY (user_id, tag_id));
CREATE INDEX users_tags_tag_id_idx ON users_tags (tag_id);

-- @safe scratch_table
CREATE TABLE scratch AS SELECT id, total FROM orders;
CREATE INDEX ON scratch (total);
DROP TABLE scratch;

-- @safe temporary_tables
CREATE TEMPORARY TABLE wanted AS SELECT id, total FROM orders;
CREATE INDEX ON wanted (total);
ALTER TABLE wanted ADD COLUMN seq serial;
TRUNCATE wanted;
DROP TABLE wanted;

-- @safe nothing_to_do
DROP TABLE IF EXISTS nowhere;
ALTER TABLE IF EXISTS nowhere ADD COLUMN a serial;
CREATE TABLE IF NOT EXISTS users (id bigint);
ALTER TABLE users ADD COLUMN IF NOT EXISTS login text NOT NULL;
ALTER TABLE users ALTER COLUMN login SET NOT NULL;
CREATE SCHEMA IF NOT EXISTS public;

-- @safe bookkeeping
CREATE TABLE IF NOT EXISTS schema_migrations (version text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
INSERT INTO schema_migrations (version) VALUES ('0001');
COMMENT ON TABLE orders IS 'what people bought';
CREATE SCHEMA reporting;
CREATE VIEW reporting.totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;
GRANT SELECT ON reporting.totals TO PUBLIC;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.created_at := now(); RETURN NEW; END $$;
CREATE SEQUENCE invoice_numbers;

-- @safe free_type_changes
ALTER TABLE orders ALTER COLUMN note TYPE varchar(200);
ALTER TABLE orders ALTER COLUMN note TYPE text;
ALTER TABLE users ALTER COLUMN name TYPE text USING name::text;

-- @safe settings_only
ALTER TABLE orders SET (fillfactor = 90);
ALTER TABLE orders ALTER COLUMN code SET STATISTICS 500;
ALTER TABLE users ALTER COLUMN login DROP NOT NULL;
ALTER TYPE order_status ADD VALUE 'refunded';

-- @safe partition_with_proof
CREATE TABLE visits_new (day date NOT NULL, user_id bigint NOT NULL,
    CHECK (day >= '2200-01-01' AND day < '2300-01-01'));
ALTER TABLE visits ATTACH PARTITION visits_new FOR VALUES FROM ('2200-01-01') TO ('2300-01-01');

-- @safe index_of_partitioned_table
CREATE INDEX visits_user_id_idx ON ONLY visits (user_id);
-- @commit
CREATE INDEX CONCURRENTLY visits_old_user_id_idx ON visits_old (user_id);
-- @commit
ALTER INDEX visits_user_id_idx ATTACH PARTITION visits_old_user_id_idx;

-- @safe maintenance
ANALYZE orders;
-- @commit
VACUUM orders;

-- The one-step counterparts of the above that no tool's file has.

-- @change unsafe_truncate
TRUNCATE logs;

-- @change unsafe_truncate_cascade
TRUNCATE users CASCADE;

-- @change unsafe_drop_schema
DROP SCHEMA public CASCADE;

-- @change unsafe_partitioned_index
CREATE INDEX visits_user_id_idx ON visits (user_id);

-- @change unsafe_validate_after_strong_lock
ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;

-- @change unsafe_in_a_block
DO $$ BEGIN EXECUTE 'CREATE INDEX orders_code_idx ON orders (code)'; END $$;

-- @change unsafe_unlogged
ALTER TABLE orders SET UNLOGGED;

-- @change unsafe_rename_enum_value
ALTER TYPE order_status RENAME VALUE 'paid' TO 'settled';

-- @change unsafe_set_schema
CREATE SCHEMA other;
ALTER TABLE orders SET SCHEMA other;

-- @change unsafe_vacuum_full
VACUUM FULL orders;

-- @change unsafe_cluster
CLUSTER users USING users_created_at_idx;

-- @change unsafe_reindex
REINDEX TABLE orders;
