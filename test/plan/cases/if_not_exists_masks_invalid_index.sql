-- What the statement was to bring about: PostgreSQL leaves the INVALID index as it is.
-- instead: the leftover of a failed build
DROP INDEX orders_status;
CREATE INDEX orders_status ON orders (status);
