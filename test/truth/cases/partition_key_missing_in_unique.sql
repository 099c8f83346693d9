-- Each partition has an index of its own, so uniqueness over all of them needs the partition key in the index: PostgreSQL
-- refuses the statement. The default policy logs it.
-- unobservable: PostgreSQL refuses it before it does anything
-- check only: PostgreSQL itself refuses the statement when it runs
-- fires: unique without the partition key
CREATE UNIQUE INDEX events_id ON events (id);
-- near miss: with the partition key
CREATE UNIQUE INDEX events_id_day ON ONLY events (id, happened_at);
-- near miss: on one partition
CREATE UNIQUE INDEX CONCURRENTLY events_2025_id ON events_2025 (id);
