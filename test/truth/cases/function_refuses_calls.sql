-- A function whose body raises an exception first is gone for whoever calls it, though its name is still there.
-- unobservable: who calls a function is not on record
-- setup
CREATE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN RETURN amount * 0.9; END $$;
CREATE FUNCTION retired() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not any more'; END $$;
-- fires: a function that code may call
CREATE OR REPLACE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'use rebate()'; END $$;
-- near miss: it warns and goes on
CREATE OR REPLACE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE plpgsql
AS $$ BEGIN RAISE WARNING 'use rebate()'; RETURN amount * 0.9; END $$;
-- near miss: it asks first
CREATE OR REPLACE FUNCTION discount(amount numeric) RETURNS numeric LANGUAGE plpgsql
AS $$ BEGIN IF amount < 0 THEN RAISE EXCEPTION 'negative'; END IF; RETURN amount * 0.9; END $$;
-- near miss: it has done so before
CREATE OR REPLACE FUNCTION retired() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'gone'; END $$;
