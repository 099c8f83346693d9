-- The rows stay as they are, but an index on the column cannot be kept, and is built again while nobody can
-- read or write the table.
-- setup
CREATE INDEX orders_note_lower_idx ON orders (lower(note));
CREATE INDEX customers_notes_idx ON customers (notes);
CREATE INDEX orders_paid_idx ON orders (customer_id) WHERE note <> 'none';
CREATE TABLE rooms (id integer, code text CONSTRAINT rooms_code UNIQUE, wing varchar(20), floor integer,
  label text CONSTRAINT rooms_label UNIQUE, CONSTRAINT one_wing EXCLUDE USING btree (code WITH =) WHERE (code > 's'));
CREATE INDEX rooms_floor_idx ON rooms (lower(wing), floor);
CREATE INDEX rooms_label_lower_idx ON rooms (lower(label));
INSERT INTO rooms SELECT g, 'r' || g, 'w', 1, 'l' || g FROM generate_series(1, 2000) g;
CREATE TABLE seats (hall integer, seat text, CONSTRAINT seats_key UNIQUE (hall, seat)) PARTITION BY LIST (hall);
CREATE TABLE seats_1 PARTITION OF seats FOR VALUES IN (1);
INSERT INTO seats SELECT 1, 's' || g FROM generate_series(1, 2000) g;
-- fires: an index over an expression
ALTER TABLE orders ALTER COLUMN note TYPE varchar;
-- fires: another collation
ALTER TABLE customers ALTER COLUMN notes TYPE text COLLATE "C";
-- fires: one goes, another stays
ALTER TABLE rooms DROP CONSTRAINT rooms_label, ALTER COLUMN label TYPE varchar;
-- near miss: the same statement drops their constraints
ALTER TABLE rooms DROP CONSTRAINT rooms_code, DROP CONSTRAINT one_wing, ALTER COLUMN code TYPE text COLLATE "C";
-- near miss: its constraint goes with what needs it
CREATE TABLE keys (room text REFERENCES rooms (code));
ALTER TABLE rooms ALTER COLUMN code TYPE text COLLATE "C", DROP CONSTRAINT one_wing, DROP CONSTRAINT rooms_code CASCADE;
-- near miss: the index goes with another column
ALTER TABLE rooms DROP COLUMN floor, ALTER COLUMN wing TYPE varchar(50);
-- near miss: the constraint goes from the partitions too
ALTER TABLE seats DROP CONSTRAINT seats_key, ALTER COLUMN seat TYPE text COLLATE "C";
-- near miss: the index can be kept
ALTER TABLE customers ALTER COLUMN notes TYPE varchar;
-- near miss: no index on the column
ALTER TABLE order_items ALTER COLUMN sku TYPE text;
