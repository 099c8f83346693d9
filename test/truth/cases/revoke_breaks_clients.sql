-- Privileges are checked at every statement, so code that relies on one fails from the commit on.
-- setup
REVOKE TRIGGER ON orders FROM shop_app;
GRANT SELECT ON tasks TO PUBLIC;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$;
CREATE TRIGGER kept BEFORE INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION keep();
-- fires: a privilege that the application has
REVOKE INSERT ON orders FROM shop_app;
-- near miss: one that it never had
REVOKE TRIGGER ON orders FROM shop_app;
-- near miss: PUBLIC still has it
REVOKE SELECT ON tasks FROM shop_app;
-- near miss: no role but the owner has any
REVOKE ALL ON customers FROM PUBLIC;
-- near miss: nobody is asked for it when a trigger fires
REVOKE EXECUTE ON FUNCTION keep() FROM PUBLIC;
