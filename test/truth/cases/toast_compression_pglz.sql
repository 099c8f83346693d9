-- lz4 is faster in both directions. Values that are there keep their compression.
-- fires: by name
ALTER TABLE orders ALTER COLUMN note SET COMPRESSION pglz;
-- fires: by the session's default
SET default_toast_compression = 'pglz';
ALTER TABLE orders ALTER COLUMN note SET COMPRESSION default;
-- near miss: lz4
ALTER TABLE orders ALTER COLUMN note SET COMPRESSION lz4;
-- near miss: the session's default is lz4
SET default_toast_compression = 'lz4';
ALTER TABLE orders ALTER COLUMN note SET COMPRESSION default;
