-- Columns that something else names.
-- setup
CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL DEFAULT 'none' CHECK (body <> ''), size integer UNIQUE, plain json);
INSERT INTO notes (id, body, size, plain) SELECT g, 'note ' || g, g, '{}' FROM generate_series(1, 1000) g;
ALTER TABLE notes ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX notes_lower ON notes (lower(body));
CREATE TABLE note_links (note integer REFERENCES notes (size));
INSERT INTO note_links SELECT g FROM generate_series(1, 500) g;
-- fires: required, with a default, checked and indexed
ALTER TABLE notes RENAME COLUMN body TO content;
-- writes
INSERT INTO notes (id, size) VALUES (2001, 2001);
INSERT INTO notes (id, body) VALUES (2002, 'given');
UPDATE notes SET body = 'changed' WHERE id < 20;
-- fires: that a foreign key references
ALTER TABLE notes RENAME COLUMN size TO "Size";
-- fires: the primary key, an identity that others reference
ALTER TABLE orders RENAME id TO order_number;
-- fires: that a view reads
ALTER TABLE orders RENAME COLUMN status TO state;
-- writes
INSERT INTO orders (customer_id, status, amount) VALUES (1, 'paid', 3);
UPDATE orders SET status = 'new' WHERE id = 5;
-- fires: of a view
ALTER VIEW open_orders RENAME COLUMN status TO state;
-- fires: of a partitioned table
ALTER TABLE events RENAME COLUMN payload TO body;
-- fires: of the partition key
ALTER TABLE events RENAME COLUMN happened_at TO day;
-- fires: without equality
ALTER TABLE notes RENAME COLUMN plain TO document;
