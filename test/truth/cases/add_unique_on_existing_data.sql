-- The build fails at the first duplicate that it meets, after all the work; when it succeeds, code that was allowed to write
-- duplicates yesterday is refused.
-- unobservable: what fails is the next duplicate, and the queries of clients here write none
-- setup
CREATE UNIQUE INDEX customers_email_name ON customers (email, name);
-- fires: a unique index on values that nothing has kept unique
CREATE UNIQUE INDEX CONCURRENTLY tasks_title_id ON tasks (title, done, id) WHERE id > 0;
-- fires: a unique constraint
ALTER TABLE orders ADD CONSTRAINT orders_note_once UNIQUE (note, created_at, amount);
-- near miss: a unique index proves it
CREATE UNIQUE INDEX CONCURRENTLY customers_email_notes ON customers (email, notes);
-- near miss: the constraint takes over an index that was built
ALTER TABLE customers ADD CONSTRAINT customers_email_name UNIQUE USING INDEX customers_email_name;
-- near miss: an empty table
ALTER TABLE empty_queue ADD UNIQUE (id);
