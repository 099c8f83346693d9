-- A primary key makes its columns NOT NULL, which reads every row while nobody can read or write the table,
-- also when the index is there already.
-- setup
CREATE TABLE tickets (number integer, code integer NOT NULL, title text, opened date NOT NULL DEFAULT now());
INSERT INTO tickets SELECT g, g, 'ticket ' || g FROM generate_series(1, 2000) g;
CREATE UNIQUE INDEX tickets_number_idx ON tickets (number);
CREATE UNIQUE INDEX tickets_code_idx ON tickets (code);
-- fires: the index exists, but the column is nullable
ALTER TABLE tickets ADD PRIMARY KEY USING INDEX tickets_number_idx;
-- fires: index and scan
ALTER TABLE tickets ADD PRIMARY KEY (number);
-- fires: the same statement drops NOT NULL
ALTER TABLE tickets ALTER COLUMN code DROP NOT NULL, ADD CONSTRAINT tickets_pkey PRIMARY KEY USING INDEX tickets_code_idx;
-- fires: the same with a new index
-- majors: 15-17
ALTER TABLE tickets ADD PRIMARY KEY (code), ALTER COLUMN code DROP NOT NULL;
-- near miss: the column is NOT NULL
ALTER TABLE tickets ADD PRIMARY KEY USING INDEX tickets_code_idx;
-- near miss: another column is no longer NOT NULL
ALTER TABLE tickets ALTER COLUMN opened DROP NOT NULL, ADD PRIMARY KEY USING INDEX tickets_code_idx;
-- near miss: proven by a validated CHECK
ALTER TABLE tickets ADD CONSTRAINT number_given CHECK (number IS NOT NULL) NOT VALID;
ALTER TABLE tickets VALIDATE CONSTRAINT number_given;
ALTER TABLE tickets ADD PRIMARY KEY USING INDEX tickets_number_idx;
