-- Rows of a new partition could be in the default partition, so that one is read while nobody can read or
-- write it.
-- setup
INSERT INTO events SELECT g, '2023-01-01'::date + g % 300, NULL, 'import' FROM generate_series(6001, 7000) g;
CREATE TABLE events_2027 (LIKE events INCLUDING INDEXES);
-- fires: ATTACH beside a populated default partition
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- fires: CREATE ... PARTITION OF as well
CREATE TABLE events_2028 PARTITION OF events FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
-- near miss: a CHECK on the default partition excludes the bound
ALTER TABLE events_default ADD CONSTRAINT not_2027 CHECK (happened_at < '2027-01-01' OR happened_at >= '2028-01-01') NOT VALID;
ALTER TABLE events_default VALIDATE CONSTRAINT not_2027;
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
