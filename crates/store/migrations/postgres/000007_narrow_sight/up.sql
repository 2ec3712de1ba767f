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

-- PostgreSQL measures by itself what its planner has to know (autovacuum).
