-- A new expression for a stored generated column is computed for every row, and the table and its indexes are written
-- anew while nobody can read. A virtual column stores nothing; only its constraints are checked again.
-- majors: 17-
-- setup
CREATE TABLE parcels (id bigint PRIMARY KEY, width int NOT NULL, height int NOT NULL,
                      area int GENERATED ALWAYS AS (width * height) STORED);
INSERT INTO parcels SELECT i, i, 2 FROM generate_series(1, 1000) i;
CREATE TABLE no_parcels (LIKE parcels INCLUDING GENERATED);
CREATE TABLE lots AS SELECT id, width, height FROM parcels;
-- Virtual columns came in 18.
SELECT current_setting('server_version_num')::int >= 180000 AS virtual_columns \gset
\if :virtual_columns
ALTER TABLE parcels ADD COLUMN outline int GENERATED ALWAYS AS (width + height) VIRTUAL NOT NULL,
                    ADD COLUMN ratio int GENERATED ALWAYS AS (width / height) VIRTUAL;
ALTER TABLE lots ADD COLUMN outline int GENERATED ALWAYS AS (width + height) VIRTUAL CHECK (outline > 0);
\endif
ANALYZE parcels, lots;
-- fires: a stored column
ALTER TABLE parcels ALTER COLUMN area SET EXPRESSION AS (height * width);
-- fires: the NOT NULL of a virtual column is checked
-- majors: 18-
ALTER TABLE parcels ALTER COLUMN outline SET EXPRESSION AS (height + width);
-- fires: a CHECK of a virtual column is checked
-- majors: 19-
ALTER TABLE lots ALTER COLUMN outline SET EXPRESSION AS (height + width);
-- near miss: a virtual column
-- majors: 18-
ALTER TABLE parcels ALTER COLUMN ratio SET EXPRESSION AS (width / height + 0);
-- near miss: an empty table
ALTER TABLE no_parcels ALTER COLUMN area SET EXPRESSION AS (height * width);
-- near miss: the expression goes, the values stay
ALTER TABLE parcels ALTER COLUMN area DROP EXPRESSION;
