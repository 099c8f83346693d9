-- Readers of the materialized view wait until its new contents are there.
-- setup
CREATE MATERIALIZED VIEW later AS SELECT status, count(*) FROM orders GROUP BY status WITH NO DATA;
-- fires: a populated one
REFRESH MATERIALIZED VIEW daily_sales;
-- near miss: concurrently
REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales;
-- near miss: it has never been populated, so that nobody can read it
REFRESH MATERIALIZED VIEW later;
