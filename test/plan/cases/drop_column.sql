-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a required column without default
ALTER TABLE invoices DROP COLUMN number;
