package watch

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The states of a cart, in the order in which the desk wants to see them.
var cartStates = []string{"missing", "quiet", "live", "off_shift"}

type cart struct {
	Plate   string    `json:"plate"`
	State   string    `json:"state"`
	Speed   *float64  `json:"speed"`   // m/s
	Battery *float64  `json:"battery"` // 0 to 1
	HeardAt time.Time `json:"heard_at"`
	place
}

// A place is in degrees, on the first client's grid, or unknown.
type place struct {
	Lat  *float64 `json:"lat"`
	Lon  *float64 `json:"lon"`
	Grid *struct {
		X float64 `json:"x"`
		Y float64 `json:"y"`
	} `json:"grid"`
}

type alert struct {
	Kind     string    `json:"kind"`
	Plate    string    `json:"plate"`
	State    string    `json:"state"`
	Severity string    `json:"severity"`
	RaisedAt time.Time `json:"raised_at"`
	Cause    string    `json:"cause"`
	Count    int       `json:"count"`
}

type sighting struct {
	Plate string    `json:"plate"`
	Note  string    `json:"note"`
	At    time.Time `json:"at"`
	place
}

type delivery struct {
	State      string    `json:"state"`
	PreparedAt time.Time `json:"prepared_at"`
	TotalUnits int       `json:"total_units"`
	Stops      []struct {
		Plate string `json:"plate"`
		Units int    `json:"units"`
		State string `json:"state"`
	} `json:"stops"`
}

type totals struct {
	Day     string   `json:"day"`
	Sales   int      `json:"sales"`
	Units   int      `json:"units"`
	Clients int      `json:"clients"`
	Mean    float64  `json:"mean_units_per_sale"`
	Takings *float64 `json:"takings"` // pesos, if the guild has a price
}

// A guild is what the live stream told so far.
type guild struct {
	at         time.Time // of the server, at its last event; the zero time before the first
	carts      map[string]cart
	alerts     []alert
	sightings  []sighting
	deliveries []delivery
	totals     totals
}

// apply takes in one event. A snapshot replaces everything; a change replaces
// the sections that it names, its carts one by one. Other events are skipped.
func (g *guild) apply(m message) error {
	if m.name != "snapshot" && m.name != "change" {
		return nil
	}
	// A section that is there and null is empty; one that is not there is as it was.
	var e struct {
		At                                           time.Time
		Carts, Alerts, Sightings, Deliveries, Totals json.RawMessage
	}
	if err := json.Unmarshal(m.data, &e); err != nil {
		return fmt.Errorf("live stream: %s: %w", m.name, err)
	}
	next := *g
	if m.name == "snapshot" || g.carts == nil {
		next = guild{carts: make(map[string]cart)}
	}
	var carts []cart
	if err := errors.Join(
		replace(e.Carts, &carts), replace(e.Alerts, &next.alerts), replace(e.Sightings, &next.sightings),
		replace(e.Deliveries, &next.deliveries), replace(e.Totals, &next.totals),
	); err != nil {
		return fmt.Errorf("live stream: %s: %w", m.name, err)
	}
	next.at = e.At
	*g = next
	for _, c := range carts {
		g.carts[c.Plate] = c
	}
	return nil
}

// replace decodes a section that is there into a value of its own: the one
// before may still be on its way to the screen.
func replace[T any](section json.RawMessage, into *T) error {
	if section == nil {
		return nil
	}
	var fresh T
	if err := json.Unmarshal(section, &fresh); err != nil {
		return err
	}
	*into = fresh
	return nil
}

// sorted is all carts: missing first, then quiet, live and off shift; the
// missing and quiet by how long they were not heard, the others by plate.
func (g *guild) sorted() []cart {
	all := make([]cart, 0, len(g.carts))
	for _, c := range g.carts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b cart) int {
		if x, y := rank(a.State), rank(b.State); x != y {
			return x - y
		}
		if rank(a.State) < rank("live") && !a.HeardAt.Equal(b.HeardAt) {
			return a.HeardAt.Compare(b.HeardAt)
		}
		return strings.Compare(a.Plate, b.Plate)
	})
	return all
}

// rank is the place of a state in the order; a state that a later server may know comes last.
func rank(state string) int {
	if i := slices.Index(cartStates, state); i >= 0 {
		return i
	}
	return len(cartStates)
}

func (g *guild) count(state string) (n int) {
	for _, c := range g.carts {
		if c.State == state {
			n++
		}
	}
	return n
}
