-- What a role or database is set to, and whether it may connect at all, is asked when a session begins.
-- unobservable: clients of the test take the role in a session that is there already
-- setup
CREATE TABLE notes AS SELECT g AS id, 'note ' || g AS body FROM generate_series(1, 2000) g;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY notes_all ON notes USING (true);
CREATE ROLE truth_writer LOGIN;
GRANT SELECT, INSERT ON notes TO truth_writer;
CREATE ROLE truth_stranger LOGIN;
-- fires: every INSERT and UPDATE fails
ALTER ROLE truth_writer SET default_transaction_read_only = on;
-- fires: queries of a table with row security fail instead of being filtered
ALTER ROLE truth_writer SET row_security = off;
-- fires: nobody can log in as the role
ALTER ROLE truth_writer NOLOGIN;
-- fires: nor as often as not at all
ALTER ROLE truth_writer CONNECTION LIMIT 0;
-- near miss: as it is already
ALTER ROLE truth_writer SET default_transaction_read_only = off;
-- near miss: another setting
ALTER ROLE truth_writer SET default_transaction_isolation = 'repeatable read';
-- near miss: a role that may use nothing with row security
ALTER ROLE truth_stranger SET row_security = off;
-- near miss: a role that has nothing here
ALTER ROLE truth_stranger NOLOGIN;
-- cleanup
DROP OWNED BY truth_writer;
DROP ROLE truth_writer;
DROP ROLE truth_stranger;
