-- CREATE TABLE ... PARTITION OF takes ACCESS EXCLUSIVE on the parent; ATTACH PARTITION of a table that stands on its own
-- lets readers and writers go on. The default policy logs it.
-- setup
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO logs SELECT '2025-06-01'::date + i % 200, 'line' FROM generate_series(1, 2000) i;
ANALYZE;
CREATE TABLE visits (at date NOT NULL, page text) PARTITION BY RANGE (at);
-- fires: the parent is in use
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- near miss: made alone, then attached
CREATE TABLE logs_2026 (LIKE logs);
ALTER TABLE logs ATTACH PARTITION logs_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- near miss: the parent is empty
CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- near miss: the parent is new
BEGIN;
CREATE TABLE clicks (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE clicks_2026 PARTITION OF clicks FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
COMMIT;
