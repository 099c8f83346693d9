-- Without a CHECK that proves the bound, every row of the new partition is read while nobody can read or
-- write it.
-- setup
CREATE TABLE events_2027 (LIKE events INCLUDING INDEXES);
INSERT INTO events_2027 SELECT g, '2027-01-01'::date + g % 300, NULL, 'click' FROM generate_series(1, 1000) g;
CREATE TABLE events_2028 (LIKE events INCLUDING INDEXES, CHECK (happened_at >= '2028-01-01' AND happened_at < '2029-01-01'));
INSERT INTO events_2028 SELECT g, '2028-01-01'::date + g % 300, NULL, 'click' FROM generate_series(1, 1000) g;
CREATE TABLE events_2029 (LIKE events INCLUDING INDEXES);
-- fires: nothing proves the bound
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- near miss: proven by a validated CHECK
ALTER TABLE events ATTACH PARTITION events_2028 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
-- near miss: the CHECK is added and validated first
ALTER TABLE events_2027 ADD CONSTRAINT bound CHECK (happened_at >= '2027-01-01' AND happened_at < '2028-01-01') NOT VALID;
ALTER TABLE events_2027 VALIDATE CONSTRAINT bound;
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- near miss: it is empty
ALTER TABLE events ATTACH PARTITION events_2029 FOR VALUES FROM ('2029-01-01') TO ('2030-01-01');
