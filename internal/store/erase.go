package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gremio"
)

// ErasePersons is Tx.ErasePerson for each, in a transaction of its own. What worker
// members keeps of somebody who was there again is emptied too, so that nobody is
// shown it until that worker closes the application.
func (s *Store) ErasePersons(ctx context.Context, persons []gremio.Erasure) (erased int, err error) {
	err = s.Update(ctx, func(tx *Tx) error {
		erased = 0
		for _, e := range persons {
			was, err := tx.ErasePerson(ctx, e)
			if err != nil {
				return err
			}
			if !was {
				continue
			}
			erased++
			var member string
			if _, err := tx.one(ctx, "look for a member", "SELECT member_id FROM {members} WHERE application_id = ?", []any{e.Application}, &member); err != nil {
				return err
			}
			if err := tx.emptyApplication(ctx, e.Application, member); err != nil {
				return err
			}
		}
		return nil
	})
	return erased, err
}

// Erased returns every person whose key was destroyed, with the application where
// the database has it.
func (q queries) Erased(ctx context.Context) (all []gremio.Erasure, err error) {
	err = q.each(ctx, "list erased persons",
		"SELECT k.person, k.erased_at, COALESCE(a.application_id, '') FROM person_keys k LEFT JOIN {applications} a ON a.person = k.person WHERE k.erased_at IS NOT NULL ORDER BY k.erased_at, k.person",
		nil, func(row scanner) error {
			var e gremio.Erasure
			var at int64
			err := row.Scan(&e.Person, &at, &e.Application)
			e.At = instant(at)
			all = append(all, e)
			return err
		})
	return all, err
}

// ErasePerson takes away what no worker keeps of a person: the key, the accounts,
// the addresses in the audit log, the messages that wait. It reports whether the
// person still was somebody. What worker members keeps follows from the event.
func (t *Tx) ErasePerson(ctx context.Context, e gremio.Erasure) (was bool, err error) {
	if was, err = t.eraseKey(ctx, e.Person, e.At); err != nil {
		return was, err
	}
	for _, id := range e.Users {
		had, err := t.eraseUser(ctx, id)
		if err != nil {
			return was, err
		}
		was = was || had
	}
	if !was {
		return false, nil
	}
	t.scrub = true
	if err := t.eraseVisits(ctx, e.Application); err != nil {
		return was, err
	}
	_, err = t.exec(ctx, "drop an applicant's notices", "DELETE FROM notices WHERE about = ? AND audience = ?", e.Application, string(gremio.AudienceApplicant))
	return was, err
}

// eraseKey takes a person's key away for ever and reports whether there was one.
// A person whom the database does not know is noted too, so that a record that
// comes later is sealed by no new key.
func (t *Tx) eraseKey(ctx context.Context, person string, at time.Time) (was bool, err error) {
	n, err := t.exec(ctx, "erase a person's key", "UPDATE person_keys SET wrapped = ?, erased_at = ? WHERE person = ? AND erased_at IS NULL",
		[]byte{}, micros(at), person)
	if err != nil || n > 0 {
		return n > 0, err
	}
	_, err = t.exec(ctx, "note that a person is erased",
		t.d.ignore+"person_keys (person, wrapped, made_at, erased_at) VALUES (?, ?, ?, ?)", person, []byte{}, micros(at), micros(at))
	return false, err
}

// eraseUser empties what an account says of its person: address, name, sessions,
// and the name in the audit log. The id stays for what it did.
func (t *Tx) eraseUser(ctx context.Context, id string) (was bool, err error) {
	n, err := t.exec(ctx, "erase a user", `UPDATE users SET email = NULL, name = '', plate = '', state = ?, password_hash = '', totp = 0, totp_secret = NULL, recovery_codes = '[]'
 WHERE user_id = ? AND (email IS NOT NULL OR name <> '' OR state <> ?)`, gremio.UserRemoved, id, gremio.UserRemoved)
	if err != nil || n == 0 {
		return false, err
	}
	for _, text := range []string{
		"DELETE FROM user_links WHERE user_id = ?",
		"DELETE FROM sessions WHERE user_id = ?",
		"UPDATE audit SET actor_name = '', address = '' WHERE actor = ?",
	} {
		if _, err := t.exec(ctx, "erase a user", text, id); err != nil {
			return true, err
		}
	}
	return true, t.ForgetSessions(ctx)
}

// eraseVisits empties the addresses from which an applicant looked at, or acted
// for, the own application.
func (t *Tx) eraseVisits(ctx context.Context, application string) error {
	quoted, err := json.Marshal(application)
	if err != nil {
		return gremio.Wrap(gremio.Internal, err, "encode an application's id")
	}
	_, err = t.exec(ctx, "erase an applicant's addresses", "UPDATE audit SET address = '' WHERE actor = ? AND about LIKE ? ESCAPE '|'",
		string(gremio.Stranger), "%"+likeText.Replace(string(quoted))+"%")
	return err
}

// ErasedPersons returns those of persons who were erased.
func (q queries) ErasedPersons(ctx context.Context, persons []string) (map[string]bool, error) {
	erased := map[string]bool{}
	for len(persons) > 0 {
		n := min(len(persons), 500)
		err := q.each(ctx, "look for erased persons",
			"SELECT person FROM person_keys WHERE erased_at IS NOT NULL AND person IN ("+placeholders(n)+")", anys(persons[:n]),
			func(row scanner) error {
				var person string
				err := row.Scan(&person)
				erased[person] = true
				return err
			})
		if err != nil {
			return nil, err
		}
		persons = persons[n:]
	}
	return erased, nil
}

