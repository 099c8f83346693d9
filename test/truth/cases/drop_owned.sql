-- DROP OWNED drops every object of the role in this database and revokes what it was granted.
-- setup
DROP ROLE IF EXISTS truth_contractor, truth_intern;
CREATE ROLE truth_contractor;
CREATE ROLE truth_intern;
CREATE TABLE campaigns AS SELECT * FROM tasks;
ALTER TABLE campaigns OWNER TO truth_contractor;
-- fires: the role owns a table with rows
DROP OWNED BY truth_contractor;
-- near miss: the role owns nothing
DROP OWNED BY truth_intern;
