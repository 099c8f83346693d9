-- Constraints of domains that tables use.
-- rule: domain_validate_blocks_writes
-- setup of: domains
-- fires: validation
ALTER DOMAIN checked VALIDATE CONSTRAINT positive;
