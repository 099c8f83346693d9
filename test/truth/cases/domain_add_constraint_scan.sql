-- Every table with a column of the domain is read while nobody can write to it.
-- setup
CREATE DOMAIN sku AS text;
CREATE DOMAIN unused AS text;
CREATE TABLE products (id bigint PRIMARY KEY, sku sku);
INSERT INTO products SELECT g, 'SKU-' || g FROM generate_series(1, 2000) g;
-- fires: a table uses the domain
ALTER DOMAIN sku ADD CONSTRAINT sku_upper CHECK (VALUE = upper(VALUE));
-- near miss: NOT VALID looks at no row
ALTER DOMAIN sku ADD CONSTRAINT sku_upper CHECK (VALUE = upper(VALUE)) NOT VALID;
-- near miss: no table uses it
ALTER DOMAIN unused ADD CONSTRAINT unused_upper CHECK (VALUE = upper(VALUE));
