-- Instants are microseconds since 1970-01-01 UTC. Days are YYYY-MM-DD of the
-- guild's calendar. Every worker owns the tables that its own rows name; the
-- outbox, keys and settings belong to none of them.

-- +goose Up
CREATE TABLE settings (
  version    BIGINT NOT NULL PRIMARY KEY,
  body       LONGTEXT NOT NULL,
  changed_at BIGINT NOT NULL,
  changed_by VARCHAR(100) NOT NULL
);

-- What belongs to this database for ever, such as which master key it is under.
CREATE TABLE installation (
  name  VARCHAR(32) NOT NULL PRIMARY KEY,
  value VARCHAR(100) NOT NULL
);

CREATE TABLE person_keys (
  person  VARCHAR(64) NOT NULL PRIMARY KEY,
  wrapped LONGBLOB NOT NULL,
  made_at BIGINT NOT NULL
);

CREATE TABLE outbox (
  outbox_id  {{auto_id}},
  worker     VARCHAR(32) NOT NULL,
  topic      VARCHAR(64) NOT NULL,
  subject    VARCHAR(100) NOT NULL,
  special    INT NOT NULL,
  headers    LONGTEXT NOT NULL,
  body       LONGBLOB NOT NULL,
  made_at    BIGINT NOT NULL
);
CREATE INDEX outbox_by_worker ON outbox (worker, outbox_id);

{{range list "members" "sales" "stock" "positions" "alerts"}}
-- Where worker {{.}} stands. Whoever takes a partition raises its epoch.
CREATE TABLE {{.}}_offsets (
  topic       VARCHAR(64) NOT NULL,
  part        INT NOT NULL,
  epoch       BIGINT NOT NULL,
  next_offset BIGINT NOT NULL,
  cluster_id  VARCHAR(100) NOT NULL,
  topic_id    VARCHAR(64) NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (topic, part)
);

-- The ids that worker {{.}} has applied: sent twice counts once.
CREATE TABLE {{.}}_ids (
  id_key     VARCHAR(180) NOT NULL PRIMARY KEY,
  event_id   VARCHAR(100) NOT NULL,
  digest     VARCHAR(32) NOT NULL,
  topic      VARCHAR(64) NOT NULL,
  part       INT NOT NULL,
  log_offset BIGINT NOT NULL,
  applied_at BIGINT NOT NULL
);
CREATE INDEX {{.}}_ids_by_event ON {{.}}_ids (event_id);

CREATE TABLE {{.}}_rejections (
  topic       VARCHAR(64) NOT NULL,
  part        INT NOT NULL,
  log_offset  BIGINT NOT NULL,
  event_id    VARCHAR(100) NOT NULL,
  event_type  VARCHAR(100) NOT NULL,
  reason      LONGTEXT NOT NULL,
  rejected_at BIGINT NOT NULL,
  PRIMARY KEY (topic, part, log_offset)
);
{{end}}

-- members
CREATE TABLE applications (
  application_id   VARCHAR(100) NOT NULL PRIMARY KEY,
  person           VARCHAR(64) NOT NULL,
  tier             VARCHAR(16) NOT NULL,
  plate            VARCHAR(16),
  cart_id          VARCHAR(32),
  sealed           LONGBLOB NOT NULL,
  origin           VARCHAR(32) NOT NULL,
  consent_tracking INT NOT NULL,
  consent_version  VARCHAR(32) NOT NULL,
  rut_hash         VARCHAR(40),
  state            VARCHAR(16) NOT NULL,
  reasons          LONGTEXT NOT NULL,
  submitted_at     BIGINT NOT NULL,
  decided_at       BIGINT,
  decided_by       VARCHAR(100),
  decided_reason   LONGTEXT,
  settings_version BIGINT
);
CREATE INDEX applications_by_time ON applications (submitted_at, application_id);
CREATE INDEX applications_by_rut ON applications (rut_hash);
CREATE INDEX applications_by_plate ON applications (plate);

