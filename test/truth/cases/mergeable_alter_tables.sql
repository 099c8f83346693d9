-- All subcommands of one ALTER TABLE share one pass over the table; two statements make two.
-- fires: two scans
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
ALTER TABLE orders ADD CONSTRAINT orders_status_known CHECK (status <> '');
COMMIT;
-- fires: a rewrite and a scan
BEGIN;
ALTER TABLE tasks ALTER COLUMN id TYPE bigint;
ALTER TABLE tasks ADD CONSTRAINT tasks_id_positive CHECK (id > 0);
COMMIT;
-- near miss: in one statement
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0),
  ADD CONSTRAINT orders_status_known CHECK (status <> '');
-- near miss: NOT VALID and VALIDATE do not belong together
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_status_known CHECK (status <> '');
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_amount_positive;
COMMIT;
-- near miss: the second needs no pass
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: two tables
BEGIN;
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0);
ALTER TABLE tasks ADD CONSTRAINT tasks_id_positive CHECK (id > 0);
COMMIT;
