-- An index of a partitioned table is built on every partition that has none like it, while nobody can write
-- to any of them.
-- setup
CREATE INDEX events_2025_payload_idx ON events_2025 (kind, payload);
CREATE INDEX events_2026_payload_idx ON events_2026 (kind, payload);
CREATE INDEX events_default_payload_idx ON events_default (kind, payload);
-- fires: no partition has one
CREATE INDEX events_kind_idx ON events (kind);
-- near miss: ON ONLY builds nothing
CREATE INDEX events_kind_idx ON ONLY events (kind);
-- near miss: leaf by leaf concurrently, then attached
CREATE INDEX events_kind_idx ON ONLY events (kind);
CREATE INDEX CONCURRENTLY events_2025_kind_idx ON events_2025 (kind);
ALTER INDEX events_kind_idx ATTACH PARTITION events_2025_kind_idx;
-- near miss: every partition has one like it
CREATE INDEX events_payload_idx ON events (kind, payload);
