-- A plain CREATE INDEX keeps writers waiting until it is built.
-- fires: on a populated table
CREATE INDEX orders_status_idx ON orders (status);
-- near miss: concurrently
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
-- near miss: on an empty table
CREATE INDEX empty_queue_created_at_idx ON empty_queue (created_at);
-- near miss: on a table made by the same script
CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint NOT NULL);
CREATE INDEX refunds_order_id_idx ON refunds (order_id);
