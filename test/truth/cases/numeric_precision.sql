-- Without precision and scale every value keeps its own.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: numeric
ALTER TABLE orders ADD COLUMN tax numeric;
-- near miss: numeric(12, 2)
ALTER TABLE orders ADD COLUMN tax numeric(12, 2);
