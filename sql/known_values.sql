--
-- What statistics know of a NOT VALID check is asked of functions that cannot fail and are not those of users, and of
-- statistics that are as new as the rows.
--
\set VERBOSITY terse
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET ddlguard.mode = off;
CREATE SCHEMA known_values;
SET search_path = known_values;
CREATE TYPE pair AS (low int, high int);
CREATE FUNCTION pair_order(pair, pair) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE WARNING 'run as %', current_user; RETURN $1.low - $2.low; END$$;
CREATE FUNCTION pair_less(pair, pair) RETURNS bool LANGUAGE sql IMMUTABLE RETURN ($1).low < ($2).low;
CREATE FUNCTION pair_same(pair, pair) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RAISE WARNING 'run as %', current_user; RETURN $1.low = $2.low; END$$;
CREATE OPERATOR < (FUNCTION = pair_less, LEFTARG = pair, RIGHTARG = pair);
CREATE OPERATOR = (FUNCTION = pair_same, LEFTARG = pair, RIGHTARG = pair);
CREATE DOMAIN percent AS int;
CREATE TABLE orders (id int PRIMARY KEY, total numeric, bytes bigint, pairs pair[], discount percent, kind "char", code char(8));
INSERT INTO orders SELECT i, 1e400 * (i % 3), 5000000000 + i % 3, ARRAY[(i % 3, i)::pair], i % 10, 'a', 'code' || i % 3 FROM generate_series(1, 300) i;
SET client_min_messages = error;
ANALYZE orders;
SET client_min_messages = warning;
CREATE OPERATOR CLASS pair_ops DEFAULT FOR TYPE pair USING btree AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 pair_order(pair, pair);
SET ddlguard.mode = enforce;

-- A cast that some value fails says nothing, and refuses nothing.
BEGIN;
ALTER TABLE orders ADD CHECK (total < '1e10'::float8) NOT VALID;
ALTER TABLE orders ADD CHECK (bytes <> 5::oid) NOT VALID;
ROLLBACK;
-- One that none fails.
ALTER TABLE orders ADD CHECK (discount < 5::bigint) NOT VALID;
ALTER TABLE orders ADD CHECK (code <> 'code1') NOT VALID;

-- Arrays compare with what users have made for their elements.
BEGIN;
ALTER TABLE orders ADD CHECK (pairs <> '{"(1,1)"}') NOT VALID;
ROLLBACK;

-- What is written in the transaction is not in the statistics, unless it has asked for them again.
BEGIN;
UPDATE orders SET discount = 1;
ALTER TABLE orders ADD CHECK (discount < 5) NOT VALID;
ROLLBACK;
BEGIN;
UPDATE orders SET discount = 7 WHERE discount = 6;
SET LOCAL client_min_messages = error;
ANALYZE orders (discount);
ALTER TABLE orders ADD CHECK (discount < 5) NOT VALID;
ROLLBACK;
SELECT s, ARRAY(SELECT coalesce(rule, message) FROM ddlguard.check(s) WHERE action = 'reject' OR action IS NULL) AS rules
  FROM unnest(ARRAY[
    'BEGIN; UPDATE orders SET discount = 1 WHERE id > 0; ALTER TABLE orders ADD CHECK (discount < 5) NOT VALID; COMMIT',
    'BEGIN; UPDATE orders SET discount = 1 WHERE id > 0; ALTER DOMAIN percent ADD CHECK (VALUE < 5) NOT VALID; COMMIT',
    'ALTER DOMAIN percent ADD CHECK (VALUE < 5) NOT VALID',
    -- A function that the script makes.
    'CREATE FUNCTION small(int) RETURNS bool LANGUAGE sql RETURN $1 < 5; ALTER DOMAIN percent ADD CHECK (small(VALUE)) NOT VALID',
    'CREATE FUNCTION small(int) RETURNS bool LANGUAGE sql RETURN $1 < 5; ALTER TABLE orders ADD CHECK (small(id)) NOT VALID'
  ]) s;

SET client_min_messages = error;
SET ddlguard.mode = off;
DROP SCHEMA known_values CASCADE;
