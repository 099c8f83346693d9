-- that takes what fits nowhere
-- fires: that takes what fits nowhere
ALTER TABLE events DETACH PARTITION events_default;
