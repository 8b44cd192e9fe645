package work_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"gremio"
	"gremio/internal/kafka"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
)

// People are destinations that keep what they get.
type people struct {
	mu    sync.Mutex
	names []string
	down  map[string]func(context.Context) error // what a destination does instead of taking a notice
	got   map[string][]string                    // ids, by destination
	at    map[string]time.Time                   // when the first destination first had an id
	taken func(destination, id string)           // told after a notice is taken, before its sender knows

	applicants bool // it is for applicants, not for the guild
	notices    []gremio.Notice
}

func somebody(names ...string) *people {
	return &people{names: names, down: map[string]func(context.Context) error{}, got: map[string][]string{}, at: map[string]time.Time{}}
}

func (p *people) Destinations(to gremio.Audience) []string {
	if (to == gremio.AudienceApplicant) == p.applicants {
		return p.names
	}
	return nil
}

func (p *people) Send(ctx context.Context, destination string, n gremio.Notice) error {
	p.mu.Lock()
	away, taken := p.down[destination], p.taken
	if away == nil {
		p.notices = append(p.notices, n)
		p.got[destination] = append(p.got[destination], n.ID)
		if _, ok := p.at[n.ID]; !ok {
			p.at[n.ID] = time.Now()
		}
	}
	p.mu.Unlock()
	if away != nil {
		return away(ctx)
	}
	if taken != nil {
		taken(destination, n.ID)
	}
	return nil
}

func (p *people) turn(destination string, away func(context.Context) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down[destination] = away
}

func (p *people) has(destination string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got[destination])
}

func refuses(context.Context) error { return gremio.Errorf(gremio.Unavailable, "connection refused") }

func mute(ctx context.Context) error {
	<-ctx.Done()
	return gremio.Errorf(gremio.Unavailable, "no answer in time")
}

// A mortal store is one process's way to the database.
type mortal struct {
	*store.Store
	before func() error
}

func (m mortal) Update(ctx context.Context, fn func(*store.Tx) error) error {
	if err := m.before(); err != nil {
		return err
	}
	return m.Store.Update(ctx, fn)
}

// dying returns the store of a process that is dead once the flag is set.
func (g *guild) dying(dead *atomic.Bool) mortal {
	return mortal{g.store, func() error {
		if dead.Load() {
			return gremio.Errorf(gremio.Unavailable, "the process is dead")
		}
		return nil
	}}
}

func (g *guild) telling(p *people) *work.Loop[*store.Tx] {
	loop := g.loop(worker(alerts.Name, nil))
	loop.Sender, loop.NoticeMetrics = p, work.NewNoticeMetrics(prometheus.NewRegistry())
	return loop
}

// raise puts n alerts on the log and returns the ids of their notices.
func (g *guild) raise(n int) (ids []string) {
	g.t.Helper()
	return g.raiseAt(n, g.now())
}

func (g *guild) raiseAt(n int, at time.Time) (ids []string) {
	g.t.Helper()
	for range n {
		g.ids++
		a := gremio.AlertRaised{Alert: fmt.Sprint("alert-", g.ids), Kind: gremio.AlertSighting, Severity: gremio.SeverityInfo, RaisedAt: at, Cause: "why"}
		g.append(gremio.NewAlert("/worker/positions", a))
		ids = append(ids, gremio.NoticeOfAlert(a).ID)
	}
	return ids
}

func (g *guild) noticesWait() int {
	g.t.Helper()
	n, err := g.store.NoticesWaiting(g.ctx, alerts.Name)
	g.must(err)
	return n
}

func (g *guild) nobodyWaits() {
	g.t.Helper()
	g.eventually("all notices sent", func() bool { return g.noticesWait() == 0 })
}

