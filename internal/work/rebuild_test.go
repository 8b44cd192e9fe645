package work_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/store/storetest"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
	"gremio/internal/work/positions"
	"gremio/internal/work/sales"
	"gremio/internal/work/stock"
)

var allWorkers = []string{members.Name, sales.Name, positions.Name, stock.Name, alerts.Name}

// dump returns the rows of every worker's tables.
func (g *guild) dump(names ...string) map[string]map[string][]string {
	g.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(g.dir, "gremio.db")+"?_pragma=busy_timeout(10000)")
	g.must(err)
	defer db.Close()
	all := map[string]map[string][]string{}
	for _, name := range names {
		all[name] = storetest.Dump(g.t, db, name)
	}
	return all
}

// logged returns how many records each topic holds.
func (g *guild) logged() map[gremio.Topic]int64 {
	g.t.Helper()
	all := map[gremio.Topic]int64{}
	for _, topic := range gremio.Topics() {
		ends, err := g.log.Ends(g.ctx, topic)
		g.must(err)
		for _, end := range ends {
			all[topic] += end
		}
	}
	return all
}

func (g *guild) rebuild(w work.Worker[*store.Tx]) (work.Rebuilt, error) {
	g.t.Helper()
	tables, err := g.store.BeginRebuild(g.ctx, w.Name, false)
	g.must(err)
	defer tables.Close()
	r := work.Rebuild[*store.Tx]{Worker: w, Live: g.store, New: tables, Log: g.log, Now: time.Now, Progress: func(int64, int64) {}}
	return r.Run(g.ctx)
}

// A day is a guild's day at random: whatever vendors, phones, the office and
// drivers send, in and out of order, once and twice, and nonsense.
type guildDay struct {
	*guild
	*rand.Rand
	master gremio.Key
	sent   []gremio.Event
}

func (d *guildDay) plate() gremio.Plate { return gremio.Plate(fmt.Sprint("CART", d.IntN(12))) }

// when returns now, or some time before.
func (d *guildDay) when() time.Time {
	switch d.IntN(5) {
	case 0:
		return d.now().Add(-time.Duration(d.IntN(3*3600)) * time.Second)
	case 1:
		return d.now().Add(time.Duration(d.IntN(600)-300) * time.Second)
	}
	return d.now()
}

func (d *guildDay) figure() *int {
	if d.IntN(3) > 0 {
		return nil
	}
	return ptr(d.IntN(200))
}

func (d *guildDay) place() *gremio.Place {
	if d.IntN(4) == 0 {
		return nil
	}
	return &gremio.Place{Point: &gremio.Point{Lat: -33.4 - d.Float64()/10, Lon: -70.6 - d.Float64()/10}}
}

func (d *guildDay) event() gremio.Event {
	p := d.plate()
	of := func(data gremio.Data) gremio.Event { return gremio.Event{Subject: string(p), Data: data} }
	switch d.IntN(23) {
	case 0, 1, 2, 3, 4:
		return of(gremio.SaleRecorded{Plate: p, Units: 1 + d.IntN(40), Client: []string{"", "Ana", "ANA", "Beto"}[d.IntN(4)], Time: d.when(), Stock: d.figure(), Place: d.place()})
	case 5, 6:
		return of(gremio.StockCounted{Plate: p, Units: d.IntN(200), Time: d.when()})
	case 7, 8, 9, 10:
		e := of(gremio.PositionReported{Plate: p, Place: d.place(), Time: d.when(), Battery: []*float64{nil, ptr(d.Float64())}[d.IntN(2)]})
		if d.IntN(2) == 0 {
			e.Digest = "" // the phone gave no id
		}
		return e
	case 11:
		return of(gremio.ShiftStarted{Plate: p, Time: d.when(), By: "vendor"})
	case 12:
		return of(gremio.ShiftEnded{Plate: p, Time: d.when(), By: "vendor"})
	case 13:
		return of(gremio.ShiftPaused{Plate: p, Time: d.when()})
	case 14:
		return gremio.Event{Data: gremio.SightingReported{Place: gremio.Place{Point: &gremio.Point{Lat: -33.4, Lon: -70.6}}, Time: d.now()}}
	case 15:
		d.ids++
		who := whole(d.IntN(30))
		if d.IntN(4) == 0 {
			who.RUT = "1-1"
		}
		plate := gremio.Plate("")
		if d.IntN(2) == 0 {
			plate = p
		}
		return d.application(d.master, fmt.Sprint("application-", d.ids), []gremio.Tier{gremio.TierBasic, gremio.TierPremium}[d.IntN(2)], plate, who)
	case 16:
		return d.decision()
	case 17:
		return d.alertHandled()
	case 20, 21:
		return d.life()
	case 22:
		return d.right()
	case 18:
		if len(d.sent) > 0 { // sent twice, or an id reused
			e := d.sent[d.IntN(len(d.sent))]
			if d.IntN(3) == 0 {
				e.Digest = "other content"
			}
			return e
		}
		return of(gremio.StockCounted{Plate: p, Units: 7, Time: d.now()})
	}
	return d.void()
}

