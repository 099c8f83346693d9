-- Code names the type in casts, parameters and function signatures, of which the catalog knows nothing.
-- setup
CREATE TYPE shipment_state AS ENUM ('packed', 'sent');
CREATE TABLE shipments (id bigint PRIMARY KEY, state shipment_state);
INSERT INTO shipments SELECT i, 'sent' FROM generate_series(1, 1000) i;
-- fires: a type that a column has, and CASCADE drops the column
DROP TYPE shipment_state CASCADE;
-- near miss: a type made in the same transaction
BEGIN;
CREATE TYPE mood AS ENUM ('sad', 'happy');
DROP TYPE mood;
COMMIT;
-- near miss: nothing of that name
DROP TYPE IF EXISTS mood;