func wantOnce(t *testing.T, p *people, destination string, ids []string) {
	t.Helper()
	got := p.has(destination)
	for _, id := range ids {
		n := 0
		for _, other := range got {
			if other == id {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s got %s %d times", destination, id, n)
		}
	}
	if len(got) != len(ids) {
		t.Errorf("%s got %d notices of %d", destination, len(got), len(ids))
	}
}

func TestNoticesAreSentOnce(t *testing.T) {
	inGuild(t, func(g *guild) {
		p := somebody("a", "b")
		loop := g.telling(p)
		r := g.run(loop)
		ids := g.raise(70)
		g.settle(loop.Worker)
		g.nobodyWaits()
		wantOnce(t, p, "a", ids)
		wantOnce(t, p, "b", ids)
		if sent := testutil.ToFloat64(loop.NoticeMetrics.Sent.WithLabelValues(alerts.Name, "a")); sent != 70 {
			t.Errorf("the metric counts %g sent to a", sent)
		}
		g.must(r.stop())
		// Queued again, as by a rebuild that forgot to leave them out: the ledger knows them.
		n := gremio.Notice{ID: ids[0], Audience: gremio.AudienceGuild, MadeAt: g.now()}
		g.must(g.store.Update(g.ctx, func(tx *store.Tx) error { return tx.AddNotices(g.ctx, alerts.Name, []gremio.Notice{n}) }))
		if n := g.noticesWait(); n != 0 {
			t.Errorf("%d notices wait that were sent", n)
		}
	})
}

func TestNobodyToTell(t *testing.T) {
	inGuild(t, func(g *guild) {
		loop := g.telling(somebody())
		r := g.run(loop)
		other := g.loop(loop.Worker) // without any sender
		s := g.run(other)
		g.raise(9)
		g.settle(loop.Worker)
		if n := g.noticesWait(); n != 0 {
			t.Errorf("%d notices wait for nobody", n)
		}
		g.must(r.stop())
		g.must(s.stop())
	})
}

// A process that dies between sending and recording: the one case of a repeat.
func TestNoticeIsRepeatedUnderItsID(t *testing.T) {
	inGuild(t, func(g *guild) {
		p := somebody("a")
		var dead atomic.Bool
		p.taken = func(string, string) { dead.Store(true) }
		loop := g.telling(p)
		loop.Store = g.dying(&dead)
		ids := g.raise(1)
		r := g.run(loop)
		g.eventually("the notice sent", func() bool { return len(p.has("a")) == 1 })
		r.stop()
		p.taken = nil
		again := g.run(g.telling(p))
		g.settle(loop.Worker)
		g.nobodyWaits()
		if got := p.has("a"); len(got) != 2 || got[0] != ids[0] || got[1] != ids[0] {
			t.Errorf("got %v, want %s twice", got, ids[0])
		}
		time.Sleep(time.Hour)
		g.must(again.stop())
		if got := p.has("a"); len(got) != 2 {
			t.Errorf("got %v an hour later", got)
		}
	})
}

// A process that dies after the batch and before it sends loses nothing.
func TestNoticeSurvivesItsProcess(t *testing.T) {
	inGuild(t, func(g *guild) {
		p := somebody("a")
		p.turn("a", mute)
		var dead atomic.Bool
		loop := g.telling(p)
		loop.Store = g.dying(&dead)
		ids := g.raise(25)
		r := g.run(loop)
		g.settle(loop.Worker)
		time.Sleep(3 * time.Second) // it has claimed some
		dead.Store(true)
		r.stop()
		p.turn("a", nil)
		again := g.run(g.telling(p))
		g.nobodyWaits()
		g.must(again.stop())
		wantOnce(t, p, "a", ids)
	})
}

func TestReceiverDownForAnHour(t *testing.T) {
	for name, away := range map[string]func(context.Context) error{"refuses": refuses, "mute": mute} {
		t.Run(name, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				p := somebody("a")
				p.turn("a", away)
				loop := g.telling(p)
				r := g.run(loop)
				var ids []string
				for range 60 {
					ids = append(ids, g.raise(3)...)
					g.settle(loop.Worker) // the worker's own work goes on
					time.Sleep(time.Minute)
				}
				if n := g.noticesWait(); n != len(ids) {
					t.Errorf("%d notices wait, want %d", n, len(ids))
				}
				p.turn("a", nil)
				time.Sleep(12 * time.Minute) // the longest wait between two attempts is 10
				g.must(r.stop())
				if n := g.noticesWait(); n != 0 {
					t.Errorf("%d notices wait still", n)
				}
				wantOnce(t, p, "a", ids)
			})
		})
	}
}

