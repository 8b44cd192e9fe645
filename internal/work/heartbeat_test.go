package work_test

import (
	"testing"
	"time"

	"gremio"
)

// heartbeat is a sign of life of a phone that knows no place.
func (g *guild) heartbeat(plate gremio.Plate) {
	g.t.Helper()
	battery := 0.5
	g.append(gremio.Event{Subject: string(plate), Data: gremio.PositionReported{Plate: plate, Time: g.now(), Battery: &battery}})
}

// A phone in a cellar goes on saying that it lives: the cart is not missing, its
// marker stays, and no point joins its track.
func TestHeartbeatWithoutPlace(t *testing.T) {
	inGuild(t, func(g *guild) {
		positionsAndAlerts(g)
		g.heartbeat("A")
		g.live(5 * time.Second)
		g.wantState("A", gremio.CartOffShift) // it starts no shift
		g.report("A")
		g.live(5 * time.Second)
		fixed := *g.cart("A").FixedAt
		for range 12 {
			g.live(20 * time.Second)
			g.heartbeat("A")
		}
		g.live(5 * time.Second)
		g.wantState("A", gremio.CartLive)
		c := g.cart("A")
		if !c.FixedAt.Equal(fixed) || c.Lat == nil || c.Battery == nil || time.Since(*c.HeardAt) > 10*time.Second {
			t.Errorf("after four minutes of heartbeats the cart is %+v", c)
		}
		fixes, _, err := g.store.Track(g.ctx, "A", gremio.Page{Limit: 10})
		g.must(err)
		if len(fixes) != 1 {
			t.Errorf("the track has %d points, want the one fix", len(fixes))
		}
		g.live(70 * time.Second)
		g.wantState("A", gremio.CartMissing)
		g.heartbeat("A")
		g.live(5 * time.Second)
		g.wantState("A", gremio.CartLive)
		g.nothingRejected()
	})
}
