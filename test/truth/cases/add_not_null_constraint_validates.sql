-- From 18 on NOT NULL is a constraint with a name. Added without NOT VALID, every row is read for it while nobody can read
-- or write the table. NOT VALID reads nothing, and VALIDATE CONSTRAINT reads the rows under a lock that stops nobody.
-- majors: 18-
-- setup
UPDATE customers SET notes = '' WHERE notes IS NULL;
ALTER TABLE orders ADD CONSTRAINT quantity_filled CHECK (quantity IS NOT NULL);
-- fires: every row is read
ALTER TABLE customers ADD CONSTRAINT customers_notes_required NOT NULL notes;
-- fires: the rows of the partitions
ALTER TABLE events ADD CONSTRAINT events_kind_required NOT NULL kind;
-- fires: a new virtual column, whose value could be null
ALTER TABLE orders ADD COLUMN label text GENERATED ALWAYS AS (status || '/' || id) VIRTUAL NOT NULL;
-- fires: of a column that the statement itself adds, whatever its default
ALTER TABLE orders ADD COLUMN source text DEFAULT 'web', ADD CONSTRAINT orders_source_required NOT NULL source;
-- near miss: NOT VALID, then VALIDATE
ALTER TABLE customers ADD CONSTRAINT customers_notes_required NOT NULL notes NOT VALID;
ALTER TABLE customers VALIDATE CONSTRAINT customers_notes_required;
-- near miss: the same for a partitioned table
ALTER TABLE events ADD CONSTRAINT events_kind_required NOT NULL kind NOT VALID;
ALTER TABLE events VALIDATE CONSTRAINT events_kind_required;
-- near miss: a validated CHECK says it
ALTER TABLE orders ADD CONSTRAINT orders_quantity_required NOT NULL quantity;
-- near miss: an empty table
ALTER TABLE empty_queue ADD CONSTRAINT empty_queue_payload_required NOT NULL payload;
-- near miss: a virtual column that may be null
ALTER TABLE orders ADD COLUMN label text GENERATED ALWAYS AS (status || '/' || id) VIRTUAL;
