-- Without an identity, PostgreSQL refuses to change rows of a published table.
-- setup
CREATE PUBLICATION shop FOR TABLE orders;
CREATE PUBLICATION arrivals FOR TABLE tasks WITH (publish = 'insert');
-- fires: on a published table
ALTER TABLE orders REPLICA IDENTITY NOTHING;
-- near miss: the table is not published
ALTER TABLE customers REPLICA IDENTITY NOTHING;
-- near miss: only new rows are published
ALTER TABLE tasks REPLICA IDENTITY NOTHING;
