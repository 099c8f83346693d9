-- Without its replica identity, UPDATE and DELETE on a published table fail.
-- setup
CREATE PUBLICATION shop FOR TABLE order_items;
-- fires: the primary key of a published table
ALTER TABLE order_items DROP CONSTRAINT order_items_pkey;
-- near miss: the table is not published
ALTER TABLE tasks REPLICA IDENTITY NOTHING;
-- near miss: the whole row instead
ALTER TABLE order_items REPLICA IDENTITY FULL;
