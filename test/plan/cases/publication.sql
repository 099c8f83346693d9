-- A table without a key is published.
-- rule: published_table_without_replica_identity
-- setup
CREATE TABLE log (line text);
INSERT INTO log SELECT 'line ' || g FROM generate_series(1, 1000) g;
-- fires: in a new publication
CREATE PUBLICATION everything FOR TABLE log;
