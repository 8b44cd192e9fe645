package work

import (
	"context"
	"slices"
	"sync"
	"time"

	"gremio"
)

// An errand is one claimed notice on its way to its destinations.
type errand struct {
	gremio.ClaimedNotice
	mu      sync.Mutex
	left    int  // destinations that have not answered yet
	pending bool // a destination must be tried again
	refused bool // a destination can never take it
}

// start sends claimed to each destination that does not have it yet, the
// destinations side by side, the notices of one after each other.
func (m *messenger[T]) start(ctx context.Context, claimed []gremio.ClaimedNotice, more bool) {
	var round sync.WaitGroup
	for d, list := range m.errands(ctx, claimed) {
		if !m.take(d) {
			for _, e := range list {
				m.answered(ctx, e, func() { e.pending = true })
			}
			continue
		}
		round.Add(1)
		m.runs.Go(func() {
			defer round.Done()
			m.deliver(ctx, d, list)
		})
	}
	if more {
		m.runs.Go(func() { round.Wait(); m.wake() })
	}
}

// errands returns what each destination is to get of claimed, and settles what
// none is to get any more.
func (m *messenger[T]) errands(ctx context.Context, claimed []gremio.ClaimedNotice) map[string][]*errand {
	lists := map[string][]*errand{}
	for _, n := range claimed {
		if !m.board(n.ID) {
			continue // this process has it in hand still
		}
		e := &errand{ClaimedNotice: n}
		if m.tooOld(e) {
			e.pending = true
			m.settle(ctx, e)
			continue
		}
		for _, d := range m.l.Sender.Destinations(n.Audience) {
			if !slices.Contains(n.Sent, d) {
				e.left++
				lists[d] = append(lists[d], e)
			}
		}
		if e.left == 0 {
			m.settle(ctx, e)
		}
	}
	return lists
}

// deliver takes notices to one destination until it stops answering.
func (m *messenger[T]) deliver(ctx context.Context, destination string, list []*errand) {
	defer m.free(destination)
	down := false
	for _, e := range list {
		if down || ctx.Err() != nil || m.l.leader() == nil || !m.hold(ctx, e.ID) {
			m.answered(ctx, e, func() { e.pending = true })
			continue
		}
		m.mu.Lock()
		m.busy[destination] = m.l.Now()
		m.mu.Unlock()
		once, cancel := context.WithTimeout(ctx, noticeSend)
		err := m.l.Sender.Send(once, destination, e.Notice)
		cancel()
		m.tell(ctx, destination, e, err)
		switch {
		case err == nil:
			m.record(ctx, e.ID, destination)
			m.answered(ctx, e, func() {})
		case gremio.KindOf(err) == gremio.Invalid:
			m.answered(ctx, e, func() { e.refused = true })
		default:
			down = gremio.KindOf(err) == gremio.Unavailable
			m.answered(ctx, e, func() { e.pending = true })
		}
	}
}

// hold prolongs the claim just before sending, and reports whether nobody else
// has taken the notice: a process that was frozen sends nothing when it thaws.
func (m *messenger[T]) hold(ctx context.Context, id string) (held bool) {
	err := m.l.Store.Update(ctx, func(tx T) (err error) {
		held, err = tx.HoldNotice(ctx, id, m.owner, gremio.Instant(m.l.Now()).Add(noticeClaim))
		return err
	})
	return err == nil && held
}

// record notes in the ledger what a destination has. It goes on trying while
// the process lives, for what is sent and not noted is sent again.
func (m *messenger[T]) record(ctx context.Context, id, destination string) {
	wait := backOff{least: 50 * time.Millisecond, most: 5 * time.Second}
	last := false
	for {
		once, cancel := context.WithTimeout(m.last, 5*time.Second)
		err := m.l.Store.Update(once, func(tx T) error {
			return tx.AddNoticeSent(once, id, destination, gremio.Instant(m.l.Now()))
		})
		cancel()
		if err == nil {
			return
		}
		if last {
			m.l.Logger.Warn("a notice was sent and could not be noted: it will be sent again", "notice", id, "because", err)
			return
		}
		wait.sleep(ctx)
		last = ctx.Err() != nil
	}
}

// answered notes what one destination made of a notice, and settles it after the last.
func (m *messenger[T]) answered(ctx context.Context, e *errand, note func()) {
	e.mu.Lock()
	note()
	e.left--
	last := e.left == 0
	e.mu.Unlock()
	if last {
		m.settle(ctx, e)
	}
}

// settle removes a notice that is done or too old, and gives another back to be
// tried later.
func (m *messenger[T]) settle(ctx context.Context, e *errand) {
	stopping := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(m.last, 5*time.Second)
	defer cancel()
	now := gremio.Instant(m.l.Now())
	giveUp := e.refused && !e.pending || e.pending && m.tooOld(e)
	err := m.l.Store.Update(ctx, func(tx T) error {
		switch {
		case !e.pending || giveUp:
			return tx.DeleteNotice(ctx, e.ID, m.owner)
		case stopping:
			return tx.ReleaseNotice(ctx, e.ID, m.owner, e.Attempts, now)
		}
		return tx.ReleaseNotice(ctx, e.ID, m.owner, e.Attempts+1, now.Add(noticeWait(e.Attempts)))
	})
	m.mu.Lock()
	delete(m.inFlight, e.ID)
	m.mu.Unlock()
	if err != nil {
		m.l.Logger.Warn("a notice stays claimed for now", "notice", e.ID, "because", err)
	} else if giveUp {
		m.l.NoticeMetrics.GivenUp.WithLabelValues(m.l.Worker.Name).Inc()
		m.l.Logger.Error("a notice is given up: not all its destinations have it", "notice", e.ID, "kind", e.Kind, "about", e.About,
			"made_at", e.MadeAt, "attempts", e.Attempts)
	}
}

// noticeWait returns how long a notice waits after so many failed attempts and one more.
func noticeWait(attempts int) time.Duration {
	return min(noticeLeast<<min(attempts, 10), noticeMost)
}

func (m *messenger[T]) tooOld(e *errand) bool { return m.l.Now().Sub(e.MadeAt) >= gremio.NoticeLife }

// board notes that this process has a notice in hand, unless it has.
func (m *messenger[T]) board(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.inFlight[id] {
		return false
	}
	m.inFlight[id] = true
	return true
}

// tell counts an attempt, and says once that a destination is down and once
// that it is back.
func (m *messenger[T]) tell(ctx context.Context, destination string, e *errand, err error) {
	name := m.l.Worker.Name
	if err == nil {
		m.l.NoticeMetrics.Sent.WithLabelValues(name, destination).Inc()
	} else if ctx.Err() == nil {
		m.l.NoticeMetrics.Failed.WithLabelValues(name, destination).Inc()
	}
	m.mu.Lock()
	was := m.warned[destination]
	m.warned[destination] = err != nil
	m.mu.Unlock()
	switch {
	case err != nil && !was && ctx.Err() == nil:
		m.l.Logger.Warn("a destination does not take a notice; it is tried again", "worker", name, "destination", destination, "notice", e.ID, "because", err)
	case err == nil && was:
		m.l.Logger.Info("a destination takes notices again", "worker", name, "destination", destination)
	}
}
