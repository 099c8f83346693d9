-- an INSTEAD rule
-- fires: an INSTEAD rule
CREATE RULE nothing AS ON DELETE TO orders DO INSTEAD NOTHING;
