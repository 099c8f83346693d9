-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a unique constraint
ALTER TABLE invoices DROP CONSTRAINT invoices_number_total_key;
