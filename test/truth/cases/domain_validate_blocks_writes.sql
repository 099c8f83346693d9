-- VALIDATE of a domain's constraint reads every table that uses it, while nobody can write to it.
-- setup
CREATE DOMAIN sku AS text;
CREATE DOMAIN unused AS text;
CREATE TABLE products (id bigint PRIMARY KEY, sku sku);
INSERT INTO products SELECT g, 'SKU-' || g FROM generate_series(1, 2000) g;
ALTER DOMAIN sku ADD CONSTRAINT sku_upper CHECK (VALUE = upper(VALUE)) NOT VALID;
ALTER DOMAIN unused ADD CONSTRAINT unused_upper CHECK (VALUE = upper(VALUE)) NOT VALID;
-- fires: a table uses the domain
ALTER DOMAIN sku VALIDATE CONSTRAINT sku_upper;
-- near miss: no table uses it
ALTER DOMAIN unused VALIDATE CONSTRAINT unused_upper;
