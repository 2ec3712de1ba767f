DROP TRIGGER grants_standing_delete;
DROP TRIGGER grants_standing_update;
DROP TRIGGER grants_standing_insert;
DROP TRIGGER units_standing_delete;
DROP TRIGGER units_standing_update;
DROP TRIGGER units_standing_insert;
DELETE FROM counters WHERE name = 'standing';
