-- The default partition takes the rows that no other partition takes. Without it, INSERT fails for them.
-- fires: rows of other years have no place
ALTER TABLE events DETACH PARTITION events_default;
-- near miss: an old partition, whose rows the default would take
ALTER TABLE events DETACH PARTITION events_2025;
