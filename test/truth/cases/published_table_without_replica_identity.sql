-- Logical replication refuses to UPDATE or DELETE rows that it cannot name: as soon as the table is published, those statements of running code fail.
-- setup
CREATE TABLE visits (page text, at timestamptz);
INSERT INTO visits SELECT 'home', '2026-01-01 12:00' FROM generate_series(1, 1000);
-- fires: no primary key
CREATE PUBLICATION visits FOR TABLE visits;
-- near miss: a primary key
CREATE PUBLICATION tasks FOR TABLE tasks;
-- near miss: INSERT alone is published
CREATE PUBLICATION visits FOR TABLE visits WITH (publish = 'insert');
-- near miss: the whole row is the identity
BEGIN;
ALTER TABLE visits REPLICA IDENTITY FULL;
CREATE PUBLICATION visits FOR TABLE visits;
COMMIT;
