-- another access method
-- setup
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
-- fires: another access method
ALTER TABLE tasks SET ACCESS METHOD heap2;
