-- NOT VALID reads no row, so it is never known whether the rows that are there pass; but PostgreSQL checks them as soon as
-- one is updated, whatever column is set, and what applications write is like what they wrote before. Statistics tell.
-- setup
CREATE DOMAIN percent AS integer;
CREATE TABLE vouchers (id bigint PRIMARY KEY, code text NOT NULL, discount percent NOT NULL, valid_from date NOT NULL, seen_at date);
INSERT INTO vouchers SELECT i, 'V-' || i, i % 150, '2025-01-01'::date + i % 365, NULL FROM generate_series(1, 2000) i;
ANALYZE vouchers;
-- fires: values that rows have
ALTER TABLE vouchers ADD CONSTRAINT discount_ok CHECK (discount <= 40) NOT VALID;
-- fires: of a list
ALTER TABLE orders ADD CONSTRAINT status_known CHECK (status IN ('paid', 'shipped')) NOT VALID;
-- fires: without a name
ALTER TABLE vouchers ADD CHECK (length(code) < 5) NOT VALID;
-- fires: nulls that rows have
ALTER TABLE vouchers ADD CONSTRAINT seen CHECK (seen_at IS NOT NULL AND seen_at > '2025-01-01') NOT VALID;
-- fires: of every column of the domain
ALTER DOMAIN percent ADD CONSTRAINT percent_ok CHECK (VALUE BETWEEN 0 AND 40) NOT VALID;
-- near miss: all values pass
ALTER TABLE vouchers ADD CONSTRAINT discount_ok CHECK (discount >= 0) NOT VALID;
-- near miss: null is not false
ALTER TABLE vouchers ADD CONSTRAINT seen CHECK (seen_at > '2025-01-01') NOT VALID;
-- near miss: of a domain
ALTER DOMAIN percent ADD CONSTRAINT percent_ok CHECK (VALUE < 1000) NOT VALID;
