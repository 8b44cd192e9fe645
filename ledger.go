package gremio

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// A Level is what is known of one cart's dough.
type Level struct {
	Units      int // dough units left, as far as known; never below 0
	LastFigure int // the last figure that the vendor sent, or the initial stock
}

// Kinds of moves of a cart's dough.
const (
	MoveSale    = "sale"
	MoveCount   = "count"
	MoveRefill  = "refill"
	MoveCarried = "carried" // a level kept from before moves were
)

// A StockMove is one thing that changed a cart's dough, or what is known of it.
type StockMove struct {
	At      time.Time // by which moves are older or newer
	Key     string    // of its event; it orders moves of one instant
	Kind    string
	Units   *int // sold or refilled; a refill without it fills the cart
	Figure  *int // what the vendor says is left
	Initial int  // units on a full cart, as set when the move was received
	After   Level

	changed bool // differs from what is stored
}

// checkpointEvery is how many sales, about, share one stored level.
const checkpointEvery = 64

// Checkpoint reports whether the level after m is stored with it. A move that
// comes late changes the level after every later one: those of a few are stored,
// the others are reckoned from there. Which they are follows from the move alone.
func (m StockMove) Checkpoint() bool {
	if m.Kind != MoveSale {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(m.Key))
	sum := h.Sum32()
	return (sum^sum>>16)%checkpointEvery == 0
}

// Before reports whether m comes before other.
func (m StockMove) Before(other StockMove) bool { return m.compare(other) < 0 }

func (m StockMove) compare(other StockMove) int {
	if c := m.At.Compare(other.At); c != 0 {
		return c
	}
	return strings.Compare(m.Key, other.Key)
}

// A LevelChange is what one move did to a level.
type LevelChange struct {
	Disagrees int  // by how many units a believed figure missed what was expected; 0 when it agreed
	Refilled  bool // the figure rose from below the threshold to it or above: a refill that nobody confirmed
}

// from returns the level after m, when it was before at l, and what m changed.
//
// A figure equal to the last one although units were sold is no count. Somebody
// who counts looks: that rule is for what a client sends with sales.
func (m StockMove) from(l Level, threshold int) (Level, LevelChange) {
	switch m.Kind {
	case MoveSale:
		if m.Figure == nil || *m.Figure == l.LastFigure {
			return Level{max(0, l.Units-*m.Units), l.LastFigure}, LevelChange{}
		}
		return believe(*m.Figure, l.Units, *m.Units, threshold)
	case MoveCount:
		return believe(*m.Figure, l.Units, 0, threshold)
	case MoveCarried:
		return Level{*m.Units, *m.Figure}, LevelChange{}
	}
	if m.Units == nil {
		return Level{m.Initial, l.LastFigure}, LevelChange{}
	}
	return Level{l.Units + *m.Units, l.LastFigure}, LevelChange{}
}

func believe(figure, before, sold, threshold int) (Level, LevelChange) {
	expected := max(0, before-sold)
	change := LevelChange{Disagrees: figure - expected}
	if before < threshold && figure >= threshold && figure > expected {
		change = LevelChange{Refilled: true}
	}
	return Level{figure, figure}, change
}

// A StockLedger is the newest part of a cart's moves, in their order. The level
// follows from the moves alone, whatever order they arrive in: one that comes
// late takes its place, and all after it is reckoned anew.
type StockLedger struct {
	Plate  Plate
	before *StockMove // the newest move that is not among moves; nil when the cart has none
	moves  []StockMove
}

// NewStockLedger returns a ledger that goes on after before, nil for a cart that
// nothing is known of, with moves in their order. None that is added may be older
// than before.
func NewStockLedger(p Plate, before *StockMove, moves []StockMove) *StockLedger {
	l := &StockLedger{Plate: p, before: before, moves: moves}
	for i := range l.moves {
		l.moves[i].After, _ = l.moves[i].from(l.levelBefore(i), 0)
		l.moves[i].changed = false
	}
	return l
}

// Empty reports whether nothing is known of the cart.
func (l *StockLedger) Empty() bool { return l.before == nil && len(l.moves) == 0 }

// Reaches reports whether m may be added: it is not older than what is known here.
func (l *StockLedger) Reaches(m StockMove) bool { return l.before == nil || !m.Before(*l.before) }

// Moves returns the moves after where the ledger goes on.
func (l *StockLedger) Moves() []StockMove { return l.moves }

// Newest returns the newest move; the ledger must have one.
func (l *StockLedger) Newest() StockMove {
	if n := len(l.moves); n > 0 {
		return l.moves[n-1]
	}
	return *l.before
}

// Level returns what is left on the cart; the ledger must have a move.
func (l *StockLedger) Level() Level { return l.Newest().After }

// Add puts a move in its place and returns what it changed there: nothing when a
// newer figure has it in already.
func (l *StockLedger) Add(m StockMove, threshold int) LevelChange {
	var newest Level
	if !l.Empty() {
		newest = l.Level()
	}
	i, _ := slices.BinarySearchFunc(l.moves, m, StockMove.compare)
	var change LevelChange
	m.changed = true
	l.moves = slices.Insert(l.moves, i, m)
	l.moves[i].After, change = m.from(l.levelBefore(i), threshold)
	for j := i + 1; j < len(l.moves); j++ {
		after, _ := l.moves[j].from(l.levelBefore(j), threshold)
		if after == l.moves[j].After {
			break // from here on nothing is new
		}
		l.moves[j].After = after
		l.moves[j].changed = l.moves[j].changed || l.moves[j].Checkpoint()
	}
	if i < len(l.moves)-1 && l.Level() == newest {
		return LevelChange{}
	}
	return change
}

// levelBefore returns the level that moves[i] met: of a full cart when nothing
// was before.
func (l *StockLedger) levelBefore(i int) Level {
	switch {
	case i > 0:
		return l.moves[i-1].After
	case l.before != nil:
		return l.before.After
	}
	initial := l.moves[0].Initial
	return Level{initial, initial}
}

// Changed returns the moves that differ from what is stored.
func (l *StockLedger) Changed() []StockMove {
	var all []StockMove
	for _, m := range l.moves {
		if m.changed {
			all = append(all, m)
		}
	}
	return all
}
