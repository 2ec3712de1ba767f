CREATE TABLE units (
  id INTEGER PRIMARY KEY NOT NULL,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  parent_id INTEGER,
  area_id INTEGER,
  phone TEXT NOT NULL,
  active INTEGER NOT NULL,
  successor_id INTEGER,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX units_parent ON units (parent_id);

CREATE TABLE accounts (
  id INTEGER PRIMARY KEY NOT NULL,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  unit_id INTEGER NOT NULL,
  phone TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  must_change_password INTEGER NOT NULL,
  password_set_at INTEGER NOT NULL,
  totp_sealed BLOB,
  totp_last_step INTEGER NOT NULL,
  state TEXT NOT NULL,
  failed_count INTEGER NOT NULL,
  locked_until INTEGER,
  language TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_sign_in_at INTEGER
) STRICT;
CREATE INDEX accounts_unit ON accounts (unit_id);

CREATE TABLE grants (
  id INTEGER PRIMARY KEY NOT NULL,
  account_id INTEGER NOT NULL,
  role TEXT NOT NULL,
  unit_id INTEGER,
  area_id INTEGER,
  granted_by INTEGER,
  granted_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT;
CREATE INDEX grants_account ON grants (account_id);
CREATE INDEX grants_unit ON grants (unit_id, role);

CREATE TABLE sessions (
  token_hash BLOB PRIMARY KEY NOT NULL,
  account_id INTEGER NOT NULL,
  csrf TEXT NOT NULL,
  second_factor INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_account ON sessions (account_id);

CREATE TABLE preferences (
  account_id INTEGER PRIMARY KEY NOT NULL,
  body TEXT NOT NULL,
  version INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY NOT NULL,
  token_hash BLOB NOT NULL UNIQUE,
  account_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE INDEX api_tokens_account ON api_tokens (account_id);

CREATE TABLE persons (
  id INTEGER PRIMARY KEY NOT NULL,
  key_id INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  phone_hash BLOB,
  document_hash BLOB,
  phone_last4 TEXT,
  created_at INTEGER NOT NULL,
  erased_at INTEGER
) STRICT;
CREATE INDEX persons_phone ON persons (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX persons_document ON persons (document_hash) WHERE document_hash IS NOT NULL;
