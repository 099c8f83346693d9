-- One large change holds its row locks, bloats the table, and delays replicas and vacuum. Here 500 rows are too many.
-- unobservable: rows change, as they should
-- argument: 500
-- fires: a range
UPDATE orders SET note = note WHERE id <= 1000;
-- fires: everything
DELETE FROM order_items WHERE price >= 0;
-- near miss: a batch
UPDATE orders SET note = note WHERE id <= 100;
-- near miss: an insert has a rule of its own when it lists its rows
INSERT INTO tasks VALUES (1000001, 'one'), (1000002, 'two');
