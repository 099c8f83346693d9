-- Queries name operators, casts, collations and text search configurations; the catalog knows only of those in views,
-- indexes and the like, which stop the DROP.
-- unobservable: who uses them is not on record
-- setup
CREATE OPERATOR public.=== (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
CREATE COLLATION shop_order (provider = libc, locale = 'C');
CREATE TEXT SEARCH CONFIGURATION shop_search (COPY = simple);
CREATE CAST (order_priority AS text) WITH INOUT AS ASSIGNMENT;
-- fires: an operator
DROP OPERATOR public.=== (integer, integer);
-- fires: a collation
DROP COLLATION shop_order;
-- fires: a text search configuration
DROP TEXT SEARCH CONFIGURATION shop_search;
-- fires: a cast
DROP CAST (order_priority AS text);
-- near miss: made in the same transaction
BEGIN;
CREATE OPERATOR public.<=> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
DROP OPERATOR public.<=> (integer, integer);
COMMIT;
-- near miss: nothing of that name
DROP COLLATION IF EXISTS no_such_order;
-- near miss: made again in the same transaction
BEGIN;
DROP TEXT SEARCH CONFIGURATION shop_search;
CREATE TEXT SEARCH CONFIGURATION shop_search (COPY = english);
DROP CAST (order_priority AS text);
CREATE CAST (order_priority AS text) WITH INOUT AS IMPLICIT;
COMMIT;
