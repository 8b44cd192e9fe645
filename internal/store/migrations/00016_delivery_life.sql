-- What happens to a delivery once it is prepared, and the dough of depots. Acts may be
-- read before what they are about, so they stand in tables of their own, and what
-- deliveries, stops and replenishments say follows from them.

-- +goose Up
ALTER TABLE deliveries ADD COLUMN depot VARCHAR(400);
ALTER TABLE deliveries ADD COLUMN depot_lat DOUBLE;
ALTER TABLE deliveries ADD COLUMN depot_lon DOUBLE;
ALTER TABLE deliveries ADD COLUMN why VARCHAR(32) NOT NULL DEFAULT '';
ALTER TABLE deliveries ADD COLUMN loaded_at BIGINT;
ALTER TABLE deliveries ADD COLUMN left_at BIGINT;
ALTER TABLE deliveries ADD COLUMN cancelled_at BIGINT;
ALTER TABLE deliveries ADD COLUMN cancel_reason LONGTEXT;
CREATE INDEX deliveries_by_state ON deliveries (state, prepared_at);
ALTER TABLE stops ADD COLUMN after_seconds INT;
ALTER TABLE stops ADD COLUMN failed_at BIGINT;
ALTER TABLE stops ADD COLUMN fail_reason LONGTEXT;
ALTER TABLE replenishments ADD COLUMN waits_since BIGINT NOT NULL DEFAULT 0;
UPDATE replenishments SET waits_since = opened_at;

CREATE TABLE delivery_acts (
  delivery_id VARCHAR(100) NOT NULL,
  kind        VARCHAR(16) NOT NULL,
  done_at     BIGINT NOT NULL,
  done_by     VARCHAR(100) NOT NULL,
  reason      LONGTEXT NOT NULL,
  PRIMARY KEY (delivery_id, kind)
);

CREATE TABLE stop_failures (
  delivery_id VARCHAR(100) NOT NULL,
  cart_id     VARCHAR(32) NOT NULL,
  failed_at   BIGINT NOT NULL,
  failed_by   VARCHAR(100) NOT NULL,
  reason      LONGTEXT NOT NULL,
  PRIMARY KEY (delivery_id, cart_id)
);

CREATE TABLE depot_moves (
  depot     VARCHAR(400) NOT NULL,
  moved_at  BIGINT NOT NULL,
  event_key VARCHAR(180) NOT NULL,
  kind      VARCHAR(16) NOT NULL,
  units     INT NOT NULL,
  PRIMARY KEY (depot, moved_at, event_key)
);
