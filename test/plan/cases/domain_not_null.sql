-- Constraints of domains that tables use.
-- rule: domain_set_not_null_scan
-- setup of: domains
-- fires: NOT NULL
ALTER DOMAIN "Short Text" SET NOT NULL;
