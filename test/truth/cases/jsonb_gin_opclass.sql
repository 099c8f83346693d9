-- The default operator class indexes every key and value; jsonb_path_ops is several times smaller.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- setup
CREATE TABLE invoices (id bigint PRIMARY KEY, extra jsonb, tags text[]);
-- fires: the default
CREATE INDEX invoices_extra ON invoices USING gin (extra);
-- near miss: jsonb_path_ops
CREATE INDEX invoices_extra ON invoices USING gin (extra jsonb_path_ops);
-- near miss: not jsonb
CREATE INDEX invoices_tags ON invoices USING gin (tags);
