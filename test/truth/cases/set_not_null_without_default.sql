-- The release that is being replaced still inserts rows without the column: each of those INSERTs fails from now on. The
-- default policy logs it.
-- setup
ALTER TABLE tasks ADD CONSTRAINT title_filled CHECK (title IS NOT NULL);
ALTER TABLE tasks ALTER COLUMN done SET DEFAULT false;
-- fires: nothing fills the column for writers that do not name it
ALTER TABLE orders ALTER COLUMN note SET NOT NULL;
-- near miss: a validated CHECK shows that every writer fills it
ALTER TABLE tasks ALTER COLUMN title SET NOT NULL;
-- near miss: the default fills it
ALTER TABLE tasks ALTER COLUMN done SET NOT NULL;
-- near miss: it is NOT NULL already
ALTER TABLE customers ALTER COLUMN name SET NOT NULL;
-- near miss: it was until this statement
ALTER TABLE customers ALTER COLUMN name DROP NOT NULL, ALTER COLUMN name SET NOT NULL;
-- near miss: an empty table
ALTER TABLE empty_queue ALTER COLUMN payload SET NOT NULL;
