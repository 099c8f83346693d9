-- Variants of the statements of this rule.
-- setup of: drops
-- fires: a privilege in use
REVOKE INSERT ON orders FROM shop_app;
