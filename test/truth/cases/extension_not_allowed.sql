-- An extension brings code that runs inside the server.
-- argument: plpgsql, pgcrypto
-- unobservable: what is allowed is the shop's decision
-- fires: not in the list
CREATE EXTENSION hstore;
-- near miss: there already
CREATE EXTENSION IF NOT EXISTS plpgsql;
-- near miss: only a comment on one
COMMENT ON EXTENSION plpgsql IS 'the language of functions';
