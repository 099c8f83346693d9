-- One word takes every table, view and function in the schema along.
-- setup
CREATE SCHEMA archive;
CREATE TABLE archive.orders_2024 AS SELECT * FROM orders;
CREATE SCHEMA scratch;
-- fires: a schema with a table that has rows
DROP SCHEMA archive CASCADE;
-- near miss: an empty schema
DROP SCHEMA scratch;
-- near miss: a schema made in the same transaction
BEGIN;
CREATE SCHEMA staging;
CREATE TABLE staging.orders AS SELECT * FROM orders;
DROP SCHEMA staging CASCADE;
COMMIT;
-- near miss: nothing of that name
DROP SCHEMA IF EXISTS staging CASCADE;
