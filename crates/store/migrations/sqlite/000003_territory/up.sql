CREATE TABLE areas (
  id INTEGER PRIMARY KEY NOT NULL,
  code TEXT NOT NULL,
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  parent_id INTEGER,
  county_id INTEGER,
  town_id INTEGER,
  village_id INTEGER,
  urban_class TEXT NOT NULL,
  households INTEGER,
  lon REAL,
  lat REAL,
  valid_from INTEGER NOT NULL,
  valid_to INTEGER,
  successor_code TEXT
) STRICT;
CREATE UNIQUE INDEX areas_code_current ON areas (code) WHERE valid_to IS NULL;
CREATE INDEX areas_parent ON areas (parent_id);
CREATE INDEX areas_level ON areas (level, code);

CREATE TABLE area_shapes (
  area_id INTEGER PRIMARY KEY NOT NULL,
  geojson TEXT NOT NULL,
  min_lon REAL NOT NULL,
  min_lat REAL NOT NULL,
  max_lon REAL NOT NULL,
  max_lat REAL NOT NULL,
  version INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE grid_posts (
  id INTEGER PRIMARY KEY NOT NULL,
  area_id INTEGER NOT NULL,
  post TEXT NOT NULL,
  account_id INTEGER,
  name TEXT NOT NULL,
  phone TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  until_at INTEGER
) STRICT;
CREATE INDEX grid_posts_area ON grid_posts (area_id);
CREATE INDEX grid_posts_account ON grid_posts (account_id);

CREATE TABLE service_points (
  id INTEGER PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  area_id INTEGER NOT NULL,
  lon REAL,
  lat REAL,
  address TEXT NOT NULL,
  phone TEXT NOT NULL,
  hours TEXT NOT NULL,
  active INTEGER NOT NULL
) STRICT;
CREATE INDEX service_points_area ON service_points (area_id);
