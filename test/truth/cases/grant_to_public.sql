-- What PUBLIC has, every role has, those to come included.
-- fires: a table
GRANT SELECT ON customers TO PUBLIC;
-- fires: everything that is made from now on
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
-- near miss: to one role
GRANT SELECT ON customers TO shop_app;
-- near miss: it is taken away
REVOKE TRUNCATE ON customers FROM PUBLIC;