CREATE TABLE members (
  member_id      VARCHAR(100) NOT NULL PRIMARY KEY,
  application_id VARCHAR(100) NOT NULL,
  person         VARCHAR(64) NOT NULL,
  tier           VARCHAR(16) NOT NULL,
  cart_id        VARCHAR(32) NOT NULL,
  plate          VARCHAR(16) NOT NULL,
  rut_hash       VARCHAR(40),
  state          VARCHAR(16) NOT NULL,
  joined_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX members_by_plate ON members (plate);
CREATE UNIQUE INDEX members_by_rut ON members (rut_hash);
CREATE INDEX members_by_time ON members (joined_at, member_id);

-- sales
CREATE TABLE sales (
  cart_id     VARCHAR(32) NOT NULL,
  sale_id     VARCHAR(100) NOT NULL,
  plate       VARCHAR(16) NOT NULL,
  client      VARCHAR(200) NOT NULL,
  client_key  VARCHAR(400) NOT NULL, -- folded: a letter may become two
  units       INT NOT NULL,
  sold_at     BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  device_time BIGINT,
  time_text   VARCHAR(200) NOT NULL,
  stock       INT,
  lat         DOUBLE,
  lon         DOUBLE,
  grid_x      DOUBLE,
  grid_y      DOUBLE,
  amount      BIGINT,
  sale_day    VARCHAR(10) NOT NULL,
  sale_hour   INT NOT NULL,
  voided_at   BIGINT,
  void_reason LONGTEXT,
  PRIMARY KEY (cart_id, sale_id)
);
CREATE INDEX sales_by_receipt ON sales (received_at, cart_id, sale_id);
CREATE INDEX sales_by_day ON sales (sale_day, cart_id);
CREATE INDEX sales_by_id ON sales (sale_id);

CREATE TABLE day_totals (
  sale_day    VARCHAR(10) NOT NULL,
  cart_id     VARCHAR(32) NOT NULL,
  plate       VARCHAR(16) NOT NULL,
  sales       BIGINT NOT NULL,
  units       BIGINT NOT NULL,
  named_sales BIGINT NOT NULL,
  named_units BIGINT NOT NULL,
  priced      BIGINT NOT NULL,
  takings     BIGINT NOT NULL,
  first_sale  BIGINT NOT NULL,
  last_sale   BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL,
  PRIMARY KEY (sale_day, cart_id)
);

CREATE INDEX day_totals_by_cart ON day_totals (cart_id);

CREATE TABLE client_totals (
  cart_id    VARCHAR(32) NOT NULL,
  client_key VARCHAR(400) NOT NULL,
  sale_day   VARCHAR(10) NOT NULL,
  client     VARCHAR(200) NOT NULL,
  sales      BIGINT NOT NULL,
  units      BIGINT NOT NULL,
  PRIMARY KEY (cart_id, client_key, sale_day)
);
CREATE INDEX client_totals_by_day ON client_totals (sale_day, client_key);

CREATE TABLE hour_totals (
  sale_day  VARCHAR(10) NOT NULL,
  cart_id   VARCHAR(32) NOT NULL,
  sale_hour INT NOT NULL,
  sales     BIGINT NOT NULL,
  units     BIGINT NOT NULL,
  PRIMARY KEY (sale_day, cart_id, sale_hour)
);

CREATE TABLE reports (
  report_day VARCHAR(10) NOT NULL,
  revision   INT NOT NULL,
  complete   INT NOT NULL,
  body       LONGTEXT NOT NULL,
  closed_at  BIGINT NOT NULL,
  PRIMARY KEY (report_day, revision)
);

-- positions
CREATE TABLE positions (
  cart_id          VARCHAR(32) NOT NULL PRIMARY KEY,
  plate            VARCHAR(16) NOT NULL,
  lat              DOUBLE,
  lon              DOUBLE,
  grid_x           DOUBLE,
  grid_y           DOUBLE,
  fixed_at         BIGINT,
  accuracy         DOUBLE,
  speed            DOUBLE,
  heading          DOUBLE,
  battery          DOUBLE,
  heard_at         BIGINT,
  state            VARCHAR(16) NOT NULL,
  shift_started_at BIGINT,
  shift_ended_at   BIGINT,
  shift_ended_by   VARCHAR(32),
  paused_at        BIGINT,
  missed_alert     VARCHAR(100),
  first_named_at   BIGINT NOT NULL
);
CREATE INDEX positions_by_state ON positions (state, heard_at);

CREATE TABLE track (
  cart_id     VARCHAR(32) NOT NULL,
  fixed_at    BIGINT NOT NULL,
  event_id    VARCHAR(100) NOT NULL,
  lat         DOUBLE,
  lon         DOUBLE,
  grid_x      DOUBLE,
  grid_y      DOUBLE,
  device_time BIGINT,
  accuracy    DOUBLE,
  speed       DOUBLE,
  heading     DOUBLE,
  battery     DOUBLE,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (cart_id, fixed_at)
);
CREATE INDEX track_by_event ON track (event_id);

CREATE TABLE sightings (
  sighting_id VARCHAR(100) NOT NULL PRIMARY KEY,
  plate       VARCHAR(16),
  lat         DOUBLE,
  lon         DOUBLE,
  grid_x      DOUBLE,
  grid_y      DOUBLE,
  note        LONGTEXT NOT NULL,
  seen_at     BIGINT NOT NULL
);
CREATE INDEX sightings_by_time ON sightings (seen_at, sighting_id);

CREATE TABLE intake_spans (
  started_at BIGINT NOT NULL PRIMARY KEY,
  ended_at   BIGINT NOT NULL
);

-- stock
CREATE TABLE stock_levels (
  cart_id     VARCHAR(32) NOT NULL PRIMARY KEY,
  plate       VARCHAR(16) NOT NULL,
  units       INT NOT NULL,
  last_figure INT NOT NULL,
  figure_at   BIGINT,
  sold_since  INT NOT NULL,
  updated_at  BIGINT NOT NULL
);

CREATE TABLE replenishments (
  replenishment_id VARCHAR(100) NOT NULL PRIMARY KEY,
  cart_id          VARCHAR(32) NOT NULL,
  plate            VARCHAR(16) NOT NULL,
  state            VARCHAR(16) NOT NULL,
  level_then       INT NOT NULL,
  passed_over      INT NOT NULL,
  delivery_id      VARCHAR(100),
  opened_at        BIGINT NOT NULL,
  closed_at        BIGINT,
  close_reason     VARCHAR(32),
  settings_version BIGINT NOT NULL
);
CREATE INDEX replenishments_by_cart ON replenishments (cart_id, state);
CREATE INDEX replenishments_by_state ON replenishments (state, opened_at);

CREATE TABLE deliveries (
  delivery_id VARCHAR(100) NOT NULL PRIMARY KEY,
  state       VARCHAR(16) NOT NULL,
  total_units INT NOT NULL,
  metres      DOUBLE NOT NULL,
  prepared_at BIGINT NOT NULL,
  done_at     BIGINT
);
CREATE INDEX deliveries_by_time ON deliveries (prepared_at, delivery_id);

CREATE TABLE stops (
  delivery_id      VARCHAR(100) NOT NULL,
  seq              INT NOT NULL,
  cart_id          VARCHAR(32) NOT NULL,
  plate            VARCHAR(16) NOT NULL,
  replenishment_id VARCHAR(100) NOT NULL,
  units            INT NOT NULL,
  lat              DOUBLE,
  lon              DOUBLE,
  grid_x           DOUBLE,
  grid_y           DOUBLE,
  state            VARCHAR(16) NOT NULL,
  confirmed_units  INT,
  confirmed_at     BIGINT,
  confirmed_by     VARCHAR(100),
  PRIMARY KEY (delivery_id, seq)
);
CREATE INDEX stops_by_replenishment ON stops (replenishment_id);

-- alerts
CREATE TABLE alerts (
  alert_id        VARCHAR(100) NOT NULL PRIMARY KEY,
  kind            VARCHAR(32) NOT NULL,
  plate           VARCHAR(16),
  lat             DOUBLE,
  lon             DOUBLE,
  grid_x          DOUBLE,
  grid_y          DOUBLE,
  state           VARCHAR(16) NOT NULL,
  severity        VARCHAR(16) NOT NULL,
  cause           LONGTEXT NOT NULL,
  raised_at       BIGINT NOT NULL,
  acknowledged_at BIGINT,
  acknowledged_by VARCHAR(100),
  closed_at       BIGINT,
  closed_by       VARCHAR(100),
  close_reason    LONGTEXT
);
CREATE INDEX alerts_by_state ON alerts (state, raised_at);
CREATE INDEX alerts_by_time ON alerts (raised_at, alert_id);

-- Closes that overtook what they close: the cause was gone before the alert was
-- raised, because two workers reported the two.
CREATE TABLE early_closes (
  alert_id     VARCHAR(100) NOT NULL PRIMARY KEY,
  closed_at    BIGINT NOT NULL,
  closed_by    VARCHAR(100) NOT NULL,
  close_reason LONGTEXT NOT NULL
);

-- Every cart that anything has named, with its plates.
CREATE VIEW carts AS
  SELECT cart_id, plate FROM positions
  UNION SELECT cart_id, plate FROM stock_levels
  UNION SELECT cart_id, plate FROM applications WHERE cart_id IS NOT NULL
  UNION SELECT cart_id, plate FROM members;
