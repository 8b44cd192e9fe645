package gremio_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"gremio"
)

const threshold = 20

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// A ledger is a StockLedger whose moves come from one vendor.
type ledger struct {
	gremio.StockLedger
	moves, initial int
}

func newLedger(initial int) *ledger { return &ledger{initial: initial} }

// from returns a ledger of a cart that had units left at minute 0.
func from(units int) *ledger {
	carried := gremio.StockMove{At: minute(0), Kind: gremio.MoveCarried, Units: &units, Figure: &units}
	return &ledger{*gremio.NewStockLedger("A", nil, []gremio.StockMove{carried}), 0, 200}
}

func (l *ledger) add(m gremio.StockMove) gremio.LevelChange {
	l.moves++
	m.Key, m.Initial = fmt.Sprintf("%06d", l.moves), l.initial
	return l.Add(m, threshold)
}

func (l *ledger) Sell(units int, figure *int, t time.Time) gremio.LevelChange {
	return l.add(gremio.StockMove{Kind: gremio.MoveSale, At: t, Units: &units, Figure: figure})
}

func (l *ledger) Count(figure int, t time.Time) gremio.LevelChange {
	return l.add(gremio.StockMove{Kind: gremio.MoveCount, At: t, Figure: &figure})
}

func (l *ledger) Refill(units *int, t time.Time) {
	l.add(gremio.StockMove{Kind: gremio.MoveRefill, At: t, Units: units})
}

func (l *ledger) Units() int {
	if l.Empty() {
		return l.initial
	}
	return l.Level().Units
}

// The first client sends the same figure with every sale, whatever is left.
func TestLevelOfAConstantFigure(t *testing.T) {
	for _, constant := range []int{200, 50, 5} {
		l := newLedger(200)
		// A figure that is not the initial stock is believed once.
		left := 200
		if constant != 200 {
			l.Sell(1, &constant, minute(-1))
			left = constant
		}
		for i := range 181 {
			l.Sell(1, &constant, minute(i))
			left = max(0, left-1)
			if l.Units() != left {
				t.Fatalf("figure %d: %d units left after %d sales, want %d", constant, l.Units(), i+1, left)
			}
		}
		if constant == 200 && l.Units() != 19 {
			t.Errorf("%d units left after 181 of 200 are sold, want 19", l.Units())
		}
	}
}

func TestLevelOfAFigureThatJumps(t *testing.T) {
	l := newLedger(200)
	for i := range 185 {
		l.Sell(1, ptr(199-i), minute(i))
	}
	if l.Units() != 15 {
		t.Fatalf("%d units left, want 15", l.Units())
	}
	if change := l.Sell(1, ptr(199), minute(200)); change != (gremio.LevelChange{Refilled: true}) {
		t.Errorf("15 to 199 is %+v, want a refill without disagreement", change)
	}
	if l.Units() != 199 {
		t.Errorf("%d units left, want 199", l.Units())
	}
}

func TestLevelChanges(t *testing.T) {
	for _, test := range []struct {
		what   string
		start  *ledger
		do     func(*ledger) gremio.LevelChange
		change gremio.LevelChange
		units  int
	}{
		{"a sale without a figure", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, nil, minute(1)) }, gremio.LevelChange{}, 12},
		{"more sold than there was", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(40, nil, minute(1)) }, gremio.LevelChange{}, 0},
		{"a figure that agrees", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, ptr(12), minute(1)) }, gremio.LevelChange{}, 12},
		{"a figure that is too low", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, ptr(2), minute(1)) }, gremio.LevelChange{Disagrees: -10}, 2},
		{"a figure that is too high, below the threshold", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, ptr(18), minute(1)) }, gremio.LevelChange{Disagrees: 6}, 18},
		{"a figure that rises to the threshold", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, ptr(20), minute(1)) }, gremio.LevelChange{Refilled: true}, 20},
		{"the same figure again although units were sold", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, ptr(15), minute(1)) }, gremio.LevelChange{}, 12},
		{"a figure older than the last", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, ptr(150), minute(-1)) }, gremio.LevelChange{}, 15},
		{"a sale older than the last figure, which has it in", from(15), func(l *ledger) gremio.LevelChange { return l.Sell(3, nil, minute(-1)) }, gremio.LevelChange{}, 15},
		{"a count that agrees", from(15), func(l *ledger) gremio.LevelChange { return l.Count(15, minute(1)) }, gremio.LevelChange{}, 15},
		{"a count of a full cart", from(15), func(l *ledger) gremio.LevelChange { return l.Count(200, minute(1)) }, gremio.LevelChange{Refilled: true}, 200},
		{"a count that comes late", from(15), func(l *ledger) gremio.LevelChange { return l.Count(200, minute(-1)) }, gremio.LevelChange{}, 15},
		{"a count of nothing", from(15), func(l *ledger) gremio.LevelChange { return l.Count(0, minute(1)) }, gremio.LevelChange{Disagrees: -15}, 0},
		{"a figure above one that is no longer short", from(100),
			func(l *ledger) gremio.LevelChange { return l.Sell(1, ptr(150), minute(1)) }, gremio.LevelChange{Disagrees: 51}, 150},
	} {
		l := test.start
		if change := test.do(l); change != test.change {
			t.Errorf("%s: %+v, want %+v", test.what, change, test.change)
		}
		if l.Units() != test.units {
			t.Errorf("%s: %d units left, want %d", test.what, l.Units(), test.units)
		}
	}
}

