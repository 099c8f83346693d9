-- Writers that rely on the default send no value; without it NOT NULL refuses their rows.
-- setup
ALTER TABLE customers ADD COLUMN country text DEFAULT 'NL';
-- fires: a required column
ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
-- fires: also a column added in the same transaction, whose default filled the rows
BEGIN;
ALTER TABLE customers ADD COLUMN region text NOT NULL DEFAULT 'north';
ALTER TABLE customers ALTER COLUMN region DROP DEFAULT;
COMMIT;
-- fires: the default null is none
ALTER TABLE orders ALTER COLUMN status SET DEFAULT NULL;
-- near miss: a nullable column
ALTER TABLE customers ALTER COLUMN country DROP DEFAULT;
-- near miss: another default
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'draft';
-- near miss: there is no default to drop
ALTER TABLE customers ALTER COLUMN name DROP DEFAULT;
