-- Privileges are checked at every statement, so code that relies on one fails from the commit on.
-- setup
REVOKE TRIGGER ON orders FROM shop_app;
GRANT SELECT ON tasks TO PUBLIC;
DROP ROLE IF EXISTS truth_nobody, truth_readers;
CREATE ROLE truth_nobody;
CREATE ROLE truth_readers;
GRANT truth_readers TO shop_app;
GRANT SELECT ON customers TO truth_nobody;
REVOKE SELECT ON customers FROM shop_app;
GRANT SELECT ON customers TO truth_readers;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER kept BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION keep();
-- fires: a privilege that the application has
REVOKE INSERT ON orders FROM shop_app;
-- fires: of a group that it is in
REVOKE SELECT ON customers FROM truth_readers;
-- near miss: of a role that nobody can connect as and that has no members
REVOKE SELECT ON customers FROM truth_nobody;
-- near miss: one that it never had
REVOKE TRIGGER ON orders FROM shop_app;
-- near miss: PUBLIC still has it
REVOKE SELECT ON tasks FROM shop_app;
-- near miss: no role but the owner has any
REVOKE ALL ON customers FROM PUBLIC;
-- near miss: nobody is asked for it when a trigger fires
REVOKE EXECUTE ON FUNCTION keep() FROM PUBLIC;
-- cleanup
DROP OWNED BY truth_nobody, truth_readers;
DROP ROLE truth_nobody, truth_readers;
