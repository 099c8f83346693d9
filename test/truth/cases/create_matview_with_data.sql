-- Filling a materialized view or a copy of a table stops nobody, but its snapshot keeps vacuum from removing dead
-- rows of the whole database for as long as it takes.
-- fires: a materialized view over a populated table
CREATE MATERIALIZED VIEW sales AS SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY 1;
-- fires: a copy
CREATE TABLE orders_copy AS SELECT * FROM orders;
-- near miss: without data
CREATE MATERIALIZED VIEW sales AS SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY 1 WITH NO DATA;
-- near miss: of an empty table
CREATE TABLE queue_copy AS SELECT * FROM empty_queue;
-- near miss: a temporary table
CREATE TEMPORARY TABLE orders_copy AS SELECT * FROM orders;
