-- BEGIN within a transaction does nothing; but the COMMIT that belongs to it ends the outer transaction, and what
-- follows runs outside of it.
-- fires: BEGIN in a block
BEGIN;
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: one after the other
BEGIN;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
BEGIN;
ALTER TABLE orders ADD COLUMN fax text;
COMMIT;
-- near miss: a savepoint nests
BEGIN;
SAVEPOINT attempt;
ALTER TABLE orders ADD COLUMN phone text;
RELEASE attempt;
COMMIT;
