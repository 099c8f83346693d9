--
-- The tables that the migrations change, each with a few rows.
--
SET ddlguard.mode = off;
SET client_min_messages = warning;
CREATE TABLE owners (id bigint PRIMARY KEY, name text);
INSERT INTO owners SELECT i, 'owner ' || i FROM generate_series(1, 10) i;
CREATE PROCEDURE pg_temp.make(names text) LANGUAGE plpgsql AS $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY string_to_array(names, ' ') LOOP
    EXECUTE format('CREATE TABLE %I (id bigint PRIMARY KEY, name varchar(200), email text, amount integer, state text,
                    note text, legacy_code text, owner_id bigint, created_at timestamptz NOT NULL DEFAULT now())', t);
    EXECUTE format('INSERT INTO %I SELECT i, ''name '' || i, ''name'' || i || ''@example.org'', i, ''active'', NULL, NULL, i
                      FROM generate_series(1, 10) i', t);
    EXECUTE format('CREATE INDEX %I ON %I (name)', t || '_name_idx', t);
    EXECUTE format('CREATE TABLE %I AS SELECT * FROM %I', t || '_2019', t);
  END LOOP;
END $$;
CALL pg_temp.make(:'names');
ANALYZE;