// A destination that is down for long, with hundreds waiting for it, delays
// nothing at the other.
func TestOneDestinationDown(t *testing.T) {
	for name, away := range map[string]func(context.Context) error{"refuses": refuses, "mute": mute} {
		t.Run(name, func(t *testing.T) {
			inGuild(t, func(g *guild) {
				p := somebody("down", "up")
				p.turn("down", away)
				loop := g.telling(p)
				r := g.run(loop)
				ids := g.raise(300)
				g.settle(loop.Worker)
				g.eventually("the other has all", func() bool { return len(p.has("up")) == len(ids) })
				for range 30 {
					made := time.Now()
					id := g.raise(1)[0]
					ids = append(ids, id)
					time.Sleep(17 * time.Second)
					p.mu.Lock()
					at, ok := p.at[id]
					p.mu.Unlock()
					if late := at.Sub(made); !ok || late > 5*time.Second {
						t.Errorf("the destination that is up got its notice after %s (%v)", late, ok)
					}
				}
				wantOnce(t, p, "up", ids)
				p.turn("down", nil)
				time.Sleep(15 * time.Minute)
				g.must(r.stop())
				wantOnce(t, p, "down", ids)
				wantOnce(t, p, "up", ids)
			})
		})
	}
}

// A process that freezes over its notices, and thaws when another has taken
// over, sends nothing more.
func TestZombieSendsNothing(t *testing.T) {
	inGuild(t, func(g *guild) {
		process := &freezer{thawed: make(chan struct{})}
		thaw := sync.OnceFunc(func() { close(process.thawed) })
		defer thaw()
		log, err := kafka.Open(kafka.Config{Seeds: []string{g.broker.Addr}, Dial: process.dial(g.network.DialContext)}, g.logger)
		g.must(err)
		defer log.Close()
		first := somebody("a")
		first.turn("a", func(context.Context) error {
			process.frozen.Store(true)
			process.wait()                                        // it froze on its way out
			return gremio.Errorf(gremio.Conflict, "this one not") // so that it goes on to the next
		})
		loop := g.telling(first)
		loop.Log = log
		loop.Store = mortal{g.store, func() error { process.wait(); return nil }}
		a := g.run(loop)
		ids := g.raise(20)
		g.eventually("the first frozen", process.frozen.Load)
		second := somebody("a")
		b := g.run(g.telling(second))
		g.eventually("the second got some", func() bool { return len(second.has("a")) > 0 })
		first.turn("a", nil)
		thaw()
		g.settle(loop.Worker)
		time.Sleep(2 * time.Minute)
		g.nobodyWaits()
		g.must(b.stop())
		g.must(a.stop())
		wantOnce(t, second, "a", ids)
		if got := first.has("a"); len(got) > 0 {
			t.Errorf("the first sent %v when it thawed", got)
		}
	})
}

// A claim that another has taken meanwhile is honoured even by a process that
// believes to lead still.
func TestClaimThatWasTaken(t *testing.T) {
	inGuild(t, func(g *guild) {
		p := somebody("a")
		var asked atomic.Int64
		p.turn("a", func(context.Context) error {
			if asked.Add(1) > 1 {
				return nil
			}
			later := g.now().Add(time.Hour) // by another's clock the claims have run out
			ids, err := g.store.NoticesDue(g.ctx, alerts.Name, later, 100)
			g.must(err)
			g.must(g.store.Update(g.ctx, func(tx *store.Tx) error {
				_, err := tx.ClaimNotices(g.ctx, ids, "another", later, later.Add(time.Hour))
				return err
			}))
			return gremio.Errorf(gremio.Conflict, "this one not")
		})
		loop := g.telling(p)
		g.raise(20)
		r := g.run(loop)
		g.settle(loop.Worker)
		time.Sleep(30 * time.Minute)
		g.must(r.stop())
		if n := asked.Load(); n != 1 {
			t.Errorf("it sent %d more although another has them", n-1)
		}
	})
}

