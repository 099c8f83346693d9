-- Qualified names in code and the search_path of roles and databases contain the old name.
-- setup
CREATE SCHEMA archive;
CREATE TABLE archive.orders_2024 AS SELECT * FROM orders;
CREATE SCHEMA scratch;
-- fires: a schema with tables
ALTER SCHEMA archive RENAME TO history;
-- near miss: an empty schema
ALTER SCHEMA scratch RENAME TO playground;
-- near miss: a schema made in the same transaction
BEGIN;
CREATE SCHEMA staging;
CREATE TABLE staging.orders AS SELECT * FROM orders;
ALTER SCHEMA staging RENAME TO loading;
ROLLBACK;
