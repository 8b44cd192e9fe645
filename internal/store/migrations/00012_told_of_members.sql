-- What the desk was told of members, and what their histories say.

-- +goose Up
-- The alert that told of a permit last, and the date of the permit that it told.
ALTER TABLE permits ADD COLUMN alert VARCHAR(100) NOT NULL DEFAULT '';
ALTER TABLE permits ADD COLUMN warned_for VARCHAR(10) NOT NULL DEFAULT '';

-- Since when a member is suspended.
ALTER TABLE members ADD COLUMN suspended_at BIGINT;
UPDATE members SET suspended_at = (
  SELECT MIN(h.happened_at) FROM member_history h WHERE h.member_id = members.member_id AND h.kind = 'suspended' AND h.happened_at > COALESCE(
    (SELECT MAX(e.happened_at) FROM member_history e WHERE e.member_id = h.member_id AND e.kind IN ('resumed', 'left', 'returned')), 0))
WHERE state = 'suspended';

-- Of a permit that was noted; lines from before have neither until a rebuild of members.
ALTER TABLE member_history ADD COLUMN number LONGBLOB; -- sealed under the person's key
ALTER TABLE member_history ADD COLUMN expires_on VARCHAR(10) NOT NULL DEFAULT '';

INSERT INTO member_history (member_id, happened_at, cause, kind, done_by, reason, tier, plate, other)
  SELECT m.member_id, m.joined_at, m.application_id, 'joined', COALESCE(a.decided_by, ''), '', a.tier, m.plate, ''
  FROM members m JOIN applications a ON a.application_id = m.application_id;
