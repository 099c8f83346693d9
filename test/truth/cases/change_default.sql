-- Running code may rely on the default that there was; rows that exist keep their value.
-- fires: another default
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'open';
-- fires: no default any more
ALTER TABLE customers ALTER COLUMN created_at DROP DEFAULT;
-- near miss: there was none
ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;
-- near miss: a new column with its default
ALTER TABLE orders ADD COLUMN phone text DEFAULT '';
