-- What became of rejected records is no worker's table: a rebuild leaves it alone.

-- +goose Up
{{range list "members" "sales" "stock" "positions" "alerts"}}
ALTER TABLE {{.}}_rejections ADD COLUMN record_key VARCHAR(100) NOT NULL DEFAULT '';
{{end}}

CREATE TABLE rejection_acts (
  worker     VARCHAR(32) NOT NULL,
  topic      VARCHAR(64) NOT NULL,
  part       INT NOT NULL,
  log_offset BIGINT NOT NULL,
  act        VARCHAR(16) NOT NULL,
  acted_at   BIGINT NOT NULL,
  acted_by   VARCHAR(100) NOT NULL,
  reason     LONGTEXT NOT NULL,
  PRIMARY KEY (worker, topic, part, log_offset)
);

-- Persons whose acts were refused before now were told then.
{{range list "members" "sales" "stock" "positions" "alerts"}}
INSERT INTO rejection_acts (worker, topic, part, log_offset, act, acted_at, acted_by, reason)
  SELECT '{{.}}', topic, part, log_offset, 'answered', rejected_at, '', '' FROM {{.}}_rejections WHERE event_type IN (
    'gremio.application.approved.v1', 'gremio.application.rejected.v1', 'gremio.sale.voided.v1', 'gremio.delivery.requested.v1',
    'gremio.stop.confirmed.v1', 'gremio.alert.acknowledged.v1', 'gremio.alert.closed.v1');
{{end}}
