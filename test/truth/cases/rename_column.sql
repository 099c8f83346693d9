-- Code that runs now still names the old column.
-- fires: a column of a table in use
ALTER TABLE orders RENAME COLUMN note TO remark;
-- near miss: of a table made in the same transaction
BEGIN;
CREATE TABLE refunds (id bigint PRIMARY KEY, sum numeric);
ALTER TABLE refunds RENAME COLUMN sum TO amount;
COMMIT;
