-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a sequence
DROP SEQUENCE numbers;
