CREATE TABLE rule_sets (
  id BIGINT PRIMARY KEY NOT NULL,
  kind TEXT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  note TEXT NOT NULL,
  published_by BIGINT,
  published_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX rule_sets_version ON rule_sets (kind, version);

CREATE TABLE cases (
  id BIGINT PRIMARY KEY NOT NULL,
  number TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_as TEXT,
  open BOOLEAN NOT NULL,
  urgency TEXT NOT NULL,
  resolution_class TEXT NOT NULL,
  confidentiality TEXT NOT NULL,
  category TEXT NOT NULL,
  county_id BIGINT,
  town_id BIGINT,
  village_id BIGINT,
  grid_id BIGINT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  key_id BIGINT NOT NULL,
  title BYTEA NOT NULL,
  host_unit_id BIGINT,
  owner_unit_id BIGINT NOT NULL,
  owner_account_id BIGINT,
  first_unit_id BIGINT NOT NULL,
  registered_by BIGINT,
  registered_unit_id BIGINT NOT NULL,
  reported_unit_id BIGINT,
  designated BOOLEAN NOT NULL,
  anonymous BOOLEAN NOT NULL,
  head_count BIGINT NOT NULL,
  reporter_count BIGINT NOT NULL,
  round BIGINT NOT NULL,
  version BIGINT NOT NULL,
  next_step TEXT,
  next_due_at BIGINT,
  due_at BIGINT,
  suspended BOOLEAN NOT NULL,
  supervision TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  dispatched_by BIGINT,
  dispatched_at BIGINT,
  replied_at BIGINT,
  closed_at BIGINT,
  archived_at BIGINT,
  merged_into BIGINT,
  reopened_count BIGINT NOT NULL,
  rule_version BIGINT NOT NULL,
  rule_chosen TEXT NOT NULL,
  check_code_hash BYTEA NOT NULL,
  legal_hold BOOLEAN NOT NULL,
  updated_at BIGINT NOT NULL
);
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
  case_id BIGINT PRIMARY KEY NOT NULL,
  detail BYTEA NOT NULL,
  place BYTEA NOT NULL,
  form BYTEA NOT NULL
);

