-- Notices belong to no worker's tables: a rebuild leaves them alone.

-- +goose Up
CREATE TABLE notices (
  notice_id       VARCHAR(100) NOT NULL PRIMARY KEY,
  worker          VARCHAR(32) NOT NULL,
  audience        VARCHAR(16) NOT NULL,
  kind            VARCHAR(32) NOT NULL,
  about           VARCHAR(100) NOT NULL,
  title           LONGTEXT NOT NULL,
  body            LONGTEXT NOT NULL,
  made_at         BIGINT NOT NULL,
  attempts        INT NOT NULL,
  next_attempt_at BIGINT NOT NULL,
  claimed_by      VARCHAR(64) NOT NULL,
  claimed_until   BIGINT NOT NULL
);
CREATE INDEX notices_by_turn ON notices (worker, attempts, next_attempt_at);

-- The ledger: which destination has which notice.
CREATE TABLE notices_sent (
  notice_id   VARCHAR(100) NOT NULL,
  destination VARCHAR(100) NOT NULL,
  sent_at     BIGINT NOT NULL,
  PRIMARY KEY (notice_id, destination)
);
