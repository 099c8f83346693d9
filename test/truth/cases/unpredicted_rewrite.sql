-- C code can rewrite a table without a statement that says so. The guard sees the new file before one row is
-- copied, and refuses then.
-- enforce only: no statement tells what a function in C will do
-- setup
CREATE FUNCTION net_rewrite(regclass) RETURNS void LANGUAGE c STRICT AS 'net';
-- fires: a function that rewrites
SELECT net_rewrite('order_items');
-- near miss: an empty table
SELECT net_rewrite('empty_queue');
