-- Keys and foreign keys of a parent do not reach its children.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: INHERITS
CREATE TABLE big_orders () INHERITS (orders);
-- fires: made a child later
CREATE TABLE more_tasks (LIKE tasks);
ALTER TABLE more_tasks INHERIT tasks;
-- near miss: LIKE copies
CREATE TABLE big_orders (LIKE orders);
-- near miss: a partition
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
