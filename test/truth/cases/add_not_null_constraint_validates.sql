-- A NOT NULL constraint is checked for every row while nobody can read or write the table.
-- majors: 18-
-- setup
ALTER TABLE customers ADD CONSTRAINT notes_given CHECK (notes IS NOT NULL) NOT VALID;
ALTER TABLE orders ADD CONSTRAINT quantity_given CHECK (quantity IS NOT NULL);
-- fires: on a populated table
ALTER TABLE orders ADD CONSTRAINT note_not_null NOT NULL note;
-- near miss: NOT VALID looks at no row
ALTER TABLE orders ADD CONSTRAINT note_not_null NOT NULL note NOT VALID;
-- near miss: validated afterwards, readers and writers go on
ALTER TABLE orders ADD CONSTRAINT note_not_null NOT NULL note NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT note_not_null;
-- near miss: proven by a validated CHECK
ALTER TABLE orders ADD CONSTRAINT quantity_not_null NOT NULL quantity;
-- near miss: an empty table
ALTER TABLE empty_queue ADD CONSTRAINT payload_not_null NOT NULL payload;
