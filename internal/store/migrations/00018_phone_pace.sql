-- How seldom the phones of carts report that are set wrong, as was decided last.

-- +goose Up
CREATE TABLE phone_paces (
  cart_id          VARCHAR(32) NOT NULL PRIMARY KEY,
  plate            VARCHAR(16) NOT NULL,
  interval_seconds INT NOT NULL,
  decided_at       BIGINT NOT NULL,
  settings_version BIGINT NOT NULL,
  alert_id         VARCHAR(100) NOT NULL
);
