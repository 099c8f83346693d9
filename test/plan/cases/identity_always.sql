-- values that only the identity gives
-- fires: values that only the identity gives
ALTER TABLE orders ALTER COLUMN id SET GENERATED ALWAYS;
