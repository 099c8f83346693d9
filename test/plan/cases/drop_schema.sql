-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a schema with a table
DROP SCHEMA attic CASCADE;
