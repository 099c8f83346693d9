-- CURRENT_TIME has an offset and no date; a CHECK that asks for the time fails when a dump is restored.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: as a default
CREATE TABLE invoices (id bigint PRIMARY KEY, opened timetz DEFAULT CURRENT_TIME);
-- fires: in a CHECK
CREATE TABLE invoices (id bigint PRIMARY KEY, due date CHECK (due > CURRENT_DATE));
-- fires: now() in a CHECK
ALTER TABLE empty_queue ADD COLUMN due timestamptz CHECK (due > now());
-- near miss: now() as a default
CREATE TABLE invoices (id bigint PRIMARY KEY, created_at timestamptz DEFAULT now());
-- near miss: a CHECK without the clock
CREATE TABLE invoices (id bigint PRIMARY KEY, due date CHECK (due > '2020-01-01'));
