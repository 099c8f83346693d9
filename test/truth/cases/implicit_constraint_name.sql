-- A name that PostgreSQL chooses depends on what else is there.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: CHECK
CREATE TABLE invoices (id bigint CONSTRAINT invoices_pkey PRIMARY KEY, total numeric(12,2) CHECK (total > 0));
-- fires: UNIQUE
ALTER TABLE empty_queue ADD COLUMN code text UNIQUE;
-- near miss: named
CREATE TABLE invoices (id bigint CONSTRAINT invoices_pkey PRIMARY KEY, total numeric(12,2) CONSTRAINT positive CHECK (total > 0));
-- near miss: NOT NULL needs none
CREATE TABLE invoices (id bigint CONSTRAINT invoices_pkey PRIMARY KEY, total numeric(12,2) NOT NULL);
