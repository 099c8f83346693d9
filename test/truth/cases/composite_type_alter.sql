-- Every column of the type changes its shape at once, and ROW(...) literals of running code do not fit it any more.
-- setup
CREATE TYPE address AS (street text, city text);
CREATE TABLE shipments (id bigint PRIMARY KEY, destination address);
INSERT INTO shipments SELECT i, ROW('Main Street', 'Utrecht')::address FROM generate_series(1, 1000) i;
CREATE TYPE point3 AS (x int, y int);
-- fires: a column has the type
ALTER TYPE address ADD ATTRIBUTE country text;
-- near miss: no column has the type
ALTER TYPE point3 ADD ATTRIBUTE z int;
-- near miss: a type made in the same transaction
BEGIN;
CREATE TYPE size AS (width int, height int);
ALTER TYPE size ADD ATTRIBUTE depth int;
COMMIT;