func (d *guildDay) decision() gremio.Event {
	all, _, err := d.store.Applications(d.ctx, "", "", gremio.Page{Limit: 100})
	d.must(err)
	if len(all) == 0 {
		return gremio.Event{Subject: "nobody", Data: gremio.ApplicationRejected{Application: "nobody", By: "office", At: d.now()}}
	}
	a := all[d.IntN(len(all))]
	e := gremio.Event{Subject: a.ID, Special: a.Tier == gremio.TierPremium}
	if d.IntN(2) == 0 {
		e.Data = gremio.ApplicationRejected{Application: a.ID, By: "office", Reason: "no cart", At: d.now()}
	} else {
		e.Data = gremio.ApplicationApproved{Application: a.ID, Member: gremio.DerivedID("member", a.ID), By: "office", At: d.now()}
	}
	return e
}

// life is something that happens to a member, or would to one who is none.
func (d *guildDay) life() gremio.Event {
	all, _, err := d.store.Members(d.ctx, gremio.MemberFilter{}, gremio.Page{Limit: 100})
	d.must(err)
	if len(all) == 0 {
		return d.decision()
	}
	m, to := all[d.IntN(len(all))], all[d.IntN(len(all))]
	app, _, err := d.store.Application(d.ctx, m.Application)
	d.must(err)
	act := gremio.MemberAct{Application: m.Application, Member: m.ID, By: "office", Reason: "because", At: d.now()}
	held, err := d.store.PlatesOf(d.ctx, m.ID)
	d.must(err)
	own := d.plate()
	if len(held) > 0 {
		own = held[d.IntN(len(held))]
	}
	e := gremio.Event{Subject: m.Application, Special: app.Tier == gremio.TierPremium}
	switch d.IntN(10) {
	case 0:
		e.Data = gremio.MemberChanged{MemberAct: act, Tier: []gremio.Tier{gremio.TierBasic, gremio.TierPremium}[d.IntN(2)]}
	case 1:
		e.Data = gremio.MemberSuspended{MemberAct: act, Until: []*time.Time{nil, ptr(d.now().Add(time.Hour))}[d.IntN(2)]}
	case 2, 3:
		e.Data = gremio.MemberResumed{MemberAct: act}
	case 4:
		e.Data = gremio.MemberLeft{MemberAct: act, Plates: held}
	case 5, 6:
		e.Data = gremio.MemberReturned{MemberAct: act, Plate: ptr(d.plate())}
	case 7:
		e.Data = gremio.CartGiven{MemberAct: act, Plate: own, To: to.ID}
	case 8:
		e.Data = gremio.PlateChanged{MemberAct: act, From: own, To: d.plate()}
	default:
		e.Data = gremio.PermitNoted{MemberAct: act, Kind: gremio.PermitSanitary, ExpiresOn: "2027-03-31"}
	}
	return e
}

