-- DETACH asks for ACCESS EXCLUSIVE on the parent; CONCURRENTLY lets readers and writers of the other partitions go on. The
-- default policy logs it.
-- setup
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO logs SELECT '2025-06-01'::date + i % 500, 'line' FROM generate_series(1, 2000) i;
ANALYZE;
-- fires: everybody waits behind it
-- unobservable: that the rows leave the table is what DETACH is for
ALTER TABLE logs DETACH PARTITION logs_2025;
-- near miss: CONCURRENTLY
-- unobservable: that the rows leave the table is what DETACH is for
ALTER TABLE logs DETACH PARTITION logs_2025 CONCURRENTLY;
-- near miss: of a table made in the same transaction
BEGIN;
CREATE TABLE visits (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE visits DETACH PARTITION visits_2025;
COMMIT;
