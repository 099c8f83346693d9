-- Whoever may use the schema reads through a view with the rights of its owner, past row security. Here schema
-- public is exposed.
-- argument: public, api
-- setup
CREATE SCHEMA internal;
-- fires: a view
CREATE VIEW names AS SELECT name FROM customers;
-- fires: a materialized view
CREATE MATERIALIZED VIEW names AS SELECT name FROM customers;
-- near miss: it reads with the rights of who asks
CREATE VIEW names WITH (security_invoker = true) AS SELECT name FROM customers;
-- near miss: a schema that is not exposed
CREATE VIEW internal.names AS SELECT name FROM customers;
-- near miss: a table has rights of its own
CREATE TABLE names (name text);
