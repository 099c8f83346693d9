-- Both directions copy the table and its indexes while nobody can read or write it.
-- setup
CREATE UNLOGGED TABLE page_views AS SELECT g AS id, 'page ' || g AS page FROM generate_series(1, 2000) g;
-- fires: to unlogged
ALTER TABLE order_items SET UNLOGGED;
-- fires: to logged
ALTER TABLE page_views SET LOGGED;
-- near miss: it is logged already
ALTER TABLE orders SET LOGGED;
-- near miss: an empty table
ALTER TABLE empty_queue SET UNLOGGED;
