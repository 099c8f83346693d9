-- Without a proof every row is read while nobody can read or write the table. A validated CHECK that says the
-- same is such a proof.
-- setup
UPDATE customers SET notes = '' WHERE notes IS NULL;
ALTER TABLE orders ADD CONSTRAINT note_given CHECK (note IS NOT NULL);
ALTER TABLE orders ADD CONSTRAINT quantity_given CHECK (quantity IS NOT NULL) NOT VALID;
ALTER TABLE customers ADD CONSTRAINT name_given CHECK (name IS NOT NULL);
CREATE TABLE readings (id integer, value integer NOT NULL, unit text, place text,
  CONSTRAINT described CHECK (unit IS NOT NULL AND place IS NOT NULL));
CREATE TABLE readings_2024 () INHERITS (readings);
INSERT INTO readings_2024 SELECT g, g, 'cm', 'here' FROM generate_series(1, 2000) g;
CREATE TABLE visits (day date, page text NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO visits SELECT '2025-01-01'::date + g % 300, '/' FROM generate_series(1, 2000) g;
-- fires: without a proof
ALTER TABLE customers ALTER COLUMN notes SET NOT NULL;
-- fires: a CHECK that was not validated proves nothing
ALTER TABLE orders ALTER COLUMN quantity SET NOT NULL;
-- fires: on every partition
ALTER TABLE events ALTER COLUMN kind SET NOT NULL;
-- fires: a column that the statement itself adds, whatever its default
ALTER TABLE orders ADD COLUMN source text DEFAULT 'web', ALTER COLUMN source SET NOT NULL;
-- fires: dropped and set in one statement, which drops first
ALTER TABLE orders ALTER COLUMN status SET NOT NULL, ALTER COLUMN status DROP NOT NULL;
-- fires: the same around a change of type
ALTER TABLE order_items ALTER COLUMN sku DROP NOT NULL, ALTER COLUMN sku TYPE varchar(60), ALTER COLUMN sku SET NOT NULL;
-- fires: the same with the rows of an inheriting table
ALTER TABLE readings ALTER COLUMN value DROP NOT NULL, ALTER COLUMN value SET NOT NULL;
-- fires: the proof goes with another column
ALTER TABLE readings DROP COLUMN unit, ALTER COLUMN place SET NOT NULL;
-- fires: dropped and set again, with the rows of the partitions
-- majors: 18-
ALTER TABLE visits ALTER COLUMN page DROP NOT NULL, ALTER COLUMN page SET NOT NULL;
-- fires: its constraint is dropped, and it is set again
-- majors: 18-
ALTER TABLE orders DROP CONSTRAINT orders_status_not_null, ALTER COLUMN status SET NOT NULL;
-- near miss: the partitions are left alone
-- majors: 15-17
ALTER TABLE visits ALTER COLUMN page DROP NOT NULL, ALTER COLUMN page SET NOT NULL;
-- near miss: dropped and set again, with a CHECK that proves it
ALTER TABLE customers ALTER COLUMN name DROP NOT NULL, ALTER COLUMN name SET NOT NULL;
-- near miss: another column is dropped
ALTER TABLE customers ALTER COLUMN email DROP NOT NULL, ALTER COLUMN name SET NOT NULL;
-- near miss: dropped and set again on an empty table
ALTER TABLE empty_queue ALTER COLUMN created_at DROP NOT NULL, ALTER COLUMN created_at SET NOT NULL;
-- near miss: proven by a validated CHECK
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
-- near miss: validated first
ALTER TABLE orders VALIDATE CONSTRAINT quantity_given;
ALTER TABLE orders ALTER COLUMN quantity SET NOT NULL;
-- near miss: the column is added as NOT NULL
ALTER TABLE orders ADD COLUMN source text NOT NULL DEFAULT 'web', ALTER COLUMN source SET NOT NULL;
-- near miss: it is NOT NULL already
ALTER TABLE orders ALTER COLUMN status SET NOT NULL;
-- near miss: an empty table
ALTER TABLE empty_queue ALTER COLUMN payload SET NOT NULL;
