-- What node-pg-migrate 9.0 generates for changes to one model of users, orders and logs;
-- all pending migrations run in one transaction by default. See replay.pl for the format.

-- @base
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, name text, login text NOT NULL, created_at timestamp NOT NULL DEFAULT now());
CREATE INDEX users_created_at_idx ON users (created_at);
CREATE TABLE orders (id serial PRIMARY KEY, user_id integer NOT NULL CONSTRAINT orders_user_id_fkey REFERENCES users (id), total integer NOT NULL, note varchar(40), code text NOT NULL, status order_status NOT NULL DEFAULT 'new', parent_id integer);
CREATE TABLE logs (id serial PRIMARY KEY, key text NOT NULL, user_id integer NOT NULL CONSTRAINT logs_user_id_fkey REFERENCES users (id));

-- @change add_index
CREATE INDEX "orders_user_id_index" ON "orders" ("user_id");

-- @change add_index_concurrently
CREATE INDEX CONCURRENTLY "orders_user_id_index" ON "orders" ("user_id");

-- @change add_unique
ALTER TABLE "users"
  ADD CONSTRAINT "users_email_key" UNIQUE ("email");

-- @change add_unique_index
CREATE UNIQUE INDEX "users_email_unique_index" ON "users" ("email");

-- @change drop_index
DROP INDEX "users_created_at_idx";

-- @change add_optional_column
ALTER TABLE "users"
  ADD "phone" text;

-- @change add_required_column_no_default
ALTER TABLE "users"
  ADD "country" text NOT NULL;

-- @change add_required_column_default
ALTER TABLE "users"
  ADD "country" text DEFAULT $pga$US$pga$ NOT NULL;

-- @change add_required_column_now
ALTER TABLE "users"
  ADD "seen_at" timestamp DEFAULT current_timestamp NOT NULL;

-- @change add_required_column_volatile_default
ALTER TABLE "users"
  ADD "token" uuid DEFAULT gen_random_uuid() NOT NULL;

-- @change add_identity_column
ALTER TABLE "users"
  ADD "seq" integer GENERATED ALWAYS AS IDENTITY;

-- @change optional_to_required
ALTER TABLE "users"
  ALTER "name" SET NOT NULL;

-- @change required_to_optional
ALTER TABLE "users"
  ALTER "login" DROP NOT NULL;

-- @change set_default
ALTER TABLE "users"
  ALTER "login" SET DEFAULT $pga$x$pga$;

-- @change drop_default
ALTER TABLE "orders"
  ALTER "status" DROP DEFAULT;

-- @change int_to_bigint
ALTER TABLE "orders"
  ALTER "total" SET DATA TYPE bigint;

-- @change varchar_widen
ALTER TABLE "orders"
  ALTER "note" SET DATA TYPE varchar(200);

-- @change varchar_narrow
ALTER TABLE "orders"
  ALTER "note" SET DATA TYPE varchar(20);

-- @change int_to_text_using
ALTER TABLE "orders"
  ALTER "total" SET DATA TYPE text USING total::text;

-- @change rename_field
ALTER TABLE "users" RENAME "name" TO "full_name";

-- @change rename_model
ALTER TABLE "orders" RENAME TO "purchases";

-- @change drop_field
ALTER TABLE "orders"
  DROP "note";

-- @change drop_field_cascade
ALTER TABLE "orders"
  DROP IF EXISTS "note" CASCADE,
  DROP IF EXISTS "code" CASCADE;

-- @change drop_model
DROP TABLE "logs";

-- @change add_relation_existing_column
ALTER TABLE "orders"
  ADD CONSTRAINT "orders_parent_fk" FOREIGN KEY ("parent_id") REFERENCES orders(id);

-- @change add_relation_new_required_column
ALTER TABLE "orders"
  ADD "buyer_id" integer NOT NULL REFERENCES "users" ON DELETE CASCADE;

-- @change drop_relation
ALTER TABLE "logs" DROP CONSTRAINT "logs_user_id_fkey";

-- @change add_check
ALTER TABLE "orders"
  ADD CONSTRAINT "orders_total_check" CHECK (total >= 0);

-- @change add_enum_value
ALTER TYPE "order_status" ADD VALUE IF NOT EXISTS $pga$refunded$pga$;

-- @change rename_enum_value
ALTER TYPE "order_status" RENAME VALUE $pga$shipped$pga$ TO $pga$sent$pga$;

-- @change change_primary_key
ALTER TABLE "orders" DROP CONSTRAINT "orders_pkey";
ALTER TABLE "orders"
  ADD CONSTRAINT "orders_pkey" PRIMARY KEY ("code");
