-- Bounds over several columns are compared as tuples.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: two columns
CREATE TABLE logs (at date, kind text) PARTITION BY RANGE (at, kind);
-- near miss: one
CREATE TABLE logs (at date, kind text) PARTITION BY RANGE (at);
