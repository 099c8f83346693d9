-- Dropping a partition that is still attached takes ACCESS EXCLUSIVE on the parent, and everybody who reads any partition
-- waits. The default policy logs it.
-- setup
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2024 PARTITION OF logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO logs SELECT '2024-06-01'::date + i % 800, 'line' FROM generate_series(1, 2000) i;
ANALYZE;
-- fires: still attached
DROP TABLE logs_2024;
-- near miss: detached first
-- unobservable: that the rows leave the table is what DETACH is for
ALTER TABLE logs DETACH PARTITION logs_2024 CONCURRENTLY;
DROP TABLE logs_2024;
-- near miss: a table of its own
DROP TABLE empty_queue;
