-- What a worker's tables hold follows from the log alone, whatever order its
-- partitions are read in, so that `gremio rebuild` makes the same tables again.

-- +goose Up
{{range list "members" "sales" "stock" "positions" "alerts"}}
-- While a rebuild takes over, nobody else moves the worker's offsets.
ALTER TABLE {{.}}_offsets ADD COLUMN held_until BIGINT NOT NULL DEFAULT 0;
{{end}}

-- stock: the level follows from a cart's moves in the order of moved_at and
-- event_key. Some bear the level after them, so that one that comes late changes
-- few rows. The levels of before begin their carts' moves.
CREATE TABLE stock_moves (
  cart_id           VARCHAR(32) NOT NULL,
  moved_at          BIGINT NOT NULL,
  event_key         VARCHAR(180) NOT NULL,
  kind              VARCHAR(16) NOT NULL,
  units             INT,
  figure            INT,
  initial           INT NOT NULL,
  units_after       INT,
  last_figure_after INT,
  PRIMARY KEY (cart_id, moved_at, event_key)
);
INSERT INTO stock_moves (cart_id, moved_at, event_key, kind, units, figure, initial, units_after, last_figure_after)
  SELECT cart_id, updated_at, '', 'carried', units, last_figure, units, units, last_figure FROM stock_levels;
ALTER TABLE stock_levels ADD COLUMN event_key VARCHAR(180) NOT NULL DEFAULT '';
ALTER TABLE stock_levels DROP COLUMN figure_at;
ALTER TABLE stock_levels DROP COLUMN sold_since;

-- A stop may be confirmed in one partition before its delivery is read in another.
CREATE TABLE stop_confirmations (
  delivery_id  VARCHAR(100) NOT NULL,
  cart_id      VARCHAR(32) NOT NULL,
  units        INT,
  confirmed_at BIGINT NOT NULL,
  confirmed_by VARCHAR(100) NOT NULL,
  PRIMARY KEY (delivery_id, cart_id)
);
INSERT INTO stop_confirmations (delivery_id, cart_id, units, confirmed_at, confirmed_by)
  SELECT delivery_id, cart_id, confirmed_units, confirmed_at, confirmed_by FROM stops WHERE confirmed_at IS NOT NULL;

-- Which delivery left which cart waiting.
CREATE TABLE passed_over (
  cart_id     VARCHAR(32) NOT NULL,
  delivery_id VARCHAR(100) NOT NULL,
  prepared_at BIGINT NOT NULL,
  PRIMARY KEY (cart_id, delivery_id)
);
INSERT INTO passed_over (cart_id, delivery_id, prepared_at)
  SELECT cart_id, 'before', opened_at FROM replenishments WHERE passed_over > 0 AND state = 'open';
ALTER TABLE replenishments DROP COLUMN passed_over;

-- positions: at one instant a position places the cart, and a sale does not.
ALTER TABLE positions ADD COLUMN placed_by_sale INT NOT NULL DEFAULT 0;

-- A cart is on shift when its newest start is newer than its newest end.
UPDATE positions SET shift_ended_at = shift_started_at WHERE state = 'off_shift' AND shift_ended_at < shift_started_at;
