package gremio_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"gremio"
)

const threshold = 20

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// The first client sends the same figure with every sale, whatever is left.
func TestLevelOfAConstantFigure(t *testing.T) {
	for _, constant := range []int{200, 50, 5} {
		l := gremio.NewLevel("7", 200)
		// A figure that is not the initial stock is believed once.
		left := 200
		if constant != 200 {
			l.Sell(1, &constant, minute(-1), threshold)
			left = constant
		}
		for i := range 181 {
			l.Sell(1, &constant, minute(i), threshold)
			left = max(0, left-1)
			if l.Units != left {
				t.Fatalf("figure %d: %d units left after %d sales, want %d", constant, l.Units, i+1, left)
			}
		}
		if constant == 200 && l.Units != 19 {
			t.Errorf("%d units left after 181 of 200 are sold, want 19", l.Units)
		}
	}
}

func TestLevelOfAFigureThatJumps(t *testing.T) {
	l := gremio.NewLevel("A", 200)
	for i := range 185 {
		l.Sell(1, ptr(199-i), minute(i), threshold)
	}
	if l.Units != 15 {
		t.Fatalf("%d units left, want 15", l.Units)
	}
	if change := l.Sell(1, ptr(199), minute(200), threshold); change != (gremio.LevelChange{Refilled: true}) {
		t.Errorf("15 to 199 is %+v, want a refill without disagreement", change)
	}
	if l.Units != 199 {
		t.Errorf("%d units left, want 199", l.Units)
	}
}

func TestLevelChanges(t *testing.T) {
	at15 := func() gremio.Level {
		return gremio.Level{Plate: "A", Units: 15, LastFigure: 15, FigureAt: minute(0), UpdatedAt: minute(0)}
	}
	for _, test := range []struct {
		what   string
		start  gremio.Level
		do     func(*gremio.Level) gremio.LevelChange
		change gremio.LevelChange
		units  int
	}{
		{"a sale without a figure", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, nil, minute(1), threshold) }, gremio.LevelChange{}, 12},
		{"more sold than there was", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(40, nil, minute(1), threshold) }, gremio.LevelChange{}, 0},
		{"a figure that agrees", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, ptr(12), minute(1), threshold) }, gremio.LevelChange{}, 12},
		{"a figure that is too low", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, ptr(2), minute(1), threshold) }, gremio.LevelChange{Disagrees: -10}, 2},
		{"a figure that is too high, below the threshold", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, ptr(18), minute(1), threshold) }, gremio.LevelChange{Disagrees: 6}, 18},
		{"a figure that rises to the threshold", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, ptr(20), minute(1), threshold) }, gremio.LevelChange{Refilled: true}, 20},
		{"the same figure again although units were sold", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, ptr(15), minute(1), threshold) }, gremio.LevelChange{}, 12},
		{"a figure older than the last", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, ptr(150), minute(-1), threshold) }, gremio.LevelChange{}, 15},
		{"a sale older than the last figure, which has it in", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Sell(3, nil, minute(-1), threshold) }, gremio.LevelChange{}, 15},
		{"a count that agrees", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Count(15, minute(1), threshold) }, gremio.LevelChange{}, 15},
		{"a count of a full cart", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Count(200, minute(1), threshold) }, gremio.LevelChange{Refilled: true}, 200},
		{"a count that comes late", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Count(200, minute(-1), threshold) }, gremio.LevelChange{}, 15},
		{"a count of nothing", at15(), func(l *gremio.Level) gremio.LevelChange { return l.Count(0, minute(1), threshold) }, gremio.LevelChange{Disagrees: -15}, 0},
		{"a figure above one that is no longer short", gremio.Level{Units: 100, LastFigure: 100, FigureAt: minute(0)},
			func(l *gremio.Level) gremio.LevelChange { return l.Sell(1, ptr(150), minute(1), threshold) }, gremio.LevelChange{Disagrees: 51}, 150},
	} {
		l := test.start
		if change := test.do(&l); change != test.change {
			t.Errorf("%s: %+v, want %+v", test.what, change, test.change)
		}
		if l.Units != test.units {
			t.Errorf("%s: %d units left, want %d", test.what, l.Units, test.units)
		}
	}
}

