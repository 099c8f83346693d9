-- Privileges are checked at every statement, so code that relies on one fails from the commit on.
-- setup
DROP ROLE IF EXISTS truth_shop, truth_visitor;
CREATE ROLE truth_shop LOGIN;
CREATE ROLE truth_visitor LOGIN;
GRANT SELECT, INSERT ON orders TO truth_shop;
GRANT SELECT ON tasks TO PUBLIC;
GRANT SELECT ON tasks TO truth_visitor;
-- fires: a privilege that the application has
REVOKE INSERT ON orders FROM truth_shop;
-- near miss: one that it never had
REVOKE DELETE ON orders FROM truth_shop;
-- near miss: PUBLIC still has it
REVOKE SELECT ON tasks FROM truth_visitor;
-- near miss: no role but the owner has any
REVOKE ALL ON customers FROM PUBLIC;
