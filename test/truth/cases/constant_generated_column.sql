-- A generated column that reads no column has one value in all rows.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: a constant
CREATE TABLE invoices (id bigint PRIMARY KEY, version int GENERATED ALWAYS AS (1 + 1) STORED);
-- near miss: computed from a column
CREATE TABLE invoices (id bigint PRIMARY KEY, twice bigint GENERATED ALWAYS AS (id * 2) STORED);
