-- Columns of types such as regproc stop pg_upgrade, since OIDs change; regclass, regrole and regtype are kept.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: regprocedure
CREATE TABLE invoices (id bigint PRIMARY KEY, handler regprocedure);
-- near miss: regclass
CREATE TABLE invoices (id bigint PRIMARY KEY, source regclass);
-- near miss: the name as text
CREATE TABLE invoices (id bigint PRIMARY KEY, handler text);
