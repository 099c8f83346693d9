-- INSERT ... ON CONFLICT (email) fails from the commit on when no unique index fits it any more, and duplicates can
-- appear.
-- setup
CREATE UNIQUE INDEX customers_email_too ON customers (email);
CREATE UNIQUE INDEX tasks_title_id ON tasks (title, id);
-- fires: a unique index that nothing replaces
DROP INDEX tasks_title_id;
-- fires: a primary key
ALTER TABLE order_items DROP CONSTRAINT order_items_pkey;
-- near miss: another unique index of the same columns stays
DROP INDEX customers_email_too;
-- near miss: an index that is not unique
DROP INDEX CONCURRENTLY orders_customer_id_idx;
