-- Code that has never met NULL in the column may not survive the first one. The default policy logs it, since it is a
-- step of dropping a column, too.
-- unobservable: readers fail at the first NULL, which nobody has written yet
-- fires: readers never saw NULL
ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;
-- near miss: it is nullable already
ALTER TABLE customers ALTER COLUMN notes DROP NOT NULL;
-- near miss: a column added in the same transaction
BEGIN;
ALTER TABLE customers ADD COLUMN country text NOT NULL DEFAULT 'NL';
ALTER TABLE customers ALTER COLUMN country DROP NOT NULL;
COMMIT;
