CREATE TABLE counters (
  name TEXT PRIMARY KEY NOT NULL,
  value INTEGER NOT NULL
) STRICT;

CREATE TABLE settings (
  name TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE data_keys (
  id INTEGER PRIMARY KEY NOT NULL,
  subject_kind TEXT NOT NULL,
  subject INTEGER NOT NULL,
  alg TEXT NOT NULL,
  master_key TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX data_keys_subject ON data_keys (subject, subject_kind);

CREATE TABLE streams (
  id INTEGER PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  seq INTEGER NOT NULL,
  head BLOB NOT NULL
) STRICT;

CREATE TABLE events (
  id INTEGER PRIMARY KEY NOT NULL,
  position INTEGER,
  stream INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL,
  kind_version INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  actor INTEGER,
  actor_unit INTEGER,
  public TEXT NOT NULL,
  alg TEXT NOT NULL,
  commitments BLOB NOT NULL,
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_position ON events (position);
CREATE UNIQUE INDEX events_stream ON events (stream, seq);
CREATE INDEX events_unpositioned ON events (id) WHERE position IS NULL;

CREATE TABLE event_parts (
  event_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  key_id INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (event_id, name)
) STRICT;

CREATE TABLE cursors (
  name TEXT PRIMARY KEY NOT NULL,
  position INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tree_tiles (
  level INTEGER NOT NULL,
  idx INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, idx)
) STRICT;

CREATE TABLE tree_heads (
  size INTEGER PRIMARY KEY NOT NULL,
  root BLOB NOT NULL,
  signed_at INTEGER NOT NULL,
  alg TEXT NOT NULL,
  key_id TEXT NOT NULL,
  signature BLOB NOT NULL
) STRICT;

CREATE TABLE clocks (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  work_order_id INTEGER,
  kind TEXT NOT NULL,
  next_step INTEGER NOT NULL,
  state TEXT NOT NULL,
  stage INTEGER NOT NULL,
  unit_id INTEGER,
  rule TEXT NOT NULL,
  time_limit TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  remind_at INTEGER,
  due_at INTEGER NOT NULL,
  red_at INTEGER,
  fire_at INTEGER,
  paused_at INTEGER,
  ended_at INTEGER
) STRICT;
CREATE INDEX clocks_case ON clocks (case_id, state);
CREATE INDEX clocks_fire ON clocks (fire_at) WHERE fire_at IS NOT NULL;
CREATE UNIQUE INDEX clocks_one_next_step ON clocks (case_id) WHERE next_step AND state IN ('running', 'paused');

CREATE TABLE tally_deltas (
  id INTEGER PRIMARY KEY NOT NULL,
  day INTEGER NOT NULL,
  unit_id INTEGER NOT NULL,
  town_id INTEGER NOT NULL,
  channel TEXT NOT NULL,
  kind TEXT NOT NULL,
  category TEXT NOT NULL,
  counts TEXT NOT NULL
) STRICT;

CREATE TABLE cube_cells (
  cube TEXT NOT NULL,
  period INTEGER NOT NULL,
  key TEXT NOT NULL,
  counts TEXT NOT NULL,
  PRIMARY KEY (cube, period, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  actor INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  outcome TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (actor, client_id)
) STRICT;

-- Who saw, searched, exported what. The purpose stands sealed under a key of its own, the commitment is salted; `seq` and
-- `hash` chain the entries and are given after the entry was written, once. Nothing else ever changes or goes.
CREATE TABLE access_log (
  id INTEGER PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  account_id INTEGER,
  unit_id INTEGER,
  action TEXT NOT NULL,
  case_id INTEGER,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL,
  address TEXT NOT NULL,
  key_id INTEGER,
  purpose BLOB NOT NULL,
  commitment BLOB NOT NULL,
  seq INTEGER,
  hash BLOB
) STRICT;
CREATE INDEX access_log_at ON access_log (at);
CREATE INDEX access_log_case ON access_log (case_id, at);
CREATE INDEX access_log_account ON access_log (account_id, at);
CREATE UNIQUE INDEX access_log_seq ON access_log (seq);
CREATE INDEX access_log_fresh ON access_log (id) WHERE seq IS NULL;
CREATE TRIGGER access_log_stays BEFORE DELETE ON access_log BEGIN
  SELECT RAISE(ABORT, 'access_log is append-only');
END;
CREATE TRIGGER access_log_stands BEFORE UPDATE ON access_log
WHEN OLD.seq IS NOT NULL OR NEW.seq IS NULL OR NEW.hash IS NULL OR OLD.id <> NEW.id OR OLD.at <> NEW.at
  OR OLD.account_id IS NOT NEW.account_id OR OLD.unit_id IS NOT NEW.unit_id OR OLD.action <> NEW.action
  OR OLD.case_id IS NOT NEW.case_id OR OLD.subject <> NEW.subject OR OLD.outcome <> NEW.outcome
  OR OLD.address <> NEW.address OR OLD.key_id IS NOT NEW.key_id OR OLD.purpose <> NEW.purpose
  OR OLD.commitment <> NEW.commitment
BEGIN
  SELECT RAISE(ABORT, 'access_log is append-only');
END;

-- What full-text search indexes, as tokens parted by blanks (see store::search); the index itself is search_fts.
CREATE TABLE search_docs (
  case_id INTEGER PRIMARY KEY NOT NULL,
  scope TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE search_fts USING fts5 (
  scope, body, content = 'search_docs', content_rowid = 'case_id', tokenize = 'ascii'
);
