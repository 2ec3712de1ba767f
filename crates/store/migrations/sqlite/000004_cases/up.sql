CREATE TABLE rule_sets (
  id INTEGER PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  note TEXT NOT NULL,
  published_by INTEGER,
  published_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX rule_sets_version ON rule_sets (kind, version);

CREATE TABLE cases (
  id INTEGER PRIMARY KEY NOT NULL,
  number TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_as TEXT,
  open INTEGER NOT NULL,
  urgency TEXT NOT NULL,
  resolution_class TEXT NOT NULL,
  confidentiality TEXT NOT NULL,
  category TEXT NOT NULL,
  county_id INTEGER,
  town_id INTEGER,
  village_id INTEGER,
  grid_id INTEGER,
  lon REAL,
  lat REAL,
  key_id INTEGER NOT NULL,
  title BLOB NOT NULL,
  host_unit_id INTEGER,
  owner_unit_id INTEGER NOT NULL,
  owner_account_id INTEGER,
  first_unit_id INTEGER NOT NULL,
  registered_by INTEGER,
  registered_unit_id INTEGER NOT NULL,
  reported_unit_id INTEGER,
  designated INTEGER NOT NULL,
  anonymous INTEGER NOT NULL,
  head_count INTEGER NOT NULL,
  reporter_count INTEGER NOT NULL,
  round INTEGER NOT NULL,
  version INTEGER NOT NULL,
  next_step TEXT,
  next_due_at INTEGER,
  due_at INTEGER,
  suspended INTEGER NOT NULL,
  supervision TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  dispatched_by INTEGER,
  dispatched_at INTEGER,
  replied_at INTEGER,
  closed_at INTEGER,
  archived_at INTEGER,
  merged_into INTEGER,
  reopened_count INTEGER NOT NULL,
  rule_version INTEGER NOT NULL,
  rule_chosen TEXT NOT NULL,
  check_code_hash BLOB NOT NULL,
  legal_hold INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX cases_open_due ON cases (next_due_at, id) WHERE open;
CREATE INDEX cases_owner_due ON cases (owner_unit_id, next_due_at, id) WHERE open;
CREATE INDEX cases_state ON cases (state, received_at, id);
CREATE INDEX cases_state_due ON cases (state, next_due_at, id) WHERE open;
CREATE INDEX cases_received ON cases (received_at, id);
CREATE INDEX cases_host ON cases (host_unit_id, received_at, id);
CREATE INDEX cases_registered ON cases (registered_unit_id, received_at, id);
CREATE INDEX cases_registrar ON cases (registered_by, received_at, id);
CREATE INDEX cases_town ON cases (town_id, received_at, id);
CREATE INDEX cases_village ON cases (village_id, received_at, id);
CREATE INDEX cases_grid ON cases (grid_id, received_at, id);
CREATE INDEX cases_category ON cases (category, received_at, id);
CREATE INDEX cases_channel ON cases (channel, received_at, id);
CREATE INDEX cases_closed ON cases (closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_due ON cases (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX cases_merged ON cases (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE case_texts (
  case_id INTEGER PRIMARY KEY NOT NULL,
  detail BLOB NOT NULL,
  place BLOB NOT NULL,
  form BLOB NOT NULL
) STRICT;

-- What a round that is over goes on counting for.
CREATE TABLE case_rounds (
  case_id INTEGER NOT NULL,
  round INTEGER NOT NULL,
  host_unit_id INTEGER,
  owner_unit_id INTEGER NOT NULL,
  ended_as TEXT,
  closed_at INTEGER,
  due_at INTEGER,
  replied_at INTEGER,
  over_at INTEGER NOT NULL,
  callbacks INTEGER NOT NULL,
  resolved INTEGER NOT NULL,
  satisfied INTEGER NOT NULL,
  unsatisfied INTEGER NOT NULL,
  unreachable INTEGER NOT NULL,
  PRIMARY KEY (case_id, round)
) STRICT;
CREATE INDEX case_rounds_closed ON case_rounds (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX case_rounds_due ON case_rounds (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE work_orders (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  unit_id INTEGER NOT NULL,
  part TEXT NOT NULL,
  state TEXT NOT NULL,
  open INTEGER NOT NULL,
  round INTEGER NOT NULL,
  handler_id INTEGER,
  -- Accounts that worked on it, parted by blanks: none of them checks the result.
  hands TEXT NOT NULL,
  returned_before INTEGER NOT NULL,
  dispatched_at INTEGER NOT NULL,
  signed_at INTEGER,
  arrived_at INTEGER,
  replied_at INTEGER,
  ended_at INTEGER,
  sign_due_at INTEGER,
  due_at INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX work_orders_case ON work_orders (case_id);
CREATE INDEX work_orders_unit ON work_orders (unit_id, open, due_at, id);

CREATE TABLE case_units (
  case_id INTEGER NOT NULL,
  unit_id INTEGER NOT NULL,
  part TEXT NOT NULL,
  PRIMARY KEY (case_id, unit_id)
) STRICT;
CREATE INDEX case_units_unit ON case_units (unit_id, case_id);

CREATE TABLE reporters (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  origin_case_id INTEGER NOT NULL,
  person_id INTEGER,
  anonymous INTEGER NOT NULL,
  confidential INTEGER NOT NULL,
  contact INTEGER NOT NULL,
  joined_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  reached_at INTEGER,
  resolved TEXT,
  satisfaction INTEGER
) STRICT;
CREATE INDEX reporters_case ON reporters (case_id);
CREATE INDEX reporters_origin ON reporters (origin_case_id);
CREATE INDEX reporters_person ON reporters (person_id);

CREATE TABLE replies (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  work_order_id INTEGER,
  round INTEGER NOT NULL,
  unit_id INTEGER,
  account_id INTEGER,
  text BLOB NOT NULL,
  result TEXT NOT NULL,
  replied_at INTEGER NOT NULL,
  reviewed_by INTEGER,
  reviewed_at INTEGER,
  review TEXT
) STRICT;
CREATE INDEX replies_case ON replies (case_id);

CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  reporter_id INTEGER,
  reply_id INTEGER,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  evidence TEXT NOT NULL,
  evidence_text BLOB,
  account_id INTEGER,
  first_at INTEGER NOT NULL,
  reached_at INTEGER
) STRICT;
CREATE INDEX deliveries_case ON deliveries (case_id);

CREATE TABLE overlays (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  work_order_id INTEGER,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  reason BLOB NOT NULL,
  basis TEXT NOT NULL,
  basis_text BLOB,
  asked_by INTEGER,
  asked_unit_id INTEGER,
  asked_at INTEGER NOT NULL,
  asked_until INTEGER,
  decided_by INTEGER,
  decided_at INTEGER,
  decision BLOB
) STRICT;
CREATE INDEX overlays_case ON overlays (case_id, state);
CREATE INDEX overlays_open ON overlays (state, kind, asked_at);

CREATE TABLE cards (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  work_order_id INTEGER,
  clock_id INTEGER NOT NULL,
  unit_id INTEGER,
  level TEXT NOT NULL,
  issued_at INTEGER NOT NULL,
  withdrawn_at INTEGER
) STRICT;
CREATE UNIQUE INDEX cards_once ON cards (clock_id, level);
CREATE INDEX cards_case ON cards (case_id);
CREATE INDEX cards_unit ON cards (unit_id, issued_at);
CREATE INDEX cards_issued ON cards (issued_at);

CREATE TABLE whistles (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  unit_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason BLOB NOT NULL,
  whistled_by INTEGER,
  whistled_at INTEGER NOT NULL,
  decided_by INTEGER,
  decided_at INTEGER,
  decision BLOB
) STRICT;
CREATE INDEX whistles_case ON whistles (case_id);
CREATE INDEX whistles_state ON whistles (state, whistled_at);

CREATE TABLE whistle_units (
  whistle_id INTEGER NOT NULL,
  unit_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  arrived_at INTEGER,
  arrived_by INTEGER,
  PRIMARY KEY (whistle_id, unit_id)
) STRICT;
CREATE INDEX whistle_units_unit ON whistle_units (unit_id, state);

CREATE TABLE attachments (
  id INTEGER PRIMARY KEY NOT NULL,
  case_id INTEGER NOT NULL,
  event_id INTEGER,
  account_id INTEGER,
  name BLOB NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 BLOB NOT NULL,
  path TEXT NOT NULL,
  thumbnail_path TEXT,
  key_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;
CREATE INDEX attachments_case ON attachments (case_id);

CREATE TABLE case_links (
  case_id INTEGER NOT NULL,
  other_id INTEGER NOT NULL,
  kind TEXT NOT NULL,
  made_by INTEGER,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (case_id, other_id, kind)
) STRICT;
CREATE INDEX case_links_other ON case_links (other_id);

CREATE TABLE external_refs (
  system TEXT NOT NULL,
  number TEXT NOT NULL,
  case_id INTEGER NOT NULL,
  PRIMARY KEY (system, number)
) STRICT;
CREATE INDEX external_refs_case ON external_refs (case_id);
