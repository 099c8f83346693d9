-- NOT ENFORCED is written down and never checked: people and tools read it as a promise, rows do not keep it. The default
-- policy logs it.
-- majors: 18-
-- fires: a CHECK that nothing checks
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT ENFORCED;
-- near miss: checked from now on
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
