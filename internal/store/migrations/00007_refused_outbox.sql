-- Derived events that the log will never take wait apart from those that it
-- does not take now.

-- +goose Up
-- 0: not refused.
ALTER TABLE outbox ADD COLUMN refused_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN refused_because LONGTEXT;
