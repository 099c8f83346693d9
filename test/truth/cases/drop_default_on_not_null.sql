-- Writers that rely on the default send no value; without it NOT NULL refuses their rows.
-- setup
ALTER TABLE customers ADD COLUMN country text DEFAULT 'NL';
CREATE VIEW order_entry AS SELECT customer_id, status, amount FROM orders;
ALTER VIEW order_entry ALTER COLUMN amount SET DEFAULT 0;
ALTER VIEW order_entry ALTER COLUMN status SET DEFAULT 'draft';
CREATE VIEW order_form AS SELECT customer_id, amount FROM order_entry;
ALTER VIEW order_form ALTER COLUMN customer_id SET DEFAULT 1;
ALTER VIEW order_form ALTER COLUMN amount SET DEFAULT 1;
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
