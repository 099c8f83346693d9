-- A new table that belongs to another role than its neighbours is altered, granted and read by other rules than
-- they are.
-- setup
GRANT CREATE ON SCHEMA public TO shop_owner;
CREATE SCHEMA fresh;
-- fires: the other tables belong to shop_owner
CREATE TABLE refunds (id bigint PRIMARY KEY);
-- near miss: a schema without tables
CREATE TABLE fresh.refunds (id bigint PRIMARY KEY);
-- near miss: a temporary table
CREATE TEMPORARY TABLE refunds (id bigint PRIMARY KEY);
