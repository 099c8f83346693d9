-- Bodies of functions are strings, of which the catalog has no dependencies: the column goes without a word, and the function
-- fails at its next call. The default policy logs it.
-- setup
CREATE FUNCTION customer_card(which bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT name || coalesce(notes, '') FROM customers WHERE id = which);
END $$;
-- fires: a function reads the column
-- unobservable: what fails is a function, which is no relation
ALTER TABLE customers DROP COLUMN notes;
-- near miss: no function mentions it
ALTER TABLE orders DROP COLUMN quantity;
-- near miss: a column added in the same transaction
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE customers DROP COLUMN phone;
COMMIT;
