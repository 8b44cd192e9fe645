-- What happens to a member after the approval.

-- +goose Up
ALTER TABLE members ADD COLUMN suspended_until BIGINT;
ALTER TABLE members ADD COLUMN suspended_reason LONGTEXT;
ALTER TABLE members ADD COLUMN left_at BIGINT;
UPDATE members SET suspended_reason = '';
CREATE INDEX members_by_suspension ON members (suspended_until);
-- The id key of the newest decision that no person took.
ALTER TABLE members ADD COLUMN last_decision VARCHAR(180) NOT NULL DEFAULT '';

-- When a member began (starts = 1) and ended to hold a plate. members.plate is
-- the plate of the approval. The rows are what the events say, whatever order
-- they are read in; the cause is an event, or the application of an approval.
CREATE TABLE holdings (
  plate     VARCHAR(16) NOT NULL,
  held_at   BIGINT NOT NULL,
  cause     VARCHAR(100) NOT NULL,
  starts    INT NOT NULL,
  member_id VARCHAR(100) NOT NULL,
  PRIMARY KEY (plate, held_at, cause, starts)
);
CREATE INDEX holdings_by_member ON holdings (member_id, held_at);

-- Who holds a plate now: one member, or nobody.
CREATE TABLE plate_holders (
  plate     VARCHAR(16) NOT NULL PRIMARY KEY,
  member_id VARCHAR(100) NOT NULL,
  since     BIGINT NOT NULL
);
CREATE INDEX plate_holders_by_member ON plate_holders (member_id, since);
DROP INDEX members_by_plate{{on "members"}};

INSERT INTO holdings (plate, held_at, cause, starts, member_id) SELECT plate, joined_at, application_id, 1, member_id FROM members;
INSERT INTO plate_holders (plate, member_id, since) SELECT plate, member_id, joined_at FROM members;

-- What happened to a member, with the tier from then on where it changed.
CREATE TABLE member_history (
  member_id   VARCHAR(100) NOT NULL,
  happened_at BIGINT NOT NULL,
  cause       VARCHAR(100) NOT NULL,
  kind        VARCHAR(32) NOT NULL,
  done_by     VARCHAR(200) NOT NULL,
  reason      LONGTEXT NOT NULL,
  tier        VARCHAR(16) NOT NULL,
  plate       VARCHAR(16) NOT NULL,
  other       VARCHAR(100) NOT NULL,
  until_at    BIGINT,
  PRIMARY KEY (member_id, happened_at, cause)
);

CREATE TABLE permits (
  member_id  VARCHAR(100) NOT NULL,
  kind       VARCHAR(16) NOT NULL,
  number     LONGBLOB NOT NULL, -- sealed under the person's key
  expires_on VARCHAR(10) NOT NULL,
  PRIMARY KEY (member_id, kind)
);
CREATE INDEX permits_by_end ON permits (expires_on);
