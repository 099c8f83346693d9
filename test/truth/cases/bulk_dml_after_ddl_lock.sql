-- A schema change is over in an instant, its lock is not: it is held while the same transaction changes the rows.
-- setup
CREATE TABLE history (version int PRIMARY KEY);
INSERT INTO history VALUES (1);
-- fires: the backfill in the transaction that adds the column
BEGIN;
ALTER TABLE customers ADD COLUMN country text;
UPDATE customers SET country = 'NL';
COMMIT;
-- near miss: committed in between
-- unobservable: the rows are meant to change
ALTER TABLE customers ADD COLUMN country text;
UPDATE customers SET country = 'NL' WHERE id <= 1000;
-- near miss: the rows first
-- unobservable: the rows are meant to change
BEGIN;
UPDATE customers SET notes = notes WHERE id <= 1000;
ALTER TABLE customers ADD COLUMN country text;
COMMIT;
-- near miss: one row, like a migration tool's history
-- unobservable: the rows are meant to change
BEGIN;
ALTER TABLE customers ADD COLUMN country text;
UPDATE tasks SET done = done WHERE id = 1;
COMMIT;
-- near miss: the lock is on an empty table
-- unobservable: the rows are meant to change
BEGIN;
ALTER TABLE empty_queue ADD COLUMN attempts int;
UPDATE customers SET notes = notes WHERE id <= 1000;
COMMIT;
-- near miss: the only row of a migration tool's history
-- unobservable: the row is meant to change
BEGIN;
ALTER TABLE customers ADD COLUMN country text;
UPDATE history SET version = 2 WHERE version = 1;
COMMIT;
