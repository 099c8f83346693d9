-- VACUUM FULL copies the table while nobody can read or write it.
-- fires: a table
VACUUM FULL orders;
-- fires: with parenthesized options, beside another table
VACUUM (FULL, ANALYZE) tasks, empty_queue;
-- near miss: plain VACUUM
VACUUM orders;
-- near miss: FULL false
VACUUM (FULL false, ANALYZE) orders;
-- near miss: an empty table
VACUUM FULL empty_queue;
