-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a function
ALTER FUNCTION total(bigint) RENAME TO invoice_total;
