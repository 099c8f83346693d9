-- Code draws from the sequence by name; with CASCADE the defaults that use it go, too.
-- setup
CREATE SEQUENCE invoice_numbers START 100000;
ALTER TABLE order_items ALTER COLUMN id SET DEFAULT nextval('invoice_numbers');
CREATE SEQUENCE ticket_numbers;
SELECT setval('ticket_numbers', 5000);
-- fires: a default draws from it
DROP SEQUENCE invoice_numbers CASCADE;
-- fires: code draws from it
DROP SEQUENCE ticket_numbers;
-- near miss: a sequence made in the same transaction
BEGIN;
CREATE SEQUENCE import_numbers;
DROP SEQUENCE import_numbers;
COMMIT;
-- near miss: nothing of that name
DROP SEQUENCE IF EXISTS import_numbers;
