-- the last of a range
-- setup
DROP TABLE events_default;
-- fires: the last of a range
ALTER TABLE events DETACH PARTITION events_2026;