// right is what somebody asks about the own data: the consent, or to be forgotten.
func (d *guildDay) right() gremio.Event {
	all, _, err := d.store.Applications(d.ctx, "", "", gremio.Page{Limit: 100})
	d.must(err)
	if len(all) == 0 {
		return d.decision()
	}
	// Often the newest: what the machine decided about it may be on its way.
	a := all[min(d.IntN(len(all)), d.IntN(len(all)))]
	act := gremio.ApplicationAct{Application: a.ID, By: gremio.ByApplicant, At: d.now()}
	said := gremio.ConsentAct{ApplicationAct: act, Person: a.Person, Purpose: gremio.PurposeTracking, Version: "2"}
	e := gremio.Event{Subject: a.ID, Special: a.Tier == gremio.TierPremium}
	switch d.IntN(4) {
	case 0:
		e.Data = gremio.ConsentGiven{ConsentAct: said}
	case 1:
		e.Data = gremio.ConsentWithdrawn{ConsentAct: said}
	default:
		return gremio.ErasureEvent(gremio.PersonErased{ApplicationAct: act, Person: a.Person}, a.Tier, 0)
	}
	return e
}

func (d *guildDay) alertHandled() gremio.Event {
	all := d.alerts("", "")
	if len(all) == 0 {
		return gremio.Event{Subject: "none", Data: gremio.AlertClosed{Alert: "none", By: "desk", At: d.now()}}
	}
	a := all[d.IntN(len(all))]
	subject := a.ID
	if a.Plate != nil {
		subject = string(*a.Plate)
	}
	if d.IntN(2) == 0 {
		return gremio.Event{Subject: subject, Data: gremio.AlertAcknowledged{Alert: a.ID, By: "desk", At: d.now()}}
	}
	return gremio.Event{Subject: subject, Data: gremio.AlertClosed{Alert: a.ID, By: "desk", At: d.now()}}
}

func (d *guildDay) void() gremio.Event {
	sold, _, err := d.store.Sales(d.ctx, gremio.SaleFilter{}, gremio.Page{Limit: 50})
	d.must(err)
	if len(sold) == 0 {
		return gremio.Event{Subject: "CART1", Data: gremio.SaleVoided{Plate: "CART1", Sale: "none", By: "office"}}
	}
	s := sold[d.IntN(len(sold))]
	return gremio.Event{Subject: string(s.Plate), Data: gremio.SaleVoided{Plate: s.Plate, Sale: s.ID, Reason: "mistake", By: "office"}}
}

// send puts n events on the log, with pauses in which carts fall silent and
// take-in goes down, deliveries confirmed and settings changed.
func (d *guildDay) send(n int) {
	for i := range n {
		e := d.event()
		fresh := e.ID == ""
		d.append(e)
		if fresh {
			e.ID = fmt.Sprint("event-", d.ids)
			e.Time = d.now()
			d.sent = append(d.sent, e)
		}
		switch d.IntN(25) {
		case 0:
			d.append(gremio.Event{Source: "/api", Subject: "api-1", Data: gremio.IntakeAlive{API: "api-1"}}, gremio.Event{Source: "/api", Subject: "api-2", Data: gremio.IntakeAlive{API: "api-2"}})
		case 1:
			d.beatFor(time.Duration(d.IntN(100)) * time.Second)
		case 2:
			time.Sleep(time.Duration(d.IntN(2000)) * time.Millisecond)
		case 3:
			for _, delivery := range d.deliveries("") {
				d.drive(delivery)
			}
		case 4:
			d.append(gremio.Event{Subject: fmt.Sprint("wanted-", i), Special: true, Data: gremio.DeliveryRequested{Delivery: fmt.Sprint("wanted-", d.ids), By: "office"}})
		case 5:
			time.Sleep(time.Millisecond) // a record of the very same microsecond would be before it now and after it when read again
			_, err := d.store.ChangeSettings(d.ctx, "office", d.now(), func(s *gremio.Settings) error {
				s.InitialStock, s.StockThreshold = 150+d.IntN(100), 10+d.IntN(30)
				s.SilentAfterSeconds = 30 + d.IntN(60)
				s.AutoConfirmSeconds = []int{0, 0, 30}[d.IntN(3)]
				s.Depots = [][]gremio.Depot{{}, {{Name: "Norte", Point: gremio.Point{Lat: -33.41, Lon: -70.62}}, {Name: "Sur", Point: gremio.Point{Lat: -33.49, Lon: -70.68}}}}[d.IntN(2)]
				return nil
			})
			d.must(err)
		}
	}
}

