-- PostgreSQL refuses SET UNLOGGED for a table that a publication names, but not for one that is published with all
-- tables: it leaves the publication without a word.
-- unobservable: what is missing is at the subscriber
-- setup
ALTER TABLE tasks REPLICA IDENTITY FULL;
CREATE PUBLICATION everything FOR ALL TABLES;
-- fires: published with all tables
ALTER TABLE tasks SET UNLOGGED;
-- near miss: logged as it was
ALTER TABLE tasks SET LOGGED;
-- near miss: made in the same transaction
BEGIN;
CREATE TABLE scratch (id int PRIMARY KEY);
ALTER TABLE scratch SET UNLOGGED;
COMMIT;
