-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a function
DROP FUNCTION total(bigint);
