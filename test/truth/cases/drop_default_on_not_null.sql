-- Writers that rely on the default send no value; without it NOT NULL refuses their rows.
-- setup
ALTER TABLE customers ADD COLUMN country text DEFAULT 'NL';
CREATE VIEW order_entry AS SELECT customer_id, status, amount FROM orders;
ALTER VIEW order_entry ALTER COLUMN amount SET DEFAULT 0;
ALTER VIEW order_entry ALTER COLUMN status SET DEFAULT 'draft';
CREATE VIEW order_form AS SELECT customer_id, amount FROM order_entry;
ALTER VIEW order_form ALTER COLUMN customer_id SET DEFAULT 1;
ALTER VIEW order_form ALTER COLUMN amount SET DEFAULT 1;
CREATE TABLE totals (id integer PRIMARY KEY, net numeric NOT NULL, gross numeric NOT NULL GENERATED ALWAYS AS (net * 1.21) STORED,
  half numeric GENERATED ALWAYS AS (net / 2) STORED);
INSERT INTO totals (id, net) SELECT i, i FROM generate_series(1, 2000) i;
-- fires: a required column
ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
-- fires: also a column added in the same transaction, whose default filled the rows
BEGIN;
ALTER TABLE customers ADD COLUMN region text NOT NULL DEFAULT 'north';
ALTER TABLE customers ALTER COLUMN region DROP DEFAULT;
COMMIT;
-- fires: the default null is none
ALTER TABLE orders ALTER COLUMN status SET DEFAULT NULL;
-- fires: the default of a view, which fills a required column of its table
ALTER VIEW order_entry ALTER COLUMN amount DROP DEFAULT;
-- fires: through two views
ALTER VIEW order_form ALTER COLUMN customer_id DROP DEFAULT;
-- near miss: the table has a default of its own
ALTER VIEW order_entry ALTER COLUMN status DROP DEFAULT;
-- near miss: the view below has one
ALTER VIEW order_form ALTER COLUMN amount DROP DEFAULT;
-- near miss: a nullable column
ALTER TABLE customers ALTER COLUMN country DROP DEFAULT;
-- near miss: another default
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'draft';
-- near miss: there is no default to drop
ALTER TABLE customers ALTER COLUMN name DROP DEFAULT;
-- near miss: the same statement drops its NOT NULL
ALTER TABLE orders ALTER COLUMN status DROP DEFAULT, ALTER COLUMN status DROP NOT NULL;
-- near miss: the statement before dropped it
ALTER TABLE orders ALTER COLUMN status DROP NOT NULL;
ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
-- fires: it is NOT NULL again
ALTER TABLE orders ALTER COLUMN status DROP NOT NULL;
ALTER TABLE orders ALTER COLUMN status SET NOT NULL;
ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
-- fires: its value was computed until now
ALTER TABLE totals ALTER COLUMN gross DROP EXPRESSION;
-- near miss: computed, but nullable
ALTER TABLE totals ALTER COLUMN half DROP EXPRESSION;
-- near miss: the same statement gives it a default
ALTER TABLE totals ALTER COLUMN gross DROP EXPRESSION, ALTER COLUMN gross SET DEFAULT 0;
-- near miss: the same statement drops its NOT NULL after its expression
ALTER TABLE totals ALTER COLUMN gross DROP EXPRESSION, ALTER COLUMN gross DROP NOT NULL;
-- near miss: the transaction sets another one
BEGIN;
ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'draft';
COMMIT;
