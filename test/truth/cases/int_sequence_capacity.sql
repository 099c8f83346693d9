-- A column widened to bigint still draws from a sequence that ends with integer; and any sequence can come near its
-- end.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: 80
-- setup
CREATE TABLE counters (id serial PRIMARY KEY);
CREATE TABLE vouchers (id bigint PRIMARY KEY);
CREATE TABLE receipts (id bigint PRIMARY KEY);
CREATE SEQUENCE voucher_numbers MAXVALUE 10000000000 OWNED BY vouchers.id;
ALTER SEQUENCE voucher_numbers MAXVALUE 3000000000;
SELECT setval('voucher_numbers', 2900000000);
-- fires: a serial column widened
ALTER TABLE counters ALTER COLUMN id TYPE bigint;
-- fires: nearly used up
ALTER TABLE vouchers ADD COLUMN note text;
-- fires: an integer sequence for a bigint column
CREATE SEQUENCE numbers AS integer OWNED BY receipts.id;
-- near miss: a sequence of its own size
CREATE SEQUENCE numbers OWNED BY receipts.id;
-- near miss: hardly used
ALTER TABLE counters ADD COLUMN note text;
-- near miss: given more room
ALTER SEQUENCE voucher_numbers MAXVALUE 9000000000;
