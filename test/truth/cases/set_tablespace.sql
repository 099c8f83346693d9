-- Moving a table or an index to another tablespace copies its files while nobody can read or write it.
-- setup
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE truth_fast LOCATION '';
CREATE TABLE archive TABLESPACE truth_fast AS SELECT g AS id FROM generate_series(1, 2000) g;
-- fires: a table
ALTER TABLE orders SET TABLESPACE truth_fast;
-- fires: an index
ALTER INDEX orders_customer_id_idx SET TABLESPACE truth_fast;
-- fires: a materialized view
ALTER MATERIALIZED VIEW daily_sales SET TABLESPACE truth_fast;
-- near miss: where it is already
ALTER TABLE archive SET TABLESPACE truth_fast;
-- near miss: a partitioned table hands it to new partitions alone
ALTER TABLE events SET TABLESPACE truth_fast;
-- near miss: an empty table
ALTER TABLE empty_queue SET TABLESPACE truth_fast;
-- cleanup
DROP TABLESPACE truth_fast;
