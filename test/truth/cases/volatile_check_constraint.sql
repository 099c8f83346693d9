-- A CHECK is looked at when a row is written, never again: one that depends on the clock or on other tables holds for rows
-- that would fail it today, and pg_restore refuses them. The default policy logs it.
-- fires: the clock
ALTER TABLE orders ADD CONSTRAINT orders_not_ahead CHECK (created_at <= now()) NOT VALID;
-- near miss: the row alone
ALTER TABLE orders ADD CONSTRAINT orders_amount_positive CHECK (amount >= 0) NOT VALID;
-- near miss: a constant date
ALTER TABLE orders ADD CONSTRAINT orders_of_this_century CHECK (created_at >= '2000-01-01 00:00:00+00'::timestamptz) NOT VALID;
