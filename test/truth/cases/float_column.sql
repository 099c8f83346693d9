-- Binary floating point cannot hold most decimal fractions.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: double precision
CREATE TABLE invoices (id bigint PRIMARY KEY, rate double precision);
-- fires: real
CREATE TABLE invoices (id bigint PRIMARY KEY, rate float4);
-- near miss: numeric
CREATE TABLE invoices (id bigint PRIMARY KEY, rate numeric(8,4));
