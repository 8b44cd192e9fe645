package gremio

import (
	"strings"
	"time"
)

// A Depot is a place where deliveries are loaded. The only one of a guild that
// names none has the name "".
type Depot struct {
	Name string `json:"name" maxLength:"100"`
	Point
}

// MaxDepots is how many depots the settings may name.
const MaxDepots = 20

// AllDepots returns the guild's depots: those that the settings name, else the one
// where they say that deliveries start.
func (s Settings) AllDepots() []Depot {
	if len(s.Depots) > 0 {
		return s.Depots
	}
	return []Depot{{Point: s.Depot}}
}

// DepotNamed returns the depot of that name, whether case, accents and spaces are
// the same or not, and whether there is one. "" is the first.
func (s Settings) DepotNamed(name string) (Depot, bool) {
	all := s.AllDepots()
	if name == "" {
		return all[0], true
	}
	for _, d := range all {
		if Fold(d.Name) == Fold(name) {
			return d, true
		}
	}
	return Depot{}, false
}

// NearestDepot returns the index of the one of depots that is nearest to p, the
// first when nobody knows where p is.
func NearestDepot(depots []Depot, p *Place) int {
	if p == nil || p.Point == nil {
		return 0
	}
	nearest := 0
	for i, d := range depots {
		if Distance(d.Point, *p.Point) < Distance(depots[nearest].Point, *p.Point) {
			nearest = i
		}
	}
	return nearest
}

func (c *check) depots(field string, depots []Depot) {
	if len(depots) > MaxDepots {
		c.add(field, "are at most "+itoa(MaxDepots))
	}
	seen := map[string]bool{}
	for _, d := range depots {
		switch name := strings.TrimSpace(d.Name); {
		case name == "" || name != d.Name:
			c.add(field, "have names, without spaces around them")
		case TextError(d.Name, 100) != "":
			c.add(field, TextError(d.Name, 100))
		case seen[Fold(d.Name)]:
			c.add(field, "must not name the same twice")
		case !d.Valid():
			c.add(field, "lat must be -90 to 90 and lon -180 to 180")
		}
		seen[Fold(d.Name)] = true
	}
}

// DepotRefilled says that dough came to a depot.
type DepotRefilled struct {
	Depot string    `json:"depot"` // its name
	Units int       `json:"units"`
	Time  time.Time `json:"time"`
	By    string    `json:"by"`
}

// EventType implements Data.
func (DepotRefilled) EventType() Type { return TypeDepotRefilled }

// Validate implements Data.
func (d DepotRefilled) Validate() []FieldError { return depotMoved(d.Depot, d.Units, d.Time) }

// DepotCounted says how much dough a depot has.
type DepotCounted struct {
	Depot string    `json:"depot"`
	Units int       `json:"units"`
	Time  time.Time `json:"time"`
	By    string    `json:"by"`
}

// EventType implements Data.
func (DepotCounted) EventType() Type { return TypeDepotCounted }

// Validate implements Data.
func (d DepotCounted) Validate() []FieldError { return depotMoved(d.Depot, d.Units, d.Time) }

// MaxDepotUnits is the most dough that a depot has or gets at once.
const MaxDepotUnits = 10_000_000

func depotMoved(depot string, units int, t time.Time) []FieldError {
	var c check
	c.text("depot", depot, 100)
	c.between("units", units, 0, MaxDepotUnits)
	c.time("time", t)
	return c.fields
}

// A DepotStock is what is known of the dough at a depot. Units is nil while nobody
// has counted it or brought any.
type DepotStock struct {
	Depot
	Units     *int       `json:"units" doc:"Dough units there; null while nobody has counted them or brought any"`
	Promised  int        `json:"promised" doc:"Units of deliveries that are prepared and not loaded"`
	UpdatedAt *time.Time `json:"updated_at,omitempty" doc:"When it was counted or refilled last"`
}
