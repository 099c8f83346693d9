-- When the new type does not keep the bits of the old one, every row and every index is written anew while
-- nobody can read or write the table.
-- fires: a wider integer has another size
ALTER TABLE orders ALTER COLUMN quantity TYPE bigint;
-- fires: USING computes new values
ALTER TABLE orders ALTER COLUMN note TYPE text USING lower(note);
-- fires: another precision of a timestamp
ALTER TABLE orders ALTER COLUMN created_at TYPE timestamptz(0);
-- fires: a column of a partitioned table
ALTER TABLE events ALTER COLUMN payload TYPE json USING payload::json;
-- fires: a key that others refer to
ALTER TABLE tasks ALTER COLUMN id TYPE bigint;
-- near miss: text to varchar without a limit
ALTER TABLE orders ALTER COLUMN note TYPE varchar;
-- near miss: a longer limit
ALTER TABLE order_items ALTER COLUMN sku TYPE varchar(80);
-- near miss: varchar to text
ALTER TABLE order_items ALTER COLUMN sku TYPE text;
-- near miss: more digits, same scale
ALTER TABLE order_items ALTER COLUMN price TYPE numeric(14,2);
-- near miss: no limit
ALTER TABLE order_items ALTER COLUMN price TYPE numeric;
-- near miss: timestamps in a session at UTC
ALTER TABLE customers ALTER COLUMN created_at TYPE timestamp;
-- near miss: an empty table
ALTER TABLE empty_queue ALTER COLUMN id TYPE integer;
