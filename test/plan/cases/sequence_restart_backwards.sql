-- to its start
-- fires: to its start
ALTER SEQUENCE orders_id_seq RESTART WITH 5;
