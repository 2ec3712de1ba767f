CREATE TABLE areas (
  id BIGINT PRIMARY KEY NOT NULL,
  code TEXT NOT NULL,
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  parent_id BIGINT,
  county_id BIGINT,
  town_id BIGINT,
  village_id BIGINT,
  urban_class TEXT NOT NULL,
  households BIGINT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  valid_from BIGINT NOT NULL,
  valid_to BIGINT,
  successor_code TEXT
);
CREATE UNIQUE INDEX areas_code_current ON areas (code) WHERE valid_to IS NULL;
CREATE INDEX areas_parent ON areas (parent_id);
CREATE INDEX areas_level ON areas (level, code);

CREATE TABLE area_shapes (
  area_id BIGINT PRIMARY KEY NOT NULL,
  geojson TEXT NOT NULL,
  min_lon DOUBLE PRECISION NOT NULL,
  min_lat DOUBLE PRECISION NOT NULL,
  max_lon DOUBLE PRECISION NOT NULL,
  max_lat DOUBLE PRECISION NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE grid_posts (
  id BIGINT PRIMARY KEY NOT NULL,
  area_id BIGINT NOT NULL,
  post TEXT NOT NULL,
  account_id BIGINT,
  name TEXT NOT NULL,
  phone TEXT NOT NULL,
  from_at BIGINT NOT NULL,
  until_at BIGINT
);
CREATE INDEX grid_posts_area ON grid_posts (area_id);
CREATE INDEX grid_posts_account ON grid_posts (account_id);

CREATE TABLE service_points (
  id BIGINT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  area_id BIGINT NOT NULL,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  address TEXT NOT NULL,
  phone TEXT NOT NULL,
  hours TEXT NOT NULL,
  active BOOLEAN NOT NULL
);
CREATE INDEX service_points_area ON service_points (area_id);
