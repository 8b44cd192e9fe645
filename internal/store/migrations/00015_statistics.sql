-- What statistics over months read: sums by hour of the guild and by month of each
-- cart, for a year of all carts' days is too much to add up while a page waits.

-- +goose Up
CREATE TABLE guild_hours (
  sale_day    VARCHAR(10) NOT NULL,
  sale_hour   INT NOT NULL,
  sales       BIGINT NOT NULL,
  units       BIGINT NOT NULL,
  named_sales BIGINT NOT NULL,
  named_units BIGINT NOT NULL,
  priced      BIGINT NOT NULL,
  takings     BIGINT NOT NULL,
  PRIMARY KEY (sale_day, sale_hour)
);
CREATE TABLE vendor_months (
  sale_month  VARCHAR(7) NOT NULL,
  cart_id     VARCHAR(32) NOT NULL,
  plate       VARCHAR(16) NOT NULL,
  sales       BIGINT NOT NULL,
  units       BIGINT NOT NULL,
  named_sales BIGINT NOT NULL,
  named_units BIGINT NOT NULL,
  priced      BIGINT NOT NULL,
  takings     BIGINT NOT NULL,
  PRIMARY KEY (sale_month, cart_id)
);

-- Distinct clients of the guild's closed days, as their newest reports counted them.
CREATE TABLE closed_days (
  report_day VARCHAR(10) NOT NULL PRIMARY KEY,
  revision   INT NOT NULL,
  clients    BIGINT NOT NULL
);

INSERT INTO guild_hours (sale_day, sale_hour, sales, units, named_sales, named_units, priced, takings)
SELECT sale_day, sale_hour,
  SUM(CASE WHEN voided_at IS NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN voided_at IS NULL THEN units ELSE 0 END),
  SUM(CASE WHEN voided_at IS NULL AND client_key <> '' THEN 1 ELSE 0 END),
  SUM(CASE WHEN voided_at IS NULL AND client_key <> '' THEN units ELSE 0 END),
  SUM(CASE WHEN voided_at IS NULL AND amount IS NOT NULL THEN 1 ELSE 0 END),
  SUM(CASE WHEN voided_at IS NULL AND amount IS NOT NULL THEN amount ELSE 0 END)
FROM sales GROUP BY sale_day, sale_hour;

INSERT INTO vendor_months (sale_month, cart_id, plate, sales, units, named_sales, named_units, priced, takings)
SELECT SUBSTR(sale_day, 1, 7), cart_id, MIN(plate), SUM(sales), SUM(units), SUM(named_sales), SUM(named_units), SUM(priced), SUM(takings)
FROM day_totals GROUP BY SUBSTR(sale_day, 1, 7), cart_id;

INSERT INTO closed_days (report_day, revision, clients)
SELECT report_day, revision, COALESCE(JSON_EXTRACT(body, '$.guild.clients'), 0) FROM reports r
WHERE revision = (SELECT MAX(revision) FROM reports n WHERE n.report_day = r.report_day);

CREATE INDEX sales_by_cart ON sales (cart_id, received_at);
CREATE INDEX sales_by_client ON sales (client_key, received_at);
