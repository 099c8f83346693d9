-- Fixed-size columns are aligned, so a narrow one before a wide one leaves a gap in every row.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: 7
-- fires: two gaps of four bytes
CREATE TABLE invoices (a integer, id bigint PRIMARY KEY, b integer, c bigint);
-- near miss: wide ones first
CREATE TABLE invoices (id bigint PRIMARY KEY, c bigint, a integer, b integer);
-- near miss: one small gap
CREATE TABLE invoices (a integer, id bigint PRIMARY KEY);
