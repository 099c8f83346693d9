-- Every row is moved while nobody can read or write the table.
-- majors: 19-
-- setup
CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
CREATE TABLE events_2028 PARTITION OF events FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
-- fires: merge
ALTER TABLE events MERGE PARTITIONS (events_2025, events_2026) INTO events_2025_2026;
-- fires: split
ALTER TABLE events SPLIT PARTITION events_2025 INTO
    (PARTITION events_2025a FOR VALUES FROM ('2025-01-01') TO ('2025-07-01'),
     PARTITION events_2025b FOR VALUES FROM ('2025-07-01') TO ('2026-01-01'));
-- near miss: empty partitions
ALTER TABLE events MERGE PARTITIONS (events_2027, events_2028) INTO events_2027_2028;
