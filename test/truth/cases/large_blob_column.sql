-- Large values in rows go through WAL, replicas, backups and memory.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: bytea
ALTER TABLE orders ADD COLUMN picture bytea;
-- near miss: its key
ALTER TABLE orders ADD COLUMN picture_key text;
