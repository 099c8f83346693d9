-- Values that the old type allowed are refused or cut from now on, in rows that exist and in what clients write.
-- fires: fewer digits
ALTER TABLE orders ALTER COLUMN quantity TYPE smallint;
-- fires: a length limit
ALTER TABLE customers ALTER COLUMN notes TYPE varchar(200);
-- fires: a shorter limit
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(20);
-- near miss: a longer limit
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(80);
-- near miss: more digits
ALTER TABLE order_items ALTER COLUMN price TYPE numeric(14, 2);
-- near miss: an empty table
ALTER TABLE empty_queue ALTER COLUMN id TYPE integer;
