-- A rule rewrites the statements that the application sends: an INSERT becomes something else, and RETURNING or the row
-- count may fail.
-- fires: writes vanish
CREATE RULE keep_tasks AS ON DELETE TO tasks DO INSTEAD NOTHING;
-- near miss: an empty table that nothing has used yet
CREATE RULE keep_queue AS ON DELETE TO empty_queue DO INSTEAD NOTHING;
-- near miss: a view made in the same transaction
BEGIN;
CREATE VIEW finished AS SELECT * FROM tasks WHERE done;
CREATE RULE no_insert AS ON INSERT TO finished DO INSTEAD NOTHING;
COMMIT;
