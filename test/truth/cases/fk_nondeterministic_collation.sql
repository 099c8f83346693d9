-- The two sides disagree about which values are equal, so a row may have a parent by the one and none by the other. The default policy logs it.
-- majors: -17
-- setup
CREATE COLLATION case_blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE countries (code text PRIMARY KEY);
INSERT INTO countries SELECT 'C' || i FROM generate_series(1, 200) i;
ALTER TABLE customers ADD COLUMN country text COLLATE case_blind, ADD COLUMN birth_country text;
-- fires: case counts on one side only
ALTER TABLE customers ADD CONSTRAINT customers_country FOREIGN KEY (country) REFERENCES countries (code) NOT VALID;
-- near miss: the same collation on both sides
ALTER TABLE customers ADD CONSTRAINT customers_birth_country FOREIGN KEY (birth_country) REFERENCES countries (code) NOT VALID;
