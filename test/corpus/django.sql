-- What Django 3.2 generates for changes to one model of users, orders and logs;
-- a migration is one transaction. See replay.pl for the format.

-- @base
--
-- Create model User
--
CREATE TABLE "users" ("id" bigserial NOT NULL PRIMARY KEY, "email" text NOT NULL, "name" text NULL, "login" text NOT NULL, "created_at" timestamp with time zone NOT NULL);
--
-- Create model Order
--
CREATE TABLE "orders" ("id" bigserial NOT NULL PRIMARY KEY, "total" integer NOT NULL, "note" varchar(40) NULL, "code" varchar(20) NOT NULL, "parent_id" integer NULL, "user_id" bigint NOT NULL);
--
-- Create model Log
--
CREATE TABLE "logs" ("id" bigserial NOT NULL PRIMARY KEY, "key" text NOT NULL, "user_id" bigint NOT NULL);
CREATE INDEX "users_created_at_4d680f01" ON "users" ("created_at");
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_7e2523fb_fk_users_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "logs" ADD CONSTRAINT "logs_user_id_237f5f83_fk_users_id" FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "logs_user_id_237f5f83" ON "logs" ("user_id");

-- @change add_index
--
-- Create index orders_user_id_3d7bf7_idx on field(s) user, total of model order
--
CREATE INDEX "orders_user_id_3d7bf7_idx" ON "orders" ("user_id", "total");

-- @change add_db_index
--
-- Alter field total on order
--
CREATE INDEX "orders_total_9aef5335" ON "orders" ("total");

-- @change add_db_index_on_text
--
-- Alter field code on order
--
CREATE INDEX "orders_code_fecb6bd8" ON "orders" ("code");
CREATE INDEX "orders_code_fecb6bd8_like" ON "orders" ("code" varchar_pattern_ops);

-- @change add_unique
--
-- Alter field email on user
--
ALTER TABLE "users" ADD CONSTRAINT "users_email_0ea73cca_uniq" UNIQUE ("email");
CREATE INDEX "users_email_0ea73cca_like" ON "users" ("email" text_pattern_ops);

-- @change add_unique_constraint
--
-- Create constraint orders_user_code_uniq on model order
--
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_code_uniq" UNIQUE ("user_id", "code");

-- @change add_unique_together
--
-- Alter unique_together for order (1 constraint(s))
--
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_code_e54eb022_uniq" UNIQUE ("user_id", "code");

-- @change drop_index
--
-- Alter field created_at on user
--
DROP INDEX IF EXISTS "users_created_at_4d680f01";

-- @change add_optional_column
--
-- Add field phone to user
--
ALTER TABLE "users" ADD COLUMN "phone" text NULL;

-- @change add_required_column_default
--
-- Add field country to user
--
ALTER TABLE "users" ADD COLUMN "country" text DEFAULT 'US' NOT NULL;
ALTER TABLE "users" ALTER COLUMN "country" DROP DEFAULT;

-- @change add_required_column_callable_default
--
-- Add field token to user
--
ALTER TABLE "users" ADD COLUMN "token" uuid DEFAULT '24090f5e-5bcd-46e2-bb74-1274bb1cbc45'::uuid NOT NULL;
ALTER TABLE "users" ALTER COLUMN "token" DROP DEFAULT;

-- @change add_required_column_now
--
-- Add field seen_at to user
--
ALTER TABLE "users" ADD COLUMN "seen_at" timestamp with time zone DEFAULT '2026-11-22T16:46:38.581188+00:00'::timestamptz NOT NULL;
ALTER TABLE "users" ALTER COLUMN "seen_at" DROP DEFAULT;

-- @change optional_to_required_default
--
-- Alter field name on user
--
ALTER TABLE "users" ALTER COLUMN "name" SET DEFAULT '';
UPDATE "users" SET "name" = '' WHERE "name" IS NULL;
ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;
ALTER TABLE "users" ALTER COLUMN "name" DROP DEFAULT;

-- @change required_to_optional
--
-- Alter field login on user
--
ALTER TABLE "users" ALTER COLUMN "login" DROP NOT NULL;

-- @change set_default
--
-- Alter field login on user
--

-- @change int_to_bigint
--
-- Alter field total on order
--
ALTER TABLE "orders" ALTER COLUMN "total" TYPE bigint USING "total"::bigint;

-- @change pk_bigint_to_int
--
-- Alter field id on order
--
ALTER TABLE "orders" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "orders_id_seq" CASCADE;
CREATE SEQUENCE "orders_id_seq";
ALTER TABLE "orders" ALTER COLUMN "id" SET DEFAULT nextval('"orders_id_seq"');
SELECT setval('"orders_id_seq"', MAX("id")) FROM "orders";
ALTER SEQUENCE "orders_id_seq" OWNED BY "orders"."id";

