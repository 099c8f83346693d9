-- C code can build an index without a statement that says so. The guard sees the index before it is built, and
-- refuses then.
-- enforce only: no statement tells what a function in C will do
-- setup
CREATE FUNCTION net_index(regclass) RETURNS void LANGUAGE c STRICT AS 'net';
-- fires: a function that builds an index
SELECT net_index('orders');
-- near miss: an empty table
SELECT net_index('empty_queue');
