package store

import (
	"context"
	"maps"
	"slices"
	"time"

	"gremio"
)

// PersonKey returns a person's wrapped key, nil when it was erased or never made.
func (q queries) PersonKey(ctx context.Context, person string) ([]byte, error) {
	var wrapped []byte
	_, err := q.one(ctx, "read a person's key", "SELECT wrapped FROM person_keys WHERE person = ? AND erased_at IS NULL", []any{person}, &wrapped)
	return wrapped, err
}

// PersonKeys returns the wrapped keys of persons, those that exist.
func (q queries) PersonKeys(ctx context.Context, persons []string) (map[string][]byte, error) {
	keys := map[string][]byte{}
	for len(persons) > 0 {
		n := min(len(persons), 500)
		err := q.each(ctx, "read persons' keys",
			"SELECT person, wrapped FROM person_keys WHERE erased_at IS NULL AND person IN ("+placeholders(n)+")", anys(persons[:n]),
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
// returns the one that holds. It is stored before any record that it seals. A
// person who was erased gets no other: that is a Conflict.
func (s *Store) AddPersonKey(ctx context.Context, person string, wrapped []byte, now time.Time) ([]byte, error) {
	held, err := s.AddPersonKeys(ctx, map[string][]byte{person: wrapped}, now)
	if err == nil && held[person] == nil {
		err = gremio.Errorf(gremio.Conflict, "whoever sent that application was erased: apply again under another id")
	}
	return held[person], err
}

// AddPersonKeys does for many persons what AddPersonKey does for one, in one
// transaction. Persons who were erased are not among those that it returns.
func (s *Store) AddPersonKeys(ctx context.Context, wrapped map[string][]byte, now time.Time) (held map[string][]byte, err error) {
	persons := slices.Sorted(maps.Keys(wrapped)) // in order, so that two apis with the same persons wait for each other only
	rows := make([][]any, len(persons))
	for i, person := range persons {
		rows[i] = []any{person, wrapped[person], micros(now)}
	}
	err = s.Update(ctx, func(tx *Tx) (err error) {
		if err := tx.insertMany(ctx, "store persons' keys", tx.d.ignore+"person_keys (person, wrapped, made_at) VALUES", "", rows); err != nil {
			return err
		}
		held, err = tx.PersonKeys(ctx, persons)
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

// sealedBytes returns what the column holds, which is never NULL.
func sealedBytes(s gremio.Sealed) []byte {
	if s == nil {
		return []byte{}
	}
	return s
}
