-- A domain with a constraint costs nothing until it is used: then ADD COLUMN writes the table anew, and every change
-- of its constraints reads all tables that use it.
-- fires: a CHECK
CREATE DOMAIN email AS text CHECK (VALUE ~ '@');
-- fires: NOT NULL
CREATE DOMAIN required AS text NOT NULL;
-- near miss: only a name for a type
CREATE DOMAIN url AS text;
-- near miss: a default
CREATE DOMAIN counter AS integer DEFAULT 0;
