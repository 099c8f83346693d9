-- A rule rewrites the statements that the application sends: an INSERT becomes something else, and RETURNING or the row
-- count may fail.
-- setup
CREATE RULE keep_orders AS ON DELETE TO orders DO INSTEAD NOTHING;
CREATE RULE keep_items AS ON DELETE TO order_items DO INSTEAD NOTHING;
ALTER TABLE orders DISABLE RULE keep_orders;
-- fires: writes vanish
CREATE RULE keep_tasks AS ON DELETE TO tasks DO INSTEAD NOTHING;
-- fires: a disabled rule is enabled
ALTER TABLE orders ENABLE RULE keep_orders;
-- fires: enabled for replicas, too
ALTER TABLE orders ENABLE ALWAYS RULE keep_orders;
-- near miss: enabled for what is replicated alone
ALTER TABLE orders ENABLE REPLICA RULE keep_orders;
-- near miss: enabled already
ALTER TABLE order_items ENABLE RULE keep_items;
-- near miss: disabled for a while
BEGIN;
ALTER TABLE order_items DISABLE RULE keep_items;
DELETE FROM order_items WHERE id = 1;
ALTER TABLE order_items ENABLE RULE keep_items;
COMMIT;
-- near miss: an empty table that nothing has used yet
CREATE RULE keep_queue AS ON DELETE TO empty_queue DO INSTEAD NOTHING;
-- near miss: a view made in the same transaction
BEGIN;
CREATE VIEW finished AS SELECT * FROM tasks WHERE done;
CREATE RULE no_insert AS ON INSERT TO finished DO INSTEAD NOTHING;
COMMIT;
