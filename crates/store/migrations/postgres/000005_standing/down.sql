DROP TRIGGER grants_standing ON grants;
DROP TRIGGER units_standing ON units;
DROP FUNCTION standing_changed();
DELETE FROM counters WHERE name = 'standing';
