-- DETACH ... CONCURRENTLY runs in two transactions of its own, and never on a table with a default partition.
-- unobservable: PostgreSQL refuses it before it does anything
-- check only: PostgreSQL itself refuses the statement when it runs
-- setup
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO logs SELECT '2025-06-01'::date + i % 500, 'line' FROM generate_series(1, 2000) i;
ANALYZE;
-- fires: in a transaction block
BEGIN;
ALTER TABLE logs DETACH PARTITION logs_2025 CONCURRENTLY;
COMMIT;
-- fires: the table has a default partition
ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY;
-- near miss: alone, without a default partition
ALTER TABLE logs DETACH PARTITION logs_2025 CONCURRENTLY;