-- What a round that is over goes on counting for.
CREATE TABLE case_rounds (
  case_id BIGINT NOT NULL,
  round BIGINT NOT NULL,
  host_unit_id BIGINT,
  owner_unit_id BIGINT NOT NULL,
  ended_as TEXT,
  closed_at BIGINT,
  due_at BIGINT,
  replied_at BIGINT,
  over_at BIGINT NOT NULL,
  callbacks BIGINT NOT NULL,
  resolved BIGINT NOT NULL,
  satisfied BIGINT NOT NULL,
  unsatisfied BIGINT NOT NULL,
  unreachable BIGINT NOT NULL,
  PRIMARY KEY (case_id, round)
);
CREATE INDEX case_rounds_closed ON case_rounds (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX case_rounds_due ON case_rounds (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE work_orders (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  part TEXT NOT NULL,
  state TEXT NOT NULL,
  open BOOLEAN NOT NULL,
  round BIGINT NOT NULL,
  handler_id BIGINT,
  -- Accounts that worked on it, parted by blanks: none of them checks the result.
  hands TEXT NOT NULL,
  returned_before BOOLEAN NOT NULL,
  dispatched_at BIGINT NOT NULL,
  signed_at BIGINT,
  arrived_at BIGINT,
  replied_at BIGINT,
  ended_at BIGINT,
  sign_due_at BIGINT,
  due_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX work_orders_case ON work_orders (case_id);
CREATE INDEX work_orders_unit ON work_orders (unit_id, open, due_at, id);

CREATE TABLE case_units (
  case_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  part TEXT NOT NULL,
  PRIMARY KEY (case_id, unit_id)
);
CREATE INDEX case_units_unit ON case_units (unit_id, case_id);

CREATE TABLE reporters (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  origin_case_id BIGINT NOT NULL,
  person_id BIGINT,
  anonymous BOOLEAN NOT NULL,
  confidential BOOLEAN NOT NULL,
  contact BOOLEAN NOT NULL,
  joined_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  reached_at BIGINT,
  resolved TEXT,
  satisfaction BIGINT
);
CREATE INDEX reporters_case ON reporters (case_id);
CREATE INDEX reporters_origin ON reporters (origin_case_id);
CREATE INDEX reporters_person ON reporters (person_id);

CREATE TABLE replies (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  work_order_id BIGINT,
  round BIGINT NOT NULL,
  unit_id BIGINT,
  account_id BIGINT,
  text BYTEA NOT NULL,
  result TEXT NOT NULL,
  replied_at BIGINT NOT NULL,
  reviewed_by BIGINT,
  reviewed_at BIGINT,
  review TEXT
);
CREATE INDEX replies_case ON replies (case_id);

CREATE TABLE deliveries (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  reporter_id BIGINT,
  reply_id BIGINT,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  evidence TEXT NOT NULL,
  evidence_text BYTEA,
  account_id BIGINT,
  first_at BIGINT NOT NULL,
  reached_at BIGINT
);
CREATE INDEX deliveries_case ON deliveries (case_id);

CREATE TABLE overlays (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  work_order_id BIGINT,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  reason BYTEA NOT NULL,
  basis TEXT NOT NULL,
  basis_text BYTEA,
  asked_by BIGINT,
  asked_unit_id BIGINT,
  asked_at BIGINT NOT NULL,
  asked_until BIGINT,
  decided_by BIGINT,
  decided_at BIGINT,
  decision BYTEA
);
CREATE INDEX overlays_case ON overlays (case_id, state);
CREATE INDEX overlays_open ON overlays (state, kind, asked_at);

CREATE TABLE cards (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  work_order_id BIGINT,
  clock_id BIGINT NOT NULL,
  unit_id BIGINT,
  level TEXT NOT NULL,
  issued_at BIGINT NOT NULL,
  withdrawn_at BIGINT
);
CREATE UNIQUE INDEX cards_once ON cards (clock_id, level);
CREATE INDEX cards_case ON cards (case_id);
CREATE INDEX cards_unit ON cards (unit_id, issued_at);
CREATE INDEX cards_issued ON cards (issued_at);

CREATE TABLE whistles (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  reason BYTEA NOT NULL,
  whistled_by BIGINT,
  whistled_at BIGINT NOT NULL,
  decided_by BIGINT,
  decided_at BIGINT,
  decision BYTEA
);
CREATE INDEX whistles_case ON whistles (case_id);
CREATE INDEX whistles_state ON whistles (state, whistled_at);

CREATE TABLE whistle_units (
  whistle_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  arrived_at BIGINT,
  arrived_by BIGINT,
  PRIMARY KEY (whistle_id, unit_id)
);
CREATE INDEX whistle_units_unit ON whistle_units (unit_id, state);

CREATE TABLE attachments (
  id BIGINT PRIMARY KEY NOT NULL,
  case_id BIGINT NOT NULL,
  event_id BIGINT,
  account_id BIGINT,
  name BYTEA NOT NULL,
  media_type TEXT NOT NULL,
  size BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  path TEXT NOT NULL,
  thumbnail_path TEXT,
  key_id BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  removed_at BIGINT
);
CREATE INDEX attachments_case ON attachments (case_id);

CREATE TABLE case_links (
  case_id BIGINT NOT NULL,
  other_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  made_by BIGINT,
  made_at BIGINT NOT NULL,
  PRIMARY KEY (case_id, other_id, kind)
);
CREATE INDEX case_links_other ON case_links (other_id);

CREATE TABLE external_refs (
  system TEXT NOT NULL,
  number TEXT NOT NULL,
  case_id BIGINT NOT NULL,
  PRIMARY KEY (system, number)
);
CREATE INDEX external_refs_case ON external_refs (case_id);
