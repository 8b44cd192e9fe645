package work_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gremio"
	"gremio/internal/store"
	"gremio/internal/work"
	"gremio/internal/work/alerts"
	"gremio/internal/work/members"
)

// A permitDesk is a registry whose alerts are kept too.
type permitDesk struct {
	*registry
	desk work.Worker[*store.Tx]
	runs []*running
}

func atPermitDesk(t *testing.T, test func(d *permitDesk)) {
	inGuild(t, func(g *guild) {
		d := &permitDesk{registry: &registry{guild: g, master: gremio.NewKey()}, desk: worker(alerts.Name, nil)}
		d.w = worker(members.Name, d.master)
		d.start()
		test(d)
	})
}

func (d *permitDesk) start() { d.runs = []*running{d.run(d.loop(d.w)), d.run(d.loop(d.desk))} }

// on lets days go by in which the workers are stopped, for the sake of speed,
// and starts them again.
func (d *permitDesk) on(days int) {
	d.t.Helper()
	for _, r := range d.runs {
		d.must(r.stop())
	}
	time.Sleep(time.Duration(days) * 24 * time.Hour)
	d.start()
	d.tick()
}

// tick waits until ticks have had their turn.
func (d *permitDesk) tick() {
	d.t.Helper()
	time.Sleep(5 * time.Second)
	d.settle(d.w, d.desk)
}

func (d *permitDesk) note(m gremio.Member, kind gremio.PermitKind, day gremio.Day) {
	d.t.Helper()
	d.refuses(m, gremio.PermitNoted{MemberAct: d.act(m), Kind: kind, ExpiresOn: day}, "")
	d.tick()
}

// wants compares what the alerts of permits say, by state.
func (d *permitDesk) wants(open, closed string) {
	d.t.Helper()
	got := map[string][]string{}
	for _, a := range d.alerts(gremio.AlertPermit, "") {
		got[a.State] = append([]string{a.Cause}, got[a.State]...)
	}
	if diff := cmp.Diff([2]string{open, closed}, [2]string{strings.Join(got[gremio.AlertOpen], "; "), strings.Join(got[gremio.AlertIsClosed], "; ")}); diff != "" {
		d.t.Errorf("open and closed alerts of permits (- want, + got):\n%s", diff)
	}
}

// The desk is told once of a permit that is about to expire, however often the
// worker starts, and no more when the permit is renewed.
func TestPermitIsAboutToExpire(t *testing.T) {
	atPermitDesk(t, func(d *permitDesk) {
		ana := d.join("app-ana", 1, "AAAA11") // on 2000-01-01
		d.note(ana, gremio.PermitMunicipal, "2000-02-10")
		d.note(ana, gremio.PermitSanitary, "2000-12-31")
		d.on(9)
		d.wants("", "")
		d.on(1) // the 11th: 30 days before
		d.wants("municipal permit of cart AAAA11 ends on 2000-02-10", "")
		d.on(3) // by another process
		d.wants("municipal permit of cart AAAA11 ends on 2000-02-10", "")
		before := d.dump(members.Name)
		if _, err := d.rebuild(d.w); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, d.dump(members.Name)); diff != "" {
			t.Error(diff)
		}
		d.on(1)
		d.note(ana, gremio.PermitMunicipal, "2000-02-10") // with the same date nothing changes
		raised := 0
		for _, r := range d.read(gremio.TopicAlerts) {
			if r.Event.Type() == gremio.TypeAlertRaised {
				raised++
			}
		}
		if raised != 1 {
			t.Errorf("the alert was raised %d times", raised)
		}
		d.note(ana, gremio.PermitMunicipal, "2001-02-10")
		d.wants("", "municipal permit of cart AAAA11 ends on 2000-02-10")
		// Noted wrongly and put right: it is told again.
		d.note(ana, gremio.PermitMunicipal, "2000-02-10")
		d.wants("municipal permit of cart AAAA11 ends on 2000-02-10", "municipal permit of cart AAAA11 ends on 2000-02-10")
	})
}

// Whoever left is told of no more, and once more after coming back; without a
// cart the alert names the member's id, and the setting turns it off.
func TestPermitOfWhoLeaves(t *testing.T) {
	atPermitDesk(t, func(d *permitDesk) {
		ana := d.join("app-ana", 1, "AAAA11")
		d.note(ana, gremio.PermitSanitary, "1999-12-31")
		const ended = "sanitary permit of cart AAAA11 ended on 1999-12-31"
		d.wants(ended, "")
		d.refuses(ana, gremio.MemberLeft{MemberAct: d.act(ana), Plates: []gremio.Plate{"AAAA11"}}, "")
		d.tick()
		d.wants("", ended)
		d.refuses(ana, gremio.MemberReturned{MemberAct: d.act(ana)}, "")
		d.tick()
		d.wants("sanitary permit of member "+ana.ID+" ended on 1999-12-31", ended)
		_, err := d.store.ChangeSettings(d.ctx, "office", d.now(), func(s *gremio.Settings) error { s.PermitAlertDays = 0; return nil })
		d.must(err)
		beto := d.join("app-beto", 2, "BBBB22")
		d.note(beto, gremio.PermitMunicipal, "2000-01-10")
		d.on(2)
		d.wants("sanitary permit of member "+ana.ID+" ended on 1999-12-31", ended)
	})
}