// drive does with a delivery whatever drivers and the office do, whether it fits or not.
func (d *guildDay) drive(delivery gremio.Delivery) {
	act := gremio.DeliveryAct{Delivery: delivery.ID, At: d.now(), By: "driver"}
	whole := func(data gremio.Data) { d.append(gremio.Event{Subject: delivery.ID, Data: data}) }
	switch d.IntN(6) {
	case 0:
		whole(gremio.DeliveryLoaded{DeliveryAct: act})
	case 1:
		whole(gremio.DeliveryLeft{DeliveryAct: act})
	case 2:
		whole(gremio.DeliveryCancelled{DeliveryAct: act, Reason: "no van"})
	case 3:
		whole([]gremio.Data{gremio.DepotRefilled{Depot: "Sur", Units: d.IntN(500), Time: d.when(), By: "office"},
			gremio.DepotCounted{Depot: "", Units: d.IntN(500), Time: d.when(), By: "office"}}[d.IntN(2)])
	}
	for _, stop := range delivery.Stops {
		switch d.IntN(4) {
		case 0, 1:
			d.confirm(delivery.ID, stop.Plate, d.figure())
		case 2:
			d.fail(delivery.ID, stop.Plate)
		}
	}
}

// beatFor lets time pass in which take-in is up.
func (d *guildDay) beatFor(t time.Duration) {
	for end := time.Now().Add(t); time.Now().Before(end); time.Sleep(5 * time.Second) {
		d.append(gremio.Event{Source: "/api", Subject: "api-1", Data: gremio.IntakeAlive{API: "api-1"}})
	}
}

// What a worker's tables hold is made again from the log, row for row, while
// events keep coming, and nothing is published for it.
func TestRebuildMakesTheSameTables(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inGuild(t, func(g *guild) {
				d := &guildDay{guild: g, Rand: rand.New(rand.NewPCG(seed, 0)), master: gremio.NewKey()}
				var workers []work.Worker[*store.Tx]
				for _, name := range allWorkers {
					w := worker(name, d.master)
					workers = append(workers, w)
					g.run(g.loop(w))
					g.run(g.loop(w)) // two members share the partitions
				}
				d.send(300)
				g.settle(workers...)
				g.stopTicks()
				for _, w := range workers {
					g.settle(workers...)
					before, published := g.dump(w.Name), g.logged()
					for table, rows := range before[w.Name] {
						t.Logf("%s: %d rows", table, len(rows))
					}
					if _, err := g.rebuild(w); err != nil {
						t.Fatalf("rebuild of %s: %v", w.Name, err)
					}
					if diff := cmp.Diff(before, g.dump(w.Name)); diff != "" {
						t.Errorf("after a rebuild of %s (- before, + after):\n%s", w.Name, diff)
					}
					time.Sleep(10 * time.Second)
					if diff := cmp.Diff(published, g.logged()); diff != "" {
						t.Errorf("the rebuild of %s put records on the log:\n%s", w.Name, diff)
					}
				}
			})
		})
	}
}

