package store

import (
	"context"
	"database/sql"

	"gremio"
)

// growth is the name of the only pause of take-in that there is.
const growth = "growth"

// Pause returns the pause of take-in that somebody asks for, and whether there is one.
func (q queries) Pause(ctx context.Context) (p gremio.Pause, found bool, err error) {
	found, err = q.one(ctx, "ask whether take-in pauses", "SELECT token, beat FROM intake_pauses WHERE name = ?", []any{growth}, &p.Token, &p.Beat)
	return p, found, err
}

// BeginPause asks every api to write no more. before is the pause that stands
// there and is given up by whoever asked for it, the zero value for none.
func (s *Store) BeginPause(ctx context.Context, before gremio.Pause, token string) error {
	return s.Update(ctx, func(tx *Tx) error {
		if before.Token != "" {
			n, err := tx.exec(ctx, "take a given-up pause over", "DELETE FROM intake_pauses WHERE name = ? AND token = ? AND beat = ?", growth, before.Token, before.Beat)
			if err != nil {
				return err
			}
			if n == 0 {
				return gremio.Errorf(gremio.Conflict, "somebody else adds partitions now")
			}
		}
		if _, err := tx.exec(ctx, "forget the apis of earlier pauses", "DELETE FROM intake_quiet"); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "pause take-in", "INSERT INTO intake_pauses (name, token, beat) VALUES (?, ?, 1)", growth, token)
		return err
	})
}

// KeepPause says that the pause still counts, and fails as Fenced when it does not.
func (s *Store) KeepPause(ctx context.Context, token string) error {
	return s.Update(ctx, func(tx *Tx) error {
		n, err := tx.exec(ctx, "keep take-in paused", "UPDATE intake_pauses SET beat = beat + 1 WHERE name = ? AND token = ?", growth, token)
		if err == nil && n == 0 {
			err = gremio.Errorf(gremio.Fenced, "the pause was ended by somebody else")
		}
		return err
	})
}

// EndPause lets take-in go on.
func (s *Store) EndPause(ctx context.Context, token string) error {
	return s.Update(ctx, func(tx *Tx) error {
		if _, err := tx.exec(ctx, "end the pause", "DELETE FROM intake_pauses WHERE name = ? AND token = ?", growth, token); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "end the pause", "DELETE FROM intake_quiet WHERE token = ?", token)
		return err
	})
}

// SayQuiet notes that api has nothing on its way to the log and writes no more
// while the pause counts.
func (s *Store) SayQuiet(ctx context.Context, token, api string) error {
	return s.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "say that nothing is on its way", s.d.ignore+"intake_quiet (token, api) VALUES (?, ?)", token, clip(api))
		return err
	})
}

// Quiet returns the apis that write no more in the pause.
func (q queries) Quiet(ctx context.Context, token string) (map[string]bool, error) {
	all := map[string]bool{}
	err := q.each(ctx, "ask which apis are quiet", "SELECT api FROM intake_quiet WHERE token = ?", []any{token}, func(row scanner) error {
		var api string
		err := row.Scan(&api)
		all[api] = true
		return err
	})
	return all, err
}

// OutboxSizes returns how many derived events wait for their topics, by worker.
// What the log refused waits for a person and is not among them.
func (q queries) OutboxSizes(ctx context.Context) (map[string]int64, error) {
	all := map[string]int64{}
	states, err := q.Outboxes(ctx)
	for _, s := range states {
		if s.Waiting > 0 {
			all[s.Worker] = s.Waiting
		}
	}
	return all, err
}

// Outboxes returns what waits in the outbox, by worker.
func (q queries) Outboxes(ctx context.Context) (all []gremio.OutboxState, err error) {
	err = q.each(ctx, "count the outbox",
		`SELECT worker, SUM(CASE WHEN refused_at = 0 THEN 1 ELSE 0 END), SUM(CASE WHEN refused_at > 0 THEN 1 ELSE 0 END),
 MIN(CASE WHEN refused_at = 0 THEN made_at END) FROM outbox GROUP BY worker ORDER BY worker`, nil, func(row scanner) error {
			var s gremio.OutboxState
			var oldest sql.NullInt64
			err := row.Scan(&s.Worker, &s.Waiting, &s.Refused, &oldest)
			s.Oldest = instantOrNil(oldest)
			all = append(all, s)
			return err
		})
	return all, err
}
