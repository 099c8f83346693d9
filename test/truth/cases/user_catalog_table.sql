-- The option is for plugins of logical decoding. INSERT ... ON CONFLICT fails on such a table.
-- fires: marked as a catalog
ALTER TABLE tasks SET (user_catalog_table = true);
-- near miss: not marked
ALTER TABLE tasks SET (user_catalog_table = false);
-- near miss: another option
ALTER TABLE tasks SET (fillfactor = 80);
