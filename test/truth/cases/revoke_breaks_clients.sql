-- Privileges are checked at every statement, so code that relies on one fails from the commit on.
-- setup
REVOKE TRIGGER ON orders FROM shop_app;
GRANT SELECT ON tasks TO PUBLIC;
-- fires: a privilege that the application has
REVOKE INSERT ON orders FROM shop_app;
-- near miss: one that it never had
REVOKE TRIGGER ON orders FROM shop_app;
-- near miss: PUBLIC still has it
REVOKE SELECT ON tasks FROM shop_app;
-- near miss: no role but the owner has any
REVOKE ALL ON customers FROM PUBLIC;
