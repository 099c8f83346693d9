-- Every query that reads the view fails from the commit on; the contents of a materialized view
-- have to be computed anew.
-- setup
CREATE VIEW queued AS SELECT id FROM empty_queue;
-- fires: a view of a table with rows
DROP VIEW open_orders;
-- fires: a materialized view and its contents
DROP MATERIALIZED VIEW daily_sales;
-- near miss: a column more, in place
CREATE OR REPLACE VIEW open_orders AS SELECT id, customer_id, status, amount, created_at, note FROM orders WHERE status <> 'shipped';
-- near miss: a view made in the same transaction
BEGIN;
CREATE VIEW finished AS SELECT id FROM tasks WHERE done;
DROP VIEW finished;
COMMIT;
-- near miss: a view of an empty table that nothing has used yet
-- unobservable: nobody uses the table behind it
DROP VIEW queued;
-- near miss: nothing of that name
DROP VIEW IF EXISTS finished;
