-- without WAL
-- fires: without WAL
ALTER TABLE tasks SET UNLOGGED;
