-- The value of a stored generated column is computed and stored for every existing row, so the whole table is
-- written anew while nobody can read or write it.
-- fires: on a populated table
ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (amount * 1.2) STORED;
-- fires: on every partition
ALTER TABLE events ADD COLUMN kind_length integer GENERATED ALWAYS AS (length(kind)) STORED;
-- near miss: a plain column
ALTER TABLE orders ADD COLUMN gross numeric;
-- near miss: a virtual one is computed when it is read
-- majors: 18-
ALTER TABLE orders ADD COLUMN gross numeric GENERATED ALWAYS AS (amount * 1.2) VIRTUAL;
-- near miss: an empty table
ALTER TABLE empty_queue ADD COLUMN twice bigint GENERATED ALWAYS AS (id * 2) STORED;
