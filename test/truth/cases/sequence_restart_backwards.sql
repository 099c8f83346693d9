-- Values that were handed out already come again, and unique constraints refuse them.
-- setup
CREATE SEQUENCE invoice_numbers;
SELECT setval('invoice_numbers', 5000);
-- fires: before its last value
ALTER SEQUENCE invoice_numbers RESTART WITH 1;
-- fires: it turns, and goes back over what it has given
ALTER SEQUENCE invoice_numbers INCREMENT BY -1;
-- fires: a bound that it has reached, from which it begins again
ALTER SEQUENCE invoice_numbers MAXVALUE 5000 CYCLE;
-- near miss: beyond its last value
ALTER SEQUENCE invoice_numbers RESTART WITH 10000;
-- near miss: another step
ALTER SEQUENCE invoice_numbers INCREMENT BY 10;
-- near miss: a sequence made in the same transaction
BEGIN;
CREATE SEQUENCE ticket_numbers START 100;
ALTER SEQUENCE ticket_numbers RESTART WITH 1;
COMMIT;
