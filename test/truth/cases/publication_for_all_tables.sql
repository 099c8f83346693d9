-- Whoever makes a table without a primary key later finds that UPDATE and DELETE fail on it.
-- unobservable: what breaks is made later
-- setup
ALTER TABLE order_items REPLICA IDENTITY FULL;
-- fires: all tables
CREATE PUBLICATION shop FOR ALL TABLES;
-- near miss: some tables
CREATE PUBLICATION shop FOR TABLE orders, customers;