// VendorAccounts returns the vendors' accounts that are a person's: those of the
// plates that the person holds, and that with an e-mail address which the person was
// reached at, "" when nobody was. An address that somebody merely claims is nobody's.
func (q queries) VendorAccounts(ctx context.Context, plates []gremio.Plate, reached string) (users []gremio.User, err error) {
	add := func(where string, args ...any) error {
		some, err := q.users(ctx, " WHERE u.role = ? AND u.state <> ? AND "+where+" ORDER BY u.user_id", append([]any{string(gremio.RoleVendor), gremio.UserRemoved}, args...)...)
		for _, u := range some {
			if !slices.ContainsFunc(users, func(known gremio.User) bool { return known.ID == u.ID }) {
				users = append(users, u)
			}
		}
		return err
	}
	for _, plate := range plates {
		if err := add("u.plate = ?", string(plate)); err != nil {
			return nil, err
		}
	}
	if reached != "" {
		err = add("u.email = ?", strings.ToLower(reached))
	}
	return users, err
}

// EraseApplication empties what worker members keeps of the person behind an
// application, a member's rows included, but for what names nobody. One that
// waits is closed.
func (t *Tx) EraseApplication(ctx context.Context, id, member string, at time.Time) error {
	if err := t.emptyApplication(ctx, id, member); err != nil {
		return err
	}
	_, err := t.exec(ctx, "erase an application", "UPDATE {applications} SET queued = 0, state = CASE WHEN state = ? THEN ? ELSE state END, erased_at = ? WHERE application_id = ?",
		gremio.ApplicationWaiting, gremio.ApplicationIsErased, micros(at), id)
	return err
}

// emptyApplication empties every column that holds, or is derived from, what the
// person said, or what was said of the person.
func (t *Tx) emptyApplication(ctx context.Context, id, member string) error {
	t.scrub = true
	_, err := t.exec(ctx, "erase an application", `UPDATE {applications} SET sealed = ?, rut_hash = NULL, name_hash = NULL, reasons = '[]',
 duplicate_of = NULL, same_as = NULL, email_confirmed_for = NULL, phone_confirmed_for = NULL, paid_reference = NULL,
 decided_reason = CASE WHEN decided_reason IS NULL THEN NULL ELSE '' END WHERE application_id = ?`, []byte{}, id)
	if err != nil || member == "" {
		return err
	}
	return t.EraseMember(ctx, member)
}

// EraseMember empties what a member's rows say of the person.
func (t *Tx) EraseMember(ctx context.Context, member string) error {
	t.scrub = true
	for _, text := range []string{
		"UPDATE {members} SET rut_hash = NULL, suspended_reason = '' WHERE member_id = ?",
		"UPDATE {member_history} SET reason = '', number = NULL WHERE member_id = ?",
		"DELETE FROM {permits} WHERE member_id = ?",
	} {
		if _, err := t.exec(ctx, "erase a member", text, member); err != nil {
			return err
		}
	}
	return nil
}

// ReviveErased lets an application wait once more that was erased before the log
// told of the decision about it.
func (t *Tx) ReviveErased(ctx context.Context, id string) error {
	_, err := t.exec(ctx, "replay a decision", "UPDATE {applications} SET state = ? WHERE application_id = ? AND state = ?",
		gremio.ApplicationWaiting, id, gremio.ApplicationIsErased)
	return err
}

// NotErased returns those of applications that the database has and that are not erased.
func (q queries) NotErased(ctx context.Context, applications []string) (ids []string, err error) {
	for len(applications) > 0 && err == nil {
		n := min(len(applications), 500)
		err = q.each(ctx, "look for applications to erase",
			"SELECT application_id FROM {applications} WHERE erased_at IS NULL AND application_id IN ("+placeholders(n)+") ORDER BY application_id", anys(applications[:n]),
			func(row scanner) error {
				var id string
				err := row.Scan(&id)
				ids = append(ids, id)
				return err
			})
		applications = applications[n:]
	}
	return ids, err
}

// Scrub sees that nothing that was deleted can be read in SQLite's files: what
// is deleted is overwritten (secure_delete), but the write-ahead log has the
// pages of before until it is written back and cut off. It does not wait for
// readers. MariaDB's old pages and logs are its own matter (docs/personal-data.md).
func (s *Store) Scrub(ctx context.Context) error {
	if s.d.name == mariadb.name {
		return nil
	}
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return problem(err, "clean the database's file")
	}
	defer conn.Close()
	var busy, frames, done int
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 100"); err != nil {
		return problem(err, "clean the database's file")
	}
	err = conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done)
	if _, after := conn.ExecContext(context.WithoutCancel(ctx), "PRAGMA busy_timeout = 10000"); err == nil {
		err = after
	}
	if err == nil && busy != 0 {
		return gremio.Errorf(gremio.Unavailable, "somebody reads the database: its write-ahead log still holds what was erased")
	}
	return problem(err, "clean the database's file")
}

// ApplicationsWithDocument returns the applications of the document behind
// rutHash, the oldest first.
func (q queries) ApplicationsWithDocument(ctx context.Context, rutHash string) (ids []string, err error) {
	err = q.each(ctx, "look for a document's applications", "SELECT application_id FROM {applications} WHERE rut_hash = ? ORDER BY submitted_at, application_id", []any{rutHash},
		func(row scanner) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}
