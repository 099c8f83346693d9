-- A partition that touches no neighbour leaves a gap, and rows that fall into it are refused.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- setup
CREATE TABLE logs (at date, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_2026 PARTITION OF logs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- fires: a year is missing
CREATE TABLE logs_2028 PARTITION OF logs FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
-- near miss: after the last one
CREATE TABLE logs_2027 PARTITION OF logs FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
-- near miss: before the first one
CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
-- near miss: the first of all
CREATE TABLE other (at date) PARTITION BY RANGE (at);
CREATE TABLE other_2028 PARTITION OF other FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
