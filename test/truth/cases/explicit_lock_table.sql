-- LOCK TABLE keeps others out until the transaction ends. The default policy logs it.
-- fires: ACCESS EXCLUSIVE, which it takes when nothing is said
BEGIN;
LOCK TABLE tasks;
COMMIT;
-- fires: writers are kept out
BEGIN;
LOCK TABLE tasks IN SHARE MODE;
COMMIT;
-- near miss: readers and writers go on
BEGIN;
LOCK TABLE tasks IN SHARE UPDATE EXCLUSIVE MODE;
COMMIT;
-- near miss: an empty table
BEGIN;
LOCK TABLE empty_queue;
COMMIT;
