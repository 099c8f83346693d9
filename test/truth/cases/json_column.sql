-- json has no equality operator: DISTINCT, GROUP BY and UNION over it fail.
-- unobservable: a convention is about the definition; nothing happens to what is there
-- fires: json
ALTER TABLE orders ADD COLUMN extra json;
-- near miss: jsonb
ALTER TABLE orders ADD COLUMN extra jsonb;
