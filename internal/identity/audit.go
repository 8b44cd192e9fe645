package identity

import (
	"context"
	"strings"
	"sync"
	"time"

	"gremio"
)

// entry returns what the audit log says of an act of who.
func (k *Keeper[T]) entry(who gremio.Identity, v gremio.Visit, action string, about ...string) gremio.AuditEntry {
	e := gremio.AuditEntry{At: k.now(), Actor: who.ID, ActorName: who.Name, Action: action, About: about, Address: v.Address}
	if e.Actor == "" {
		e.Actor = string(gremio.Stranger)
	}
	if e.ActorName == "" {
		e.ActorName = who.Email
	}
	return e
}

// audit appends an entry of its own, outside any change. One that is lost is
// told to the log: what it is about has happened all the same.
func (k *Keeper[T]) audit(ctx context.Context, e gremio.AuditEntry) {
	e.At = k.now()
	if err := k.Store.Update(ctx, func(tx T) error { return tx.AddAudit(ctx, e) }); err != nil {
		k.Logger.Error("an audit entry is lost", "actor", e.Actor, "action", e.Action, "about", e.About, "because", err)
	}
}

// NoteAct notes what who did.
func (k *Keeper[T]) NoteAct(ctx context.Context, who gremio.Identity, v gremio.Visit, action, detail string, about ...string) error {
	e := k.entry(who, v, action, about...)
	e.Detail = detail
	return k.Store.Update(ctx, func(tx T) error { return tx.AddAudit(ctx, e) })
}

// NoteRead notes what who read about whom, before it is answered. The same again
// within readAgain is noted once.
func (k *Keeper[T]) NoteRead(ctx context.Context, who gremio.Identity, v gremio.Visit, action string, about []string) error {
	now := k.now()
	key := who.ID + "\n" + action + "\n" + strings.Join(about, "\n")
	if k.reads.has(hashOf(key), now) {
		return nil
	}
	if err := k.Store.Update(ctx, func(tx T) error { return tx.AddAudit(ctx, k.entry(who, v, action, about...)) }); err != nil {
		return err
	}
	k.reads.put(hashOf(key), now)
	return nil
}

// Audit returns the audit log, the newest first.
func (k *Keeper[T]) Audit(ctx context.Context, f gremio.AuditFilter, page gremio.Page) ([]gremio.AuditEntry, string, error) {
	return k.Store.Audit(ctx, f, page)
}

const (
	readAgain = 10 * time.Minute
	mostReads = 10_000
)

// recentReads remembers which reads were noted lately.
type recentReads struct {
	mu sync.Mutex
	by map[string]time.Time
}

func (r *recentReads) has(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.by[key]
	return ok && now.Sub(at) < readAgain
}

func (r *recentReads) put(key string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil || len(r.by) >= mostReads {
		r.by = map[string]time.Time{}
	}
	r.by[key] = now
}
