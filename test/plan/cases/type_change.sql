-- The type of a column that much stands on: keys, foreign keys on both sides, checks, defaults, identity.
-- rule: alter_column_type_rewrite
-- setup
CREATE SCHEMA "Sales Dept";
CREATE TABLE "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" (
    "Line Id" integer GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5) PRIMARY KEY,
    "Customer" integer NOT NULL DEFAULT 1 CONSTRAINT "customer is positive" CHECK ("Customer" > 0),
    "Sku" text,
    dropped integer,
    UNIQUE ("Sku", "Customer")
);
ALTER TABLE "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" DROP COLUMN dropped;
INSERT INTO "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" ("Customer", "Sku")
  SELECT 1 + g % 700, 'sku ' || g FROM generate_series(1, 2000) g;
CREATE INDEX "Lines by Customer" ON "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois"
  ("Customer" DESC, lower("Sku")) INCLUDE ("Line Id") WITH (fillfactor = 80) WHERE "Customer" > 5;
COMMENT ON COLUMN "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois"."Customer" IS 'who';
GRANT SELECT ("Customer"), UPDATE ("Customer") ON "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" TO shop_app;
ALTER TABLE "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" ALTER COLUMN "Customer" SET STATISTICS 500;
CREATE STATISTICS "Sales Dept"."Skus" ON "Sku", "Customer" FROM "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois";
CREATE TABLE serials (id serial PRIMARY KEY, parent integer REFERENCES serials ON DELETE SET NULL DEFERRABLE, code varchar(20) NOT NULL UNIQUE DEFAULT 'x');
INSERT INTO serials (code) SELECT 'c' || g FROM generate_series(1, 1500) g;
UPDATE serials SET parent = 1 + id % 100 WHERE id > 200;
CREATE TABLE uses_serials (serial integer NOT NULL CONSTRAINT "to serials" REFERENCES serials ON UPDATE CASCADE, code varchar(20) REFERENCES serials (code));
INSERT INTO uses_serials SELECT id, code FROM serials;
CREATE INDEX ON uses_serials (serial);
CREATE INDEX serials_pattern ON serials (code varchar_pattern_ops);
CLUSTER serials USING serials_pkey;
ALTER TABLE serials REPLICA IDENTITY USING INDEX serials_code_key;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.code := lower(NEW.code); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON serials FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE metrics (region integer NOT NULL, day date NOT NULL, hits integer NOT NULL DEFAULT 7, PRIMARY KEY (region, day)) PARTITION BY LIST (region);
CREATE TABLE metrics_1 PARTITION OF metrics FOR VALUES IN (1);
CREATE TABLE metrics_2 PARTITION OF metrics FOR VALUES IN (2) PARTITION BY RANGE (day);
CREATE TABLE metrics_2_old PARTITION OF metrics_2 FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE metrics_2_new (day date NOT NULL, hits integer NOT NULL DEFAULT 7, region integer NOT NULL);
ALTER TABLE metrics_2 ATTACH PARTITION metrics_2_new FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
INSERT INTO metrics SELECT 1 + g % 2, '2025-01-01'::date + g, g FROM generate_series(1, 2000) g;
CREATE INDEX metrics_hits ON metrics (hits) WHERE hits > 3;
ALTER TABLE metrics ADD CONSTRAINT hits_key UNIQUE (hits, region, day);
ALTER TABLE metrics_1 ADD CHECK (hits < 100000);
CREATE INDEX metrics_1_own ON metrics_1 (hits DESC);
-- fires: int to bigint of a column in many places, on quoted and long names
ALTER TABLE "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" ALTER COLUMN "Customer" TYPE bigint;
-- fires: of an identity primary key
ALTER TABLE "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" ALTER "Line Id" TYPE bigint;
-- writes
INSERT INTO "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" ("Customer", "Sku") VALUES (3, 'while');
UPDATE "Sales Dept"."Order Lines Of The Very First Warehouse In Springfield Illinois" SET "Sku" = 'changed' WHERE "Line Id" = 100;
-- fires: of a serial primary key that others reference, and itself
ALTER TABLE serials ALTER id TYPE bigint;
-- writes
INSERT INTO serials (code) VALUES ('NEW');
UPDATE serials SET parent = 5 WHERE id = 3;
DELETE FROM serials WHERE id > 1400 AND NOT EXISTS (SELECT FROM uses_serials WHERE serial = id);
-- fires: with USING, on a foreign key column
ALTER TABLE serials ALTER parent TYPE bigint USING nullif(parent, 7);
-- fires: by its own values, with statements of clients meanwhile
ALTER TABLE orders ALTER COLUMN quantity TYPE numeric(10,1) USING quantity * 2.5;
-- writes
INSERT INTO orders (customer_id, amount, quantity) VALUES (1, 1, 1);
UPDATE orders SET quantity = quantity + 1 WHERE id BETWEEN 5 AND 20;
UPDATE orders SET quantity = NULL WHERE id = 21;
-- fires: of a foreign key column of a big table
ALTER TABLE order_items ALTER COLUMN order_id TYPE integer USING order_id;
-- fires: of a partitioned table with two levels
ALTER TABLE metrics ALTER COLUMN hits TYPE bigint;
-- writes
INSERT INTO metrics VALUES (2, '2040-01-01', 17);
UPDATE metrics SET hits = hits + 1 WHERE region = 1 AND day < '2025-06-01';
-- fires: of the key of a partitioned table
ALTER TABLE events ALTER COLUMN id TYPE numeric(20);
-- fires: several columns in one statement
ALTER TABLE orders ALTER COLUMN note TYPE varchar(300), ALTER COLUMN quantity TYPE bigint, ADD COLUMN extra text;
-- left out: another precision of a timestamp: PostgreSQL refuses it, since a view reads the column
