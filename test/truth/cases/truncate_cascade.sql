-- CASCADE empties every table that has a foreign key on the one named, and those that refer to them.
-- fires: two more tables lose their rows
TRUNCATE customers CASCADE;
-- near miss: no table refers to it
TRUNCATE tasks CASCADE;
-- near miss: every table that loses rows is named
TRUNCATE customers, orders, order_items CASCADE;
