-- Changing a column's type throws its statistics away, even where the bits stay: plans get worse until the next ANALYZE.
-- fires: a longer varchar
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(80);
-- near miss: nothing is known of the column yet
ALTER TABLE empty_queue ALTER COLUMN created_at TYPE timestamptz(3);
-- near miss: what does not touch the type
ALTER TABLE order_items ALTER COLUMN sku SET STORAGE external;
