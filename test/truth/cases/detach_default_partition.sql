-- The default partition takes the rows that no other partition takes. Without it, INSERT fails for them.
-- fires: rows of other years have no place
ALTER TABLE events DETACH PARTITION events_default;
-- near miss: an old partition, whose rows the default would take
-- unobservable: that the rows leave the table is what DETACH is for
ALTER TABLE events DETACH PARTITION events_2025;
