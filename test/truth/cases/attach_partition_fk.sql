-- A foreign key of the parent is cloned to the new partition, and every row of it is looked up.
-- setup
CREATE TABLE payments (id bigint, day date NOT NULL, order_id bigint REFERENCES orders) PARTITION BY RANGE (day);
CREATE TABLE payments_2025 (id bigint, day date NOT NULL, order_id bigint, CHECK (day >= '2025-01-01' AND day < '2026-01-01'));
INSERT INTO payments_2025 SELECT g, '2025-01-01'::date + g % 300, g FROM generate_series(1, 2000) g;
-- fires: no foreign key on the partition
ALTER TABLE payments ATTACH PARTITION payments_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
-- near miss: an empty partition
CREATE TABLE payments_2026 (id bigint, day date NOT NULL, order_id bigint);
ALTER TABLE payments ATTACH PARTITION payments_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
-- near miss: it has the same one, validated
ALTER TABLE payments_2025 ADD CONSTRAINT payments_order_fkey FOREIGN KEY (order_id) REFERENCES orders NOT VALID;
ALTER TABLE payments_2025 VALIDATE CONSTRAINT payments_order_fkey;
ALTER TABLE payments ATTACH PARTITION payments_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
