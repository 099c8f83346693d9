-- REFRESH ... CONCURRENTLY lets readers in and keeps every other REFRESH of the view waiting until it is done.
-- fires: a populated materialized view
REFRESH MATERIALIZED VIEW CONCURRENTLY daily_sales;
-- near miss: a plain REFRESH has a rule of its own
BEGIN;
CREATE MATERIALIZED VIEW sales AS SELECT sum(amount) AS amount FROM orders;
REFRESH MATERIALIZED VIEW sales;
COMMIT;
-- near miss: made by the same transaction
BEGIN;
CREATE MATERIALIZED VIEW sales AS SELECT status, sum(amount) AS amount FROM orders GROUP BY 1;
CREATE UNIQUE INDEX sales_status_idx ON sales (status);
REFRESH MATERIALIZED VIEW CONCURRENTLY sales;
COMMIT;
