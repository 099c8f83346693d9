-- With REPLICA IDENTITY FULL every UPDATE and DELETE writes the whole old row to the WAL, and a subscriber searches
-- its table for it.
-- setup
CREATE PUBLICATION shop FOR TABLE orders;
CREATE PUBLICATION arrivals FOR TABLE tasks WITH (publish = 'insert');
-- fires: on a published table
ALTER TABLE orders REPLICA IDENTITY FULL;
-- near miss: nobody receives it
ALTER TABLE customers REPLICA IDENTITY FULL;
-- near miss: only new rows are published
ALTER TABLE tasks REPLICA IDENTITY FULL;
-- near miss: a unique index says the same in less
CREATE UNIQUE INDEX orders_again_idx ON orders (id);
ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_again_idx;
