-- Partitions must be maintained, and every key must contain the partition key.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: a partitioned table
CREATE TABLE logs (at date) PARTITION BY RANGE (at);
-- near miss: an ordinary one
CREATE TABLE logs (at date);
-- near miss: a partition of one that is there
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
