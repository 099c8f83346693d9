-- PostgreSQL cuts names at 63 bytes with a NOTICE alone.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: 64 bytes
CREATE TABLE invoices_for_customers_that_have_been_moved_from_the_old_billing_x (id bigint PRIMARY KEY);
-- near miss: 63 bytes
CREATE TABLE invoices_for_customers_that_have_been_moved_from_the_old_billi (id bigint PRIMARY KEY);
-- near miss: a long string is no name
COMMENT ON TABLE orders IS 'invoices_for_customers_that_have_been_moved_from_the_old_billing_system';
