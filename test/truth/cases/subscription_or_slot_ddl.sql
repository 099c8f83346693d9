-- A subscription makes and drops slots on the publisher, and a slot keeps WAL there.
-- fires: a subscription
CREATE SUBSCRIPTION other CONNECTION 'dbname=none' PUBLICATION shop WITH (connect = false, slot_name = NONE);
DROP SUBSCRIPTION other;
-- near miss: a publication makes no slot
CREATE PUBLICATION shop FOR TABLE orders;
