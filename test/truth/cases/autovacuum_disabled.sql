-- Dead rows and transaction ids pile up until PostgreSQL forces a vacuum against wraparound, which cannot be put off. The default policy logs it.
-- fires: a table in use
ALTER TABLE tasks SET (autovacuum_enabled = false);
-- near miss: switched on
ALTER TABLE tasks SET (autovacuum_enabled = true);
-- near miss: tuned
ALTER TABLE tasks SET (autovacuum_vacuum_scale_factor = 0.02);
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE staging AS SELECT * FROM tasks;
ALTER TABLE staging SET (autovacuum_enabled = false);
COMMIT;
