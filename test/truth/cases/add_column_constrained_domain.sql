-- A domain with constraints is checked for every row by copying the table, even when the column is nullable
-- and has no default.
-- setup
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN small AS positive;
CREATE DOMAIN plain AS integer;
-- fires: a CHECK in the domain
ALTER TABLE orders ADD COLUMN stars positive;
-- fires: inherited from the domain below
ALTER TABLE orders ADD COLUMN stars small;
-- near miss: a domain without constraints
ALTER TABLE orders ADD COLUMN stars plain;
-- near miss: the base type
ALTER TABLE orders ADD COLUMN stars integer;
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN stars positive;
