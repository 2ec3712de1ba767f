-- Identifiers, unique in the whole database; every node takes a block at a time.
CREATE SEQUENCE ids INCREMENT BY 256;

CREATE TABLE counters (
  name TEXT PRIMARY KEY NOT NULL,
  value BIGINT NOT NULL
);

CREATE TABLE settings (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE data_keys (
  id BIGINT PRIMARY KEY NOT NULL,
  subject_kind TEXT NOT NULL,
  subject BIGINT NOT NULL,
  alg TEXT NOT NULL,
  master_key TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX data_keys_subject ON data_keys (subject, subject_kind);

CREATE TABLE streams (
  id BIGINT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  seq BIGINT NOT NULL,
  head BYTEA NOT NULL
);

CREATE TABLE events (
  id BIGINT PRIMARY KEY NOT NULL,
  position BIGINT,
  stream BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  kind TEXT NOT NULL,
  kind_version BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  actor BIGINT,
  actor_unit BIGINT,
  public TEXT NOT NULL,
  alg TEXT NOT NULL,
  commitments BYTEA NOT NULL,
  prev_hash BYTEA NOT NULL,
  hash BYTEA NOT NULL
);
CREATE UNIQUE INDEX events_position ON events (position);
CREATE UNIQUE INDEX events_stream ON events (stream, seq);
CREATE INDEX events_unpositioned ON events (id) WHERE position IS NULL;

CREATE TABLE event_parts (
  event_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (event_id, name)
);

CREATE TABLE cursors (
  name TEXT PRIMARY KEY NOT NULL,
  position BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE tree_tiles (
  level BIGINT NOT NULL,
  idx BIGINT NOT NULL,
  hashes BYTEA NOT NULL,
  PRIMARY KEY (level, idx)
);

CREATE TABLE tree_heads (
  size BIGINT PRIMARY KEY NOT NULL,
  root BYTEA NOT NULL,
  signed_at BIGINT NOT NULL,
  alg TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signature BYTEA NOT NULL
);

CREATE TABLE clocks (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  work_order_id BIGINT,
  kind TEXT NOT NULL,
  next_step BOOLEAN NOT NULL,
  state TEXT NOT NULL,
  stage BIGINT NOT NULL,
  unit_id BIGINT,
  rule TEXT NOT NULL,
  time_limit TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  remind_at BIGINT,
  due_at BIGINT NOT NULL,
  red_at BIGINT,
  fire_at BIGINT,
  paused_at BIGINT,
  ended_at BIGINT
);
CREATE INDEX clocks_case ON clocks (case_id, state);
CREATE INDEX clocks_fire ON clocks (fire_at) WHERE fire_at IS NOT NULL;
CREATE UNIQUE INDEX clocks_one_next_step ON clocks (case_id) WHERE next_step AND state IN ('running', 'paused');

CREATE TABLE tally_deltas (
  id BIGINT PRIMARY KEY NOT NULL,
  day BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  town_id BIGINT NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  category TEXT NOT NULL,
  counts TEXT NOT NULL
);

CREATE TABLE cube_cells (
  cube TEXT NOT NULL,
  period BIGINT NOT NULL,
  key TEXT NOT NULL,
  counts TEXT NOT NULL,
  PRIMARY KEY (cube, period, key)
);

CREATE TABLE requests (
  actor BIGINT NOT NULL,
  client_id TEXT NOT NULL,
  body_hash BYTEA NOT NULL,
  outcome TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (actor, client_id)
);

-- Who saw, searched, exported what. The purpose stands sealed under a key of its own, the commitment is salted; `seq` and
-- `hash` chain the entries and are given after the entry was written, once. Nothing else ever changes or goes.
CREATE TABLE access_log (
  id BIGINT PRIMARY KEY NOT NULL,
  at BIGINT NOT NULL,
  account_id BIGINT,
  unit_id BIGINT,
  action TEXT NOT NULL,
  case_id BIGINT,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  address TEXT NOT NULL,
  key_id BIGINT,
  purpose BYTEA NOT NULL,
  commitment BYTEA NOT NULL,
  seq BIGINT,
  hash BYTEA
);
CREATE INDEX access_log_at ON access_log (at);
CREATE INDEX access_log_case ON access_log (case_id, at);
CREATE INDEX access_log_account ON access_log (account_id, at);
CREATE UNIQUE INDEX access_log_seq ON access_log (seq);
CREATE INDEX access_log_fresh ON access_log (id) WHERE seq IS NULL;
CREATE FUNCTION access_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'access_log is append-only';
END $$;
CREATE TRIGGER access_log_stays BEFORE DELETE OR TRUNCATE ON access_log
  FOR EACH STATEMENT EXECUTE FUNCTION access_log_refuse();
CREATE TRIGGER access_log_stands BEFORE UPDATE ON access_log FOR EACH ROW
  WHEN (OLD.seq IS NOT NULL OR NEW.seq IS NULL OR NEW.hash IS NULL OR
    (OLD.id, OLD.at, OLD.account_id, OLD.unit_id, OLD.action, OLD.case_id, OLD.subject, OLD.outcome, OLD.address,
      OLD.key_id, OLD.purpose, OLD.commitment)
    IS DISTINCT FROM
    (NEW.id, NEW.at, NEW.account_id, NEW.unit_id, NEW.action, NEW.case_id, NEW.subject, NEW.outcome, NEW.address,
      NEW.key_id, NEW.purpose, NEW.commitment))
  EXECUTE FUNCTION access_log_refuse();

-- What full-text search indexes, as tokens parted by blanks (see store::search); the index itself is search_fts.
CREATE TABLE search_docs (
  case_id BIGINT PRIMARY KEY NOT NULL,
  scope TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE TABLE search_fts (
  case_id BIGINT PRIMARY KEY NOT NULL,
  tokens TSVECTOR NOT NULL
);
CREATE INDEX search_fts_tokens ON search_fts USING GIN (tokens);
