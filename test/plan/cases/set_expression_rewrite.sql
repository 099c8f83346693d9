-- another expression
-- majors: 17-
-- setup
CREATE TABLE lines (n integer, total integer GENERATED ALWAYS AS (n * 2) STORED);
INSERT INTO lines SELECT generate_series(1, 1000);
-- fires: another expression
ALTER TABLE lines ALTER COLUMN total SET EXPRESSION AS (n * 3);
