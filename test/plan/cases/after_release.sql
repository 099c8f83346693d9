-- What only a release of code makes harmless.
-- rule: drop_default_on_not_null
-- fires: a default
ALTER TABLE orders ALTER COLUMN status DROP DEFAULT;
