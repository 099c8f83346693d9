-- The types come from a query, constraints are missing, and one transaction fills it.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: CREATE TABLE AS
CREATE TABLE invoices AS SELECT 1::bigint AS id;
-- fires: SELECT INTO
SELECT 1::bigint AS id INTO invoices;
-- near miss: temporary
CREATE TEMP TABLE invoices AS SELECT 1::bigint AS id;
-- near miss: a materialized view
CREATE MATERIALIZED VIEW invoices AS SELECT 1::bigint AS id;
-- near miss: LIKE
CREATE TABLE invoices (LIKE orders);
