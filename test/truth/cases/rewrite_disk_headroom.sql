-- The old files stay until the transaction ends, so a rewrite needs room for the whole table and its indexes
-- again. Here none of the free space may be used.
-- argument: 0
-- fires: a new type with other bits
ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;
-- fires: VACUUM FULL
VACUUM FULL orders;
-- near miss: the same bits
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(80);
-- near miss: an empty table
ALTER TABLE empty_queue ALTER COLUMN created_at TYPE timestamptz(3);
