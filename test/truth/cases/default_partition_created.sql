-- Rows that fit nowhere collect in it, and every further partition must read it.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- setup
CREATE TABLE logs (at date, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- fires: made so
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
-- fires: attached so
CREATE TABLE logs_rest (LIKE logs);
ALTER TABLE logs ATTACH PARTITION logs_rest DEFAULT;
-- near miss: a bounded one
CREATE TABLE logs_2027 PARTITION OF logs FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
