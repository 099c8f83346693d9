-- from number to text
-- fires: from number to text
ALTER TABLE orders ALTER COLUMN quantity TYPE text;
