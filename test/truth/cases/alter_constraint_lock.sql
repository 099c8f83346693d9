-- Whether a foreign key is deferrable is written into the triggers of both tables, which takes ACCESS EXCLUSIVE for an
-- instant. The default policy logs it.
-- setup
CREATE TABLE carriers (id bigint PRIMARY KEY);
CREATE TABLE trucks (id bigint PRIMARY KEY, carrier_id bigint REFERENCES carriers);
-- fires: a table in use
ALTER TABLE orders ALTER CONSTRAINT orders_customer_id_fkey DEFERRABLE INITIALLY DEFERRED;
-- near miss: empty tables
ALTER TABLE trucks ALTER CONSTRAINT trucks_carrier_id_fkey DEFERRABLE;
