-- All sessions share one lock table; a transaction that works through many relations fills it. Here five are too many.
-- argument: 5
-- fires: table after table in one transaction
BEGIN;
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE events ADD COLUMN phone text;
ALTER TABLE orders ADD COLUMN phone text;
COMMIT;
-- near miss: a transaction for each
ALTER TABLE customers ADD COLUMN phone text;
ALTER TABLE events ADD COLUMN phone text;
ALTER TABLE orders ADD COLUMN phone text;
-- near miss: the same table again and again
BEGIN;
ALTER TABLE events ADD COLUMN phone text;
ALTER TABLE events ADD COLUMN fax text;
ALTER TABLE events ADD COLUMN telex text;
COMMIT;
