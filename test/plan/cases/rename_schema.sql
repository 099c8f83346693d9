-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a schema with a table
ALTER SCHEMA attic RENAME TO cellar;
