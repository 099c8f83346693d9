-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a sequence
ALTER SEQUENCE numbers RENAME TO invoice_numbers;
