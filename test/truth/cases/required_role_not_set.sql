-- What a migration makes belongs to the role that runs it, so it has to be the right one.
-- argument: postgres
-- enforce only: check() and explain() do not follow SET ROLE
-- fires: another role
SET ROLE shop_owner;
CREATE TABLE refunds (id bigint PRIMARY KEY);
-- near miss: that role
CREATE TABLE refunds (id bigint PRIMARY KEY);
