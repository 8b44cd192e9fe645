package store

import (
	"context"
	"encoding/json"
	"time"

	"gremio"
)

// Settings returns the newest version of the guild's settings, the defaults
// when nobody has changed any. A setting that an older version did not know has
// its default.
func (q queries) Settings(ctx context.Context) (gremio.Settings, error) {
	s := gremio.DefaultSettings()
	var version int64
	var body string
	found, err := q.one(ctx, "read the settings",
		"SELECT version, body FROM settings ORDER BY version DESC LIMIT 1", nil, &version, &body)
	if err != nil || !found {
		return s, err
	}
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		return s, gremio.Wrap(gremio.Internal, err, "settings version %d", version)
	}
	s.Version = version
	return s, nil
}

// SettingsSince returns the settings that held at t and every later version.
func (q queries) SettingsSince(ctx context.Context, t time.Time) (gremio.SettingsHistory, error) {
	history := gremio.SettingsHistory{{Settings: gremio.DefaultSettings()}}
	err := q.each(ctx, "read the settings",
		"SELECT version, body, changed_at FROM settings WHERE version >= (SELECT COALESCE(MAX(version), 0) FROM settings WHERE changed_at <= ?) ORDER BY version",
		[]any{micros(t)}, func(row scanner) error {
			v := gremio.SettingsVersion{Settings: gremio.DefaultSettings()}
			var version, since int64
			var body string
			if err := row.Scan(&version, &body, &since); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(body), &v.Settings); err != nil {
				return gremio.Wrap(gremio.Internal, err, "settings version %d", version)
			}
			v.Version, v.Since = version, instant(since)
			history = append(history, v)
			return nil
		})
	return history, err
}

// ChangeSettings stores what change makes of the newest settings as the next
// version and returns it. Two changes at once both happen, one after the other.
func (s *Store) ChangeSettings(ctx context.Context, by string, now time.Time, change func(*gremio.Settings) error) (gremio.Settings, error) {
	var next gremio.Settings
	err := s.Update(ctx, func(tx *Tx) error {
		current, err := tx.Settings(ctx)
		if err != nil {
			return err
		}
		next = current
		if err := change(&next); err != nil {
			return err
		}
		next.Version = current.Version
		if next.Equal(current) {
			return nil
		}
		next.Version = current.Version + 1
		if err := gremio.InvalidFields(next.Validate()); err != nil {
			return err
		}
		body, err := json.Marshal(next)
		if err != nil {
			return gremio.Wrap(gremio.Internal, err, "encode the settings")
		}
		_, err = tx.exec(ctx, "store the settings",
			"INSERT INTO settings (version, body, changed_at, changed_by) VALUES (?, ?, ?, ?)",
			next.Version, string(body), micros(now), by)
		return err
	})
	return next, err
}
