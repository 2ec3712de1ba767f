-- Somebody who sees a village or a town asks for what is rare in it: the conditions of the usual filters are judged on the index
-- itself, without opening every case of the place.
DROP INDEX cases_village;
DROP INDEX cases_town;
CREATE INDEX cases_village ON cases (village_id, received_at, id, kind, channel, category, host_unit_id);
CREATE INDEX cases_town ON cases (town_id, received_at, id, kind, channel, category, host_unit_id);

-- What is open there is a handful, whatever the history.
CREATE INDEX cases_open_village ON cases (village_id, received_at, id) WHERE open;
CREATE INDEX cases_open_town ON cases (town_id, received_at, id) WHERE open;
CREATE INDEX cases_open_owner ON cases (owner_unit_id, next_due_at, id) WHERE open;
DROP INDEX cases_owner_due;
CREATE INDEX cases_owner ON cases (owner_unit_id, received_at, id);

-- What the planner is to know of a large county, the same on every installation: a million cases of five years. Without it, it
-- takes every condition for equally rare, and looks through all that came by telephone to find what one village sent.
-- Written down and not measured by ANALYZE, so that a list is found in the same way wherever it was tested and wherever it runs.
-- An index's line: its rows, then how many of them share its first column, its first two, and so on.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('cases', 'sqlite_autoindex_cases_1', '1000000 1'),
    ('cases', 'cases_received', '1000000 2 1'),
    ('cases', 'cases_state', '1000000 80000 2 1'),
    ('cases', 'cases_kind', '1000000 150000 2 1'),
    ('cases', 'cases_channel', '1000000 120000 2 1'),
    ('cases', 'cases_urgency', '1000000 250000 2 1'),
    ('cases', 'cases_category_top', '1000000 60000 2 1'),
    ('cases', 'cases_category_second', '1000000 15000 2 1'),
    ('cases', 'cases_town', '1000000 50000 2 1 1 1 1 1'),
    ('cases', 'cases_village', '1000000 4000 2 1 1 1 1 1'),
    ('cases', 'cases_grid', '1000000 1000 2 1'),
    ('cases', 'cases_host', '1000000 10000 2 1'),
    ('cases', 'cases_registered', '1000000 10000 2 1'),
    ('cases', 'cases_registrar', '1000000 5000 2 1'),
    ('cases', 'cases_owner', '1000000 10000 2 1'),
    ('cases', 'cases_open_owner', '2000 50 2 1'),
    ('cases', 'cases_open_village', '2000 20 2 1'),
    ('cases', 'cases_open_town', '2000 100 2 1'),
    ('cases', 'cases_closed', '1000000 2 1'),
    ('cases', 'cases_due', '1000000 500 1'),
    ('cases', 'cases_merged', '20000 2'),
    ('cases', 'cases_owner_account', '2000 20'),
    ('cases', 'cases_open_due', '2000 2 1'),
    ('cases', 'cases_open_received', '2000 2 1'),
    ('cases', 'cases_state_due', '2000 200 2 1');
-- Read again by this connection; every later one reads it as it opens.
ANALYZE sqlite_schema;
