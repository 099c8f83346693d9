-- PostgreSQL refuses a bound that the last value itself breaks, but not one that leaves no room for the next.
-- setup
CREATE SEQUENCE tickets_seq INCREMENT 10 MAXVALUE 1000;
SELECT setval('tickets_seq', 500);
-- fires: the bound is the last value
ALTER SEQUENCE tickets_seq MAXVALUE 500;
-- fires: the next value lies beyond it
ALTER SEQUENCE tickets_seq MAXVALUE 505;
-- near miss: there is room for one more
ALTER SEQUENCE tickets_seq MAXVALUE 510;
-- near miss: a wider one
ALTER SEQUENCE tickets_seq NO MAXVALUE;
