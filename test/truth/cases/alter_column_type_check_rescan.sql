-- A CHECK that names the column is dropped and added again, which reads every row while nobody can read or
-- write the table, although the rows stay as they are.
-- setup
ALTER TABLE order_items ADD CONSTRAINT sku_filled CHECK (sku <> '');
ALTER TABLE customers ADD CONSTRAINT notes_short CHECK (length(notes) < 1000) NOT VALID;
-- fires: a validated CHECK on the column
ALTER TABLE order_items ALTER COLUMN sku TYPE text;
-- near miss: the CHECK was never validated
ALTER TABLE customers ALTER COLUMN notes TYPE varchar;
-- near miss: the CHECK is on another column
ALTER TABLE order_items ALTER COLUMN price TYPE numeric;
