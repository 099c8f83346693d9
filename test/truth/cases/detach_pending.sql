-- DETACH ... CONCURRENTLY that was interrupted leaves the partition half detached: queries do not see it any more, and
-- statements on the table's partitions fail until it is finished. The default policy logs it.
-- unobservable: PostgreSQL refuses some of the statements
-- setup
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO logs SELECT '2025-06-01'::date + i % 200, 'line' FROM generate_series(1, 2000) i;
ANALYZE;
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'logs_2024'::regclass; -- as an interrupted DETACH leaves it
CREATE TABLE logs_2026 (LIKE logs);
-- fires: a partition of it is half detached
ALTER TABLE logs ATTACH PARTITION logs_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- near miss: finishing it
ALTER TABLE logs DETACH PARTITION logs_2024 FINALIZE;
-- near miss: another table
ALTER TABLE tasks ADD COLUMN due date;
