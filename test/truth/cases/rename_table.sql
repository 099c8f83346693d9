-- Running code fails from the commit on, and so do functions whose body is a string; views go on, since they refer to
-- the table itself.
-- fires: a table that code names
ALTER TABLE customers RENAME TO clients;
-- fires: a view
ALTER VIEW open_orders RENAME TO pending_orders;
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE tasks_new AS SELECT * FROM tasks;
ALTER TABLE tasks_new RENAME TO tasks_copy;
COMMIT;
-- near miss: an empty table that nothing has used yet
ALTER TABLE empty_queue RENAME TO jobs;
-- near miss: nothing of that name
ALTER TABLE IF EXISTS jobs RENAME TO jobs_old;
