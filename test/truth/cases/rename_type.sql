-- Casts, parameters and function signatures of running code name the type; columns go on.
-- setup
CREATE TABLE shipments (id bigint PRIMARY KEY, priority order_priority);
INSERT INTO shipments SELECT i, 'normal' FROM generate_series(1, 1000) i;
-- fires: a type that a column has
ALTER TYPE order_priority RENAME TO priority;
-- near miss: a type made in the same transaction
BEGIN;
CREATE TYPE mood AS ENUM ('sad', 'happy');
ALTER TYPE mood RENAME TO temper;
COMMIT;
-- near miss: an enum that has all of its values takes the name, and nothing has the old one any more
BEGIN;
ALTER TYPE order_priority RENAME TO order_priority_old;
CREATE TYPE order_priority AS ENUM ('low', 'normal', 'high', 'urgent');
ALTER TABLE shipments ALTER COLUMN priority TYPE order_priority USING priority::text::order_priority;
DROP TYPE order_priority_old;
COMMIT;
