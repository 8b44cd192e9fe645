-- What a person may ask of the guild about the own data.

-- +goose Up
-- A key that was erased leaves its row, without the key, so that nothing is ever
-- sealed for that person again.
ALTER TABLE person_keys ADD COLUMN erased_at BIGINT;

ALTER TABLE applications ADD COLUMN erased_at BIGINT;

-- From when on where a cart is is not kept (stopped), or is again (resumed), or
-- until when it is forgotten (erased).
CREATE TABLE tracking_marks (
  plate     VARCHAR(16) NOT NULL,
  marked_at BIGINT NOT NULL,
  kind      VARCHAR(16) NOT NULL,
  PRIMARY KEY (plate, marked_at, kind)
);
