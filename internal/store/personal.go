package store

import (
	"context"
	"time"

	"gremio"
)

// PersonKey returns a person's wrapped key, nil when it was erased or never made.
func (q queries) PersonKey(ctx context.Context, person string) ([]byte, error) {
	var wrapped []byte
	_, err := q.one(ctx, "read a person's key", "SELECT wrapped FROM person_keys WHERE person = ?", []any{person}, &wrapped)
	return wrapped, err
}

// PersonKeys returns the wrapped keys of persons, those that exist.
func (q queries) PersonKeys(ctx context.Context, persons []string) (map[string][]byte, error) {
	keys := map[string][]byte{}
	for len(persons) > 0 {
		n := min(len(persons), 500)
		err := q.each(ctx, "read persons' keys",
			"SELECT person, wrapped FROM person_keys WHERE person IN ("+placeholders(n)+")", anys(persons[:n]),
			func(row scanner) error {
				var person string
				var wrapped []byte
				if err := row.Scan(&person, &wrapped); err != nil {
					return err
				}
				keys[person] = wrapped
				return nil
			})
		if err != nil {
			return nil, err
		}
		persons = persons[n:]
	}
	return keys, nil
}

// AddPersonKey stores a person's wrapped key unless the person has one, and
// returns the one that holds. It is stored before any record that it seals.
func (s *Store) AddPersonKey(ctx context.Context, person string, wrapped []byte, now time.Time) ([]byte, error) {
	var held []byte
	err := s.Update(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "store a person's key",
			tx.d.ignore+"person_keys (person, wrapped, made_at) VALUES (?, ?, ?)", person, wrapped, micros(now)); err != nil {
			return err
		}
		var err error
		held, err = tx.PersonKey(ctx, person)
		return err
	})
	return held, err
}

// BindMasterKey notes which master key the database is under, by its
// fingerprint, and refuses another from then on: what one key has sealed another
// would take for damaged.
func (s *Store) BindMasterKey(ctx context.Context, fingerprint string) error {
	return s.Update(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "note the master key",
			tx.d.ignore+"installation (name, value) VALUES ('master_key', ?)", fingerprint); err != nil {
			return err
		}
		var held string
		if _, err := tx.one(ctx, "read which master key it is", "SELECT value FROM installation WHERE name = 'master_key'", nil, &held); err != nil {
			return err
		}
		if held != fingerprint {
			return gremio.Errorf(gremio.Invalid, "the database is under another master key: give every process the same --master-key-file")
		}
		return nil
	})
}
