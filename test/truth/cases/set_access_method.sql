-- The table is copied into the new access method while nobody can read or write it.
-- setup
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
-- fires: another access method
ALTER TABLE orders SET ACCESS METHOD heap2;
-- near miss: the one that it has
ALTER TABLE orders SET ACCESS METHOD heap;
-- near miss: a partitioned table hands it to new partitions alone
-- majors: 17-
ALTER TABLE events SET ACCESS METHOD heap2;
-- near miss: an empty table
ALTER TABLE empty_queue SET ACCESS METHOD heap2;
