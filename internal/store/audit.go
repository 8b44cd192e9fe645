package store

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"gremio"
)

// AddAudit appends to the audit log.
func (t *Tx) AddAudit(ctx context.Context, entries ...gremio.AuditEntry) error {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		about, err := json.Marshal(append([]string{}, e.About...))
		if err != nil {
			return gremio.Wrap(gremio.Internal, err, "encode an audit entry")
		}
		rows[i] = []any{micros(e.At), e.Actor, e.ActorName, e.Action, string(about), e.Detail, e.Address}
	}
	return t.insertMany(ctx, "append to the audit log", "INSERT INTO audit (at, actor, actor_name, action, about, detail, address) VALUES", "", rows)
}

// Audit returns the audit log, the newest first.
func (q queries) Audit(ctx context.Context, f gremio.AuditFilter, page gremio.Page) ([]gremio.AuditEntry, string, error) {
	var where filter
	where.is("actor", f.Actor)
	where.is("action", f.Action)
	if f.About != "" {
		quoted, err := json.Marshal(f.About)
		if err != nil {
			return nil, "", gremio.Wrap(gremio.Internal, err, "encode a filter")
		}
		like := "%" + likeText.Replace(string(quoted)) + "%"
		if _, err := gremio.ParsePlate(f.About); err == nil { // whoever watched every cart saw this one
			where.add("(about LIKE ? ESCAPE '|' OR about = ?)", like, everyCart)
		} else {
			where.add("about LIKE ? ESCAPE '|'", like)
		}
	}
	if !f.From.IsZero() {
		where.add("at >= ?", micros(f.From))
	}
	if !f.To.IsZero() {
		where.add("at < ?", micros(f.To))
	}
	if page.After != "" { // ids are numbers: the list's own cursor compares them as such
		m, err := parseMark(page.After)
		if err != nil {
			return nil, "", err
		}
		id, err := strconv.ParseInt(m.id, 10, 64)
		if err != nil {
			_, err = parseMark("")
			return nil, "", err
		}
		where.add("(at < ? OR (at = ? AND audit_id < ?))", m.at, m.at, id)
		page.After = ""
	}
	end, err := where.page(page, "at", "audit_id")
	if err != nil {
		return nil, "", err
	}
	var all []gremio.AuditEntry
	err = q.each(ctx, "read the audit log", "SELECT audit_id, at, actor, actor_name, action, about, detail, address FROM audit"+end, where.args, func(row scanner) error {
		var e gremio.AuditEntry
		var at int64
		var about string
		if err := row.Scan(&e.ID, &at, &e.Actor, &e.ActorName, &e.Action, &about, &e.Detail, &e.Address); err != nil {
			return err
		}
		e.At = instant(at)
		all = append(all, e)
		return json.Unmarshal([]byte(about), &all[len(all)-1].About)
	})
	all, next := cut(all, page, func(e gremio.AuditEntry) string { return markAt(e.At, strconv.FormatInt(e.ID, 10)) })
	return all, next, err
}

const everyCart = `["` + gremio.EveryCart + `"]`

var likeText = strings.NewReplacer("|", "||", "%", "|%", "_", "|_")

// DeleteAudit deletes entries from before a time and returns how many.
func (t *Tx) DeleteAudit(ctx context.Context, before time.Time) (int64, error) {
	return t.exec(ctx, "prune the audit log", "DELETE FROM audit WHERE at < ?", micros(before))
}
