-- What is dropped, after a quiet period.
-- rule: drop_table
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, order_id bigint REFERENCES orders, number text NOT NULL, total numeric, UNIQUE (number, total));
INSERT INTO invoices SELECT g, g, 'no ' || g, g FROM generate_series(1, 500) g;
CREATE VIEW invoice_totals AS SELECT id, total FROM invoices;
CREATE TABLE "Old Things" (id integer PRIMARY KEY);
INSERT INTO "Old Things" SELECT generate_series(1, 200);
CREATE FUNCTION total(bigint) RETURNS numeric LANGUAGE sql AS 'SELECT total FROM invoices WHERE id = $1';
CREATE SEQUENCE numbers;
SELECT nextval('numbers');
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE SCHEMA attic;
CREATE TABLE attic.boxes (id integer);
INSERT INTO attic.boxes SELECT generate_series(1, 200);
-- fires: a table
DROP TABLE "Old Things";
-- fires: several tables
DROP TABLE "Old Things", tasks;
-- fires: with what depends on it
DROP TABLE invoices CASCADE;
