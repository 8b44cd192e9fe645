package gremio

import (
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
	Plate Plate
	// Before is the newest move that is not among Moves: none of what is added
	// may be older. Nil when the cart has none.
	Before *StockMove
	Moves  []StockMove

	changed int // Moves from here on differ from what is stored
	added   bool
}

// Empty reports whether nothing is known of the cart.
func (l *StockLedger) Empty() bool { return l.Before == nil && len(l.Moves) == 0 }

// Newest returns the newest move; the ledger must have one.
func (l *StockLedger) Newest() StockMove {
	if n := len(l.Moves); n > 0 {
		return l.Moves[n-1]
	}
	return *l.Before
}

// Level returns what is left on the cart; the ledger must have a move.
func (l *StockLedger) Level() Level { return l.Newest().After }

// Add puts a move in its place and returns what it changed there: nothing when a
// newer figure has it in already.
func (l *StockLedger) Add(m StockMove, threshold int) LevelChange {
	var before Level
	if !l.Empty() {
		before = l.Level()
	}
	i, _ := slices.BinarySearchFunc(l.Moves, m, StockMove.compare)
	l.Moves = slices.Insert(l.Moves, i, m)
	if !l.added || i < l.changed {
		l.changed, l.added = i, true
	}
	var change LevelChange
	for j := i; j < len(l.Moves); j++ {
		var c LevelChange
		l.Moves[j].After, c = l.Moves[j].from(l.levelBefore(j), threshold)
		if j == i {
			change = c
		}
	}
	if i < len(l.Moves)-1 && l.Level() == before {
		return LevelChange{}
	}
	return change
}

// levelBefore returns the level that Moves[i] met: of a full cart when nothing
// was before.
func (l *StockLedger) levelBefore(i int) Level {
	switch {
	case i > 0:
		return l.Moves[i-1].After
	case l.Before != nil:
		return l.Before.After
	}
	initial := l.Moves[0].Initial
	return Level{initial, initial}
}

// Changed returns the moves that differ from what is stored.
func (l *StockLedger) Changed() []StockMove {
	if !l.added {
		return nil
	}
	return l.Moves[l.changed:]
}
