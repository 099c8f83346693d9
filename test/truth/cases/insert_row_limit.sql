-- One large insert writes its WAL in one burst and is lost as a whole. Here 500 rows are too many.
-- unobservable: rows come, as they should
-- argument: 500
-- fires: from a query
INSERT INTO tasks SELECT id + 1000000, 'copied' FROM orders;
-- near miss: a batch
INSERT INTO tasks SELECT id + 1000000, 'copied' FROM orders WHERE id <= 100;
-- near miss: some rows
INSERT INTO tasks VALUES (1000001, 'one'), (1000002, 'two');
-- near miss: into a table of its own
CREATE TEMP TABLE scratch AS SELECT id FROM orders WITH NO DATA;
INSERT INTO scratch SELECT id FROM orders;
