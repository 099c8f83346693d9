-- What drizzle-kit 0.31 generates for changes to one model of users, orders and logs;
-- all pending migrations run in one transaction. See replay.pl for the format.

-- @base
CREATE TYPE "public"."order_status" AS ENUM('new', 'paid', 'shipped');--> statement-breakpoint
CREATE TABLE "logs" (
	"id" serial PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"user_id" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"id" serial PRIMARY KEY NOT NULL,
	"user_id" integer NOT NULL,
	"total" integer NOT NULL,
	"note" varchar(40),
	"code" text NOT NULL,
	"status" "order_status" DEFAULT 'new' NOT NULL,
	"parent_id" integer
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" serial PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text,
	"login" text NOT NULL,
	"created_at" timestamp DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "logs" ADD CONSTRAINT "logs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "users_created_at_idx" ON "users" USING btree ("created_at");

-- @change add_index
CREATE INDEX "orders_user_id_idx" ON "orders" USING btree ("user_id");

-- @change add_index_concurrently
CREATE INDEX CONCURRENTLY "orders_user_id_idx" ON "orders" USING btree ("user_id");

-- @change add_unique
ALTER TABLE "users" ADD CONSTRAINT "users_email_unique" UNIQUE("email");

-- @change add_unique_index
CREATE UNIQUE INDEX "orders_code_idx" ON "orders" USING btree ("code");

-- @change drop_index
DROP INDEX "users_created_at_idx";

-- @change add_optional_column
ALTER TABLE "users" ADD COLUMN "phone" text;

-- @change add_required_column_no_default
ALTER TABLE "users" ADD COLUMN "country" text NOT NULL;

-- @change add_required_column_default
ALTER TABLE "users" ADD COLUMN "country" text DEFAULT 'US' NOT NULL;

-- @change add_required_column_now
ALTER TABLE "users" ADD COLUMN "seen_at" timestamp DEFAULT now() NOT NULL;

-- @change add_required_column_volatile_default
ALTER TABLE "users" ADD COLUMN "token" uuid DEFAULT gen_random_uuid() NOT NULL;

-- @change add_serial_column
ALTER TABLE "users" ADD COLUMN "seq" serial NOT NULL;

-- @change add_identity_column
ALTER TABLE "users" ADD COLUMN "seq" integer NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "users_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 2147483647 START WITH 1 CACHE 1);

-- @change add_generated_column
ALTER TABLE "users" ADD COLUMN "lower" text GENERATED ALWAYS AS (lower(login)) STORED;

-- @change optional_to_required
ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;

-- @change required_to_optional
ALTER TABLE "users" ALTER COLUMN "login" DROP NOT NULL;

-- @change set_default
ALTER TABLE "users" ALTER COLUMN "login" SET DEFAULT 'x';

-- @change drop_default
ALTER TABLE "orders" ALTER COLUMN "status" DROP DEFAULT;

-- @change int_to_bigint
ALTER TABLE "orders" ALTER COLUMN "total" SET DATA TYPE bigint;

-- @change pk_int_to_bigint
ALTER TABLE "orders" ALTER COLUMN "id" SET DATA TYPE bigserial;

-- @change int_to_text
ALTER TABLE "orders" ALTER COLUMN "total" SET DATA TYPE text;

-- @change varchar_widen
ALTER TABLE "orders" ALTER COLUMN "note" SET DATA TYPE varchar(200);

-- @change varchar_narrow
ALTER TABLE "orders" ALTER COLUMN "note" SET DATA TYPE varchar(20);

-- @change varchar_to_text
ALTER TABLE "orders" ALTER COLUMN "note" SET DATA TYPE text;

-- @change timestamp_to_timestamptz
ALTER TABLE "users" ALTER COLUMN "created_at" SET DATA TYPE timestamp with time zone;--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "created_at" SET DEFAULT now();

-- @change rename_field
ALTER TABLE "users" RENAME COLUMN "name" TO "full_name";

-- @change rename_field_as_drop_add
ALTER TABLE "users" ADD COLUMN "full_name" text;--> statement-breakpoint
ALTER TABLE "users" DROP COLUMN "name";

-- @change rename_model
ALTER TABLE "orders" RENAME TO "purchases";--> statement-breakpoint
ALTER TABLE "purchases" DROP CONSTRAINT "orders_user_id_users_id_fk";
--> statement-breakpoint
ALTER TABLE "purchases" ADD CONSTRAINT "purchases_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;

-- @change drop_field
ALTER TABLE "orders" DROP COLUMN "note";

-- @change drop_model
DROP TABLE "logs" CASCADE;

-- @change add_relation_existing_column
ALTER TABLE "orders" ADD CONSTRAINT "orders_parent_id_orders_id_fk" FOREIGN KEY ("parent_id") REFERENCES "public"."orders"("id") ON DELETE no action ON UPDATE no action;

-- @change add_relation_new_required_column
ALTER TABLE "orders" ADD COLUMN "buyer_id" integer NOT NULL;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_buyer_id_users_id_fk" FOREIGN KEY ("buyer_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;

-- @change change_on_delete
ALTER TABLE "orders" DROP CONSTRAINT "orders_user_id_users_id_fk";
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;

-- @change add_check
ALTER TABLE "orders" ADD CONSTRAINT "orders_total_check" CHECK (total >= 0);

-- @change add_enum_value
ALTER TYPE "public"."order_status" ADD VALUE 'refunded';

-- @change remove_enum_value
ALTER TABLE "orders" ALTER COLUMN "status" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "orders" ALTER COLUMN "status" SET DEFAULT 'new'::text;--> statement-breakpoint
DROP TYPE "public"."order_status";--> statement-breakpoint
CREATE TYPE "public"."order_status" AS ENUM('new', 'paid');--> statement-breakpoint
ALTER TABLE "orders" ALTER COLUMN "status" SET DEFAULT 'new'::"public"."order_status";--> statement-breakpoint
ALTER TABLE "orders" ALTER COLUMN "status" SET DATA TYPE "public"."order_status" USING "status"::"public"."order_status";

-- @change change_primary_key
/*
    Unfortunately in current drizzle-kit version we can't automatically get name for primary key.
    We are working on making it available!

    Meanwhile you can:
        1. Check pk name in your database, by running
            SELECT constraint_name FROM information_schema.table_constraints
            WHERE table_schema = 'public'
                AND table_name = 'orders'
                AND constraint_type = 'PRIMARY KEY';
        2. Uncomment code below and paste pk name manually

    Hope to release this update as soon as possible
*/

-- ALTER TABLE "orders" DROP CONSTRAINT "<constraint_name>";--> statement-breakpoint
ALTER TABLE "orders" ADD PRIMARY KEY ("code");

-- @change change_primary_key_composite
/*
    Unfortunately in current drizzle-kit version we can't automatically get name for primary key.
    We are working on making it available!

    Meanwhile you can:
        1. Check pk name in your database, by running
            SELECT constraint_name FROM information_schema.table_constraints
            WHERE table_schema = 'public'
                AND table_name = 'logs'
                AND constraint_type = 'PRIMARY KEY';
        2. Uncomment code below and paste pk name manually

    Hope to release this update as soon as possible
*/

-- ALTER TABLE "logs" DROP CONSTRAINT "<constraint_name>";--> statement-breakpoint
ALTER TABLE "logs" ADD CONSTRAINT "logs_id_key_pk" PRIMARY KEY("id","key");
