-- A migration that failed halfway is run again from its start. Within one transaction that is no question, so this
-- is for shops that run without.
-- fires: CREATE TABLE
CREATE TABLE shipments (id bigint PRIMARY KEY);
-- fires: ADD COLUMN
ALTER TABLE orders ADD COLUMN phone text;
-- fires: DROP INDEX
DROP INDEX orders_customer_id_idx;
-- fires: CREATE VIEW
CREATE VIEW new_orders AS SELECT id FROM orders;
-- near miss: CREATE TABLE IF NOT EXISTS
CREATE TABLE IF NOT EXISTS shipments (id bigint PRIMARY KEY);
-- near miss: ADD COLUMN IF NOT EXISTS
ALTER TABLE orders ADD COLUMN IF NOT EXISTS phone text;
-- near miss: OR REPLACE
CREATE OR REPLACE VIEW new_orders AS SELECT id FROM orders;
-- near miss: a second run changes nothing
ALTER TABLE orders ALTER COLUMN note SET DEFAULT '';
-- near miss: a temporary table
CREATE TEMP TABLE scratch (id int);
