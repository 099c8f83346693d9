-- CREATE OR REPLACE VIEW takes ACCESS EXCLUSIVE on the view for an instant, so queries that read it queue
-- behind it while it waits.
-- fires: a view that is read
CREATE OR REPLACE VIEW open_orders AS
    SELECT id, customer_id, status, amount, created_at, quantity FROM orders WHERE status <> 'shipped';
-- near miss: there is none of that name yet
CREATE OR REPLACE VIEW large_orders AS SELECT id, amount FROM orders WHERE amount > 400;
-- near miss: made by the same transaction
BEGIN;
CREATE VIEW large_orders AS SELECT id, amount FROM orders WHERE amount > 400;
CREATE OR REPLACE VIEW large_orders AS SELECT id, amount FROM orders WHERE amount > 450;
COMMIT;
