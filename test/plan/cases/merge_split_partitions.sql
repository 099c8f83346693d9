-- two into one
-- majors: 19-
-- fires: two into one
ALTER TABLE events MERGE PARTITIONS (events_2025, events_2026) INTO events_2025_2026;
