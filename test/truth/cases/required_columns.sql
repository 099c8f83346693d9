-- Columns that every table here must have. What counts is what is there when the transaction ends.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: created_at, tenant_id
-- fires: one is missing
CREATE TABLE invoices (id bigint PRIMARY KEY, created_at timestamptz);
-- near miss: all are there
CREATE TABLE invoices (id bigint PRIMARY KEY, created_at timestamptz, tenant_id bigint);
-- near miss: added in the same transaction
BEGIN;
CREATE TABLE invoices (id bigint PRIMARY KEY, created_at timestamptz);
ALTER TABLE invoices ADD COLUMN tenant_id bigint;
COMMIT;
