-- Every row carries all columns; dropped ones count towards the end at 1,600.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: 4
-- fires: five columns where four are allowed
CREATE TABLE invoices (id bigint PRIMARY KEY, a int, b int, c int, d int);
-- fires: one more for orders
ALTER TABLE orders ADD COLUMN extra jsonb;
-- near miss: four
CREATE TABLE invoices (id bigint PRIMARY KEY, a int, b int, c int);
-- near miss: one replaced
ALTER TABLE tasks ADD COLUMN extra jsonb;
