-- A role that can truncate a table, put triggers on it or pass on what it has can do more harm than it needs to.
-- argument: shop_owner
-- fires: all privileges
GRANT ALL ON customers TO shop_app;
-- fires: one that applications do not use
GRANT TRUNCATE ON customers TO shop_app;
-- fires: on every table of the schema
GRANT SELECT ON ALL TABLES IN SCHEMA public TO shop_app;
-- fires: to pass on
GRANT SELECT ON customers TO shop_app WITH GRANT OPTION;
-- near miss: what it uses
GRANT SELECT, INSERT, UPDATE, DELETE ON customers TO shop_app;
-- near miss: to a role that may have it
GRANT ALL ON empty_queue TO shop_owner;
