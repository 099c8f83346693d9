-- One transaction writes every row anew: the table doubles, each row stays locked until the end, and replicas replay it
-- as a whole. The default policy logs it.
-- fires: no condition
UPDATE customers SET notes = '';
-- fires: a condition that is always true
UPDATE customers SET notes = '' WHERE 1 = 1;
-- near miss: a batch
-- unobservable: the rows are meant to change
UPDATE customers SET notes = '' WHERE id BETWEEN 1 AND 100;
-- near miss: an empty table
UPDATE empty_queue SET payload = '{}';
-- near miss: a table made in the same transaction
BEGIN;
CREATE TABLE staging AS SELECT * FROM customers;
UPDATE staging SET notes = '';
COMMIT;
