package work_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
	"gremio/internal/work/sales"
)

// The desk is rung once for each worker and day, however many records it
// rejects, in however many batches.
func TestRejectionsRingOnceADay(t *testing.T) {
	inGuild(t, func(g *guild) {
		workers := []work.Worker[*store.Tx]{worker(sales.Name, nil), worker(alerts.Name, nil)}
		for _, w := range workers {
			g.run(g.loop(w))
		}
		reject := func(n int) {
			for i := range n {
				g.produce(gremio.Outgoing{Topic: gremio.TopicSales, Key: fmt.Sprint(i), Value: []byte("no JSON"), Time: g.now()})
				if i%5 == 0 {
					g.settle(workers...)
				}
			}
			g.settle(workers...)
		}
		reject(30)
		rung := g.alerts(gremio.AlertRejected, "")
		if len(rung) != 1 || rung[0].State != gremio.AlertOpen || !strings.Contains(rung[0].Cause, "gremio rejected list --worker sales") {
			t.Fatalf("30 rejected records ring %d times: %+v", len(rung), rung)
		}
		g.append(gremio.Event{Subject: rung[0].ID, Data: gremio.AlertClosed{Alert: rung[0].ID, By: "Ana", At: g.now()}})
		reject(10)
		if open := g.alerts(gremio.AlertRejected, gremio.AlertOpen); len(open) != 0 {
			t.Errorf("what a person closed is open again the same day: %+v", open)
		}
		// Poison on its own topic: the worker that rejects it raises it, too.
		g.produce(gremio.Outgoing{Topic: gremio.TopicAlerts, Key: "a", Value: []byte("no JSON"), Time: g.now()})
		g.settle(workers...)
		if all := g.alerts(gremio.AlertRejected, gremio.AlertOpen); len(all) != 1 || !strings.Contains(all[0].Cause, "--worker alerts") {
			t.Errorf("worker alerts rejects a record and the desk has %+v", all)
		}
		g.sleepUntil(0, 30) // the next calendar day, the guild's own day goes on until 03:00
		reject(10)
		if all := g.alerts(gremio.AlertRejected, ""); len(all) != 3 {
			t.Errorf("%d alerts after the second day, want 3: %+v", len(all), all)
		}
		if n, err := g.store.OpenRejections(g.ctx, sales.Name); err != nil || n != 50 {
			t.Errorf("%d rejections are open, want 50, %v", n, err)
		}
		before := g.logged()
		_, err := g.rebuild(workers[0])
		g.must(err)
		time.Sleep(10 * time.Second)
		if after := g.logged(); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("a rebuild puts records on the log: %v, before %v", after, before)
		}
		if n, err := g.store.OpenRejections(g.ctx, sales.Name); err != nil || n != 50 {
			t.Errorf("%d rejections are open after a rebuild, want 50, %v", n, err)
		}
	})
}

// A person's act that is refused was answered: it is listed as that, and rings
// nobody. One that trips over a defect is poison like any other.
func TestRefusedActsRingNobody(t *testing.T) {
	inGuild(t, func(g *guild) {
		w, desk := worker(sales.Name, nil), worker(alerts.Name, nil)
		apply := w.Apply
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			for _, r := range batch {
				if r.Event.Subject == "DEFECT" {
					panic("a defect")
				}
			}
			return apply(ctx, tx, batch)
		}
		g.run(g.loop(w))
		g.run(g.loop(desk))
		void := func(plate gremio.Plate) gremio.Event {
			return gremio.Event{Subject: string(plate), Data: gremio.SaleVoided{Plate: plate, Sale: "sold once", Reason: "a slip", By: "Ana"}}
		}
		g.append(g.sale("A1", "sold once", 1), void("A1"), void("A1"))
		g.append(gremio.Event{Subject: "no alert", Data: gremio.AlertAcknowledged{Alert: "no alert", By: "Beto", At: g.now()}})
		g.settle(w, desk)
		for _, name := range []string{w.Name, desk.Name} {
			all, err := g.store.Rejected(g.ctx, name, true)
			g.must(err)
			if len(all) != 1 || all[0].State != gremio.RejectionAnswered {
				t.Errorf("worker %s has %+v, want the refused act, answered", name, all)
			}
		}
		if rung := g.alerts(gremio.AlertRejected, ""); len(rung) != 0 {
			t.Errorf("refused acts ring the desk: %+v", rung)
		}
		g.append(void("DEFECT"))
		g.settle(w, desk)
		if rung := g.alerts(gremio.AlertRejected, gremio.AlertOpen); len(rung) != 1 {
			t.Errorf("an act that panics rings %d times, want once", len(rung))
		}
		if n, err := g.store.OpenRejections(g.ctx, w.Name); err != nil || n != 1 {
			t.Errorf("%d rejections are open, want 1, %v", n, err)
		}
	})
}

// Nothing of who applies is in clear on rechazados, in the tables or in an
// alert, whatever an application is rejected for.
func TestRejectedApplicationTellsNothing(t *testing.T) {
	inGuild(t, func(g *guild) {
		master := gremio.NewKey()
		w, desk := worker(members.Name, master), worker(alerts.Name, nil)
		apply := w.Apply
		w.Apply = func(ctx context.Context, tx *store.Tx, batch []gremio.Record) (work.Outcome, error) {
			done, err := apply(ctx, tx, batch)
			for _, r := range batch {
				if r.Event.ID == "panics" {
					panic("a defect")
				}
			}
			return done, err
		}
		g.run(g.loop(w))
		g.run(g.loop(desk))
		secret := gremio.Personal{GivenName: "Secunda", FamilyName: "Reservada", RUT: rut(7), Email: "secreta@example.org", Phone: "+56987654321"}
		torn, err := g.application(master, "torn", gremio.TierBasic, "AAAA12", secret).Outgoing()
		g.must(err)
		torn.Value = torn.Value[:len(torn.Value)-3]
		g.produce(torn)
		g.append(g.application(gremio.NewKey(), "another master", gremio.TierBasic, "AAAA13", secret), g.application(master, "panics", gremio.TierPremium, "AAAA14", secret))
		g.settle(w, desk)
		records := g.read(gremio.TopicRejected)
		if len(records) != 3 {
			t.Fatalf("%d records are rejected, want 3", len(records))
		}
		list, err := g.store.Rejected(g.ctx, w.Name, true)
		g.must(err)
		var seen bytes.Buffer
		for _, topic := range gremio.Topics() {
			for _, r := range g.read(topic) {
				fmt.Fprintf(&seen, "%s %v %s\n", r.Key, r.Headers, r.Value)
				if d, ok := r.Event.Data.(gremio.RecordRejected); ok { // its value is in base64 above
					fmt.Fprintf(&seen, "%s %v %s\n", d.Reason, d.Headers, d.Value)
				}
			}
		}
		fmt.Fprintf(&seen, "%+v %+v", list, g.alerts("", ""))
		for _, word := range []string{"Secunda", "Reservada", secret.RUT, "secreta@", "987654321"} {
			if strings.Contains(seen.String(), word) {
				t.Errorf("%q is in clear", word)
			}
		}
		if !strings.Contains(seen.String(), "panics") {
			t.Error("what was looked through holds no application at all")
		}
	})
}
