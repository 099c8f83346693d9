-- an index cannot be kept
-- setup
CREATE TABLE codes (id bigint PRIMARY KEY, code varchar(30) UNIQUE);
INSERT INTO codes SELECT g, 'c' || g FROM generate_series(1, 1000) g;
CREATE INDEX codes_lower ON codes (lower(code));
-- fires: an index cannot be kept
ALTER TABLE codes ALTER COLUMN code TYPE text;
