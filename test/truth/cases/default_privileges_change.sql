-- ALTER DEFAULT PRIVILEGES changes what is made from now on, by one creating role; nothing in a later migration
-- tells of it.
-- fires: for tables
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO shop_owner;
-- near miss: on a table
GRANT SELECT ON customers TO shop_app;
