-- SHARE UPDATE EXCLUSIVE lets readers and writers go on, but conflicts with itself: VALIDATE, ANALYZE, VACUUM and
-- concurrent builds on one table queue behind one another.
-- unobservable: what would be seen is the time until another session ends
-- setup
CREATE EXTENSION dblink;
DO $$ BEGIN
  PERFORM dblink_connect('other', format('host=%s port=%s dbname=%s user=%s',
    split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database(), current_user));
  PERFORM dblink_send_query('other', 'BEGIN; LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE; SELECT pg_sleep(120)');
  WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'orders'::regclass AND mode = 'ShareUpdateExclusiveLock' AND granted) LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
-- fires: another session works on the table
SET lock_timeout = '200ms';
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
-- near miss: another table
SET lock_timeout = '200ms';
ALTER TABLE tasks ALTER COLUMN title SET STATISTICS 500;
