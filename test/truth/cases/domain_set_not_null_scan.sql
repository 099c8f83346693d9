-- Every table with a column of the domain is read while nobody can write to it.
-- setup
CREATE DOMAIN sku AS text;
CREATE DOMAIN unused AS text;
CREATE TABLE products (id bigint PRIMARY KEY, sku sku);
INSERT INTO products SELECT g, 'SKU-' || g FROM generate_series(1, 2000) g;
-- fires: a table uses the domain
ALTER DOMAIN sku SET NOT NULL;
-- near miss: no table uses it
ALTER DOMAIN unused SET NOT NULL;
-- near miss: DROP NOT NULL looks at no row
ALTER DOMAIN sku DROP NOT NULL;