-- @change int_to_text
--
-- Alter field total on order
--
ALTER TABLE "orders" ALTER COLUMN "total" TYPE text USING "total"::text;

-- @change varchar_widen
--
-- Alter field note on order
--
ALTER TABLE "orders" ALTER COLUMN "note" TYPE varchar(200);

-- @change varchar_narrow
--
-- Alter field note on order
--
ALTER TABLE "orders" ALTER COLUMN "note" TYPE varchar(10);

-- @change varchar_to_text
--
-- Alter field note on order
--
ALTER TABLE "orders" ALTER COLUMN "note" TYPE text USING "note"::text;

-- @change rename_field
--
-- Rename field name on user to full_name
--
ALTER TABLE "users" RENAME COLUMN "name" TO "full_name";

-- @change rename_model
--
-- Rename model Order to Purchase
--
--
-- Rename table for purchase to purchases
--
ALTER TABLE "orders" RENAME TO "purchases";

-- @change rename_table_only
--
-- Rename table for order to purchases
--
ALTER TABLE "orders" RENAME TO "purchases";

-- @change drop_field
--
-- Remove field note from order
--
ALTER TABLE "orders" DROP COLUMN "note" CASCADE;

-- @change drop_model
--
-- Delete model Log
--
DROP TABLE "logs" CASCADE;

-- @change add_relation_new_column
--
-- Add field buyer to order
--
ALTER TABLE "orders" ADD COLUMN "buyer_id" bigint NULL CONSTRAINT "orders_buyer_id_3d1f9476_fk_users_id" REFERENCES "users"("id") DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "orders_buyer_id_3d1f9476_fk_users_id" IMMEDIATE;
CREATE INDEX "orders_buyer_id_3d1f9476" ON "orders" ("buyer_id");

-- @change add_relation_new_required_column
--
-- Add field buyer to order
--
ALTER TABLE "orders" ADD COLUMN "buyer_id" bigint DEFAULT 1 NOT NULL CONSTRAINT "orders_buyer_id_3d1f9476_fk_users_id" REFERENCES "users"("id") DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "orders_buyer_id_3d1f9476_fk_users_id" IMMEDIATE;
ALTER TABLE "orders" ALTER COLUMN "buyer_id" DROP DEFAULT;
CREATE INDEX "orders_buyer_id_3d1f9476" ON "orders" ("buyer_id");

-- @change int_to_foreign_key
--
-- Remove field parent_id from order
--
ALTER TABLE "orders" DROP COLUMN "parent_id" CASCADE;
--
-- Add field parent to order
--
ALTER TABLE "orders" ADD COLUMN "parent_id" bigint NULL CONSTRAINT "orders_parent_id_9d1a983b_fk_orders_id" REFERENCES "orders"("id") DEFERRABLE INITIALLY DEFERRED; SET CONSTRAINTS "orders_parent_id_9d1a983b_fk_orders_id" IMMEDIATE;
CREATE INDEX "orders_parent_id_9d1a983b" ON "orders" ("parent_id");

-- @change many_to_many
--
-- Add field friends to user
--
CREATE TABLE "users_friends" ("id" bigserial NOT NULL PRIMARY KEY, "from_user_id" bigint NOT NULL, "to_user_id" bigint NOT NULL);
ALTER TABLE "users_friends" ADD CONSTRAINT "users_friends_from_user_id_to_user_id_18ab886f_uniq" UNIQUE ("from_user_id", "to_user_id");
ALTER TABLE "users_friends" ADD CONSTRAINT "users_friends_from_user_id_676f404c_fk_users_id" FOREIGN KEY ("from_user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "users_friends" ADD CONSTRAINT "users_friends_to_user_id_b85b77a5_fk_users_id" FOREIGN KEY ("to_user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "users_friends_from_user_id_676f404c" ON "users_friends" ("from_user_id");
CREATE INDEX "users_friends_to_user_id_b85b77a5" ON "users_friends" ("to_user_id");

-- @change add_check
--
-- Create constraint orders_total_check on model order
--
ALTER TABLE "orders" ADD CONSTRAINT "orders_total_check" CHECK ("total" >= 0);

-- @change add_choices
--
-- Alter field code on order
--

-- @change positive_integer
--
-- Alter field total on order
--
ALTER TABLE "orders" ADD CONSTRAINT "orders_total_9aef5335_check" CHECK ("total" >= 0);

-- @change change_primary_key
--
-- Remove field id from order
--
ALTER TABLE "orders" DROP COLUMN "id" CASCADE;
--
-- Alter field code on order
--
ALTER TABLE "orders" ADD CONSTRAINT "orders_code_fecb6bd8_uniq" UNIQUE ("code");
ALTER TABLE "orders" ADD CONSTRAINT "orders_code_fecb6bd8_pk" PRIMARY KEY ("code");
CREATE INDEX "orders_code_fecb6bd8_like" ON "orders" ("code" varchar_pattern_ops);
