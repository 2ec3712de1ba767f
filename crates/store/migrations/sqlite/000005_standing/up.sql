-- Counts the changes of units and roles (`counters`, name `standing`), whoever makes them: what a server keeps in memory
-- about who may do what holds as long as this number stands.
CREATE TRIGGER units_standing_insert AFTER INSERT ON units BEGIN
  INSERT INTO counters (name, value) VALUES ('standing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER units_standing_update AFTER UPDATE ON units BEGIN
  INSERT INTO counters (name, value) VALUES ('standing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER units_standing_delete AFTER DELETE ON units BEGIN
  INSERT INTO counters (name, value) VALUES ('standing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER grants_standing_insert AFTER INSERT ON grants BEGIN
  INSERT INTO counters (name, value) VALUES ('standing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER grants_standing_update AFTER UPDATE ON grants BEGIN
  INSERT INTO counters (name, value) VALUES ('standing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
CREATE TRIGGER grants_standing_delete AFTER DELETE ON grants BEGIN
  INSERT INTO counters (name, value) VALUES ('standing', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1;
END;
