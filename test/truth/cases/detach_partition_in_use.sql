-- Every partition of a hash-partitioned table takes new rows, so do the last one of a range and one of a list that has rows: without it INSERT fails for them.
-- setup
CREATE TABLE visits (id bigint NOT NULL, page text) PARTITION BY HASH (id);
CREATE TABLE visits_0 PARTITION OF visits FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO visits SELECT i, 'home' FROM generate_series(1, 2000) i;
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2025 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO logs SELECT '2025-06-01'::date + i % 500, 'line' FROM generate_series(1, 2000) i;
CREATE TABLE stock (country text, sku text) PARTITION BY LIST (country);
CREATE TABLE stock_nl PARTITION OF stock FOR VALUES IN ('nl');
CREATE TABLE stock_be PARTITION OF stock FOR VALUES IN ('be');
INSERT INTO stock SELECT 'nl', 'SKU-' || i FROM generate_series(1, 2000) i;
CREATE TABLE sales (year integer, amount numeric) PARTITION BY LIST (year);
CREATE TABLE sales_2024 PARTITION OF sales FOR VALUES IN (2024);
CREATE TABLE sales_2025 PARTITION OF sales FOR VALUES IN (2025);
INSERT INTO sales SELECT 2024 + i % 2, i FROM generate_series(1, 2000) i;
ANALYZE;
CREATE TABLE sales_2026 PARTITION OF sales FOR VALUES IN (2026);
-- fires: half of all new rows
ALTER TABLE visits DETACH PARTITION visits_1 CONCURRENTLY;
-- fires: the newest range
ALTER TABLE logs DETACH PARTITION logs_2026 CONCURRENTLY;
-- fires: a value that rows have
ALTER TABLE stock DETACH PARTITION stock_nl CONCURRENTLY;
-- fires: the empty one of next year is dropped
-- unobservable: clients of the test write no row of next year
DROP TABLE sales_2026;
-- near miss: a value that none has
ALTER TABLE stock DETACH PARTITION stock_be CONCURRENTLY;
-- near miss: an old range
-- unobservable: that the rows leave the table is what DETACH is for
ALTER TABLE logs DETACH PARTITION logs_2025 CONCURRENTLY;
-- near miss: an old year
-- unobservable: that the rows leave the table is what DETACH is for
ALTER TABLE sales DETACH PARTITION sales_2024 CONCURRENTLY;
