-- PostgreSQL makes sure that a replaced view keeps its columns, not that it shows the same rows or values in
-- them: clients that read it get other answers at once.
-- fires: another condition
CREATE OR REPLACE VIEW open_orders AS
    SELECT id, customer_id, status, amount, created_at FROM orders WHERE status = 'new';
-- fires: a column is computed otherwise
CREATE OR REPLACE VIEW open_orders AS
    SELECT id, customer_id, status, round(amount)::numeric(12,2) AS amount, created_at FROM orders WHERE status <> 'shipped';
-- fires: fewer rows
CREATE OR REPLACE VIEW open_orders AS
    SELECT id, customer_id, status, amount, created_at FROM orders WHERE status <> 'shipped' LIMIT 10;
-- near miss: one more column at the end
CREATE OR REPLACE VIEW open_orders AS
    SELECT id, customer_id, status, amount, created_at, quantity FROM orders WHERE status <> 'shipped';
-- near miss: the same in other words
CREATE OR REPLACE VIEW open_orders AS
    SELECT o.id, o.customer_id, o.status, o.amount, o.created_at, upper(o.note) AS shout FROM orders o WHERE o.status <> 'shipped';
