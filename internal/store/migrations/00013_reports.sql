-- What a day's report needs beside the totals of vendors, hours and clients.

-- +goose Up
-- Sales by cells of a grid, 0.005 degrees wide and high, for the best places.
CREATE TABLE place_totals (
  sale_day VARCHAR(10) NOT NULL,
  cell_y   INT NOT NULL,
  cell_x   INT NOT NULL,
  cart_id  VARCHAR(32) NOT NULL,
  sales    BIGINT NOT NULL,
  units    BIGINT NOT NULL,
  PRIMARY KEY (sale_day, cell_y, cell_x, cart_id)
);
INSERT INTO place_totals (sale_day, cell_y, cell_x, cart_id, sales, units)
  SELECT sale_day, FLOOR((lat + 90) / 0.005), FLOOR((lon + 180) / 0.005), cart_id, COUNT(*), SUM(units)
  FROM sales WHERE lat IS NOT NULL AND voided_at IS NULL
  GROUP BY sale_day, FLOOR((lat + 90) / 0.005), FLOOR((lon + 180) / 0.005), cart_id;
CREATE INDEX place_totals_by_cart ON place_totals (sale_day, cart_id);

-- Sales that were taken back before the log told of them.
CREATE TABLE early_voids (
  cart_id   VARCHAR(32) NOT NULL,
  sale_id   VARCHAR(100) NOT NULL,
  voided_at BIGINT NOT NULL,
  reason    LONGTEXT NOT NULL,
  PRIMARY KEY (cart_id, sale_id)
);

-- What a report counted, to see that its day has changed since. NULL for reports
-- from before: then the time alone tells.
ALTER TABLE reports ADD COLUMN sales BIGINT;
ALTER TABLE reports ADD COLUMN units BIGINT;

-- Parts of reports of which not all have come.
CREATE TABLE report_parts (
  report_day VARCHAR(10) NOT NULL,
  revision   INT NOT NULL,
  attempt    VARCHAR(64) NOT NULL,
  part       INT NOT NULL,
  body       LONGTEXT NOT NULL,
  PRIMARY KEY (report_day, revision, attempt, part)
);
