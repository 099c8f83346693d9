-- to timestamptz
-- setup
CREATE TABLE visits (id bigint PRIMARY KEY, at timestamp NOT NULL DEFAULT now());
INSERT INTO visits SELECT g, '2026-01-01'::timestamp + g * interval '1 hour' FROM generate_series(1, 1000) g;
-- fires: to timestamptz
ALTER TABLE visits ALTER COLUMN at TYPE timestamptz;
