-- nextval('name') in running code contains the old name; defaults of columns go on.
-- setup
CREATE SEQUENCE invoice_numbers;
SELECT setval('invoice_numbers', 5000);
-- fires: a sequence that code draws from
ALTER SEQUENCE invoice_numbers RENAME TO bill_numbers;
-- near miss: a sequence made in the same transaction
BEGIN;
CREATE SEQUENCE ticket_numbers;
ALTER SEQUENCE ticket_numbers RENAME TO tickets;
COMMIT;
