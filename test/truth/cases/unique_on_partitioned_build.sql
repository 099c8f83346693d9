-- A unique key of a partitioned table builds an index on every partition that has no such key yet, while
-- nobody can read or write any of them.
-- setup
CREATE TABLE readings (id bigint NOT NULL, day date NOT NULL, value numeric) PARTITION BY RANGE (day);
CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO readings SELECT g, '2025-01-01'::date + g % 700, g FROM generate_series(1, 2000) g;
-- fires: a primary key
ALTER TABLE readings ADD PRIMARY KEY (id, day);
-- fires: a unique key
ALTER TABLE events ADD CONSTRAINT events_kind_key UNIQUE (kind, id, happened_at);
-- near miss: ON ONLY builds nothing
ALTER TABLE ONLY readings ADD PRIMARY KEY (id, day);
-- near miss: every partition has the key already
ALTER TABLE readings_2025 ADD CONSTRAINT readings_2025_pkey PRIMARY KEY (id, day);
ALTER TABLE readings_2026 ADD CONSTRAINT readings_2026_pkey PRIMARY KEY (id, day);
ALTER TABLE readings ADD PRIMARY KEY (id, day);
