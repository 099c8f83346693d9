-- Drivers bind parameters and decode results by type, and operators of the old type are gone: code that works today gets another type back.
-- fires: an integer becomes text
ALTER TABLE orders ALTER COLUMN quantity TYPE text;
-- fires: text becomes an array
ALTER TABLE customers ALTER COLUMN notes TYPE text[] USING ARRAY[notes];
-- near miss: text types read and write alike
ALTER TABLE order_items ALTER COLUMN sku TYPE text;
-- near miss: an empty table that nothing has used yet
ALTER TABLE empty_queue ALTER COLUMN payload TYPE jsonb USING payload::jsonb;
