-- The rows stay as they are, but an index on the column cannot be kept, and is built again while nobody can
-- read or write the table.
-- setup
CREATE INDEX orders_note_lower_idx ON orders (lower(note));
CREATE INDEX customers_notes_idx ON customers (notes);
CREATE INDEX orders_paid_idx ON orders (customer_id) WHERE note <> 'none';
-- fires: an index over an expression
ALTER TABLE orders ALTER COLUMN note TYPE varchar;
-- fires: another collation
ALTER TABLE customers ALTER COLUMN notes TYPE text COLLATE "C";
-- near miss: the index can be kept
ALTER TABLE customers ALTER COLUMN notes TYPE varchar;
-- near miss: no index on the column
ALTER TABLE order_items ALTER COLUMN sku TYPE text;
