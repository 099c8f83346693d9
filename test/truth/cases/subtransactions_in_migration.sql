-- ROLLBACK TO gives back the locks since the savepoint and no others, so what a migration still holds is hard to tell.
-- fires: DDL after a savepoint
BEGIN;
SAVEPOINT attempt;
ALTER TABLE orders ADD COLUMN phone text;
RELEASE attempt;
COMMIT;
-- near miss: the savepoint is released
BEGIN;
SAVEPOINT attempt;
UPDATE tasks SET done = done WHERE id = 1;
RELEASE attempt;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: none
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