// Who applies is told at most twice: that it waits, and what was decided.
func TestWhatApplicantsAreTold(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		p := somebody("mail")
		p.applicants = true
		loop := g.loop(worker(members.Name, master))
		loop.Sender, loop.NoticeMetrics = p, work.NewNoticeMetrics(prometheus.NewRegistry())
		r := g.run(loop)
		noPhone := whole(2)
		noPhone.Phone = ""
		other := whole(3)
		other.Phone = ""
		g.append(g.application(master, "whole", gremio.TierBasic, "AAAA11", whole(1)))
		g.append(g.application(master, "approved", gremio.TierPremium, "AAAA12", noPhone), g.application(master, "rejected", gremio.TierBasic, "AAAA13", other))
		g.settle(loop.Worker)
		g.append(gremio.Event{Subject: "approved", Data: gremio.ApplicationApproved{Application: "approved", Member: "m", By: "office", At: g.now()}})
		for range 2 { // the second is refused, and told to nobody
			g.append(gremio.Event{Subject: "rejected", Data: gremio.ApplicationRejected{Application: "rejected", By: "office", Reason: "no", At: g.now()}})
		}
		g.settle(loop.Worker)
		g.eventually("all told", func() bool {
			n, err := g.store.NoticesWaiting(g.ctx, members.Name)
			return err == nil && n == 0
		})
		g.must(r.stop())
		var told []string
		for _, n := range p.notices {
			told = append(told, n.Kind+" "+n.About)
		}
		slices.Sort(told)
		want := []string{"application_approved approved", "application_approved whole", "application_rejected rejected", "application_waiting approved", "application_waiting rejected"}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}

func TestOldNoticesAreGivenUp(t *testing.T) {
	inGuild(t, func(g *guild) {
		p := somebody("down", "up")
		p.turn("down", refuses)
		loop := g.telling(p)
		r := g.run(loop)
		ids := g.raiseAt(3, g.now().Add(10*time.Minute-gremio.NoticeLife)) // as when the workers were away
		time.Sleep(9 * time.Minute)
		if n := g.noticesWait(); n != 3 {
			t.Errorf("%d notices wait a minute before their time", n)
		}
		time.Sleep(11 * time.Minute)
		if n := g.noticesWait(); n != 0 {
			t.Errorf("%d notices wait after their time", n)
		}
		if n := testutil.ToFloat64(loop.NoticeMetrics.GivenUp.WithLabelValues(alerts.Name)); n != 3 {
			t.Errorf("the metric counts %g given up", n)
		}
		p.turn("down", nil)
		time.Sleep(time.Hour)
		g.must(r.stop())
		wantOnce(t, p, "up", ids)
		wantOnce(t, p, "down", nil)
	})
}

// One notice that a destination refuses holds up no other.
func TestRefusedNotice(t *testing.T) {
	inGuild(t, func(g *guild) {
		ids := g.raise(30)
		p := &picky{people: somebody("a"), never: ids[0], later: ids[1]}
		loop := g.telling(p.people)
		loop.Sender = p
		r := g.run(loop)
		g.settle(loop.Worker)
		g.nobodyWaits()
		g.must(r.stop())
		wantOnce(t, p.people, "a", ids[1:])
		if n := testutil.ToFloat64(loop.NoticeMetrics.GivenUp.WithLabelValues(alerts.Name)); n != 1 {
			t.Errorf("the metric counts %g given up", n)
		}
	})
}

// Picky people never take one notice, and another not at once.
type picky struct {
	*people
	never, later string
	asked        int
}

func (p *picky) Send(ctx context.Context, destination string, n gremio.Notice) error {
	switch n.ID {
	case p.never:
		return gremio.Errorf(gremio.Invalid, "nobody is there")
	case p.later:
		if p.asked++; p.asked < 3 {
			return gremio.Errorf(gremio.Conflict, "not now")
		}
	}
	return p.people.Send(ctx, destination, n)
}