// What came from records that the log no longer has is kept from the old tables.
func TestRebuildKeepsWhatTheLogNoLongerHas(t *testing.T) {
	inGuild(t, func(g *guild) {
		d := &guildDay{guild: g, Rand: rand.New(rand.NewPCG(7, 0)), master: gremio.NewKey()}
		w := worker(positions.Name, d.master)
		r := g.run(g.loop(w))
		d.send(200)
		g.settle(w)
		old := g.dump(w.Name)[w.Name]
		time.Sleep(time.Minute)
		g.must(g.log.DropExpired(g.ctx, time.Now().Add(gremio.TopicPositions.Retention()-time.Second).UnixMilli())) // as in a month
		d.send(100)
		g.settle(w)
		g.must(r.stop()) // no tick changes the tables meanwhile
		before := g.dump(w.Name)
		result, err := g.rebuild(w)
		g.must(err)
		if result.KeptRows == 0 || result.Since[gremio.TopicPositions].IsZero() {
			t.Errorf("the rebuild says that it kept %d rows, and since when the log goes: %v", result.KeptRows, result.Since)
		}
		if len(old["track"]) == 0 || len(old["sightings"]) == 0 {
			t.Fatal("there was nothing to keep")
		}
		if diff := cmp.Diff(before, g.dump(w.Name)); diff != "" {
			t.Errorf("(- before, + after):\n%s", diff)
		}
	})
}

// A rebuild that ends in the middle leaves the tables in use alone, and the next
// goes on where it was.
func TestRebuildGoesOnWhereItWas(t *testing.T) {
	inGuild(t, func(g *guild) {
		d := &guildDay{guild: g, Rand: rand.New(rand.NewPCG(8, 0)), master: gremio.NewKey()}
		w := worker(sales.Name, d.master)
		g.run(g.loop(w))
		d.send(300)
		g.settle(w)
		before := g.dump(w.Name)
		applied := 0
		broken := w
		broken.Replay = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			if applied += len(batch); applied > 50 {
				return work.Outcome{}, gremio.Errorf(gremio.Forbidden, "the operator pulls the plug")
			}
			return w.Replay(ctx, tx, batch)
		}
		if _, err := g.rebuild(broken); err == nil {
			t.Fatal("the rebuild did not break off")
		}
		if diff := cmp.Diff(before, g.dump(w.Name)); diff != "" {
			t.Errorf("the tables in use changed:\n%s", diff)
		}
		ends := g.logged()[gremio.TopicSales]
		result, err := g.rebuild(w)
		g.must(err)
		if result.Records == 0 || result.Records >= ends {
			t.Errorf("the second rebuild applied %d of %d records, want what was left", result.Records, ends)
		}
		if diff := cmp.Diff(before, g.dump(w.Name)); diff != "" {
			t.Errorf("(- before, + after):\n%s", diff)
		}
		g.append(g.sale("LATER", "later", 3))
		g.settle(w)
		if _, found := g.sold()["LATER:later"]; !found {
			t.Error("the worker did not go on after the rebuild")
		}
	})
}

// After a rebuild ticks go on by themselves, though no record comes that would
// show the worker that its tables are others.
func TestTicksGoOnAfterARebuild(t *testing.T) {
	inGuild(t, func(g *guild) {
		_, err := g.store.ChangeSettings(g.ctx, "office", g.now(), func(s *gremio.Settings) error { s.DeliveryWaitSeconds = 60; return nil })
		g.must(err)
		w := worker(stock.Name, nil)
		g.run(g.loop(w))
		g.append(g.sale("A", "1", 190))
		g.settle(w)
		if _, err := g.rebuild(w); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		if prepared := g.deliveries(gremio.DeliveryPreparedState); len(prepared) != 1 {
			t.Errorf("%d deliveries are prepared a minute after the wait, want 1", len(prepared))
		}
	})
}

// stopTicks waits until ticks have nothing left to decide.
func (g *guild) stopTicks() {
	last := g.logged()
	g.eventually("an end of decisions", func() bool {
		time.Sleep(40 * time.Second) // stops are confirmed by time after 30
		now := g.logged()
		same := cmp.Equal(last, now)
		last = now
		return same
	})
}