func TestRefill(t *testing.T) {
	full := from(5)
	full.Refill(nil, minute(10))
	if full.Units() != 200 {
		t.Fatalf("a refill without a figure leaves %d units, want the initial stock of 200", full.Units())
	}
	// A figure from before the refill that comes after it says nothing new.
	if change := full.Sell(2, ptr(3), minute(5)); change != (gremio.LevelChange{}) || full.Units() != 200 {
		t.Errorf("a figure from before the refill makes it %d (%+v), want 200", full.Units(), change)
	}
	if change := full.Count(3, minute(9)); change != (gremio.LevelChange{}) || full.Units() != 200 {
		t.Errorf("a count from before the refill makes it %d (%+v), want 200", full.Units(), change)
	}
	// One from after it does, also when it is the figure from before.
	if full.Sell(10, ptr(190), minute(11)); full.Units() != 190 {
		t.Errorf("the first figure after the refill makes it %d, want 190", full.Units())
	}

	some := from(5)
	some.Refill(ptr(40), minute(10))
	if some.Units() != 45 {
		t.Errorf("a refill of 40 makes 5 to %d, want 45", some.Units())
	}
	some.Refill(ptr(0), minute(11))
	if some.Units() != 45 {
		t.Errorf("a refill of none makes 45 to %d", some.Units())
	}
}

// Whatever mix of honest figures, none, and refills a vendor sends in order, the
// level is what lies on the cart and nothing disagrees.
func TestLevelOfAnHonestVendor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		initial := rapid.IntRange(1, 300).Draw(t, "initial")
		l, left := newLedger(initial), initial
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
				change = l.Sell(units, figure, minute(i))
			case "count":
				change = l.Count(left, minute(i))
			case "refill":
				left = initial
				l.Refill(nil, minute(i))
			case "some":
				units := rapid.IntRange(0, 50).Draw(t, "units")
				left += units
				l.Refill(&units, minute(i))
			}
			if l.Units() != left || change != (gremio.LevelChange{}) {
				t.Fatalf("event %d: level %d (%+v), on the cart are %d", i, l.Units(), change, left)
			}
		}
	})
}

// A cart's moves give one ledger, whatever order they arrive in.
func TestLedgerDoesNotDependOnTheOrderOfArrival(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var moves []gremio.StockMove
		for i := range rapid.IntRange(1, 25).Draw(t, "moves") {
			m := gremio.StockMove{
				At: minute(rapid.IntRange(0, 10).Draw(t, "minute")), Key: fmt.Sprint("event-", i),
				Kind:    rapid.SampledFrom([]string{gremio.MoveSale, gremio.MoveCount, gremio.MoveRefill}).Draw(t, "kind"),
				Initial: rapid.SampledFrom([]int{150, 200}).Draw(t, "initial"),
			}
			figure := rapid.SampledFrom([]*int{nil, ptr(5), ptr(30), ptr(200)}).Draw(t, "figure")
			switch m.Kind {
			case gremio.MoveSale:
				m.Units, m.Figure = ptr(rapid.IntRange(1, 60).Draw(t, "units")), figure
			case gremio.MoveCount:
				m.Figure = ptr(rapid.IntRange(0, 60).Draw(t, "count"))
			case gremio.MoveRefill:
				m.Units = figure
			}
			moves = append(moves, m)
		}
		var inOrder, shuffled gremio.StockLedger
		for _, m := range slices.SortedFunc(slices.Values(moves), func(a, b gremio.StockMove) int {
			if a.Before(b) {
				return -1
			}
			return 1
		}) {
			inOrder.Add(m, threshold)
		}
		for _, m := range rapid.Permutation(moves).Draw(t, "order") {
			shuffled.Add(m, threshold)
		}
		if diff := cmp.Diff(inOrder.Moves(), shuffled.Moves(), ignoreChanged); diff != "" {
			t.Fatal(diff)
		}
	})
}

var ignoreChanged = cmpopts.IgnoreUnexported(gremio.StockMove{})

// What is stored of a ledger, with the levels of checkpoints alone, is what it
// would be whole, and a late sale does not write all after it anew.
func TestLedgerSavesWhatChanged(t *testing.T) {
	var whole gremio.StockLedger
	stored := map[string]gremio.StockMove{}
	inOrder := func() []gremio.StockMove {
		return slices.SortedFunc(maps.Values(stored), func(a, b gremio.StockMove) int {
			if a.Before(b) {
				return -1
			}
			return 1
		})
	}
	random := rand.New(rand.NewPCG(1, 2))
	written := 0
	for i := range 1000 {
		m := gremio.StockMove{At: minute(random.IntN(2000)), Key: fmt.Sprint(i), Kind: gremio.MoveSale, Units: ptr(1 + i%2), Initial: 5000}
		whole.Add(m, threshold)
		all := inOrder()
		n := len(all)
		for n > 0 && (!all[n-1].Before(m) || !all[n-1].Checkpoint()) {
			n--
		}
		end := gremio.NewStockLedger("A", nil, all)
		if n > 0 {
			end = gremio.NewStockLedger("A", &all[n-1], all[n:])
		}
		end.Add(m, threshold)
		for _, c := range end.Changed() {
			written++
			if !c.Checkpoint() {
				c.After = gremio.Level{}
			}
			stored[c.Key] = c
		}
	}
	again := gremio.NewStockLedger("A", nil, inOrder())
	if diff := cmp.Diff(whole.Moves(), again.Moves(), ignoreChanged); diff != "" {
		t.Error(diff)
	}
	if written > 12_000 { // 1,000 of their own, and some 8 checkpoints each
		t.Errorf("%d rows were written for 1000 sales in any order", written)
	}
}
