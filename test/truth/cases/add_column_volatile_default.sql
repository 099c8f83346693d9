-- A volatile default has another value for every row, so PostgreSQL writes the whole table anew while nobody
-- can read or write it. A constant or stable default, now() included, is remembered once.
-- fires: gen_random_uuid() is volatile
ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();
-- fires: clock_timestamp() too, on every partition
ALTER TABLE events ADD COLUMN received_at timestamptz DEFAULT clock_timestamp();
-- fires: hidden in an expression
ALTER TABLE orders ADD COLUMN score integer NOT NULL DEFAULT (10 + random() * 5)::integer;
-- near miss: a constant
ALTER TABLE orders ADD COLUMN priority integer NOT NULL DEFAULT 0;
-- near miss: now() is stable, one value for all rows
ALTER TABLE orders ADD COLUMN checked_at timestamptz NOT NULL DEFAULT now();
-- near miss: the default is set after the column was added
ALTER TABLE orders ADD COLUMN token uuid;
ALTER TABLE orders ALTER COLUMN token SET DEFAULT gen_random_uuid();
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN token uuid DEFAULT gen_random_uuid();
-- near miss: the column exists already
ALTER TABLE orders ADD COLUMN IF NOT EXISTS note text DEFAULT gen_random_uuid()::text;
