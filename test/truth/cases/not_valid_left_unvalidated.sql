-- A constraint that stays NOT VALID promises nothing about old rows, and the planner cannot use it.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- setup
ALTER TABLE orders ADD CONSTRAINT positive CHECK (amount >= 0) NOT VALID;
-- fires: left behind
ALTER TABLE orders ADD COLUMN extra jsonb;
-- near miss: validated now
ALTER TABLE orders VALIDATE CONSTRAINT positive;
-- near miss: dropped now
ALTER TABLE orders DROP CONSTRAINT positive;
-- near miss: another table
ALTER TABLE tasks ADD COLUMN extra jsonb;
-- near miss: a new one
ALTER TABLE tasks ADD CONSTRAINT titled CHECK (title <> '') NOT VALID;