func TestRefill(t *testing.T) {
	full := gremio.Level{Plate: "A", Units: 5, LastFigure: 5, FigureAt: minute(0)}
	full.Refill(nil, 200, minute(10))
	if full.Units != 200 {
		t.Fatalf("a refill without a figure leaves %d units, want the initial stock of 200", full.Units)
	}
	// A figure from before the refill that comes after it says nothing new.
	if change := full.Sell(2, ptr(3), minute(5), threshold); change != (gremio.LevelChange{}) || full.Units != 200 {
		t.Errorf("a figure from before the refill makes it %d (%+v), want 200", full.Units, change)
	}
	if change := full.Count(3, minute(9), threshold); change != (gremio.LevelChange{}) || full.Units != 200 {
		t.Errorf("a count from before the refill makes it %d (%+v), want 200", full.Units, change)
	}
	// One from after it does, also when it is the figure from before.
	if full.Sell(10, ptr(190), minute(11), threshold); full.Units != 190 {
		t.Errorf("the first figure after the refill makes it %d, want 190", full.Units)
	}

	some := gremio.Level{Plate: "A", Units: 5, LastFigure: 5, FigureAt: minute(0)}
	some.Refill(ptr(40), 200, minute(10))
	if some.Units != 45 {
		t.Errorf("a refill of 40 makes 5 to %d, want 45", some.Units)
	}
	some.Refill(ptr(0), 200, minute(11))
	if some.Units != 45 {
		t.Errorf("a refill of none makes 45 to %d", some.Units)
	}
}

func TestLevelIsUpdatedAtTheNewestEvent(t *testing.T) {
	l := gremio.NewLevel("A", 200)
	l.Sell(1, nil, minute(5), threshold)
	l.Sell(1, nil, minute(3), threshold)
	if !l.UpdatedAt.Equal(minute(5)) {
		t.Errorf("updated at %s, want %s", l.UpdatedAt, minute(5))
	}
	if l.Units != 198 {
		t.Errorf("%d units left, want 198: without figures the order makes no difference", l.Units)
	}
}

// Whatever mix of honest figures, none, and refills a vendor sends in order, the
// level is what lies on the cart and nothing disagrees.
func TestLevelOfAnHonestVendor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		initial := rapid.IntRange(1, 300).Draw(t, "initial")
		l, left := gremio.NewLevel("A", initial), initial
		for i := range rapid.IntRange(0, 60).Draw(t, "events") {
			var change gremio.LevelChange
			switch rapid.SampledFrom([]string{"sale", "figure", "count", "refill", "some"}).Draw(t, "event") {
			case "sale", "figure":
				if left == 0 {
					continue
				}
				units := rapid.IntRange(1, left).Draw(t, "units")
				left -= units
				var figure *int
				if rapid.Bool().Draw(t, "tells") {
					figure = ptr(left)
				}
				change = l.Sell(units, figure, minute(i), threshold)
			case "count":
				change = l.Count(left, minute(i), threshold)
			case "refill":
				left = initial
				l.Refill(nil, initial, minute(i))
			case "some":
				units := rapid.IntRange(0, 50).Draw(t, "units")
				left += units
				l.Refill(&units, initial, minute(i))
			}
			if l.Units != left || change != (gremio.LevelChange{}) {
				t.Fatalf("event %d: level %d (%+v), on the cart are %d", i, l.Units, change, left)
			}
		}
	})
}

// Sales with figures may come in any order: the newest figure stands.
func TestLevelDoesNotDependOnTheOrderOfFigures(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type sale struct{ minute, units, left int }
		var sales []sale
		left := 200
		for i := range rapid.IntRange(1, 20).Draw(t, "sales") {
			units := rapid.IntRange(1, 9).Draw(t, "units")
			left -= units
			sales = append(sales, sale{i, units, left})
		}
		l := gremio.NewLevel("A", 200)
		for _, s := range rapid.Permutation(sales).Draw(t, "order") {
			l.Sell(s.units, &s.left, minute(s.minute), threshold)
		}
		if l.Units != left {
			t.Fatalf("level %d, on the cart are %d", l.Units, left)
		}
	})
}
