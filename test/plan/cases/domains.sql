-- Constraints of domains that tables use.
-- rule: domain_add_constraint_scan
-- setup
CREATE DOMAIN "Short Text" AS text;
CREATE TABLE labels (id integer PRIMARY KEY, label "Short Text");
INSERT INTO labels SELECT g, 'label ' || g FROM generate_series(1, 1000) g;
CREATE DOMAIN checked AS integer;
ALTER DOMAIN checked ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;
CREATE TABLE numbers (n checked);
INSERT INTO numbers SELECT generate_series(1, 1000);
-- fires: a CHECK with a name
ALTER DOMAIN "Short Text" ADD CONSTRAINT short CHECK (length(VALUE) < 100);
-- fires: a CHECK without a name
ALTER DOMAIN "Short Text" ADD CHECK (length(VALUE) < 100);
