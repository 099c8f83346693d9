-- The queue behind a strong lock lasts as long as the timeout. Here five seconds are allowed.
-- argument: 5000
-- fires: a minute
SET lock_timeout = '1min';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: two seconds
SET lock_timeout = '2s';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: the shorter statement_timeout counts
SET lock_timeout = '1min';
SET statement_timeout = '4s';
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: a concurrent build must not be bounded
SET lock_timeout = '1min';
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status);
