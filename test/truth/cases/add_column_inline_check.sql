-- A CHECK beside a new column is checked for every row, although the column is new.
-- fires: the column has no value in any row
ALTER TABLE orders ADD COLUMN stars integer CHECK (stars BETWEEN 1 AND 5);
-- fires: with a default
ALTER TABLE orders ADD COLUMN stars integer DEFAULT 3 CHECK (stars BETWEEN 1 AND 5);
-- near miss: the CHECK is added NOT VALID
ALTER TABLE orders ADD COLUMN stars integer, ADD CONSTRAINT stars_known CHECK (stars BETWEEN 1 AND 5) NOT VALID;
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN stars integer CHECK (stars BETWEEN 1 AND 5);
