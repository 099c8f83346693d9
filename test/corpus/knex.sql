-- What knex 3.3 generates for changes to one model of users, orders and logs;
-- all pending migrations run in one transaction by default. See replay.pl for the format.

-- @base
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');
CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, name text, login text NOT NULL, created_at timestamp NOT NULL DEFAULT now());
CREATE INDEX users_created_at_idx ON users (created_at);
CREATE TABLE orders (id serial PRIMARY KEY, user_id integer NOT NULL CONSTRAINT orders_user_id_fkey REFERENCES users (id), total integer NOT NULL, note varchar(40), code text NOT NULL, status order_status NOT NULL DEFAULT 'new', parent_id integer);
CREATE TABLE logs (id serial PRIMARY KEY, key text NOT NULL, user_id integer NOT NULL CONSTRAINT logs_user_id_fkey REFERENCES users (id));

-- @change add_index
create index "orders_user_id_index" on "orders" ("user_id");

-- @change add_unique
alter table "users" add constraint "users_email_unique" unique ("email");

-- @change add_unique_index
create unique index "users_email_unique" on "users" ("email");

-- @change add_partial_index
create index "orders_new_idx" on "orders" ("user_id") where "note" is not null;

-- @change drop_index
drop index "users_created_at_idx";

-- @change add_optional_column
alter table "users" add column "phone" text;

-- @change add_required_column_no_default
alter table "users" add column "country" text not null;

-- @change add_required_column_default
alter table "users" add column "country" text not null default 'US';

-- @change add_required_column_now
alter table "users" add column "seen_at" timestamptz not null default CURRENT_TIMESTAMP;

-- @change add_required_column_volatile_default
alter table "users" add column "token" uuid not null default (gen_random_uuid());

-- @change add_timestamps
alter table "orders" add column "created_at" timestamptz not null default CURRENT_TIMESTAMP, add column "updated_at" timestamptz not null default CURRENT_TIMESTAMP;

-- @change add_serial_column
alter table "users" add column "seq" serial;

-- @change optional_to_required
alter table "users" alter column "name" set not null;

-- @change optional_to_required_alter
alter table "users" alter column "name" drop default;
alter table "users" alter column "name" drop not null;
alter table "users" alter column "name" type text using ("name"::text);
alter table "users" alter column "name" set not null;

-- @change required_to_optional
alter table "users" alter column "login" drop not null;

-- @change set_default_alter
alter table "users" alter column "login" drop default;
alter table "users" alter column "login" drop not null;
alter table "users" alter column "login" type text using ("login"::text);
alter table "users" alter column "login" set default 'x';
alter table "users" alter column "login" set not null;

-- @change int_to_bigint
alter table "orders" alter column "total" drop default;
alter table "orders" alter column "total" drop not null;
alter table "orders" alter column "total" type bigint using ("total"::bigint);
alter table "orders" alter column "total" set not null;

-- @change int_to_bigint_type_only
alter table "orders" alter column "total" drop default;
alter table "orders" alter column "total" type bigint using ("total"::bigint);

-- @change int_to_text
alter table "orders" alter column "total" drop default;
alter table "orders" alter column "total" drop not null;
alter table "orders" alter column "total" type text using ("total"::text);
alter table "orders" alter column "total" set not null;

-- @change varchar_widen
alter table "orders" alter column "note" drop default;
alter table "orders" alter column "note" drop not null;
alter table "orders" alter column "note" type varchar(200) using ("note"::varchar(200));

-- @change varchar_narrow
alter table "orders" alter column "note" drop default;
alter table "orders" alter column "note" drop not null;
alter table "orders" alter column "note" type varchar(20) using ("note"::varchar(20));

-- @change varchar_to_text
alter table "orders" alter column "note" drop default;
alter table "orders" alter column "note" drop not null;
alter table "orders" alter column "note" type text using ("note"::text);

-- @change timestamp_to_timestamptz
alter table "users" alter column "created_at" drop default;
alter table "users" alter column "created_at" drop not null;
alter table "users" alter column "created_at" type timestamptz using ("created_at"::timestamptz);
alter table "users" alter column "created_at" set default CURRENT_TIMESTAMP;
alter table "users" alter column "created_at" set not null;

-- @change rename_field
alter table "users" rename "name" to "full_name";

-- @change rename_model
alter table "orders" rename to "purchases";

-- @change drop_field
alter table "orders" drop column "note";

-- @change drop_model
drop table "logs";

-- @change drop_model_if_exists
drop table if exists "logs";

-- @change add_relation_existing_column
alter table "orders" add constraint "orders_parent_id_foreign" foreign key ("parent_id") references "orders" ("id");

-- @change add_relation_new_required_column
alter table "orders" add column "buyer_id" integer not null;
alter table "orders" add constraint "orders_buyer_id_foreign" foreign key ("buyer_id") references "users" ("id") on delete CASCADE;

-- @change drop_relation
alter table "logs" drop constraint "logs_user_id_fkey";

-- @change add_check
alter table "orders" add constraint orders_total_check check(total >= 0);

-- @change add_enum_column
alter table "orders" add column "kind" text check ("kind" in ('a', 'b'));

-- @change add_enum_column_native
create type "order_kind" as enum ('a', 'b');
alter table "orders" add column "kind" "order_kind";

-- @change change_primary_key
alter table "orders" drop constraint "orders_pkey";
alter table "orders" add constraint "orders_pkey" primary key ("code");

-- @change table_comment
comment on table "orders" is 'x';
