-- A BEFORE INSERT trigger runs before NOT NULL is checked, so INSERTs may leave a required column to it. They fail when
-- it goes, is disabled, or when its function does not assign the column any more.
-- setup
ALTER TABLE customers ADD COLUMN code text;
UPDATE customers SET code = 'c' || id;
ALTER TABLE customers ALTER COLUMN code SET NOT NULL;
ALTER TABLE orders ADD COLUMN region text;
UPDATE orders SET region = 'north';
ALTER TABLE orders ALTER COLUMN region SET NOT NULL;
CREATE TABLE defaults (region text);
INSERT INTO defaults VALUES ('south');
GRANT SELECT ON defaults TO shop_owner;
CREATE FUNCTION fill_code() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN IF NEW.code IS NULL THEN NEW.code := ''c'' || NEW.id; END IF; RETURN NEW; END';
CREATE FUNCTION fill_region() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN SELECT coalesce(NEW.region, region) INTO STRICT NEW.region FROM defaults; RETURN NEW; END';
CREATE FUNCTION fill_status() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.status = coalesce(NEW.status, ''new''); RETURN NEW; END';
CREATE FUNCTION lower_email() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email := lower(NEW.email); RETURN NEW; END';
CREATE FUNCTION fill_kind() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.kind := coalesce(NEW.kind, ''click''); RETURN NEW; END';
CREATE TRIGGER customers_code BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION fill_code();
CREATE TRIGGER customers_email BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION lower_email();
CREATE TRIGGER orders_region BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.region IS NULL) EXECUTE FUNCTION fill_region();
CREATE TRIGGER orders_status BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill_status();
CREATE TRIGGER events_kind BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION fill_kind();
UPDATE events SET kind = 'click' WHERE kind IS NULL;
ALTER TABLE events ALTER COLUMN kind SET NOT NULL;
-- fires: it is dropped
DROP TRIGGER customers_code ON customers;
-- fires: it is disabled
ALTER TABLE customers DISABLE TRIGGER customers_code;
-- fires: all triggers are
ALTER TABLE orders DISABLE TRIGGER USER;
-- fires: of a partitioned table
ALTER TABLE events DISABLE TRIGGER ALL;
-- fires: it fires in replication alone
ALTER TABLE customers ENABLE REPLICA TRIGGER customers_code;
-- fires: its function goes, and the trigger with it
DROP FUNCTION fill_region() CASCADE;
-- fires: its function gets another body
CREATE OR REPLACE FUNCTION fill_region() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.note := NEW.region; RETURN NEW; END';
-- fires: it is replaced by one for UPDATE
CREATE OR REPLACE TRIGGER customers_code BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION fill_code();
-- fires: the one that is made instead fills another column
BEGIN;
DROP TRIGGER orders_region ON orders;
CREATE TRIGGER orders_state BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill_status();
COMMIT;
-- near miss: made again in the same transaction
BEGIN;
DROP TRIGGER orders_region ON orders;
CREATE TRIGGER orders_region BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION fill_region();
COMMIT;
-- near miss: disabled for a while
BEGIN;
ALTER TABLE customers DISABLE TRIGGER customers_code;
UPDATE customers SET notes = 'seen' WHERE id = 1;
ALTER TABLE customers ENABLE TRIGGER customers_code;
COMMIT;
-- near miss: another trigger fills it
BEGIN;
CREATE TRIGGER orders_fill BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill_region();
ALTER TABLE orders DISABLE TRIGGER orders_region;
COMMIT;
-- near miss: a default fills it
ALTER TABLE orders ALTER COLUMN region SET DEFAULT 'north', DISABLE TRIGGER orders_region;
-- near miss: a default that comes later in the transaction
BEGIN;
DROP TRIGGER orders_region ON orders;
ALTER TABLE orders ALTER COLUMN region SET DEFAULT 'north';
COMMIT;
-- near miss: the column has a default already
DROP TRIGGER orders_status ON orders;
-- near miss: null stays null
DROP TRIGGER customers_email ON customers;
-- near miss: another body that assigns it
CREATE OR REPLACE FUNCTION fill_code() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.code := coalesce(NEW.code, ''new''); RETURN NEW; END';
-- near miss: replaced by one that fills it, too
CREATE OR REPLACE TRIGGER customers_code BEFORE INSERT OR UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION fill_code();
-- near miss: renamed
ALTER TRIGGER customers_code ON customers RENAME TO customers_fill;
