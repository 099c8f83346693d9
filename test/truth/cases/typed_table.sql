-- The columns of a typed table are those of its type and change with it, for all tables of the type at once.
-- setup
CREATE TYPE task_shape AS (id integer, title text, done boolean);
-- fires: made of a type
CREATE TABLE chores OF task_shape;
-- fires: a table becomes one
ALTER TABLE tasks OF task_shape;
-- near miss: a column of the type
CREATE TABLE chores (id integer PRIMARY KEY, shape task_shape);
