CREATE TABLE units (
  id BIGINT PRIMARY KEY NOT NULL,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  kind TEXT NOT NULL,
  parent_id BIGINT,
  area_id BIGINT,
  phone TEXT NOT NULL,
  active BOOLEAN NOT NULL,
  successor_id BIGINT,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX units_parent ON units (parent_id);

CREATE TABLE accounts (
  id BIGINT PRIMARY KEY NOT NULL,
  login TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  unit_id BIGINT NOT NULL,
  phone TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  must_change_password BOOLEAN NOT NULL,
  password_set_at BIGINT NOT NULL,
  totp_sealed BYTEA,
  totp_last_step BIGINT NOT NULL,
  state TEXT NOT NULL,
  failed_count BIGINT NOT NULL,
  locked_until BIGINT,
  language TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  last_sign_in_at BIGINT
);
CREATE INDEX accounts_unit ON accounts (unit_id);

CREATE TABLE grants (
  id BIGINT PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  unit_id BIGINT,
  area_id BIGINT,
  granted_by BIGINT,
  granted_at BIGINT NOT NULL,
  expires_at BIGINT
);
CREATE INDEX grants_account ON grants (account_id);
CREATE INDEX grants_unit ON grants (unit_id, role);

CREATE TABLE sessions (
  token_hash BYTEA PRIMARY KEY NOT NULL,
  account_id BIGINT NOT NULL,
  csrf TEXT NOT NULL,
  second_factor BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);

CREATE TABLE preferences (
  account_id BIGINT PRIMARY KEY NOT NULL,
  body TEXT NOT NULL,
  version BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);

CREATE TABLE api_tokens (
  id BIGINT PRIMARY KEY NOT NULL,
  token_hash BYTEA NOT NULL UNIQUE,
  account_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  revoked_at BIGINT,
  last_used_at BIGINT
);
CREATE INDEX api_tokens_account ON api_tokens (account_id);

CREATE TABLE persons (
  id BIGINT PRIMARY KEY NOT NULL,
  key_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  phone_hash BYTEA,
  document_hash BYTEA,
  phone_last4 TEXT,
  created_at BIGINT NOT NULL,
  erased_at BIGINT
);
CREATE INDEX persons_phone ON persons (phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX persons_document ON persons (document_hash) WHERE document_hash IS NOT NULL;
