-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a view
DROP VIEW invoice_totals;
