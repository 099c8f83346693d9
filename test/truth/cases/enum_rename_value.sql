-- Running code sends and compares the old label, which PostgreSQL then refuses as unknown.
-- setup
CREATE TABLE shipments (id bigint PRIMARY KEY, priority order_priority);
INSERT INTO shipments SELECT i, 'normal' FROM generate_series(1, 1000) i;
CREATE TYPE unused_state AS ENUM ('draft', 'final');
-- fires: a column has the type
ALTER TYPE order_priority RENAME VALUE 'normal' TO 'medium';
-- near miss: no column has the type
-- unobservable: nobody uses the type
ALTER TYPE unused_state RENAME VALUE 'draft' TO 'sketch';
-- near miss: a value more
ALTER TYPE order_priority ADD VALUE 'urgent';
