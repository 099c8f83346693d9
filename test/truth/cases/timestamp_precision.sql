-- timestamptz(0) rounds, and can round into the future.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: whole seconds
CREATE TABLE invoices (id bigint PRIMARY KEY, paid_at timestamptz(0));
-- near miss: all six digits, as without
CREATE TABLE invoices (id bigint PRIMARY KEY, paid_at timestamptz(6));
-- near miss: no precision
CREATE TABLE invoices (id bigint PRIMARY KEY, paid_at timestamptz);
