-- The column is gone from the catalog at commit, and with it the values: nothing but a backup brings them
-- back. Every release that still names it fails, also the one that is being replaced just now.
-- fires: a column with values
ALTER TABLE customers DROP COLUMN notes;
-- fires: a column of every partition
ALTER TABLE events DROP COLUMN payload;
-- near miss: a column added in the same transaction
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE customers DROP COLUMN phone;
COMMIT;
-- near miss: a column of an empty table that nothing has used yet
ALTER TABLE empty_queue DROP COLUMN payload;
-- near miss: no such column
ALTER TABLE customers DROP COLUMN IF EXISTS fax;
