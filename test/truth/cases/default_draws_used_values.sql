-- A unique column that draws its default from another sequence gets values again that the old one gave, until the
-- new sequence has passed them.
-- setup
CREATE SEQUENCE task_numbers;
DO 'BEGIN PERFORM setval(''task_numbers'', 1000); END';
ALTER TABLE tasks ALTER COLUMN id SET DEFAULT nextval('task_numbers');
CREATE SEQUENCE fresh_numbers;
CREATE SEQUENCE later_numbers START 5000;
-- fires: the new sequence starts below the values that there are
ALTER TABLE tasks ALTER COLUMN id SET DEFAULT nextval('fresh_numbers');
-- near miss: it starts beyond them
ALTER TABLE tasks ALTER COLUMN id SET DEFAULT nextval('later_numbers'::regclass);
-- near miss: it is set beyond them first
ALTER SEQUENCE fresh_numbers RESTART WITH 2000;
ALTER TABLE tasks ALTER COLUMN id SET DEFAULT nextval('fresh_numbers');
-- near miss: the column is not unique
ALTER TABLE orders ALTER COLUMN quantity SET DEFAULT nextval('fresh_numbers');
-- near miss: it is set beyond them by setval()
SELECT setval('fresh_numbers', (SELECT max(id) FROM tasks));
ALTER TABLE tasks ALTER COLUMN id SET DEFAULT nextval('fresh_numbers');
