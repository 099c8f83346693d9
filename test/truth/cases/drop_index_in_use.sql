-- The server's own counters show that queries used the index since they were reset; without it they fall back to slower plans. The default
-- policy logs it.
-- setup
CREATE INDEX orders_note ON orders (note);
SET enable_seqscan = off;
SELECT count(*) FROM orders WHERE customer_id = 7;
SELECT pg_stat_force_next_flush();
-- fires: used a moment ago
DROP INDEX CONCURRENTLY orders_customer_id_idx;
-- near miss: never used
DROP INDEX CONCURRENTLY orders_note;
