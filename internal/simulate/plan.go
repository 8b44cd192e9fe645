package simulate

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

const (
	fullStock = 200 // dough units of a cart that was just filled
	lowCarts  = 7   // begin nearly empty, so that a first delivery of five is soon needed
	gridCarts = 3   // the first client's: plates 1, 2, 3 on a grid of 0 to 99
)

// planned is the instant in the ids of what is the same in every run of a plan.
var planned = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// A purpose names a stream of random numbers, so that one more draw for one
// purpose changes no other.
type purpose uint64

const (
	forPlan purpose = iota
	forSales
	forNoise
	forIDs
	forTroubles
	forNewcomers
)

func stream(seed uint64, p purpose, index int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(p)<<32|uint64(index)))
}

// A dialect is the language that a cart's device speaks.
type dialect int

const (
	native      dialect = iota
	firstClient         // the four requests of the guild's first client, with degrees
	firstGrid           // the same with places on a grid
)

// A plan is what is settled about a cart before the guild opens. It depends on
// the seed and the number of carts alone.
type plan struct {
	Plate         string
	Who           applicant
	ApplicationID string
	Dialect       dialect
	Home          string
	Route         route
	Join          time.Duration // after the guild opens
	Stock         int           // to begin with
	ConstantStock bool          // the device always reports the same figure
	Pace          float64       // of sales; 1 is usual
	Regulars      []string      // clients who come back
	FirstShift    time.Duration
	Battery       float64
}

func newPlan(seed uint64, carts int) []plan {
	r := stream(seed, forPlan, 0)
	grid := min(gridCarts, carts/4)
	plates := newPlates(carts-grid, r)
	plans := make([]plan, carts)
	for i := range plans {
		spot := spots[i%len(spots)]
		p := plan{
			Who:           newApplicant(i, flawOf(i), r),
			ApplicationID: newID(planned, r),
			Home:          spot.name,
			Route:         newRoute(spot.near(180, r), r),
			Join:          time.Duration(i)*300*time.Millisecond + time.Duration(r.IntN(300))*time.Millisecond,
			Stock:         fullStock,
			Pace:          0.6 + r.Float64()*0.9,
			Regulars:      someClients(r),
			FirstShift:    time.Duration(40+r.IntN(50)) * time.Minute,
			Battery:       0.5 + r.Float64()*0.5,
		}
		switch {
		case i < grid:
			p.Plate, p.Dialect, p.ConstantStock = strconv.Itoa(i+1), firstGrid, true
		default:
			p.Plate = plates[i-grid]
		}
		switch place := i - grid; {
		case place < 0:
		case place < lowCarts:
			p.Stock, p.Pace = 21+r.IntN(6), 1.5
		case place%9 == 0:
			p.Dialect, p.ConstantStock = firstClient, place%2 == 0
		case place%2 == 1:
			p.Stock = 40 + r.IntN(120)
		}
		if i%10 == 9 {
			p.FirstShift = time.Duration(2+r.IntN(4)) * time.Minute
		}
		plans[i] = p
	}
	return plans
}

// flawOf spreads a few flaws over the carts; a cart whose application waits reports all the same.
func flawOf(i int) flaw {
	switch i {
	case 0, 1, 2:
		return wrongRUT // the first client's three, as ever; /v1 would refuse them
	case 14:
		return foreignDocument
	case 25, 33:
		return noConsent
	}
	return flawless
}

// newPlates draws different plates of the present format from series that are not given out yet.
func newPlates(n int, r *rand.Rand) []string {
	const letters, future = "BCDFGHJKLPRSTVWXYZ", "WXYZ"
	plates, taken := make([]string, 0, n), make(map[string]bool, n)
	for len(plates) < n {
		plate := fmt.Sprintf("%c%c%c%c%02d", future[r.IntN(len(future))],
			letters[r.IntN(len(letters))], letters[r.IntN(len(letters))], letters[r.IntN(len(letters))], 10+r.IntN(90))
		if !taken[plate] {
			taken[plate] = true
			plates = append(plates, plate)
		}
	}
	return plates
}
