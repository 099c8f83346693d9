-- C code can drop or empty a table without a statement that says so. The guard sees it before it happens, and
-- refuses then.
-- enforce only: no statement tells what a function in C will do
-- setup
CREATE FUNCTION net_drop(regclass) RETURNS void LANGUAGE c STRICT AS 'net';
CREATE FUNCTION net_truncate(regclass) RETURNS void LANGUAGE c STRICT AS 'net';
-- fires: a function that drops
SELECT net_drop('order_items');
-- fires: a function that truncates
SELECT net_truncate('order_items');
-- near miss: an empty table
SELECT net_drop('empty_queue');
