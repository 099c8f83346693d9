-- What others meet after DDL. Later transactions of the session that made the change count as others here; what
-- several sessions and applications see is in test/tap/aftermath.t.
\set VERBOSITY sqlstate
SET client_min_messages = error;
SET ddlguard.bypass = 'aftermath';
SET application_name = 'old worker';
CREATE SCHEMA shop;
SET search_path = shop;
CREATE TABLE orders AS SELECT i AS id, 'n' || i AS note, i AS qty, 'open'::text AS state FROM generate_series(1, 100) i;
CREATE TABLE items AS SELECT i AS id FROM generate_series(1, 100) i;
CREATE TABLE lines (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE lines_1 PARTITION OF lines FOR VALUES FROM (0) TO (1000);
INSERT INTO lines SELECT i, i FROM generate_series(1, 10) i;
CREATE VIEW seen AS SELECT command_tag, relation, new_name, columns, errors, sqlstate, condition, column_name, constraint_name,
    client_application, lock_wait_time < 1000 AS waited, lock_hold_time > 0 AS held, first_seen <= last_seen AS in_order
  FROM ddlguard.aftermath WHERE relation ~ '^shop\.' ORDER BY committed_at, sqlstate, column_name;

-- All is calm.
ALTER TABLE orders DROP COLUMN note;
SELECT * FROM seen;

-- Queries of old code: by the table, its alias, as a target, in PL/pgSQL, from a prepared statement.
SELECT note FROM orders;
SELECT Note FROM shop.orders WHERE id = 1;
SELECT o.note FROM items i JOIN orders AS o USING (id);
SELECT orders.note FROM orders;
INSERT INTO orders (id, note) VALUES (1, 'x');
UPDATE orders SET note = 'x';
DO $$ BEGIN PERFORM note FROM shop.orders; END $$;
SELECT errors, sqlstate, condition, column_name FROM seen;
-- Other faults are not the change's: another column, another table by its name or alias, no table at all, one that is caught.
SELECT nota FROM orders;
SELECT note2 FROM orders;
SELECT note FROM items;
SELECT i.note FROM items i JOIN orders o USING (id);
INSERT INTO items (note) VALUES (1);
SELECT 1 / 0 FROM orders;
DO $$ BEGIN PERFORM note FROM shop.orders; EXCEPTION WHEN undefined_column THEN NULL; END $$;
SELECT errors, sqlstate, condition, column_name FROM seen;
-- Nor are those of the transaction that makes the change.
BEGIN;
ALTER TABLE items DROP COLUMN id;
SELECT id FROM items;
ROLLBACK;
BEGIN;
SAVEPOINT s;
ALTER TABLE items ADD COLUMN lost int;
ROLLBACK TO s;
COMMIT;
SELECT count(*) FROM seen WHERE relation = 'shop.items';

-- A required column, and others that old writers break.
PREPARE everything AS SELECT * FROM orders LIMIT 1;
EXECUTE everything;
ALTER TABLE orders ADD COLUMN need int NOT NULL DEFAULT 1;
ALTER TABLE orders ALTER COLUMN need DROP DEFAULT;
INSERT INTO orders (id) VALUES (1);
INSERT INTO orders SELECT FROM generate_series(1, 3);
EXECUTE everything;
ALTER TABLE orders ADD CONSTRAINT few CHECK (qty < 1000);
INSERT INTO orders (id, qty, need) VALUES (1, 1000, 1);
ALTER TABLE orders ALTER COLUMN state TYPE int USING 1;
INSERT INTO orders (id, state, need) VALUES (1, 'open', 1);
SELECT * FROM orders WHERE state = 'open'::text;
UPDATE orders SET state = now();
ALTER TABLE orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
ALTER TABLE orders ALTER COLUMN id SET NOT NULL;
ALTER TABLE orders ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
INSERT INTO orders (id, need) VALUES (1, 1);
CREATE UNIQUE INDEX CONCURRENTLY items_id ON items (id);
INSERT INTO items VALUES (1);
ALTER TABLE lines ALTER COLUMN n SET NOT NULL;
INSERT INTO lines VALUES (1, NULL);
CREATE TABLE parts (item int REFERENCES items (id));
INSERT INTO parts VALUES (1);
DELETE FROM items WHERE id = 1;
SELECT command_tag, relation, columns, errors, sqlstate, condition, column_name, constraint_name FROM seen;

-- A name that is gone, and errors under the new one.
ALTER TABLE orders RENAME TO purchases;
SELECT count(*) FROM orders;
SELECT orders.id FROM items;
SELECT count(*) FROM public.orders;
INSERT INTO purchases (need) VALUES (NULL);
ALTER TABLE items SET SCHEMA public;
SELECT count(*) FROM shop.items;
DROP TABLE lines;
SELECT count(*) FROM lines;
SELECT command_tag, relation, new_name, errors, sqlstate, condition, column_name FROM seen
  WHERE new_name IS NOT NULL OR sqlstate = '42P01' OR relation = 'shop.orders' AND column_name = 'need';
-- One that another relation has by then is not gone.
BEGIN;
ALTER TABLE purchases RENAME TO purchases_old;
CREATE TABLE purchases (id int);
COMMIT;
SELECT note FROM purchases;
SELECT command_tag, relation, new_name, columns, errors FROM seen WHERE relation = 'shop.purchases';

-- So is one whose schema is renamed after it; a statement that is taken back leaves nothing, of memory neither.
CREATE SCHEMA market;
CREATE TABLE market.stalls AS SELECT 1 AS id;
BEGIN;
ALTER TABLE market.stalls ADD COLUMN size int;
ALTER SCHEMA market RENAME TO bazaar;
COMMIT;
SELECT count(*) FROM market.stalls;
SELECT relation, new_name, columns, errors, sqlstate FROM ddlguard.aftermath WHERE relation = 'market.stalls';
DO $$ BEGIN
  FOR i IN 1..500 LOOP
    BEGIN
      ALTER TABLE bazaar.stalls ADD COLUMN none int;
      RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
    END;
  END LOOP;
END $$;
SELECT total_bytes < 65536 AS little FROM pg_backend_memory_contexts WHERE name = 'ddlguard held';
SELECT count(*) FROM ddlguard.aftermath WHERE relation = 'bazaar.stalls';

-- How long locks were waited for and held is counted, too.
SELECT max_lock_wait_time <= lock_wait_time AS waits, max_lock_hold_time <= lock_hold_time AND lock_hold_time > 0 AS holds
  FROM ddlguard.stat_ddl WHERE datname = current_database() AND command_tag = 'ALTER TABLE';

-- More kinds than there is room for are told without their kind.
ALTER TABLE purchases_old ADD COLUMN more int NOT NULL DEFAULT 1;
ALTER TABLE purchases_old ALTER COLUMN more DROP DEFAULT;
\set ECHO none
SELECT format('SET application_name = %L', 'old worker ' || i), 'INSERT INTO purchases_old (need) VALUES (1)'
  FROM generate_series(1, 20) i \gexec
\set ECHO all
SELECT command_tag, errors, sqlstate, count(*) FROM seen WHERE columns = 'more (changed)' GROUP BY 1, 2, 3 ORDER BY 2;

-- Nothing is kept while the window is 0, and nothing counted when it is over.
SET ddlguard.aftermath_window = 0;
ALTER TABLE purchases_old DROP COLUMN more;
SELECT count(*) FROM seen WHERE columns = 'more (gone)';
SET ddlguard.aftermath_window = '1s';
ALTER TABLE purchases_old DROP COLUMN need;
SELECT need FROM purchases_old;
SELECT pg_sleep(1.1);
SELECT need FROM purchases_old;
SELECT errors, watched_until - committed_at AS watched FROM ddlguard.aftermath WHERE columns = 'need (gone)';
RESET ddlguard.aftermath_window;

SELECT ddlguard.stat_reset();
SELECT sum(errors) FROM seen;
RESET application_name;
DROP SCHEMA shop, bazaar CASCADE;
DROP TABLE public.items;
