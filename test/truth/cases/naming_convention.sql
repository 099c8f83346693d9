-- Names that follow one pattern can be guessed.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- argument: ^[a-z_0-9]+$
-- fires: a table
CREATE TABLE "Invoices" (id bigint PRIMARY KEY);
-- fires: a column
ALTER TABLE orders ADD COLUMN "shipTo" text;
-- fires: an index
CREATE INDEX "IX_name" ON empty_queue ((1));
-- near miss: all lower case
CREATE TABLE invoices (id bigint PRIMARY KEY);
-- near miss: folded to lower case
CREATE TABLE Invoices (Id bigint PRIMARY KEY);
