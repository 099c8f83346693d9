-- NOT VALID spares the rows that are there. A check that no row can pass refuses every INSERT and UPDATE from then on,
-- which is how a table is frozen on purpose.
-- fires: a check that is never true
ALTER TABLE tasks ADD CONSTRAINT frozen CHECK (false) NOT VALID;
-- near miss: one that new rows pass
ALTER TABLE tasks ADD CONSTRAINT id_is_positive CHECK (id > 0) NOT VALID;
-- near miss: null is not false
ALTER TABLE tasks ADD CONSTRAINT unknown CHECK (NULL) NOT VALID;
-- near miss: an empty table that nothing has used yet
ALTER TABLE empty_queue ADD CONSTRAINT frozen CHECK (false) NOT VALID;
