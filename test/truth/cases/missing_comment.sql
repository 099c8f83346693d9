-- A comment tells whoever meets it what it is for. What counts is what is there when the transaction ends.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: neither table nor column
CREATE TABLE invoices (id bigint PRIMARY KEY);
-- fires: a new column
ALTER TABLE orders ADD COLUMN extra jsonb;
-- near miss: all have one
BEGIN;
CREATE TABLE invoices (id bigint PRIMARY KEY);
COMMENT ON TABLE invoices IS 'what is billed';
COMMENT ON COLUMN invoices.id IS 'number';
COMMIT;
-- near miss: a column with one
BEGIN;
ALTER TABLE orders ADD COLUMN extra jsonb;
COMMENT ON COLUMN orders.extra IS 'from the shop';
COMMIT;
