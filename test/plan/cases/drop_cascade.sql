-- Variants of the statements of this rule.
-- setup of: drops
-- fires: what a view reads
DROP TABLE invoices CASCADE;
