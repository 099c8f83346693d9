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
