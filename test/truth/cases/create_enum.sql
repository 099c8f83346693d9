-- Values of an enum can be added and renamed, never taken away.
-- fires: an enum
CREATE TYPE colour AS ENUM ('red', 'green');
-- near miss: another type
CREATE TYPE point3 AS (x float8, y float8, z float8);
