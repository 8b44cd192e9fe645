package store

import (
	"context"
	"time"

	"gremio"
)

// AddNotices queues notices of worker. One that is queued, or that the ledger
// names, is left as it is.
func (t *Tx) AddNotices(ctx context.Context, worker string, notices []gremio.Notice) error {
	if len(notices) == 0 {
		return nil
	}
	ids := make([]string, len(notices))
	for i, n := range notices {
		ids[i] = n.ID
	}
	sent, err := t.NoticesSent(ctx, ids)
	if err != nil {
		return err
	}
	var rows [][]any
	for _, n := range notices {
		if sent[n.ID] == nil {
			rows = append(rows, []any{n.ID, worker, string(n.Audience), n.Kind, n.About, n.Title, n.Body, micros(n.MadeAt), 0, 0, "", 0})
		}
	}
	return t.insertMany(ctx, "queue notices",
		t.d.ignore+"notices (notice_id, worker, audience, kind, about, title, body, made_at, attempts, next_attempt_at, claimed_by, claimed_until) VALUES", "", rows)
}

// NoticesSent returns the destinations that have each of the notices ids.
func (q queries) NoticesSent(ctx context.Context, ids []string) (map[string][]string, error) {
	sent := map[string][]string{}
	for len(ids) > 0 {
		n := min(len(ids), 500)
		err := q.each(ctx, "read the ledger of notices",
			"SELECT notice_id, destination FROM notices_sent WHERE notice_id IN ("+placeholders(n)+") ORDER BY notice_id, destination",
			anys(ids[:n]), func(row scanner) error {
				var id, destination string
				err := row.Scan(&id, &destination)
				sent[id] = append(sent[id], destination)
				return err
			})
		if err != nil {
			return nil, err
		}
		ids = ids[n:]
	}
	return sent, nil
}

// NoticesDue returns at most limit ids of worker's notices whose turn has come
// and that nobody has claimed. Those that failed least go first, so that what
// waits for a destination that is down holds no news up.
func (q queries) NoticesDue(ctx context.Context, worker string, now time.Time, limit int) ([]string, error) {
	var ids []string
	err := q.each(ctx, "look for notices",
		"SELECT notice_id FROM notices WHERE worker = ? AND next_attempt_at <= ? AND claimed_until <= ? ORDER BY attempts, next_attempt_at, made_at, notice_id LIMIT ?",
		[]any{worker, micros(now), micros(now), limit}, func(row scanner) error {
			var id string
			err := row.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// NoticesWaiting returns how many notices of worker are not sent everywhere.
func (q queries) NoticesWaiting(ctx context.Context, worker string) (int, error) {
	var n int
	_, err := q.one(ctx, "count notices", "SELECT COUNT(*) FROM notices WHERE worker = ?", []any{worker}, &n)
	return n, err
}

// ClaimNotices takes those of the notices ids that nobody has claimed at now,
// for owner and until then, and returns them, the oldest first, with the
// destinations that have them.
func (t *Tx) ClaimNotices(ctx context.Context, ids []string, owner string, now, until time.Time) ([]gremio.ClaimedNotice, error) {
	var all []gremio.ClaimedNotice
	if len(ids) == 0 {
		return nil, nil
	}
	in := "notice_id IN (" + placeholders(len(ids)) + ")"
	_, err := t.exec(ctx, "claim notices", "UPDATE notices SET claimed_by = ?, claimed_until = ? WHERE claimed_until <= ? AND "+in,
		append([]any{owner, micros(until), micros(now)}, anys(ids)...)...)
	if err != nil {
		return nil, err
	}
	sent, err := t.NoticesSent(ctx, ids)
	if err != nil {
		return nil, err
	}
	err = t.each(ctx, "claim notices",
		"SELECT notice_id, audience, kind, about, title, body, made_at, attempts FROM notices WHERE claimed_by = ? AND claimed_until = ? AND "+in+" ORDER BY made_at, notice_id",
		append([]any{owner, micros(until)}, anys(ids)...), func(row scanner) error {
			var n gremio.ClaimedNotice
			var madeAt int64
			err := row.Scan(&n.ID, &n.Audience, &n.Kind, &n.About, &n.Title, &n.Body, &madeAt, &n.Attempts)
			n.MadeAt, n.Sent = instant(madeAt), sent[n.ID]
			all = append(all, n)
			return err
		})
	return all, err
}

// HoldNotice prolongs owner's claim and reports whether it still was owner's.
func (t *Tx) HoldNotice(ctx context.Context, id, owner string, until time.Time) (bool, error) {
	n, err := t.exec(ctx, "hold a notice", "UPDATE notices SET claimed_until = ? WHERE notice_id = ? AND claimed_by = ?", micros(until), id, owner)
	return n == 1, err
}

// AddNoticeSent notes in the ledger that destination has the notice.
func (t *Tx) AddNoticeSent(ctx context.Context, id, destination string, at time.Time) error {
	_, err := t.exec(ctx, "note a sent notice", t.d.ignore+"notices_sent (notice_id, destination, sent_at) VALUES (?, ?, ?)", id, destination, micros(at))
	return err
}

// DeleteNotice removes a notice that owner has claimed and is done with.
func (t *Tx) DeleteNotice(ctx context.Context, id, owner string) error {
	_, err := t.exec(ctx, "remove a notice", "DELETE FROM notices WHERE notice_id = ? AND claimed_by = ?", id, owner)
	return err
}

// ReleaseNotice gives a notice that owner has claimed back, to be tried again at next.
func (t *Tx) ReleaseNotice(ctx context.Context, id, owner string, attempts int, next time.Time) error {
	_, err := t.exec(ctx, "release a notice",
		"UPDATE notices SET attempts = ?, next_attempt_at = ?, claimed_by = '', claimed_until = 0 WHERE notice_id = ? AND claimed_by = ?",
		attempts, micros(next), id, owner)
	return err
}
