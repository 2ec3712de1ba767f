DROP INDEX cases_owner;
CREATE INDEX cases_owner_due ON cases (owner_unit_id, next_due_at, id);
DROP INDEX cases_open_owner;
DROP INDEX cases_open_town;
DROP INDEX cases_open_village;
DROP INDEX cases_town;
DROP INDEX cases_village;
CREATE INDEX cases_town ON cases (town_id, received_at, id);
CREATE INDEX cases_village ON cases (village_id, received_at, id);
