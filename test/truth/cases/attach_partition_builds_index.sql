-- Every index of the parent must exist on the partition; one that does not is built while nobody can read or
-- write the new partition.
-- setup
CREATE TABLE events_2027 (LIKE events, CHECK (happened_at >= '2027-01-01' AND happened_at < '2028-01-01'));
INSERT INTO events_2027 SELECT g, '2027-01-01'::date + g % 300, NULL, 'click' FROM generate_series(1, 1000) g;
CREATE INDEX events_kind_idx ON events (kind);
CREATE TABLE events_2030 (LIKE events INCLUDING INDEXES, CHECK (happened_at >= '2030-01-01' AND happened_at < '2031-01-01'));
INSERT INTO events_2030 SELECT g, '2030-01-01'::date + g % 300, NULL, 'click' FROM generate_series(1, 1000) g;
ALTER INDEX events_2030_kind_idx RENAME TO events_2030_kind_failed;
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'events_2030_kind_failed'::regclass; -- as a failed concurrent build leaves it
-- fires: neither the key nor the other index is there
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- fires: an index that a failed concurrent build left INVALID is not adopted
ALTER TABLE events ATTACH PARTITION events_2030 FOR VALUES FROM ('2030-01-01') TO ('2031-01-01');
-- near miss: it has the same indexes
CREATE TABLE events_2028 (LIKE events INCLUDING INDEXES);
ALTER TABLE events ATTACH PARTITION events_2028 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
-- near miss: both built concurrently first
CREATE UNIQUE INDEX CONCURRENTLY events_2027_pkey ON events_2027 (id, happened_at);
ALTER TABLE events_2027 ADD PRIMARY KEY USING INDEX events_2027_pkey;
CREATE INDEX CONCURRENTLY events_2027_kind_idx ON events_2027 (kind);
ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
