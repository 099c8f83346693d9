-- Another session holds a lock in the way, in a transaction that has run for a while: the statement would queue for
-- it, and everybody else behind the statement. Here any age counts.
-- argument: 0
-- unobservable: what would be seen is the time until another session ends
-- setup
CREATE EXTENSION dblink;
DO $$ BEGIN
  PERFORM dblink_connect('other', format('host=%s port=%s dbname=%s user=%s',
    split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database(), current_user));
  PERFORM dblink_send_query('other', 'BEGIN; LOCK TABLE orders IN ROW EXCLUSIVE MODE; SELECT pg_sleep(120)');
  WHILE NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'orders'::regclass AND mode = 'RowExclusiveLock' AND granted) LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
-- fires: somebody writes to the table
SET lock_timeout = '200ms';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: another table
SET lock_timeout = '200ms';
ALTER TABLE tasks ADD COLUMN phone text;
-- near miss: a lock that does not conflict
SET lock_timeout = '200ms';
ALTER TABLE orders ALTER COLUMN note SET STATISTICS 500;
