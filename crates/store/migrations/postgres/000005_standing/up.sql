-- Counts the changes of units and roles (`counters`, name `standing`), whoever makes them: what a server keeps in memory
-- about who may do what holds as long as this number stands.
CREATE FUNCTION standing_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counters (name, value) VALUES ('standing', 1)
    ON CONFLICT (name) DO UPDATE SET value = counters.value + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER units_standing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON units
  FOR EACH STATEMENT EXECUTE FUNCTION standing_changed();
CREATE TRIGGER grants_standing AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON grants
  FOR EACH STATEMENT EXECUTE FUNCTION standing_changed();
