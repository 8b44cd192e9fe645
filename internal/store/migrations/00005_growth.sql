-- Adding partitions: take-in pauses, apis say that they write no more, and
-- records that must stay with others of theirs keep their partition.

-- +goose Up
-- Who pauses take-in. It counts for as long as beat moves.
CREATE TABLE intake_pauses (
  name  VARCHAR(32) NOT NULL PRIMARY KEY,
  token VARCHAR(64) NOT NULL,
  beat  BIGINT NOT NULL
);

-- Which apis have nothing on its way to the log in that pause.
CREATE TABLE intake_quiet (
  token VARCHAR(64) NOT NULL,
  api   VARCHAR(200) NOT NULL,
  PRIMARY KEY (token, api)
);

-- 0: by key; else one more than the partition that the record must lie in.
ALTER TABLE outbox ADD COLUMN lane INT NOT NULL DEFAULT 0;
