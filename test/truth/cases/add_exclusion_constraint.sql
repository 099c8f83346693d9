-- An exclusion constraint builds its index and compares every row, while nobody can read or write the table.
-- There is no way to do it beside running clients.
-- setup
CREATE TABLE bookings (id bigint PRIMARY KEY, during tstzrange);
INSERT INTO bookings SELECT g, tstzrange('2025-01-01'::timestamptz + g * interval '1 day', '2025-01-01'::timestamptz + g * interval '1 day' + interval '1 hour') FROM generate_series(1, 1000) g;
CREATE TABLE reservations (id bigint PRIMARY KEY, during tstzrange);
-- fires: on a populated table
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
-- near miss: an empty table
ALTER TABLE reservations ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
