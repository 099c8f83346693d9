--
-- What the bench is run on: a shop among :tables other tables, and :policies policy rows none of which
-- decides about it but the last.
--
CREATE EXTENSION ddlguard;
SET ddlguard.mode = off;
SET client_min_messages = warning;
CREATE SCHEMA bench;
CREATE SCHEMA shop;
CREATE SCHEMA crowd;

CREATE PROCEDURE bench.crowd(tables int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. tables LOOP
    EXECUTE format('CREATE TABLE crowd.t_%s (id bigint PRIMARY KEY, a integer, b integer)', i);
    IF i % 1000 = 0 THEN COMMIT; END IF;
  END LOOP;
END $$;
CALL bench.crowd(:tables);

-- Above the thresholds of the default policies, with a required and a nullable column.
CREATE TABLE shop.orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, note text, total numeric NOT NULL);
INSERT INTO shop.orders SELECT i, 1 + i % 1000, NULL, i % 500 FROM generate_series(1, 200000) i;
-- Below them: an index is built in an instant.
CREATE TABLE shop.coupons (id bigint, code text);
INSERT INTO shop.coupons SELECT i, i FROM generate_series(1, 10) i;
-- Its file is made large by the caller, without rows; vacuumed when it had 90 of its 100 GB.
CREATE TABLE shop.events (id bigint, customer_id bigint NOT NULL);
INSERT INTO shop.events VALUES (1, 1);

-- What two levels of partitions hold is what one would.
CREATE TABLE shop.readings (sensor int NOT NULL, day int NOT NULL, value int) PARTITION BY RANGE (day);
CREATE PROCEDURE bench.partitions(leaves int) LANGUAGE plpgsql AS $$
DECLARE branches CONSTANT int := greatest(1, leaves / 100);
BEGIN
  FOR i IN 0 .. branches - 1 LOOP
    EXECUTE format('CREATE TABLE shop.readings_%s PARTITION OF shop.readings FOR VALUES FROM (%s) TO (%s)
                    PARTITION BY RANGE (sensor)', i, i, i + 1);
    FOR j IN 0 .. 99 LOOP
      EXECUTE format('CREATE TABLE shop.readings_%1$s_%2$s PARTITION OF shop.readings_%1$s FOR VALUES FROM (%2$s) TO (%3$s)',
                     i, j, j + 1);
    END LOOP;
    COMMIT;
  END LOOP;
  INSERT INTO shop.readings SELECT j, i, 0 FROM generate_series(0, branches - 1) i, generate_series(0, 99) j;
END $$;
CALL bench.partitions(:leaves);
VACUUM ANALYZE shop.orders, shop.coupons, shop.events, pg_class, pg_index;
UPDATE pg_class SET relpages = 90 * (1024 ^ 3 / 8192), reltuples = 1e9 WHERE oid = 'shop.events'::regclass;

-- Policies for others: other roles, applications, relations by name and by pattern, rules; expired ones; and
-- some about the very table and rule, whose thresholds are out of reach.
INSERT INTO ddlguard.policy (priority, rule, schema_name, relation_name, role_name, application_name, action, min_rows, expires_at)
SELECT i % 900,
       CASE WHEN kind = 7 THEN (ARRAY['drop_table', 'truncate', 'rename_table', 'reindex_blocking'])[1 + i / 10 % 4]
            WHEN kind = 9 THEN 'drop_not_null' ELSE '*' END,
       CASE WHEN kind IN (3, 5) THEN 'crowd' END,
       CASE kind WHEN 3 THEN format('t\_%s', i)     WHEN 4 THEN format('audit\_%s\_%%', i)
                 WHEN 5 THEN format('%%\_%s', i)    WHEN 6 THEN format('%%archive%s%%', i)
                 WHEN 7 THEN 'orders'               WHEN 8 THEN 'orders'
                 WHEN 9 THEN CASE WHEN i % 100 = 9 THEN 'order_' ELSE format('order\_%s', i) END END,
       CASE kind WHEN 0 THEN format('app_%s', i)    WHEN 1 THEN format('svc\_%s\_%%', i) END,
       CASE kind WHEN 2 THEN format('importer %s%%', i) END,
       'warn',
       CASE WHEN kind = 9 THEN 1000000000 + i END,
       CASE WHEN kind = 8 THEN now() - interval '1 day' * i END
  FROM generate_series(0, :policies - 1) i, LATERAL (SELECT i % 10) k (kind);
INSERT INTO ddlguard.policy (priority, rule, schema_name, action)
  VALUES (999, 'drop_not_null', 'shop', 'allow'), (999, 'create_index_blocking', 'shop', 'allow');

-- The size check as an event trigger.  ddl_command_start would come before the lock, but knows no relation.
CREATE FUNCTION bench.check_size() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE command record;
BEGIN
  FOR command IN SELECT objid FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table' LOOP
    IF pg_relation_size(command.objid) > 1e15 THEN
      RAISE EXCEPTION '% is too large', command.objid::regclass;
    END IF;
  END LOOP;
END $$;
CREATE FUNCTION bench.check_size_of_indexed() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE command record; indexed oid;
BEGIN
  FOR command IN SELECT objid FROM pg_event_trigger_ddl_commands() WHERE object_type = 'index' LOOP
    SELECT indrelid INTO indexed FROM pg_index WHERE indexrelid = command.objid;
    IF pg_relation_size(indexed) > 1e15 THEN
      RAISE EXCEPTION '% is too large', indexed::regclass;
    END IF;
  END LOOP;
END $$;
CREATE EVENT TRIGGER check_size ON ddl_command_end WHEN TAG IN ('ALTER TABLE')
  EXECUTE FUNCTION bench.check_size();
CREATE EVENT TRIGGER check_size_of_indexed ON ddl_command_end WHEN TAG IN ('CREATE INDEX')
  EXECUTE FUNCTION bench.check_size_of_indexed();
CHECKPOINT;
