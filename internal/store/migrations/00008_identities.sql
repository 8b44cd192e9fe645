-- Who may do what, and who did. None of these is a worker's table.

-- +goose Up
-- Counts the changes of tokens, so that every api learns of one by asking for
-- what is newer than it knows.
CREATE TABLE identity_version (
  name    VARCHAR(16) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
);
INSERT INTO identity_version (name, version) VALUES ('tokens', 0);

CREATE TABLE users (
  user_id        VARCHAR(64) NOT NULL PRIMARY KEY,
  email          VARCHAR(254), -- in lower case; NULL until the first admin has one, and when removed
  name           VARCHAR(200) NOT NULL,
  role           VARCHAR(16) NOT NULL,
  plate          VARCHAR(16) NOT NULL,
  state          VARCHAR(16) NOT NULL,
  password_hash  VARCHAR(255) NOT NULL,
  totp           INT NOT NULL,
  totp_secret    BLOB,
  totp_last_step BIGINT NOT NULL,
  recovery_codes LONGTEXT NOT NULL,
  created_at     BIGINT NOT NULL
);
CREATE UNIQUE INDEX users_by_email ON users (email);

CREATE TABLE user_links (
  hash       VARCHAR(64) NOT NULL PRIMARY KEY,
  user_id    VARCHAR(64) NOT NULL,
  purpose    VARCHAR(16) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX user_links_by_user ON user_links (user_id);

CREATE TABLE sessions (
  session_id   VARCHAR(64) NOT NULL PRIMARY KEY,
  hash         VARCHAR(64) NOT NULL,
  user_id      VARCHAR(64) NOT NULL,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  address      VARCHAR(64) NOT NULL,
  user_agent   VARCHAR(400) NOT NULL
);
CREATE UNIQUE INDEX sessions_by_hash ON sessions (hash);
CREATE INDEX sessions_by_user ON sessions (user_id, last_seen_at);

CREATE TABLE tokens (
  token_id     VARCHAR(64) NOT NULL PRIMARY KEY,
  hash         VARCHAR(64) NOT NULL,
  kind         VARCHAR(16) NOT NULL,
  name         VARCHAR(200) NOT NULL,
  plate        VARCHAR(16) NOT NULL,
  scopes       LONGTEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  created_by   VARCHAR(100) NOT NULL,
  expires_at   BIGINT,
  last_used_at BIGINT,
  revoked_at   BIGINT,
  version      BIGINT NOT NULL
);
CREATE UNIQUE INDEX tokens_by_hash ON tokens (hash);
CREATE INDEX tokens_by_version ON tokens (version);
CREATE INDEX tokens_by_plate ON tokens (plate, kind);

CREATE TABLE audit (
  audit_id   {{auto_id}},
  at         BIGINT NOT NULL,
  actor      VARCHAR(100) NOT NULL,
  actor_name VARCHAR(254) NOT NULL,
  action     VARCHAR(64) NOT NULL,
  about      LONGTEXT NOT NULL,
  detail     LONGTEXT NOT NULL,
  address    VARCHAR(64) NOT NULL
);
CREATE INDEX audit_by_time ON audit (at, audit_id);
CREATE INDEX audit_by_actor ON audit (actor, at);
