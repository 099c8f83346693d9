-- A CHECK that names the column is dropped and added again, which reads every row while nobody can read or
-- write the table, although the rows stay as they are.
-- setup
ALTER TABLE order_items ADD CONSTRAINT sku_filled CHECK (sku <> '');
ALTER TABLE customers ADD CONSTRAINT notes_short CHECK (length(notes) < 1000) NOT VALID;
CREATE TABLE parcels (label varchar(40), weight numeric(10,2), CONSTRAINT weighed CHECK (weight > 0 OR label <> ''));
CREATE TABLE parcels_sent () INHERITS (parcels);
INSERT INTO parcels SELECT g, g FROM generate_series(1, 200) g;
INSERT INTO parcels_sent SELECT g, g FROM generate_series(1, 2000) g;
CREATE TABLE letters (label varchar(40), weight numeric(10,2), CONSTRAINT weighed CHECK (weight > 0 OR label <> ''));
CREATE TABLE letters_lost (CONSTRAINT weighed CHECK (weight > 0 OR label <> '')) INHERITS (letters);
INSERT INTO letters SELECT g, g FROM generate_series(1, 200) g;
INSERT INTO letters_lost SELECT g, g FROM generate_series(1, 2000) g;
ALTER TABLE order_items ADD CONSTRAINT ordered CHECK (order_id > 0);
-- fires: a validated CHECK on the column
ALTER TABLE order_items ALTER COLUMN sku TYPE text;
-- fires: another one is dropped
ALTER TABLE order_items DROP CONSTRAINT ordered, ALTER COLUMN sku TYPE text;
-- fires: dropped, but an inheriting table has it of its own
ALTER TABLE letters DROP CONSTRAINT weighed, ALTER COLUMN label TYPE text;
-- near miss: the same statement drops it
ALTER TABLE order_items DROP CONSTRAINT sku_filled, ALTER COLUMN sku TYPE text;
-- near miss: the drop comes later in the statement
ALTER TABLE order_items ALTER COLUMN sku TYPE text, DROP CONSTRAINT IF EXISTS sku_filled, DROP CONSTRAINT IF EXISTS sku_unknown;
-- near miss: dropped for an inheriting table too
ALTER TABLE parcels DROP CONSTRAINT weighed, ALTER COLUMN label TYPE text;
-- near miss: it goes with another column
ALTER TABLE parcels DROP COLUMN weight, ALTER COLUMN label TYPE text;
-- near miss: the CHECK was never validated
ALTER TABLE customers ALTER COLUMN notes TYPE varchar;
-- near miss: the CHECK is on another column
ALTER TABLE order_items ALTER COLUMN price TYPE numeric;
