-- Constraints of domains that tables use.
-- rule: domain_validate_blocks_writes
-- majors: -18
-- setup
CREATE DOMAIN "Short Text" AS text;
CREATE TABLE labels (id integer PRIMARY KEY, label "Short Text");
INSERT INTO labels SELECT g, 'label ' || g FROM generate_series(1, 1000) g;
CREATE DOMAIN checked AS integer;
ALTER DOMAIN checked ADD CONSTRAINT positive CHECK (VALUE > 0) NOT VALID;
CREATE TABLE numbers (n checked);
INSERT INTO numbers SELECT generate_series(1, 1000);
-- fires: validation
ALTER DOMAIN checked VALIDATE CONSTRAINT positive;
